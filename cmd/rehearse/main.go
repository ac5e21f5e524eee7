// Command rehearse runs the program under the real Pulumi engine against a simulated AWS: no account, no credentials,
// no network.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// interrupted is the exit code that shells use for Ctrl-C.
const interrupted = 130

func main() {
	// The engine starts this same binary as the provider plug-ins.
	if simaws.PluginMain() {
		return
	}
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// After the first signal the default is back: a second Ctrl-C ends the program where it stands.
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
		fmt.Fprintln(os.Stderr, "rehearse: interrupted; everything it had started and written is gone")
		return interrupted
	case !errors.Is(err, rehearsal.ErrFailed):
		fmt.Fprintln(os.Stderr, "rehearse:", err)
	}
	return 1
}
