// Command rehearse runs the program under the real Pulumi engine against a simulated AWS: no account, no credentials,
// no network. `go run ./cmd/rehearse --help` lists what it can do.
//
// This package only compiles ./cmd/rehearse/run, which contains the command, and executes it. The first compile takes
// minutes because of the AWS SDK, and `go run` would show no progress.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/gobuild"
)

const (
	command = "./cmd/rehearse/run"
	binary  = "bin/rehearse"
	module  = "github.com/morpheus-ha/morpheus-aws"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	path, err := build(ctx, os.Stderr)
	if err == nil {
		stop() // the command handles signals itself
		//nolint:gosec // the binary comes from build
		err = syscall.Exec(path, append([]string{path}, os.Args[1:]...), os.Environ())
	}
	fmt.Fprintln(os.Stderr, "rehearse:", err)
	os.Exit(1)
}

// build compiles the command and returns its path.
func build(ctx context.Context, progress io.Writer) (string, error) {
	root, err := findRoot()
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, binary)
	part := fmt.Sprintf("%s.%d", path, os.Getpid())
	defer func() { _ = os.Remove(part) }() // a failure leaves it
	// The existing binary is linked to the output path, so that the compiler does nothing if the sources are the same.
	if err := os.Link(path, part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	// Most runs compile nothing and should not print the message.
	news := time.AfterFunc(time.Second, func() {
		fmt.Fprintln(progress, "compiling: 3 to 8 minutes on 2 cores the first time, seconds after a change")
	})
	defer news.Stop()
	options := gobuild.Options{Dir: root, Package: command, Name: module + "/cmd/rehearse/run", Binary: part}
	if err := gobuild.Build(ctx, options, progress); err != nil {
		return "", fmt.Errorf("compile the command: %w", err)
	}
	return path, os.Rename(part, path)
}

// findRoot asks the go command for the folder of the module.
func findRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the repository: go env GOMOD: %w", err)
	}
	path := string(bytes.TrimSpace(out))
	if !strings.HasSuffix(path, "go.mod") {
		return "", errors.New("find the repository: run this inside a clone of it")
	}
	return filepath.Dir(path), nil
}
