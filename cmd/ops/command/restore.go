package command

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/nodes"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/restoretest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/validate"
)

func newRestore(f *flags) *cobra.Command {
	c := &cobra.Command{
		Use:   "restore",
		Short: "Restore data, and check that it could be restored",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newRestoreTest(f), newRestoreFiles(f), newRestoreDatabase(f))
	return c
}

// groupOf is the Auto Scaling group of the nodes.
func groupOf(d *validate.Subject) *nodes.Group {
	return &nodes.Group{Account: d.Account, Name: d.Config.GroupName()}
}

// closePause is the time between two tries to delete an instance that AWS is still making.
const closePause = 5 * time.Second

func newRestoreTest(f *flags) *cobra.Command {
	yes := &approval{}
	c := &cobra.Command{
		Use:   "test",
		Short: "Check the data that AWS Backup has restored in its tests",
		Long: "Check the data that AWS Backup has restored in its tests: make it reachable, read the nodes' canary out of it, " +
			"and report the result, which is final. Without --yes it shows the tests of the last eight days.\n\nExit status: 0 all " +
			"tests have passed or can still pass, 1 a test has failed or is missing, 2 a test could not be checked.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			d, err := f.deployed(c.Context())
			if err != nil {
				return err
			}
			plans := d.State.Of(awstoken.BackupRestoreTestPlan)
			if len(plans) != 1 {
				return errors.New("the stack has no restore tests: see backup.enabled and backup.restoreTest in docs/configuration.md")
			}
			arn, _ := plans[0].Outputs["arn"].(string)
			o := restoretest.Defaults()
			o.DryRun = !yes.yes
			results, err := restoretest.Check(c.Context(), &restoretest.Live{
				AWS: d.Account, PlanArn: arn, InstanceClass: d.Config.Database.InstanceClass, FileSystem: d.Outputs["fileSystemId"],
				Run: restoretest.OnNode(groupOf(d)), Pause: closePause,
			}, o)
			if shown := showTests(f, results); shown != nil {
				return shown
			}
			if failed(results) {
				if err != nil {
					fmt.Fprintln(f.streams.Err, "ops:", account.Explain(err))
				}
				return errFindings
			}
			if err != nil {
				return err
			}
			yes.closing(f)
			return nil
		},
	}
	yes.addTo(c)
	return c
}

// failed reports whether a test has failed or did not take place.
func failed(results []restoretest.Result) bool {
	for _, r := range results {
		if !r.Passed && !r.Pending {
			return true
		}
	}
	return false
}

func showTests(f *flags, results []restoretest.Result) error {
	table := tabwriter.NewWriter(f.streams.Out, 0, 0, 2, ' ', 0)
	for _, r := range results {
		state := "FAILED"
		switch {
		case r.Passed:
			state = "passed"
		case r.Pending:
			state = "open"
		}
		point := "-"
		if !r.Job.Point.IsZero() {
			point = r.Job.Point.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", state, r.Job.Type, point, r.Job.ID, r.Why)
	}
	return table.Flush()
}
