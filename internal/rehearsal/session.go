// Package rehearsal runs a Pulumi program under the real Pulumi engine against the simulated AWS account of package
// simaws. It uses a temporary home, backend and copy of the stack's settings, and needs no credentials and no network.
//
// The running binary serves as the provider plug-ins too: its main, or its TestMain, must call simaws.PluginMain
// first. Linux and macOS only, because it starts process groups.
package rehearsal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// Options are the options of a session.
type Options struct {
	// Required

	// Program is the program to run.
	Program pulumi.RunFunc
	// Stack is the stack's name.
	Stack string

	// Optional

	// ProjectYAML is the content of Pulumi.yaml (default: a Go project named "rehearsal" without a config schema).
	ProjectYAML []byte
	// StackYAML is the content of Pulumi.<stack>.yaml (default: no config).
	StackYAML []byte
	// Fixture are the account's values for placeholders. A value is set only if StackYAML has its key.
	Fixture []Setting
	// Config is set last, in this order; for the keys see project.StackFile.Set.
	Config []Setting
	// Cloud creates the account that the providers call (default: a simulated account before its first deployment).
	Cloud func(context.Context) (Cloud, error)
	// Plugins are binaries of provider plug-ins by package name (default: the running binary, as the simulated one).
	Plugins map[string]string
	// CLI is the Pulumi CLI (default: the zero value finds or builds one, with messages on Output).
	CLI Command
	// Output gets Pulumi's output (default: none).
	Output io.Writer
	// Color lets Pulumi write colours.
	Color bool

	// private is true for a stack without internet access.
	private bool
}

// Cloud is an account with its existing resources.
type Cloud interface {
	// Env returns the environment variables for the provider plug-ins.
	Env() map[string]string
	// Drift changes a property of the first resource of a type outside Pulumi, and returns its id.
	Drift(token, property string, value any) (id string, err error)
	// Leftovers are resources that deployments created and did not delete; Kept are those that AWS keeps after a delete.
	Leftovers() ([]string, error)
	Kept() []string
	Close() error
}

// Recorder is a Cloud that records the calls of the providers.
type Recorder interface {
	// Phase sets the operation of the engine for the following calls.
	Phase(name string)
	// Calls are lines such as "up ec2:CreateVpc", sorted.
	Calls() []string
}

// Simulated returns a function that creates a simulated AWS account.
func Simulated(options simaws.Options) func(context.Context) (Cloud, error) {
	return func(context.Context) (Cloud, error) { return simaws.Start(options) }
}

// Setting is one configuration value.
type Setting = project.Setting

// Session is one stack in one account. Its operations must not overlap.
type Session struct {
	stack auto.Stack
	// selected returns a stack of the project by its name.
	selected func(ctx context.Context, name string) (auto.Stack, error)
	cloud    Cloud
	command  *flagged
	project  project.Project
	dir      string // the temporary folder
	output   io.Writer
	color    string
	watch    atomic.Pointer[observer] // of the last operation
}

// New starts an account and creates the stack in it. Close the session to remove both.
func New(ctx context.Context, options Options) (*Session, error) {
	if options.Program == nil || options.Stack == "" {
		return nil, errors.New("rehearsal: Program and Stack are required")
	}
	if options.ProjectYAML == nil {
		options.ProjectYAML = []byte("name: rehearsal\nruntime: go\n")
	}
	s := &Session{output: options.Output, color: "never"}
	if s.output == nil {
		s.output = io.Discard
	}
	if options.Color {
		s.color = "always"
	}
	if err := s.open(ctx, options); err != nil {
		return nil, errors.Join(fmt.Errorf("rehearsal of %s: %w", options.Stack, err), s.Close())
	}
	return s, nil
}

