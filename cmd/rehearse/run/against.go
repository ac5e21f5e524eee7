package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
)

// offerAgainst adds the flag --against to a command. It previews changed values against a deployment of the committed
// stack.
func offerAgainst(cmd *cobra.Command, plan *rehearsal.Plan) {
	cmd.Flags().String("against", "",
		"deploy this stack as committed, preview it with the values of --config, and print the risk for each tier and the "+
			"difference in the price")
	cmd.Example = `  go run ./cmd/rehearse preview --against prod --config search.instanceType=r6g.xlarge.search`
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		stack, err := cmd.Flags().GetString("against")
		if err != nil || stack == "" {
			return run(cmd, arguments)
		}
		for _, other := range []string{"stack", "provider", "calls", "only-if-built"} {
			if cmd.Flags().Changed(other) {
				return fmt.Errorf("--%s has no meaning beside --against, which previews one stack in a simulated account", other)
			}
		}
		settings, err := cmd.Flags().GetStringArray("config")
		if err != nil {
			return err
		}
		if plan.Config, err = parseSettings(settings); err != nil {
			return err
		}
		plan.Color = colored()
		return against(cmd.Context(), *plan, stack)
	}
}

func against(ctx context.Context, plan rehearsal.Plan, stack string) error {
	return plan.Against(ctx, stack)
}
