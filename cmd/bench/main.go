// Command bench measures the time of previews and compiles as ratios within one run. Seconds depend on the machine;
// ratios hardly do.
//
//	go run ./cmd/bench preview    compare a warm preview of prod with one of an empty program
//	go run ./cmd/bench compile    compare a cold compile of the program with one of its imported SDK packages
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

func main() {
	// The engine also starts this binary as the provider plug-ins.
	if simaws.PluginMain() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	root := &cobra.Command{Use: "bench", Short: "Measure previews and compiles as ratios", SilenceUsage: true}
	rounds := 7
	preview := &cobra.Command{
		Use: "preview", Short: "Compare a warm preview of prod with a preview of an empty program", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return benchPreview(cmd.Context(), rounds) },
	}
	preview.Flags().IntVar(&rounds, "rounds", rounds, "number of previews of each program")
	root.AddCommand(preview, &cobra.Command{
		Use: "compile", Short: "Compare a cold compile of the program with one of its imported SDK packages",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return benchCompile(cmd.Context()) },
	})
	if err := run(ctx, root); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root *cobra.Command) error {
	if err := rehearsal.Isolate(); err != nil {
		return err
	}
	return root.ExecuteContext(ctx)
}
