// Command ops looks at an account before a stack exists, and at a stack afterwards. It changes nothing unless the
// subcommand says so and --yes is given. `go run ./cmd/ops --help` lists what it can do.
package main

import (
	"context"
	"os"

	"github.com/morpheus-ha/morpheus-aws/cmd/ops/command"
)

func main() {
	ctx, stop := command.Interruptible(context.Background())
	status := command.Execute(ctx, os.Args[1:], command.Streams{Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(status)
}
