package rehearsal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/blang/semver"
)

// patience is the time that the engine may take to end after an interrupt.
const patience = 20 * time.Second

// Command runs one Pulumi CLI for the Automation API. It replaces the SDK's implementation, which passes on the whole
// environment: a rehearsal must not use the user's AWS account or Pulumi login. It also keeps the engine from being
// interrupted twice: a terminal sends Ctrl-C to the whole process group, and after a second interrupt the engine stops
// without cleaning up.
type Command struct {
	path    string
	version semver.Version
	// started gets the id of each process; nil for nobody.
	started func(process int)
}

// newCommand reads the CLI's version and refuses one that is older than the minimum or has another major version.
func newCommand(ctx context.Context, path string, minimum semver.Version) (Command, error) {
	command := Command{path: path}
	out, _, _, err := command.Run(ctx, "", nil, nil, nil, []string{"PULUMI_SKIP_UPDATE_CHECK=true"}, "version")
	if err != nil {
		return Command{}, fmt.Errorf("%s version: %w", path, err)
	}
	command.version, err = semver.ParseTolerant(strings.TrimSpace(out))
	if err != nil {
		return Command{}, fmt.Errorf("%s version: %w", path, err)
	}
	if command.version.LT(minimum) || command.version.Major != minimum.Major {
		return Command{}, fmt.Errorf("%s is v%s, want v%d, v%s or newer", path, command.version, minimum.Major, minimum)
	}
	return command, nil
}

// Version is the version of the CLI.
func (c Command) Version() semver.Version { return c.version }

// Run runs the CLI once, as auto.PulumiCommand describes it: it returns standard output, standard error and exit code.
func (c Command) Run(
	ctx context.Context,
	dir string,
	stdin io.Reader,
	moreOut, moreErr []io.Writer,
	env []string,
	args ...string,
) (string, string, int, error) {
	// --non-interactive: fail instead of waiting for input.
	//nolint:gosec // the CLI of FindCLI
	cmd := exec.CommandContext(ctx, c.path, append([]string{"--non-interactive"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(environment(), env...)
	cmd.Stdin = stdin
	var stdout, stderr bytes.Buffer
	cmd.Stdout = io.MultiWriter(append(slices.Clone(moreOut), &stdout)...)
	cmd.Stderr = io.MultiWriter(append(slices.Clone(moreErr), &stderr)...)
	endInOrder(cmd)

	err := cmd.Start()
	if err == nil {
		if c.started != nil {
			c.started(cmd.Process.Pid)
		}
		err = cmd.Wait()
	}
	code := 0
	if err != nil {
		code = -1
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			code = exit.ExitCode()
		}
	}
	return stdout.String(), stderr.String(), code, err
}

// endInOrder starts the command in a separate process group and interrupts it when its context ends.
func endInOrder(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = patience
}

// foreign are the variables that would connect the rehearsal to the user's account, login or settings.
var foreign = []string{"AWS_", "PULUMI_"}

func isForeign(variable string) bool {
	return slices.ContainsFunc(foreign, func(prefix string) bool { return strings.HasPrefix(variable, prefix) })
}

func environment() []string {
	return slices.DeleteFunc(os.Environ(), isForeign)
}

// Isolate removes variables of a real account from the environment of this process. The program runs inside the
// process, and the provider SDK reads missing arguments (region, profile) from the environment.
func Isolate() error {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); isForeign(name) {
			if err := os.Unsetenv(name); err != nil {
				return fmt.Errorf("unset %s: %w", name, err)
			}
		}
	}
	return nil
}
