package command

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Interruptible returns a context that ends with Ctrl-C, with SIGTERM, and when the terminal is lost, so that a command can
// undo what it has suspended. A second Ctrl-C ends the program at once; stop restores the default.
func Interruptible(parent context.Context) (ctx context.Context, stop func()) {
	ctx, once := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, once)
	lost := func() {}
	// A lost terminal may send the signal twice, by the shell and by the kernel, and nohup ignores it.
	if !signal.Ignored(syscall.SIGHUP) {
		ctx, lost = signal.NotifyContext(ctx, syscall.SIGHUP)
	}
	// Otherwise a write to a closed pipe, such as `| head`, ends the program before it has undone anything.
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	return ctx, func() {
		signal.Stop(broken)
		lost()
		once()
	}
}
