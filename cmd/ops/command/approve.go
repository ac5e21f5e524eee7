package command

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// approval is the flag of a command that changes something: without it, the command only shows what it would do.
type approval struct {
	yes bool
	// timed adds to each step how long it took.
	timed bool
}

func (a *approval) addTo(c *cobra.Command) {
	c.Flags().BoolVar(&a.yes, "yes", false, "do it; without it, the command shows what it would do and changes nothing")
}

// options of the steps of a command, which prints a line a step.
func (a *approval) options(f *flags) steps.Options {
	return steps.Options{DryRun: !a.yes, Report: func(r steps.Result) {
		took := ""
		if a.timed && r.State == steps.Done {
			took = fmt.Sprintf(" (took %s)", r.Took.Round(time.Second))
		}
		fmt.Fprintf(f.streams.Out, "%-8s %s: %s%s\n", r.State, r.Step, r.Does, took)
	}}
}

// closing is the last line of a command that has not failed.
func (a *approval) closing(f *flags) {
	if !a.yes {
		fmt.Fprintln(f.streams.Out, "nothing is changed; --yes does it")
	}
}
