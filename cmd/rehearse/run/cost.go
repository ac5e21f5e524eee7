package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/cost"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
)

// costCommand prices stacks. It records their resources without an engine.
func costCommand(out io.Writer) *cobra.Command {
	var stackNames, settings []string
	asJSON := false
	cmd := &cobra.Command{
		Use:   "cost",
		Short: "Price the resources of a stack in USD a month, from a table of list prices",
		Example: `  go run ./cmd/rehearse cost --stack prod
  go run ./cmd/rehearse cost --stack prod --config database.instances=3 --json`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			changed, err := parseSettings(settings)
			if err != nil {
				return err
			}
			for _, stack := range stackNames {
				config, err := rehearsal.CommittedConfig(stack, changed)
				if err != nil {
					return err
				}
				estimate, err := harness.Config(config).Cost(stack)
				if err != nil {
					return err
				}
				write := cost.Estimate.Text
				if asJSON {
					write = cost.Estimate.JSON
				}
				if err := write(estimate, out, stack); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&stackNames, "stack", []string{"prod"}, "stack to price; can be repeated")
	cmd.Flags().StringArrayVar(&settings, "config", nil,
		"configuration value to change, as key=value (database.instances=3); can be repeated")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON, one document for each stack")
	return cmd
}
