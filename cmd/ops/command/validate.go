package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/validate"
)

func newValidate(f *flags) *cobra.Command {
	r, yes, drift, transactions := &report{}, &approval{}, false, false
	c := &cobra.Command{
		Use:   "validate",
		Short: "Ask whether a deployed stack is healthy",
		Long: "Ask whether a deployed stack is healthy: every service, zones, backups, monitoring, TLS and /ping from outside, " +
			"encryption, and one command on each node by Systems Manager: mounts, users, packages, settings, secrets, clock, back " +
			"ends. It changes nothing, unless --transactions is given with --yes: then one node writes a file, messages and a " +
			"document, the others read them, and they are removed. The outputs and the state come from the Pulumi CLI.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := r.validate(); err != nil {
				return err
			}
			if yes.yes && !transactions {
				return errors.New("--yes: only --transactions changes something")
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
			if s.Transactions = transactions && yes.yes; s.Transactions {
				defer f.waitFor(c.Context(), s)
			}
			err = r.run(c.Context(), f, "validate", validate.Checks(s))
			if transactions && !yes.yes {
				fmt.Fprintln(f.streams.Err, "nothing is written; --yes does it")
			}
			return err
		},
	}
	r.addTo(c)
	yes.addTo(c)
	c.Flags().BoolVar(&drift, "drift", false, "also compare the program with the account: pulumi preview --refresh, minutes")
	c.Flags().BoolVar(&transactions, "transactions", false,
		"also let one node write a file, messages and a document that the others read; needs --yes")
	return c
}

// waitFor waits until what the transactions have written is removed, also after an interrupt.
func (f *flags) waitFor(ctx context.Context, s *validate.Subject) {
	if ctx.Err() != nil {
		fmt.Fprintln(f.streams.Err, "removing what the transactions have written; the next run removes what a second Ctrl-C leaves")
	}
	s.Wait()
}
