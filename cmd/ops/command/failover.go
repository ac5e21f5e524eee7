package command

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/recovery"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/region"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// confirmation is the flag with which somebody types the name of a production stack again.
type confirmation struct {
	approval
	name string
}

func (a *confirmation) addTo(c *cobra.Command) {
	a.approval.addTo(c)
	c.Flags().StringVar(&a.name, "confirm", "",
		"name of the stack, typed again; required with --yes for a production stack")
}

// pair reads the stack of the flags and names that of its recovery region.
func (a *confirmation) pair(ctx context.Context, f *flags) (*region.Pair, error) {
	folder, c, account, err := f.load(ctx)
	if err != nil {
		return nil, err
	}
	if a.yes {
		if err := stack.Confirm(c, a.name, "and its users move"); err != nil {
			return nil, err
		}
	}
	return &region.Pair{
		First: f.stack, Other: c.Recovery.Stack, Folder: folder, Pulumi: f.pulumi(folder), DNS: account.Route53(),
		Services: func(name string) recovery.API {
			in := account.In(name)
			return recovery.API{Databases: in.RDS(), Files: in.EFS(), Secrets: in.Secrets(), Groups: in.AutoScaling(),
				Backups: in.Backup()}
		},
	}, nil
}

// show prints each step that has ended, and every ten seconds the step that is under way.
func (a *confirmation) show(f *flags, m *region.Move) {
	m.DryRun, m.Report, m.Clock = !a.yes, a.options(f).Report, f.clock
	m.Waiting = func(r steps.Result) {
		fmt.Fprintf(f.streams.Err, "%s: waiting for %s\n", r.Step, r.Took.Round(time.Second))
	}
}

func newFailover(f *flags) *cobra.Command {
	a, unplanned := &confirmation{}, false
	c := &cobra.Command{
		Use:   "failover",
		Short: "Move the service to the recovery region",
		Long: "Move the service to the recovery region, with the stack that recovery.stack names. A planned failover loses " +
			"nothing and needs both regions; --unplanned goes on without the first one, and loses what was not copied. With " +
			"recovery.mode backup it restores the newest copies, and is always unplanned. A run that " +
			"was interrupted is started again with the same flags: what is done is found and left alone. Without --yes it shows " +
			"what is left to do.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			pair, err := a.pair(c.Context(), f)
			if err != nil {
				return err
			}
			m, err := pair.Failover(c.Context(), unplanned)
			if err != nil {
				return err
			}
			a.show(f, m)
			if err := m.Failover(c.Context()); err != nil {
				return err
			}
			if a.yes {
				fmt.Fprintf(f.streams.Out, "next: when %s answers, this command again, if a step is open; then pulumi up "+
					"--stack %s, whose stack file has recovery.failedOver now\n", m.From.Region, pair.First)
			}
			a.closing(f)
			return nil
		},
	}
	a.addTo(c)
	c.Flags().BoolVar(&unplanned, "unplanned", false,
		"the first region is gone: go on without it, and lose what was not copied")
	return c
}

func newFailback(f *flags) *cobra.Command {
	a := &confirmation{}
	c := &cobra.Command{
		Use:   "failback",
		Short: "Move the service back to its first region",
		Long: "Move the service back to its first region, with all that was written since the failover. Nothing is lost. Without " +
			"--yes it shows what is left to do.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			pair, err := a.pair(c.Context(), f)
			if err != nil {
				return err
			}
			m, err := pair.Failback(c.Context())
			if err != nil {
				return err
			}
			a.show(f, m)
			if err := m.Failback(c.Context()); err != nil {
				return err
			}
			a.closing(f)
			return nil
		},
	}
	a.addTo(c)
	return c
}
