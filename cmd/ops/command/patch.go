package command

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

func newPatch(f *flags) *cobra.Command {
	var (
		a  approval
		to string
	)
	c := &cobra.Command{
		Use:   "patch",
		Short: "Roll the nodes to a newer image",
		Long: "Roll the nodes to a newer image: it shows the age of the images that the nodes run, the newest that fits, and the " +
			"nodes that do not run the configured one. With --yes it writes the configuration, runs pulumi up and waits for the " +
			"rollout. Without --yes it exits with 1 if a node does not run the configured image.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := f.subject(c.Context())
			if err != nil {
				return err
			}
			images, err := s.Images(c.Context())
			if err != nil {
				return err
			}
			for _, line := range images.Lines(time.Now()) {
				fmt.Fprintln(f.streams.Out, line)
			}
			plan, err := s.Patch(c.Context(), images, to)
			if err != nil {
				return err
			}
			if err := a.change(c.Context(), f, s, plan); err != nil {
				return err
			}
			if !a.yes && len(images.Others) > 0 {
				return errFindings
			}
			return nil
		},
	}
	c.Flags().StringVar(&to, "to", "", "serial such as 20260401, or the id of an image (default: the newest serial)")
	a.addTo(c)
	return c
}
