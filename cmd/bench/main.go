// Command bench measures what users wait for, as ratios within one run: seconds depend on the machine, ratios hardly
// do.
//
//	go run ./cmd/bench preview    a warm preview of prod against that of an empty program
//	go run ./cmd/bench compile    a cold compile of the program against that of the SDK packages it imports
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
	// The engine starts this same binary as the provider plug-ins.
	if simaws.PluginMain() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	root := &cobra.Command{Use: "bench", Short: "Measure previews and compiles as ratios", SilenceUsage: true}
	rounds := 7
	preview := &cobra.Command{
		Use: "preview", Short: "A warm preview of prod against that of an empty program", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return benchPreview(cmd.Context(), rounds) },
	}
	preview.Flags().IntVar(&rounds, "rounds", rounds, "how often each program is previewed")
	root.AddCommand(preview, &cobra.Command{
		Use: "compile", Short: "A cold compile of the program against that of the SDK packages it imports",
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
