// Command run is the command that ./cmd/rehearse compiles and executes.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/languagehost"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// interrupted is the exit code that shells use for Ctrl-C.
const interrupted = 130

func main() {
	// The engine also starts this binary as the provider plug-ins, and as the language host of a sandbox.
	if simaws.PluginMain() || languagehost.Main() {
		return
	}
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// After the first signal the default handler is restored: a second Ctrl-C ends the program immediately.
	context.AfterFunc(ctx, stop)

	if err := rehearsal.Isolate(); err != nil {
		fmt.Fprintln(os.Stderr, "rehearse:", err)
		return 1
	}
	err := command().ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "rehearse: interrupted; its processes have ended, its files are removed")
		return interrupted
	case !errors.Is(err, rehearsal.ErrFailed):
		fmt.Fprintln(os.Stderr, "rehearse:", err)
	}
	return 1
}
