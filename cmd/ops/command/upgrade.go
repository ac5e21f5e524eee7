package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/change"
)

func newUpgrade(f *flags) *cobra.Command {
	c := &cobra.Command{
		Use:   "upgrade",
		Short: "Upgrade Morpheus or an engine",
		Long: "Upgrade Morpheus or an engine, in steps: the version is possible, the stack is healthy, what must be saved is saved, " +
			"the configuration and pulumi up, the stack is healthy again. An interrupted run goes on where it was.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newUpgradeMorpheus(f), newUpgradeEngine(f, "database", "8.0.mysql_aurora.3.10.5",
		"Upgrade Aurora MySQL: a snapshot, and the next maintenance window or --now", (*change.Subject).Database))
	c.AddCommand(newUpgradeEngine(f, "messaging", "3.13",
		"Upgrade RabbitMQ, by one minor version: the next maintenance window or --now", (*change.Subject).Messaging))
	search := newUpgradeEngine(f, "search", "OpenSearch_2.19",
		"Upgrade OpenSearch: a blue/green deployment of hours, which cannot be undone",
		func(s *change.Subject, ctx context.Context, to string, _ bool) (*change.Plan, error) {
			return s.Search(ctx, to)
		})
	c.AddCommand(search)
	return c
}

// version adds the flag --to.
func version(c *cobra.Command, to *string, example string) {
	c.Flags().StringVar(to, "to", "", "version, such as "+example+" (required)")
	if err := c.MarkFlagRequired("to"); err != nil {
		panic(err)
	}
}

// newUpgradeEngine makes the subcommand of a managed service. A search domain has no window: its upgrade begins at once.
func newUpgradeEngine(
	f *flags, tier, example, short string,
	plan func(s *change.Subject, ctx context.Context, to string, now bool) (*change.Plan, error),
) *cobra.Command {
	var (
		a   approval
		to  string
		now bool
	)
	c := &cobra.Command{
		Use: tier, Short: short, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := f.subject(c.Context())
			if err != nil {
				return err
			}
			p, err := plan(s, c.Context(), to, now)
			if err != nil {
				return err
			}
			return a.change(c.Context(), f, s, p)
		},
	}
	version(c, &to, example)
	if tier != "search" {
		c.Flags().BoolVar(&now, "now", false, "do not wait for the maintenance window: restart now")
	}
	a.addTo(c)
	return c
}

func newUpgradeMorpheus(f *flags) *cobra.Command {
	var (
		a approval
		r change.Release
	)
	c := &cobra.Command{
		Use: "morpheus", Short: "Upgrade Morpheus: snapshot, files, stop of the UI, rollout",
		Long: "Upgrade Morpheus: a snapshot of the database and a recovery point of the files, the stop of the UI on all nodes unless " +
			"the path is rolling, the rollout. The preview's rules decide the path (docs/nodes.md, \"Upgrades\").",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := f.subject(c.Context())
			if err != nil {
				return err
			}
			p, err := s.Morpheus(c.Context(), r)
			if err != nil {
				return err
			}
			return a.change(c.Context(), f, s, p)
		},
	}
	version(c, &r.Version, "8.0.7")
	c.Flags().StringVar(&r.PackageURL, "package", "", "URL of the package, https:// or s3://")
	c.Flags().StringVar(&r.PackageSHA256, "package-sha256", "", "SHA-256 of the package")
	c.Flags().StringVar(&r.SupplementalURL, "supplemental", "", "URL of the supplemental package, if the configuration has one")
	c.Flags().StringVar(&r.SupplementalSHA256, "supplemental-sha256", "", "SHA-256 of the supplemental package")
	a.addTo(c)
	return c
}
