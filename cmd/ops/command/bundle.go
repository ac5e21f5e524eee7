package command

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/bundle"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/validate"
)

func newSupportBundle(f *flags) *cobra.Command {
	path := ""
	c := &cobra.Command{
		Use:   "support-bundle",
		Short: "Collect states, events and logs in one file without secrets, for people who help",
		Long: "Collect the configuration, outputs, versions, the report of ops validate, the states of the services, the " +
			"events of the last day and the last log lines of each node, in one .tar.gz that only you can read. The stack's " +
			"secrets are read to remove their values wherever they appear. It changes nothing in the account.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			folder, config, a, err := f.load(c.Context())
			if err != nil {
				return err
			}
			run := f.pulumi(folder)
			s := &bundle.Subject{Config: config, Account: a, Pulumi: run, Now: time.Now()}
			if s.StackFile, err = os.ReadFile(filepath.Join(folder, "Pulumi."+f.stack+".yaml")); err != nil {
				return err
			}
			if s.Outputs, err = stack.ReadOutputs(c.Context(), run, f.stack); err != nil {
				return err
			}
			s.Report = func(ctx context.Context) ([]byte, error) {
				subject := &validate.Subject{Config: config, Account: a, Outputs: s.Outputs}
				if subject.State, err = stack.ReadState(ctx, run, f.stack); err != nil {
					return nil, err
				}
				outcomes := check.Run(ctx, validate.Checks(subject), check.Options{Explain: account.Explain})
				var text bytes.Buffer
				err := check.JSON(&text, "validate", f.stack, outcomes)
				return text.Bytes(), err
			}
			if path == "" {
				path = fmt.Sprintf("support-%s-%s.tar.gz", f.stack, s.Now.UTC().Format("20060102T150405Z"))
			}
			names, problems, err := bundle.Write(c.Context(), s, path)
			if err != nil {
				return err
			}
			for _, problem := range problems {
				fmt.Fprintln(f.streams.Err, "left out:", problem)
			}
			fmt.Fprintf(f.streams.Out, "%s has %d files. Read it before you send it\n", path, len(names))
			return nil
		},
	}
	c.Flags().StringVar(&path, "out", "", "file to write, which must not exist (default: support-<stack>-<time>.tar.gz)")
	return c
}
