// Command ops looks at an account before a stack exists, and at a stack afterwards. It changes nothing unless the
// subcommand says so and --yes is given. `go run ./cmd/ops --help` lists what it can do.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/morpheus-ha/morpheus-aws/cmd/ops/command"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the default handler is restored: a second Ctrl-C ends the program at once.
	context.AfterFunc(ctx, stop)
	status := command.Execute(ctx, os.Args[1:], command.Streams{Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(status)
}
