package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/controls"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/scan"
)

// checkovBinary is where `make scan` installs checkov.
const checkovBinary = "tools/bin/checkov/bin/checkov"

// scanCommand runs checkov over the recorded resources of stacks.
func scanCommand(out io.Writer) *cobra.Command {
	var stackNames []string
	checkov := ""
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "Scan stacks with checkov",
		Long: `Records the resources of each stack, writes them as a plan of Terraform and scans the plans with checkov. It
fails on a finding that neither the table of reasons nor an exception in ` + exceptionsFile + ` explains. A scan of all
stacks also fails on a reason or an exception that no finding needs.`,
		Example: `  make scan
  go run ./cmd/rehearse scan --stack prod`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return scanStacks(cmd.Context(), out, checkov, stackNames)
		},
	}
	cmd.Flags().StringArrayVar(&stackNames, "stack", nil,
		"stack to scan (default: every stack file and example); can be repeated")
	cmd.Flags().StringVar(&checkov, "checkov", "", "checkov's executable (default: "+checkovBinary+")")
	return cmd
}

func scanStacks(ctx context.Context, out io.Writer, checkov string, stackNames []string) error {
	folder, err := project.Find()
	if err != nil {
		return err
	}
	if checkov == "" {
		checkov = folder.Path(checkovBinary)
	}
	text, err := os.ReadFile(folder.Path(exceptionsFile))
	if err != nil {
		return err
	}
	exceptions, err := controls.ParseExceptions(text, slices.Concat(controls.All(), controls.WidenedControls))
	if err != nil {
		return fmt.Errorf("%s: %w", exceptionsFile, err)
	}
	complete := len(stackNames) == 0
	stacks, err := plansOf(folder, stackNames)
	if err != nil {
		return err
	}
	report, err := scan.Run(ctx, checkov, stacks)
	if err != nil {
		return err
	}
	return judge(out, report, stacks, exceptions, complete)
}

// plansOf records the stacks. Without names it records every stack file, and dev and prod as they ship if their files
// are filled in: the table of reasons explains those.
func plansOf(folder project.Folder, names []string) (map[string]scan.Stack, error) {
	out := map[string]scan.Stack{}
	complete := len(names) == 0
	if complete {
		all, err := folder.Stacks()
		if err != nil {
			return nil, err
		}
		names = slices.Sorted(maps.Keys(all))
	}
	for _, name := range names {
		config, err := rehearsal.CommittedConfig(name, nil)
		if err != nil {
			return nil, err
		}
		if out[name], err = planOf(name, config); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"dev", "prod"} {
		shipped, err := harness.Load(name, nil)
		if err != nil {
			return nil, err
		}
		committed, err := rehearsal.CommittedConfig(name, nil)
		if err == nil && maps.Equal(shipped, committed) || !complete {
			continue
		}
		if out["shipped-"+name], err = planOf(name, shipped); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func planOf(stack string, config map[string]string) (scan.Stack, error) {
	run, err := harness.Launch{Stack: stack, Config: config}.Start()
	if err != nil {
		return scan.Stack{}, fmt.Errorf("record %s: %w", stack, err)
	}
	plan, err := scan.Plan(run)
	if err != nil {
		return scan.Stack{}, fmt.Errorf("plan of %s: %w", stack, err)
	}
	environment := lifecycle.Environment(config[stackconfig.Namespace+":environment"])
	return scan.Stack{Plan: plan, Development: environment == lifecycle.Development}, nil
}

// judge prints what nothing explains and returns an error if there is any.
func judge(
	out io.Writer, report scan.Report, stacks map[string]scan.Stack, exceptions []controls.Exception, complete bool,
) error {
	result := scan.Compare(report, stacks, scan.Reasons, exceptions)
	for _, f := range result.Unexplained {
		fmt.Fprintf(out, "FAIL %s\n", f)
	}
	fmt.Fprintf(out, "%d stacks, %d resources: %d checks passed, %d findings explained, %d not\n",
		len(stacks), report.Resources, report.Passed, len(report.Findings)-len(result.Unexplained), len(result.Unexplained))
	var errs []error
	if n := len(result.Unexplained); n > 0 {
		errs = append(errs, fmt.Errorf("%d findings: repair them, or add an exception with reason and end to %s",
			n, exceptionsFile))
	}
	if complete {
		errs = append(errs, result.Unneeded, result.Coverage)
	}
	return errors.Join(errs...)
}
