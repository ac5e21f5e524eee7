package main

import (
	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
)

// waysCommand tries every way to run an update on every tier.
func waysCommand(plan *rehearsal.Plan) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ways",
		Short: "Deploy, then try each way to run an update (--target, --replace, a taint, drift ...): no data may be lost",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			plan.Color = colored()
			return plan.TryWays(cmd.Context())
		},
	}
	cmd.Flags().StringArrayVar(&plan.Stacks, "stack", []string{"dev"}, "stack to try; can be repeated")
	cmd.Flags().BoolVar(&plan.Verbose, "verbose", false, "show each update and all output of Pulumi")
	return cmd
}
