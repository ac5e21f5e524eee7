// Command mutants puts small mistakes into the program, one at a time, and reports the share that a behaviour test
// catches. Golden manifests and generated pages are not counted: `make golden` would make them pass.
//
//	go run ./cmd/mutants                    100 mistakes, chosen by seed 1
//	go run ./cmd/mutants --count 10 --seed 7
//	go run ./cmd/mutants --only 'cluster/group.go:41'   the mistakes of one line or file
//
// A mistake in Go is compiled in next to the original code and is switched on by an environment variable, so that all
// mistakes share one build. A mistake in a script of the nodes is a changed file, with a build of its own.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
)

// options are the flags of the command.
type options struct {
	// count is the number of mistakes.
	count int
	// seed chooses them.
	seed uint64
	// only restricts them to places that contain the text.
	only string
	// boot also boots nodes with the scripts that the unit tests let through.
	boot bool
	// atLeast is the share of caught mistakes, in percent, below which the command fails.
	atLeast int
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var o options
	root := &cobra.Command{
		Use: "mutants", Short: "Report the share of small mistakes that a behaviour test catches",
		Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return try(cmd.Context(), o, os.Stdout) },
	}
	root.Flags().IntVar(&o.count, "count", 100, "number of mistakes")
	root.Flags().Uint64Var(&o.seed, "seed", 1, "chooses the mistakes; the same seed and source give the same ones")
	root.Flags().StringVar(&o.only, "only", "", "only mistakes whose file:line contains this text")
	root.Flags().BoolVar(&o.boot, "boot", false, "also boot nodes with a script that the unit tests let through: up to 6 "+
		"minutes each; needs root and Debian")
	root.Flags().IntVar(&o.atLeast, "at-least", 0, "fail if a smaller share is caught, in percent")
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}
