package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/change"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

func newRestoreDatabase(f *flags) *cobra.Command {
	var (
		a     confirmation
		r     change.Restore
		point string
	)
	a.timed = true
	c := &cobra.Command{
		Use:   "database",
		Short: "Bring the rows of a snapshot or recovery point back into this stack",
		Long: "Bring the rows of a snapshot or recovery point back into this stack: stop the UI, save the present rows, replace the " +
			"cluster by one from the snapshot, replace the nodes. Rows that were written after the snapshot are in the saved " +
			"snapshot only. Without a snapshot it lists those of the stack. If it was interrupted, run it again with the same " +
			"flags, without --again: it goes on.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			one := r
			var err error
			if one.Snapshot, err = change.CheckSnapshot(r.Snapshot, point); err != nil {
				return err
			}
			s, err := f.subject(c.Context())
			if err != nil {
				return err
			}
			if one.Snapshot == "" {
				return a.list(c.Context(), f, s)
			}
			if a.yes {
				settings, err := stack.Load(s.Folder, s.Stack)
				if err != nil {
					return err
				}
				if err := stack.Confirm(settings, a.name, "and nobody is served meanwhile"); err != nil {
					return err
				}
			}
			p, err := s.RestoreDatabase(c.Context(), one)
			if err != nil {
				return err
			}
			return a.change(c.Context(), f, s, p)
		},
	}
	c.Flags().StringVar(&r.Snapshot, "snapshot", "", "name or ARN of a cluster snapshot (default: list them)")
	c.Flags().StringVar(&point, "recovery-point", "", "ARN of a recovery point of the database, instead of --snapshot")
	c.Flags().StringVar(&r.EngineVersion, "engine-version", "",
		"version of the new cluster (default: that of the configuration)")
	c.Flags().BoolVar(&r.Again, "again", false,
		"restore once more what this stack was restored from; begin with it, go on without")
	c.Flags().BoolVar(&r.WithoutSnapshot, "without-snapshot", false,
		"give the present rows up: the present cluster is not available, and cannot be saved")
	c.Flags().BoolVar(&r.SecretFits, "secret-fits", false,
		"the appliance secret is younger than the snapshot, and somebody has put the value of that time into it")
	c.Flags().StringVar(&r.Release.Version, "release", "",
		"release of Morpheus that wrote the rows (default: the deployed one)")
	c.Flags().StringVar(&r.Release.PackageURL, "package", "", "URL of the package of --release, https:// or s3://")
	c.Flags().StringVar(&r.Release.PackageSHA256, "package-sha256", "", "SHA-256 of that package")
	c.Flags().StringVar(&r.Release.SupplementalURL, "supplemental", "",
		"URL of the supplemental package of --release, if the configuration has one")
	c.Flags().StringVar(&r.Release.SupplementalSHA256, "supplemental-sha256", "", "SHA-256 of the supplemental package")
	a.addTo(c)
	return c
}

// list shows the snapshots. Which one is right is for somebody to decide: the newest may have the damage too.
func (a *confirmation) list(ctx context.Context, f *flags, s *change.Subject) error {
	if a.yes {
		return errors.New("--snapshot or --recovery-point is required with --yes: the newest snapshot may have the damage too")
	}
	lines, err := s.Snapshots(ctx)
	for _, line := range lines {
		fmt.Fprintln(f.streams.Out, line)
	}
	return err
}
