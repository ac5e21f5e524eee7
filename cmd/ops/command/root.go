// Package command has the subcommands of the operations command.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// Streams are where the command writes: its answer to Out, progress and errors to Err.
type Streams struct{ Out, Err io.Writer }

// flags that all subcommands have.
type flags struct {
	stack, folder string
	streams       Streams
	// open gives access to the account; tests replace it.
	open func(ctx context.Context, region string) (*account.Account, error)
	// pulumi runs the Pulumi CLI in a folder; tests replace it.
	pulumi func(folder string) stack.Run
	// replace makes this process another program; tests replace it.
	replace func(program string, arguments ...string) error
	// clock waits; nil for the real time.
	clock steps.Clock
}

// errFindings ends a command whose checks have found something, and errUnknown one that could not look. Both are
// reported already.
var (
	errFindings = errors.New("findings")
	errUnknown  = errors.New("could not look")
)

// Execute runs the command with its arguments and returns the exit status: 0 healthy, 1 findings, 2 could not look.
func Execute(ctx context.Context, arguments []string, streams Streams) int {
	return execute(ctx, arguments, &flags{
		streams: streams, open: account.Open, pulumi: stack.CLI, replace: become,
	})
}

func execute(ctx context.Context, arguments []string, f *flags) int {
	root := newRoot(f)
	root.SetArgs(arguments)
	root.SetOut(f.streams.Out)
	root.SetErr(f.streams.Err)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return check.ExitHealthy
	case errors.Is(err, errFindings):
		return check.ExitFindings
	case errors.Is(err, errUnknown):
	default:
		fmt.Fprintln(f.streams.Err, "ops:", account.Explain(err))
	}
	return check.ExitUnknown
}

func newRoot(f *flags) *cobra.Command {
	root := &cobra.Command{
		Use:   "ops",
		Short: "Look at an account before a stack exists, and at a stack afterwards",
		Long: "Look at an account before a stack exists, and at a stack afterwards; change versions. Nothing changes unless a subcommand " +
			"says so and --yes is given.\n\nExit status: 0 healthy, 1 findings, 2 could not look.",
		SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.PersistentFlags().StringVar(&f.stack, "stack", "", "stack, such as prod (required)")
	root.PersistentFlags().StringVar(&f.folder, "cwd", "", "folder of Pulumi.yaml (default: this one or one above it)")
	root.AddCommand(newInit(f), newPreflight(f), newValidate(f), newRollout(f), newPatch(f), newUpgrade(f),
		newDrill(f), newRestore(f), newNode(f), newRotate(f), newSupportBundle(f),
		newFailover(f), newFailback(f), newAdopt(f))
	return root
}

// become replaces this process by a program of the PATH, which then has the terminal and its signals to itself.
func become(program string, arguments ...string) error {
	path, err := exec.LookPath(program)
	if err != nil {
		return err
	}
	return syscall.Exec(path, append([]string{program}, arguments...), os.Environ()) //nolint:gosec // the arguments are the user's
}

// project returns the folder with Pulumi.yaml.
func (f *flags) project() (string, error) {
	if f.stack == "" {
		return "", errors.New("--stack is required, such as --stack prod")
	}
	if f.folder != "" {
		return f.folder, nil
	}
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for at := folder; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "Pulumi.yaml")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("there is no Pulumi.yaml in %s or above it: give --cwd", folder)
		}
	}
}

// load reads the configuration of the stack and opens its account. Problems of the configuration are shown here.
func (f *flags) load(ctx context.Context) (folder string, c *config.Config, a *account.Account, err error) {
	if folder, err = f.project(); err != nil {
		return "", nil, nil, err
	}
	c, err = stack.Load(folder, f.stack)
	if stack.IsConfiguration(err) {
		fmt.Fprintln(f.streams.Err, "ops:", err)
		return "", nil, nil, errUnknown
	} else if err != nil {
		return "", nil, nil, err
	}
	a, err = f.open(ctx, c.AWS.Region)
	return folder, c, a, err
}

// report is how a command runs checks and shows their outcomes.
type report struct {
	json, all bool
	junit     string
	failOn    string
	only      []string
	timeout   time.Duration
}

func (r *report) addTo(c *cobra.Command) {
	c.Flags().BoolVar(&r.json, "json", false, "print JSON instead of a table")
	c.Flags().StringVar(&r.junit, "junit", "", "also write a JUnit report to this file")
	c.Flags().BoolVar(&r.all, "all", false, "show the checks that passed, too")
	c.Flags().StringSliceVar(&r.only, "only", nil, "run these checks only, by their ids")
	c.Flags().DurationVar(&r.timeout, "timeout", check.DefaultTimeout, "time that one check may take")
	c.Flags().StringVar(&r.failOn, "fail-on", string(check.Warning), "least severity that exits with 1: warning or error")
}

// validate refuses wrong flags before anything is asked.
func (r *report) validate() error {
	if r.failOn != string(check.Warning) && r.failOn != string(check.Error) {
		return fmt.Errorf("--fail-on: must be warning or error, got %q", r.failOn)
	}
	if r.timeout <= 0 {
		return fmt.Errorf("--timeout: must be longer than 0s, got %s", r.timeout)
	}
	return nil
}

// selected returns the checks of --only.
func (r *report) selected(checks []check.Check) ([]check.Check, error) {
	if len(r.only) == 0 {
		return checks, nil
	}
	var out []check.Check
	for _, id := range r.only {
		at := slices.IndexFunc(checks, func(c check.Check) bool { return c.ID == id })
		if at < 0 {
			return nil, fmt.Errorf("--only: there is no check %q; docs/runbooks/checks.md lists them", id)
		}
		out = append(out, checks[at])
	}
	return out, nil
}

// run executes the checks and shows their outcomes.
func (r *report) run(ctx context.Context, f *flags, name string, checks []check.Check) error {
	checks, err := r.selected(checks)
	if err != nil {
		return err
	}
	outcomes := check.Run(ctx, checks, check.Options{
		Timeout: r.timeout, Explain: account.Explain,
		Progress: func(line string) { fmt.Fprintln(f.streams.Err, line) },
	})
	if r.junit != "" {
		if err := r.writeJUnit(name, outcomes); err != nil {
			return err
		}
	}
	if r.json {
		err = check.JSON(f.streams.Out, name, f.stack, outcomes)
	} else {
		err = check.Table(f.streams.Out, outcomes, r.all)
	}
	if err != nil {
		return err
	}
	switch check.Exit(outcomes, check.Severity(r.failOn)) {
	case check.ExitFindings:
		return errFindings
	case check.ExitUnknown:
		return errUnknown
	}
	return nil
}

func (r *report) writeJUnit(name string, outcomes []check.Outcome) error {
	var text strings.Builder
	if err := check.JUnit(&text, name, outcomes); err != nil {
		return err
	}
	return os.WriteFile(r.junit, []byte(text.String()), 0o600)
}
