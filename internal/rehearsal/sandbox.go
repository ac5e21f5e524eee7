package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/languagehost"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// SandboxOptions are the options of a sandbox.
type SandboxOptions struct {
	// Stacks are the stack files to prepare (default: all of the repository, with the examples).
	Stacks []string
	// Account are the options of the simulated account. The zero value has no delays.
	Account simaws.Options
	// Progress gets the messages of a CLI build.
	Progress io.Writer
}

// Sandbox is a simulated account with a project folder for the real Pulumi CLI. The folder has links to the program's
// sources. Its stack files are copies with filled placeholders, so that `pulumi config set` does not change the
// committed files.
type Sandbox struct {
	dir       string
	cloud     Cloud
	variables map[string]string
	path      string // a folder for PATH; empty if PATH has the CLI already
}

// OpenSandbox creates the folder and starts the account. Close removes both.
func OpenSandbox(ctx context.Context, options SandboxOptions) (*Sandbox, error) {
	s := &Sandbox{}
	if err := s.open(ctx, options); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Sandbox) open(ctx context.Context, options SandboxOptions) error {
	folder, err := project.Find()
	if err != nil {
		return err
	}
	known, err := folder.Stacks()
	if err != nil {
		return err
	}
	if len(options.Stacks) == 0 {
		options.Stacks = slices.Sorted(maps.Keys(known))
	}
	for _, stack := range options.Stacks {
		if _, err := folder.StackPath(stack); err != nil {
			return err
		}
	}
	cli, err := FindCLI(ctx, folder, options.Progress)
	if err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "morpheus-sandbox-"); err != nil {
		return err
	}
	if s.dir, err = filepath.EvalSymlinks(s.dir); err != nil { // macOS: the backend's URL must not contain a symbolic link
		return err
	}
	for _, dir := range []string{s.Folder(), s.home(), filepath.Join(s.dir, "backend")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	if err := s.fillFolder(folder, options.Stacks); err != nil {
		return fmt.Errorf("fill the project folder: %w", err)
	}
	if err := installPlugins(folder, s.home(), nil); err != nil {
		return fmt.Errorf("install the provider plug-ins: %w", err)
	}
	if err := s.installHost(cli); err != nil {
		return fmt.Errorf("install the language host: %w", err)
	}
	if s.cloud, err = Simulated(options.Account)(ctx); err != nil {
		return fmt.Errorf("start the account: %w", err)
	}
	s.variables = engineVariables(filepath.Join(s.dir, "backend"), s.cloud)
	s.variables["PULUMI_HOME"] = s.home()
	return s.offerCLI(cli)
}

// Folder returns the project folder.
func (s *Sandbox) Folder() string { return filepath.Join(s.dir, "morpheus") }

func (s *Sandbox) home() string { return filepath.Join(s.dir, "pulumi") }

// fillFolder links the files that `pulumi up` reads, and copies the stack files.
func (s *Sandbox) fillFolder(folder project.Folder, stacks []string) error {
	entries, err := os.ReadDir(string(folder))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		isStack := strings.HasPrefix(name, "Pulumi.") && name != "Pulumi.yaml"
		if isStack || name == ".git" || name == "bin" { // bin contains the real project's binary
			continue
		}
		if err := os.Symlink(folder.Path(name), filepath.Join(s.Folder(), name)); err != nil {
			return err
		}
	}
	for _, stack := range stacks {
		file, err := folder.Stack(stack)
		if err != nil {
			return err
		}
		file.ForgetEncryption()
		values, _ := fixture(file)
		if err := file.Fill(values); err != nil {
			return err
		}
		text, err := file.Text()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(s.Folder(), "Pulumi."+stack+".yaml"), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// installHost installs a language host as a plug-in, unless there is one next to the CLI, which the engine prefers.
func (s *Sandbox) installHost(cli Command) error {
	path, err := filepath.EvalSymlinks(cli.path)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), languagehost.Binary)); err == nil {
		return nil
	}
	installed, err := exec.LookPath(languagehost.Binary)
	if err != nil {
		installed = "" // do not use one on PATH: this binary is a language host
	}
	return installPlugin(s.home(), "language", "go", "v"+cli.version.String(), installed)
}

// offerCLI creates a folder for PATH if PATH has no CLI or another one.
func (s *Sandbox) offerCLI(cli Command) error {
	if found, err := exec.LookPath("pulumi"); err == nil && found == cli.path {
		return nil
	}
	s.path = filepath.Join(s.dir, "bin")
	if err := os.Mkdir(s.path, 0o700); err != nil {
		return err
	}
	return os.Symlink(cli.path, filepath.Join(s.path, "pulumi"))
}

// Shell returns the lines that a shell must run before the first Pulumi command.
func (s *Sandbox) Shell() []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(s.variables)) {
		lines = append(lines, "export "+name+"="+quote(s.variables[name]))
	}
	if s.path != "" {
		lines = append(lines, "export PATH="+quote(s.path)+`:"$PATH"`)
	}
	return append(lines, "cd "+quote(s.Folder()))
}

// WriteShell writes the lines of Shell to a file and returns its path.
func (s *Sandbox) WriteShell() (string, error) {
	path := filepath.Join(s.dir, "environment")
	return path, os.WriteFile(path, []byte(strings.Join(s.Shell(), "\n")+"\n"), 0o600)
}

// quote returns a text as one shell word.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// Leftovers returns the resources that deployments created and that still exist.
func (s *Sandbox) Leftovers() ([]string, error) { return s.cloud.Leftovers() }

// Close stops the account and the plug-ins, and removes the folder.
func (s *Sandbox) Close() error {
	var err error
	if s.dir != "" {
		err = endProcesses(pluginFolder(s.home()))
	}
	if s.cloud != nil {
		err = errors.Join(err, s.cloud.Close())
	}
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}
