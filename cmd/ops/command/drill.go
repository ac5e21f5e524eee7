package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/drill"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/validate"
)

// drills are the subcommands by name, with what each injects.
var drills = map[string]string{
	drill.Node:     "Terminate one node and measure until its replacement serves",
	drill.Database: "Fail the database over to a reader and measure until both instances are available",
	drill.Broker:   "Reboot the broker of the queue and measure until it runs",
	drill.Search:   "Reboot one data node of the search domain and measure until all indexes have their copies",
	drill.Zone:     "Move clients out of one zone for some minutes and measure whether the others serve",
}

const (
	defaultHold = 5 * time.Minute
	longestHold = time.Hour
)

func newDrill(f *flags) *cobra.Command {
	c := &cobra.Command{
		Use:   "drill",
		Short: "Inject one failure into a deployed stack and measure its recovery",
		Long: "Inject one failure into a deployed stack and measure its recovery: /ping every second, AWS every five. Without " +
			"--yes it only looks and shows what it would do. It refuses if there is no spare to lose.\n\n" +
			"Exit status: 0 every target is met, 1 a target is missed, 2 not started or not ended.",
		// Without these, cobra shows the help and succeeds for a name that does not exist.
		Args: func(_ *cobra.Command, arguments []string) error {
			return fmt.Errorf("name a drill, %s, or undo, got %q", strings.Join(drill.Names, ", "), strings.Join(arguments, " "))
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	for _, name := range drill.Names {
		c.AddCommand(newOneDrill(f, name))
	}
	c.AddCommand(newDrillUndo(f))
	return c
}

func newOneDrill(f *flags, name string) *cobra.Command {
	a, o, out := &approval{}, drill.Options{}, ""
	c := &cobra.Command{
		Use: name, Short: drills[name], Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if name == drill.Zone && (o.Hold < time.Minute || o.Hold > longestHold) {
				return fmt.Errorf("--hold: must be %s to %s, got %s: AWS takes minutes to move clients", time.Minute, longestHold,
					o.Hold)
			}
			subject, err := f.deployed(c.Context())
			if err != nil {
				return err
			}
			o.Steps = a.options(f)
			o.Progress = func(line string) { fmt.Fprintln(f.streams.Err, line) }
			o.Save = func(r *drill.Record) error { return r.Write(out) }
			record, err := drill.Run(c.Context(), subject, name, o)
			if record != nil {
				fmt.Fprintf(f.streams.Out, "report: %s/%s.md\n", strings.TrimSuffix(out, "/"), record.Base())
			}
			refusal := (*drill.Refusal)(nil)
			switch {
			case errors.As(err, &refusal):
				fmt.Fprintln(f.streams.Err, "ops:", refusal)
				return errUnknown
			case err != nil:
				return err
			case record != nil && !record.Met():
				fmt.Fprintln(f.streams.Out, "a target is missed")
				return errFindings
			case record != nil:
				fmt.Fprintln(f.streams.Out, "every target is met")
			}
			a.closing(f)
			return nil
		},
	}
	a.addTo(c)
	c.Flags().StringVar(&o.Confirm, "confirm", "", "name of the stack, typed again; required with --yes for a production stack")
	c.Flags().StringVar(&out, "out", "drills", "folder of the report and its picture")
	if name == drill.Zone {
		c.Flags().StringVar(&o.Zone, "zone", "", "zone to move clients out of, such as us-east-1a (required)")
		c.Flags().DurationVar(&o.Hold, "hold", defaultHold, "how long clients stay out of it, 1m to 1h")
	}
	return c
}

func newDrillUndo(f *flags) *cobra.Command {
	a := &approval{}
	c := &cobra.Command{
		Use: "undo", Short: "End what a drill that was killed has left behind", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			subject, err := f.deployed(c.Context())
			if err != nil {
				return err
			}
			results, err := drill.Undo(c.Context(), subject, a.options(f))
			if err != nil {
				return err
			}
			if len(results) == 0 {
				fmt.Fprintln(f.streams.Out, "no drill has left anything behind")
				return nil
			}
			a.closing(f)
			return nil
		},
	}
	a.addTo(c)
	return c
}

// deployed reads a deployed stack: its configuration, outputs and state.
func (f *flags) deployed(ctx context.Context) (*validate.Subject, error) {
	folder, config, account, err := f.load(ctx)
	if err != nil {
		return nil, err
	}
	run := f.pulumi(folder)
	s := &validate.Subject{Config: config, Account: account}
	if s.Outputs, err = stack.ReadOutputs(ctx, run, f.stack); err != nil {
		return nil, err
	}
	if s.State, err = stack.ReadState(ctx, run, f.stack); err != nil {
		return nil, err
	}
	return s, nil
}
