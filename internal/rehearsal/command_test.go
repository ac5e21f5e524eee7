package rehearsal

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/blang/semver"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// script returns a Pulumi CLI that runs a shell script.
func script(t *testing.T, text string) Command {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pulumi")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700))
	return Command{path: path}
}

func TestCommandHidesTheRealAccount(t *testing.T) {
	t.Setenv("AWS_PROFILE", "production")
	t.Setenv("PULUMI_ACCESS_TOKEN", "pul-secret")
	t.Setenv("HTTPS_PROXY", "http://proxy.example.com")

	command := script(t, "env")
	out, _, _, err := command.Run(
		context.Background(), t.TempDir(), nil, nil, nil, []string{"PULUMI_HOME=/nowhere"}, "up")

	require.NoError(t, err)
	assert.NotContains(t, out, "AWS_PROFILE", "the rehearsal must not reach a real account")
	assert.NotContains(t, out, "PULUMI_ACCESS_TOKEN", "the rehearsal must not reach a real backend")
	assert.Contains(t, out, "PULUMI_HOME=/nowhere")
	assert.Contains(t, out, "HTTPS_PROXY=http://proxy.example.com", "other variables must stay")
}

func TestCommandReturnsTheExitCode(t *testing.T) {
	_, stderr, code, err := script(t, "echo wrong >&2; exit 3").Run(context.Background(), "", nil, nil, nil, nil, "up")
	assert.Error(t, err)
	assert.Equal(t, 3, code)
	assert.Equal(t, "wrong\n", stderr)
}

func TestCommandIsInterruptedOnceAndWaitedFor(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	// The stand-in for the engine reports each interrupt, and takes a moment to end.
	command := script(t,
		`trap 'echo interrupted; sleep 0.3; echo ended; exit 1' INT; echo started; while :; do sleep 0.05; done`)
	started := writerFunc(func(text []byte) {
		if strings.Contains(string(text), "started") {
			cancel()
		}
	})
	begin := time.Now()

	out, _, _, err := command.Run(ctx, "", nil, []io.Writer{started}, nil, nil, "up")

	assert.Error(t, err)
	assert.Equal(t, "started\ninterrupted\nended\n", out)
	assert.Less(t, time.Since(begin), patience)
}

func TestOnlyASupportedCLIIsUsed(t *testing.T) {
	minimum := semver.MustParse("3.245.0")
	for version, fits := range map[string]bool{
		"v3.245.0": true, "v3.250.1": true, "v3.244.9": false, "v4.0.0": false, "nonsense": false,
	} {
		_, err := newCommand(context.Background(), script(t, "echo "+version).path, minimum)
		assert.Equal(t, fits, err == nil, "%s: %v", version, err)
	}
}

// writerFunc is an io.Writer that cannot fail.
type writerFunc func([]byte)

func (w writerFunc) Write(text []byte) (int, error) {
	w(text)
	return len(text), nil
}
