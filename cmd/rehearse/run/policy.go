package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/controls"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
)

// exceptionsFile has the exceptions of the users' stacks.
const exceptionsFile = "stacks/exceptions.yaml"

// policyCommand evaluates the table of controls on stacks. It records their resources without an engine.
func policyCommand(out io.Writer) *cobra.Command {
	var stackNames []string
	exceptions, verbose := "", false
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Check stacks against the table of security and availability controls",
		Long: `Records the resources of each stack and checks them against the controls of Security Hub (FSBP), those of CIS that
ask for more, and the program's own requirements. It fails if a resource fails a control without a reason, if an
exception has ended, or if nothing needs it any more.`,
		Example: `  go run ./cmd/rehearse policy
  go run ./cmd/rehearse policy --stack prod --verbose`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			return checkPolicy(out, stackNames, exceptions, verbose, time.Now())
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&stackNames, "stack", nil, "stack to check (default: every stack file and example); can be repeated")
	flags.StringVar(&exceptions, "exceptions", "", "file with exceptions (default: "+exceptionsFile+")")
	flags.BoolVar(&verbose, "verbose", false, "list accepted failures with their reasons too")
	return cmd
}

func checkPolicy(out io.Writer, stackNames []string, exceptionsPath string, verbose bool, today time.Time) error {
	folder, err := project.Find()
	if err != nil {
		return err
	}
	if exceptionsPath == "" {
		exceptionsPath = folder.Path(exceptionsFile)
	}
	text, err := os.ReadFile(exceptionsPath)
	if err != nil {
		return err
	}
	exceptions, err := controls.ParseExceptions(text, slices.Concat(controls.All(), controls.WidenedControls))
	if err != nil {
		return fmt.Errorf("%s: %w", exceptionsPath, err)
	}
	all, err := folder.Stacks()
	if err != nil {
		return err
	}
	if len(stackNames) == 0 {
		stackNames = slices.Sorted(maps.Keys(all))
	}
	bad := 0
	for _, e := range exceptions {
		if all[e.Stack] == "" {
			fmt.Fprintf(out, "%s: %s: there is no such stack: remove the exception\n", e.Stack, e.Control)
			bad++
		}
	}
	for _, stack := range stackNames {
		failed, err := checkStack(out, stack, exceptions, verbose, today)
		if err != nil {
			return err
		}
		bad += failed
	}
	if bad > 0 {
		return fmt.Errorf("%d problems: repair them, or add an exception with reason and end to %s", bad, exceptionsFile)
	}
	return nil
}

// checkStack prints the findings of a stack and returns the number of problems.
func checkStack(
	out io.Writer, stack string, exceptions []controls.Exception, verbose bool, today time.Time,
) (bad int, err error) {
	config, err := rehearsal.CommittedConfig(stack, nil)
	if err != nil {
		return 0, err
	}
	run, err := harness.Launch{Stack: stack, Config: harness.Config(config)}.Start()
	if err != nil {
		return 0, fmt.Errorf("record %s: %w", stack, err)
	}
	rows := controls.Of(run)
	findings := controls.Check(run, lifecycle.Environment(config[stackconfig.Namespace+":environment"]), rows)
	unused := controls.Accept(findings, stack, exceptions)
	if len(findings) == 0 {
		return 0, errors.New(stack + ": no control applies to it")
	}
	passed, accepted := 0, 0
	for _, f := range findings {
		switch {
		case f.Passes:
			passed++
		case f.Failed(today):
			bad++
			fmt.Fprintf(out, "FAIL %s: %s\n", stack, f)
		default:
			accepted++
			if verbose {
				fmt.Fprintf(out, "     %s: %s\n", stack, f)
			}
		}
	}
	for _, text := range controls.Unassigned(run, rows) {
		bad++
		fmt.Fprintf(out, "FAIL %s: %s has neither a row nor a reason\n", stack, text)
	}
	for _, e := range unused {
		bad++
		fmt.Fprintf(out, "FAIL %s: %s: nothing needs the exception any more: remove it\n", stack, e.Control)
	}
	fmt.Fprintf(out, "%s: %d passed, %d accepted, %d failed\n", stack, passed, accepted, bad)
	return bad, nil
}
