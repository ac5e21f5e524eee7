package awsplugin

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/gobuild"
)

// expectation describes the cost of the first build, measured on 2 cores.
const expectation = "about 55 CPU minutes and 6 GB of Go's build cache the first time, a minute after a change of " +
	"it; 7 GB of memory to link 700 MB"

// mainPackage is the name of the plug-in's package in the output of `go build -v`.
const mainPackage = "github.com/morpheus-ha/morpheus-aws/tools/awsprovider"

// interval between progress messages during a wait.
const interval = 10 * time.Second

// build compiles the plug-in in a temporary folder and then moves it to its place, so that there is never a partial
// plug-in.
func (s source) build(ctx context.Context, cache string, progress io.Writer) error {
	parent := filepath.Dir(cache)
	if err := os.MkdirAll(parent, 0o755); err != nil { //nolint:gosec // as readable as Go's cache
		return err
	}
	unlock, err := lock(ctx, filepath.Join(parent, "lock"), progress)
	if err != nil {
		return err
	}
	defer unlock()
	// Another process may have built it during the wait.
	if found, err := exists(cache); err != nil || found {
		return err
	}
	part := filepath.Join(parent, "part")
	if err := os.RemoveAll(part); err != nil {
		return err
	}
	defer os.RemoveAll(part) //nolint:errcheck // after a failure; the next build tries again
	fmt.Fprintf(progress, "building the AWS plug-in into %s:\n  %s\n", cache, expectation)
	start := time.Now()
	if err := s.compile(ctx, filepath.Join(part, binaryName), progress); err != nil {
		return err
	}
	if err := describe(ctx, part, progress); err != nil {
		return err
	}
	if err := os.Rename(part, cache); err != nil {
		return err
	}
	fmt.Fprintf(progress, "  ready after %s\n", gobuild.Elapsed(start))
	return s.prune(cache, progress)
}

// compile always uses the same flags, because Go's cache depends on them.
func (s source) compile(ctx context.Context, binary string, progress io.Writer) error {
	link := "-s -w -X main.version=" + strings.TrimPrefix(s.sdk, "v")
	return gobuild.Build(ctx, gobuild.Options{Dir: s.dir, Package: ".", Name: mainPackage, Link: link, Binary: binary},
		progress)
}

// describe runs the plug-in to write the schema files that the binary needs next to it.
func describe(ctx context.Context, dir string, progress io.Writer) error {
	binary := filepath.Join(dir, binaryName)
	//nolint:gosec // just built
	cmd := exec.CommandContext(ctx, binary, "schema", "--out", dir, "--skip-docs", "--skip-examples")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := gobuild.Run(cmd, progress, func() string { return "writing its schema" }); err != nil {
		return fmt.Errorf("%s schema: %w\n%s", binaryName, err, output.String())
	}
	return nil
}

// lock keeps two processes from building the same plug-in; the second process waits.
func lock(ctx context.Context, path string, progress io.Writer) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil // which unlocks it
		}
		if err != syscall.EWOULDBLOCK {
			_ = file.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		fmt.Fprintf(progress, "  %s: another process builds the AWS plug-in, waiting for it\n", gobuild.Elapsed(start))
		select {
		case <-ctx.Done():
			_ = file.Close()
			return nil, context.Cause(ctx)
		case <-time.After(interval):
		}
	}
}
