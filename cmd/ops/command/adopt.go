package command

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/adopt"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

func newAdopt(f *flags) *cobra.Command {
	yes, s, path := &approval{}, adopt.Subject{}, ""
	c := &cobra.Command{
		Use:   "adopt",
		Short: "Take an existing database and file system into a new stack",
		Long: "Take an existing database and file system into a stack that has not been deployed: it says what cannot be adopted " +
			"and why, what the first update changes, and what stays outside. With --yes it gives the resources the tags of the " +
			"stack and writes the file for pulumi import; it imports nothing. docs/adopt.md has the steps.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			folder, config, account, err := f.load(c.Context())
			if err != nil {
				return err
			}
			one := s
			one.Config, one.AWS = config, account
			found, err := one.Look(c.Context())
			if err != nil {
				return err
			}
			if err := found.Err(); err != nil {
				fmt.Fprintln(f.streams.Err, "ops:", err)
				return errFindings
			}
			for _, r := range found.Resources {
				fmt.Fprintf(f.streams.Out, "adopts   %s as %s\n", r.ID, r.Name)
			}
			for _, line := range found.Changes {
				fmt.Fprintln(f.streams.Out, "changes  "+line)
			}
			for _, line := range found.Left {
				fmt.Fprintln(f.streams.Out, "leaves   "+line)
			}
			file, err := filepath.Abs(path)
			if err != nil {
				return err
			}
			if _, err := os.Stat(file); err == nil {
				return fmt.Errorf("--out: %s exists: remove it, or give another name", file)
			}
			if _, err := steps.Run(c.Context(), one.Steps(found, f.pulumi(folder), file), yes.options(f)); err != nil {
				return err
			}
			if yes.yes {
				fmt.Fprintln(f.streams.Out, "next: "+adopt.Next(f.stack, path))
			}
			yes.closing(f)
			return nil
		},
	}
	c.Flags().StringVar(&s.Cluster, "database", "", "identifier of an Aurora MySQL cluster")
	c.Flags().StringVar(&s.FileSystem, "filesystem", "", "id of an EFS file system, such as fs-0123456789abcdef0")
	c.Flags().StringVar(&path, "out", "adopt.json", "file to write for pulumi import, which must not exist")
	yes.addTo(c)
	return c
}
