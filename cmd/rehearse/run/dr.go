package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/regions"
)

// drCommand moves the service to the other region and back.
func drCommand(plan *rehearsal.Plan, out io.Writer) *cobra.Command {
	var stepsOnly bool
	var only string
	cmd := &cobra.Command{
		Use:   "dr",
		Short: "Lose a region, fail over and fail back: nothing may be lost, and both stacks must fit afterwards (minutes)",
		Long: "First runs the steps of internal/ops/recovery on a model of two regions, whose time is modelled: killed at each " +
			"changing call, they are taken up again, and nothing may be lost (seconds). Then deploys prod and the stack " +
			"recovery in one simulated account and runs the same steps between them, planned, without the first region, and " +
			"without it from copies of recovery points: nothing may be left over, and both stacks must have what their programs say.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			journeys := []struct {
				name string
				run  func(context.Context) error
			}{
				{"planned", func(ctx context.Context) error { return plan.TwoRegions(ctx, false) }},
				{"unplanned", func(ctx context.Context) error { return plan.TwoRegions(ctx, true) }},
				{"backup", func(ctx context.Context) error { return plan.FromCopies(ctx) }},
			}
			if only != "" && only != "planned" && only != "unplanned" && only != "backup" {
				return fmt.Errorf("--only: must be planned, unplanned or backup, got %q", only)
			}
			if err := regions.Rehearse(cmd.Context(), out); err != nil || stepsOnly {
				return err
			}
			plan.Color = colored()
			var errs []error
			for _, j := range journeys {
				if only == "" || only == j.name {
					errs = append(errs, j.run(cmd.Context()))
				}
			}
			return errors.Join(errs...)
		},
	}
	cmd.Flags().BoolVar(&stepsOnly, "steps-only", false, "only the steps on the model of two regions")
	cmd.Flags().StringVar(&only, "only", "", "only one way of the stacks: planned, unplanned or backup (default: all)")
	cmd.MarkFlagsMutuallyExclusive("steps-only", "only")
	cmd.Flags().BoolVar(&plan.Verbose, "verbose", false, "show all output of Pulumi")
	return cmd
}
