package command

import (
	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/preflight"
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
			_, config, account, err := f.load(c.Context())
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
