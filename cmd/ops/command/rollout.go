package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/change"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

func newRollout(f *flags) *cobra.Command {
	var (
		a            approval
		wait, cancel bool
	)
	c := &cobra.Command{
		Use:   "rollout",
		Short: "Show the rollout of the nodes, wait for its end, or cancel it",
		Long: "Show the last instance refresh of the nodes' group: progress, nodes that are left, AWS's last reason. --wait exits " +
			"with 0 only if it ends as Successful, and with 1 and AWS's reason otherwise.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if a.yes && !cancel {
				return errors.New("--yes: only --cancel changes something")
			}
			s, err := f.subject(c.Context())
			if err != nil {
				return err
			}
			last, err := s.LastRollout(c.Context())
			if err != nil {
				return err
			}
			fmt.Fprintln(f.streams.Out, last)
			switch {
			case cancel:
				return a.change(c.Context(), f, s, &change.Plan{Steps: []steps.Step{s.Cancel()}})
			case !wait:
				return nil
			}
			if last, err = s.Wait(c.Context()); last == nil || last.Runs() {
				return err
			}
			fmt.Fprintln(f.streams.Out, last)
			if err != nil {
				fmt.Fprintln(f.streams.Err, "ops:", err)
				return errFindings
			}
			return nil
		},
	}
	c.Flags().BoolVar(&wait, "wait", false, "wait until it ends")
	c.Flags().BoolVar(&cancel, "cancel", false, "cancel it; nodes that are replaced stay")
	c.MarkFlagsMutuallyExclusive("wait", "cancel")
	a.addTo(c)
	return c
}
