package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/validate"
)

func newValidate(f *flags) *cobra.Command {
	r, drift := &report{}, false
	c := &cobra.Command{
		Use:   "validate",
		Short: "Ask whether a deployed stack is healthy",
		Long: "Ask whether a deployed stack is healthy: every service, zones, backups, monitoring, TLS and /ping from outside, " +
			"encryption. It changes nothing. The outputs and the state come from the Pulumi CLI.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := r.validate(); err != nil {
				return err
			}
			s, err := f.deployed(c.Context())
			if err != nil {
				return err
			}
			if drift {
				folder, err := f.project()
				if err != nil {
					return err
				}
				run := f.pulumi(folder)
				s.Drift = func(ctx context.Context) ([]string, error) { return stack.Drift(ctx, run, f.stack) }
			}
			return r.run(c.Context(), f, "validate", validate.Checks(s))
		},
	}
	r.addTo(c)
	c.Flags().BoolVar(&drift, "drift", false, "also compare the program with the account: pulumi preview --refresh, minutes")
	return c
}
