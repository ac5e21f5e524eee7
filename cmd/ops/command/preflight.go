package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/preflight"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

func newPreflight(f *flags) *cobra.Command {
	r := &report{}
	c := &cobra.Command{
		Use:   "preflight",
		Short: "Ask the account, before any resource exists, whether an update would succeed",
		Long: "Ask the account, before any resource exists, whether an update would succeed: identity and session, " +
			"permissions, quotas, offers, versions, network, DNS, certificate, files, names. It changes nothing.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := r.validate(); err != nil {
				return err
			}
			folder, err := f.project()
			if err != nil {
				return err
			}
			config, err := stack.Load(folder, f.stack)
			if stack.IsConfiguration(err) {
				fmt.Fprintln(f.streams.Err, "ops:", err)
				return errUnknown
			} else if err != nil {
				return err
			}
			account, err := f.open(c.Context(), config.AWS.Region)
			if err != nil {
				return err
			}
			checks := preflight.Checks(&preflight.Subject{Config: config, Account: account})
			return r.run(c.Context(), f, "preflight", checks)
		},
	}
	r.addTo(c)
	return c
}
