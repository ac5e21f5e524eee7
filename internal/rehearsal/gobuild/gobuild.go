// Package gobuild compiles large Go programs. It reports progress and stops cleanly when its context ends.
package gobuild

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// patience is the time that a command may take to stop after an interrupt.
const patience = 10 * time.Second

// interval between progress messages.
const interval = 10 * time.Second

// Options are the options of a build.
type Options struct {
	// Dir is the folder of the module, and Package its package to build, by path or as ".".
	Dir, Package string
	// Name is the package's name in the output of `go build -v`. Linking begins after it.
	Name string
	// Link are the linker's flags.
	Link string
	// Binary is the output file.
	Binary string
}

// Build compiles a package. Its error contains the compiler's output.
func Build(ctx context.Context, o Options, progress io.Writer) error {
	//nolint:gosec // go.mod pins the code
	cmd := exec.CommandContext(ctx, "go", "build", "-v", "-ldflags", o.Link, "-o", o.Binary, o.Package)
	cmd.Dir = o.Dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	log := &compileLog{last: o.Name}
	cmd.Stderr = log
	if err := Run(cmd, progress, log.status); err != nil {
		return fmt.Errorf("%w\n%s", err, log.rest())
	}
	return nil
}

// Run runs a command in a separate process group, and writes the status to progress at intervals.
func Run(cmd *exec.Cmd, progress io.Writer, status func() string) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = patience
	done := make(chan error, 1)
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { done <- cmd.Wait() }()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			fmt.Fprintf(progress, "  %s: %s\n", Elapsed(start), status())
		}
	}
}

// Elapsed returns the time since start, rounded to seconds.
func Elapsed(start time.Time) time.Duration {
	return time.Since(start).Round(time.Second)
}
