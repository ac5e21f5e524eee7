package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/regions"
)

// drCommand moves the service to the other region and back.
func drCommand(out io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "dr",
		Short: "Lose a region, fail over, fail back, and be killed at each call on the way: nothing may be lost (seconds)",
		Long: "Runs the steps of internal/ops/recovery on an account with two regions, planned and without the first region. " +
			"Its time is modelled. The stacks themselves are rehearsed by the other verbs.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return regions.Rehearse(cmd.Context(), out) },
	}
}