// open fills the session. After an error, Close removes what open created.
func (s *Session) open(ctx context.Context, options Options) error {
	folder, err := project.Find()
	if err != nil {
		return err
	}
	if options.CLI.path == "" {
		if options.CLI, err = FindCLI(ctx, folder, s.output); err != nil {
			return err
		}
	}
	if s.dir, err = os.MkdirTemp("", "morpheus-rehearsal-"); err != nil {
		return err
	}
	if err := s.writeSettings(options); err != nil {
		return err
	}
	if err := installPlugins(folder, s.home(), options.Plugins); err != nil {
		return fmt.Errorf("install the provider plug-ins: %w", err)
	}
	if options.Cloud == nil {
		options.Cloud = Simulated(simaws.Options{Scale: simaws.DefaultScale})
	}
	if s.cloud, err = options.Cloud(ctx); err != nil {
		return fmt.Errorf("start the account: %w", err)
	}
	if err := s.furnish(options.Stack); err != nil {
		return err
	}
	s.command = newFlagged(options.CLI)
	s.selected = func(ctx context.Context, name string) (auto.Stack, error) {
		return auto.UpsertStackInlineSource(ctx, name, string(s.project.Name), options.Program,
			auto.WorkDir(s.work()),
			auto.PulumiHome(s.home()),
			auto.Pulumi(s.command),
			auto.EnvVars(s.variables()),
		)
	}
	if s.stack, err = s.selected(ctx, options.Stack); err != nil {
		return newFailure("stack init", nil, err)
	}
	return s.follow(ctx, options.Stack)
}

func (s *Session) home() string    { return filepath.Join(s.dir, "pulumi") }
func (s *Session) work() string    { return filepath.Join(s.dir, "project") }
func (s *Session) backend() string { return filepath.Join(s.dir, "backend") }

func (s *Session) stackFile(stack string) string {
	return filepath.Join(s.work(), "Pulumi."+stack+".yaml")
}

// writeSettings copies the project's settings, so that the working tree does not change.
func (s *Session) writeSettings(options Options) error {
	var err error
	if s.project, err = project.Parse(options.ProjectYAML); err != nil {
		return err
	}
	for _, dir := range []string{s.work(), s.backend()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(s.work(), "Pulumi.yaml"), options.ProjectYAML, 0o600); err != nil {
		return err
	}
	file, err := s.project.ParseStack(options.StackYAML)
	if err != nil {
		return err
	}
	file.ForgetEncryption()
	if err := file.Fill(options.Fixture); err != nil {
		return err
	}
	return writeStackFile(s.stackFile(options.Stack), file, options.Config)
}

func writeStackFile(path string, file *project.StackFile, settings []Setting) error {
	for _, setting := range settings {
		if err := file.Set(setting.Key, setting.Value); err != nil {
			return err
		}
	}
	text, err := file.Text()
	if err != nil {
		return err
	}
	//nolint:gosec // in the temporary folder of the session
	return os.WriteFile(path, text, 0o600)
}

// variables returns the environment of the engine, which passes it on to the plug-ins.
func (s *Session) variables() map[string]string {
	return engineVariables(s.backend(), s.cloud)
}

func engineVariables(backend string, cloud Cloud) map[string]string {
	variables := map[string]string{
		"PULUMI_BACKEND_URL":       "file://" + backend,
		"PULUMI_CONFIG_PASSPHRASE": "rehearsal",
		"PULUMI_SKIP_UPDATE_CHECK": "true",
		// A missing plug-in must be an error, not a download of the real one.
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
		// The engine must not use a plug-in on PATH either, which would reach a real account.
		"PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
	}
	maps.Copy(variables, cloud.Env())
	return variables
}

// Cloud returns the account, so that tests can inspect it and change it outside Pulumi.
func (s *Session) Cloud() Cloud { return s.cloud }

// furnish adds what the stack file names to a simulated account; other accounts have what they have.
func (s *Session) furnish(stack string) error {
	simulated, ok := s.cloud.(interface{ Furnish(func(string) string) })
	if !ok {
		return nil
	}
	file, err := s.readStackFile(stack)
	if err != nil {
		return err
	}
	simulated.Furnish(func(key string) string {
		value, err := file.Get(key)
		if err != nil || value == nil {
			return "" // a project without the key
		}
		text, isText := value.(string)
		if list, err := json.Marshal(value); err == nil && !isText {
			return string(list)
		}
		return text
	})
	return nil
}

func (s *Session) readStackFile(stack string) (*project.StackFile, error) {
	text, err := os.ReadFile(s.stackFile(stack))
	if err != nil {
		return nil, err
	}
	return s.project.ParseStack(text)
}

