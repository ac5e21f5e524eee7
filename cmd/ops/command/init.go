package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/preflight"
)

func newInit(f *flags) *cobra.Command {
	var (
		answers        preflight.Answers
		region, from   string
		write, replace bool
	)
	c := &cobra.Command{
		Use:   "init",
		Short: "Fill the configuration of a new stack with what can be found out",
		Long: "Fill the configuration of a new stack: you give the host name, the clients and the package; the account, the " +
			"zones, the hosted zone, the checksums and the service-linked roles are found out. It shows what it would write; " +
			"--yes writes Pulumi.<stack>.yaml and changes nothing else.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			folder, err := f.project()
			if err != nil {
				return err
			}
			path := filepath.Join(folder, "Pulumi."+f.stack+".yaml")
			if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) && !replace && write {
				return fmt.Errorf("%s exists: give --replace to write it anew", path)
			}
			defaults, err := os.ReadFile(filepath.Join(folder, "Pulumi.yaml"))
			if err != nil {
				return err
			}
			example, err := os.ReadFile(filepath.Join(folder, "Pulumi."+from+".yaml"))
			if err != nil {
				return fmt.Errorf("--from: %w", err)
			}
			account, err := f.open(c.Context(), region)
			if err != nil {
				return err
			}
			filled, err := preflight.Fill(c.Context(), account, f.stack, defaults, example, answers)
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(f.streams.Out, 0, 0, 2, ' ', 0)
			for _, s := range filled.Settings {
				fmt.Fprintf(table, "%s\t%s\t(%s)\n", s.Key, s.Value, s.Source)
			}
			if err := table.Flush(); err != nil {
				return err
			}
			if !write {
				fmt.Fprintf(f.streams.Out, "nothing is written; --yes writes %s, all other keys as in Pulumi.%s.yaml\n", path, from)
				return nil
			}
			if err := os.WriteFile(path, filled.Text, 0o644); err != nil { //nolint:gosec // a file of the repository, without secrets
				return err
			}
			fmt.Fprintf(f.streams.Out, "%s is written. Next: ops preflight --stack %s\n", path, f.stack)
			return nil
		},
	}
	c.Flags().StringVar(&answers.HostName, "host", "", "name under which users reach the appliance, such as morpheus.example.com")
	c.Flags().StringSliceVar(&answers.Clients, "clients", nil, "CIDR ranges of the users and managed machines")
	c.Flags().StringVar(&answers.Package, "package", "", "URL of the appliance package, https:// or s3://")
	c.Flags().StringVar(&answers.PackageSHA256, "package-sha256", "", "SHA-256 of the package (default: what S3 has)")
	c.Flags().StringVar(&answers.Bucket, "tools-bucket", "", "bucket with the node tools (default: morpheus-node-tools-<account>)")
	c.Flags().StringVar(&region, "region", "us-east-1", "region of the stack")
	c.Flags().StringVar(&from, "from", "prod", "stack file that the other keys come from")
	c.Flags().BoolVar(&write, "yes", false, "write Pulumi.<stack>.yaml")
	c.Flags().BoolVar(&replace, "replace", false, "with --yes: replace an existing Pulumi.<stack>.yaml")
	for _, required := range []string{"host", "clients", "package"} {
		if err := c.MarkFlagRequired(required); err != nil {
			panic(strings.Join([]string{"no flag", required}, " "))
		}
	}
	return c
}
