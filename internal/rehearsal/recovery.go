package rehearsal

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// KillEngine kills the engine of the running operation and its plug-ins, like the loss of their machine: nothing that
// they have begun gets an end, and the lock of the state stays.
func (s *Session) KillEngine() error {
	if err := syscall.Kill(-int(s.command.process.Load()), syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill the engine: %w", err)
	}
	return endProcesses(pluginFolder(s.home()))
}

// Unlock runs `pulumi cancel`, which removes the lock of an operation that is no more.
func (s *Session) Unlock(ctx context.Context) error {
	return s.cli(ctx, "cancel", "--yes", s.stack.Name())
}

// ForgetPending runs `pulumi refresh` and drops the operations that the state lists as pending.
func (s *Session) ForgetPending(ctx context.Context) error {
	return s.cli(ctx, "refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--stack", s.stack.Name())
}

// Pending returns the operations that the state lists as begun.
func (s *Session) Pending(ctx context.Context) ([]apitype.OperationV2, error) {
	exported, err := s.stack.Export(ctx)
	if err != nil {
		return nil, fmt.Errorf("export the state: %w", err)
	}
	var deployment apitype.DeploymentV3
	if err := json.Unmarshal(exported.Deployment, &deployment); err != nil {
		return nil, fmt.Errorf("read the state: %w", err)
	}
	return deployment.PendingOperations, nil
}

// Adoption is an existing resource to import: what the program calls it, and the id that AWS gave it.
type Adoption struct {
	URN, Parent, Provider, ID string
}

// Import runs `pulumi import --file`, so that the next update takes the resources as they are.
func (s *Session) Import(ctx context.Context, adopted []Adoption) error {
	type entry struct {
		Type     string `json:"type"`
		Name     string `json:"name"`
		ID       string `json:"id"`
		Parent   string `json:"parent,omitempty"`
		Provider string `json:"provider,omitempty"`
	}
	var file struct {
		NameTable map[string]string `json:"nameTable"`
		Resources []entry           `json:"resources"`
	}
	file.NameTable = map[string]string{}
	named := func(urn string) string {
		if urn == "" {
			return ""
		}
		name := resource.URN(urn).Name()
		file.NameTable[name] = urn
		return name
	}
	for _, a := range adopted {
		urn := resource.URN(a.URN)
		file.Resources = append(file.Resources, entry{
			Type: string(urn.Type()), Name: urn.Name(), ID: a.ID, Parent: named(a.Parent), Provider: named(a.Provider),
		})
	}
	text, err := json.Marshal(file)
	if err != nil {
		return err
	}
	return s.importFrom(ctx, text, "--protect=false")
}

// ImportFile returns what `pulumi preview --import-file` writes: everything that the next update would create.
func (s *Session) ImportFile(ctx context.Context) ([]byte, error) {
	path := filepath.Join(s.dir, "creates.json")
	if _, err := s.stack.Preview(ctx, optpreview.ImportFile(path)); err != nil {
		return nil, fmt.Errorf("preview with an import file: %w", err)
	}
	return os.ReadFile(path)
}

// ImportFrom runs `pulumi import --file` with the text of a file. What it imports is protected.
func (s *Session) ImportFrom(ctx context.Context, text []byte) error { return s.importFrom(ctx, text) }

func (s *Session) importFrom(ctx context.Context, text []byte, more ...string) error {
	// The CLI asks the language of the project for its plug-in, even without code to generate.
	if err := installPlugin(s.home(), "language", "go", "v"+s.command.version.String(), ""); err != nil {
		return err
	}
	path := filepath.Join(s.dir, "import.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return err
	}
	return s.cli(ctx, append([]string{"import", "--file", path, "--yes", "--skip-preview", "--generate-code=false",
		"--stack", s.stack.Name()}, more...)...)
}