// SetConfig changes config values for the next operations, as `pulumi config set --path` does.
func (s *Session) SetConfig(settings ...Setting) error {
	file, err := s.readStackFile(s.stack.Name())
	if err != nil {
		return err
	}
	if err := writeStackFile(s.stackFile(s.stack.Name()), file, settings); err != nil {
		return err
	}
	return s.furnish(s.stack.Name())
}

// Preview runs `pulumi preview`.
func (s *Session) Preview(ctx context.Context) (*Result, error) {
	return s.run(ctx, "preview", func(stream chan<- events.EngineEvent, _ *Result) error {
		_, err := s.stack.Preview(ctx, optpreview.EventStreams(stream), optpreview.Color(s.color),
			optpreview.ProgressStreams(s.output), optpreview.ErrorProgressStreams(s.output))
		return err
	})
}

// Up runs `pulumi up --skip-preview`.
func (s *Session) Up(ctx context.Context) (*Result, error) { return s.UpWith(ctx) }

// UpWith runs Up with more options, such as optup.Target.
func (s *Session) UpWith(ctx context.Context, more ...optup.Option) (*Result, error) {
	return s.run(ctx, "up", func(stream chan<- events.EngineEvent, result *Result) error {
		up, err := s.stack.Up(ctx, append([]optup.Option{optup.EventStreams(stream), optup.Color(s.color),
			optup.ProgressStreams(s.output), optup.ErrorProgressStreams(s.output)}, more...)...)
		result.Outputs = up.Outputs
		return err
	})
}

// Refresh runs `pulumi refresh`. Result.Changes is the drift.
func (s *Session) Refresh(ctx context.Context) (*Result, error) {
	return s.run(ctx, "refresh", func(stream chan<- events.EngineEvent, _ *Result) error {
		_, err := s.stack.Refresh(ctx, optrefresh.EventStreams(stream), optrefresh.Color(s.color),
			optrefresh.ProgressStreams(s.output), optrefresh.ErrorProgressStreams(s.output))
		return err
	})
}

// PreviewDestroy runs `pulumi destroy --preview-only`, which `pulumi destroy` does first.
func (s *Session) PreviewDestroy(ctx context.Context) (*Result, error) {
	return s.run(ctx, "destroy --preview-only", func(stream chan<- events.EngineEvent, _ *Result) error {
		_, err := s.stack.PreviewDestroy(ctx, optdestroy.EventStreams(stream), optdestroy.Color(s.color),
			optdestroy.ProgressStreams(s.output), optdestroy.ErrorProgressStreams(s.output))
		return err
	})
}

// Destroy runs `pulumi destroy --skip-preview`. Without the preview, the engine deletes all unprotected resources
// before it fails at a protected one.
func (s *Session) Destroy(ctx context.Context) (*Result, error) {
	return s.run(ctx, "destroy", func(stream chan<- events.EngineEvent, _ *Result) error {
		_, err := s.stack.Destroy(ctx, optdestroy.EventStreams(stream), optdestroy.Color(s.color),
			optdestroy.ProgressStreams(s.output), optdestroy.ErrorProgressStreams(s.output))
		return err
	})
}

// run returns a Result also with an error, with the changes up to then.
func (s *Session) run(
	ctx context.Context, operation string, call func(chan<- events.EngineEvent, *Result) error,
) (*Result, error) {
	start := time.Now()
	if recorder, ok := s.cloud.(Recorder); ok {
		recorder.Phase(operation)
	}
	watch := observe()
	s.watch.Store(watch)
	var extra Result
	err := call(watch.events, &extra)
	result := watch.finish()
	result.Duration = time.Since(start)
	result.Outputs = extra.Outputs
	switch {
	case ctx.Err() != nil:
		return result, fmt.Errorf("pulumi %s: %w", operation, context.Cause(ctx))
	case err != nil:
		return result, newFailure(operation, result.Errors, err)
	}
	return result, nil
}

// Close ends the remaining processes of a killed engine, stops the account and removes all files of the session.
func (s *Session) Close() error {
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
