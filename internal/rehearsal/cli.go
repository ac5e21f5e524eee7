package rehearsal

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/blang/semver"
)

// CLI finds a Pulumi CLI that is at least the pinned version: on PATH, or built before into tools/bin, or built now
// from the module that pins it, which takes minutes and is told on progress.
func (r Repository) CLI(ctx context.Context, progress io.Writer) (Command, error) {
	pkg, version, err := r.pinnedCLI()
	if err != nil {
		return Command{}, fmt.Errorf("find the pinned Pulumi CLI: %w", err)
	}
	minimum, err := semver.ParseTolerant(version)
	if err != nil {
		return Command{}, fmt.Errorf("%s: version %q: %w", cliModule, version, err)
	}
	if path, err := exec.LookPath("pulumi"); err == nil {
		command, err := newCommand(ctx, path, minimum)
		if err == nil {
			return command, nil
		}
		fmt.Fprintf(progress, "not using the Pulumi CLI on PATH: %v\n", err)
	}
	path := r.path("tools", "bin", "pulumi-"+version, "bin", "pulumi")
	if _, err := os.Stat(path); err != nil {
		if err := r.buildCLI(ctx, pkg, version, path, progress); err != nil {
			return Command{}, fmt.Errorf("build the Pulumi CLI %s: %w", version, err)
		}
	}
	return newCommand(ctx, path, minimum)
}

// buildCLI compiles to a temporary name first, so that an interrupted build leaves no half of a CLI behind.
func (r Repository) buildCLI(ctx context.Context, pkg, version, path string, progress io.Writer) error {
	fmt.Fprintf(progress, "building the Pulumi CLI %s into %s: 3 to 8 minutes on 2 cores, only this once\n", version, filepath.Dir(path))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // as readable as the rest of the clone
		return err
	}
	// The CLI knows its version only when the linker tells it.
	link := "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=" + version
	cmd := exec.CommandContext(ctx, "go", "build", "-v", "-ldflags", link, "-o", path+".part", pkg) //nolint:gosec // pinned by cliModule
	cmd.Dir = r.path(filepath.Dir(cliModule))
	cmd.Env = append(os.Environ(), "GOWORK=off")
	endInOrder(cmd)
	if err := runWithProgress(cmd, progress); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// runWithProgress tells every ten seconds how far `go build -v` is, and what it said if it fails.
func runWithProgress(cmd *exec.Cmd, progress io.Writer) error {
	output, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	var compiled atomic.Int64
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(10 * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				fmt.Fprintf(progress, "  %s: %d packages compiled\n", elapsed(start), compiled.Load())
			}
		}
	}()
	said := follow(output, &compiled)
	close(done)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%w\n%s", err, said)
	}
	fmt.Fprintf(progress, "  built in %s\n", elapsed(start))
	return nil
}

// follow counts the packages that `go build -v` names, and returns every other line: downloads and errors.
func follow(output io.Reader, compiled *atomic.Int64) string {
	var said strings.Builder
	for lines := bufio.NewScanner(output); lines.Scan(); {
		line := lines.Text()
		if strings.ContainsAny(line, " #") {
			fmt.Fprintln(&said, line)
			continue
		}
		compiled.Add(1)
	}
	return said.String()
}

func elapsed(start time.Time) time.Duration {
	return time.Since(start).Round(time.Second)
}
