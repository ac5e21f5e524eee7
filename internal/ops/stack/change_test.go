package stack

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSettingsAreCheckedBeforeTheyAreWritten: `pulumi config set` takes any value.
func TestSettingsAreCheckedBeforeTheyAreWritten(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"Pulumi.yaml", "Pulumi.dev.yaml"} {
		text, err := os.ReadFile(filepath.Join("../../..", name)) //nolint:gosec // of this repository
		require.NoError(t, err)
		for placeholder, value := range map[string]string{
			"<twelve digits>": "123456789012", "<CIDR ranges of your users and managed machines>": "203.0.113.0/24",
			"<Route 53 hosted zone id>": "Z1", "<morpheus.your-domain>": "m.example.com", "<bucket with the node tools>": "bucket",
			"<https URL of the appliance package>": "https://example.com/morpheus-appliance_8.0.7-1_amd64.deb",
		} {
			text = bytes.ReplaceAll(text, []byte(placeholder), []byte(value))
		}
		text = regexp.MustCompile(`"<[^">]*>"`).ReplaceAll(text, []byte(`"`+strings.Repeat("1a", 32)+`"`))
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), text, 0o600))
	}
	before, err := os.ReadFile(filepath.Join(folder, "Pulumi.dev.yaml")) //nolint:gosec // of the test
	require.NoError(t, err)
	_, err = LoadWith(folder, "dev", []Setting{{Key: "cluster.rollout", Value: "many"}})
	require.ErrorContains(t, err, "cluster.rollout")
	_, err = LoadWith(folder, "dev", []Setting{{Key: "messaging.engineVersion", Value: "3.10"}})
	require.ErrorContains(t, err, "AWS refuses to create brokers on it", "3.10 is a text, not the number 3.1")
	after, err := os.ReadFile(filepath.Join(folder, "Pulumi.dev.yaml")) //nolint:gosec // of the test
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))
}

func TestTheCLIIsCalledAsItExpects(t *testing.T) {
	var asked []string
	run := func(_ context.Context, arguments ...string) ([]byte, error) {
		asked = append(asked, strings.Join(arguments, " "))
		return nil, nil
	}
	require.NoError(t, Set(t.Context(), run, "prod", Setting{Key: "cluster.rollout", Value: "1"},
		Setting{Key: "cluster.rolloutGuard", Value: "false"}))
	require.NoError(t, Unset(t.Context(), run, "prod", "cluster.rolloutGuard", "cluster.rollout"))
	require.NoError(t, Up(t.Context(), run, "prod"))
	assert.Equal(t, []string{
		"config set-all --path --plaintext morpheus:cluster.rollout=1 --plaintext morpheus:cluster.rolloutGuard=false --stack prod",
		"config rm-all --path morpheus:cluster.rolloutGuard morpheus:cluster.rollout --stack prod",
		"up --yes --stack prod",
	}, asked)
}

// TestAnInterruptLetsTheCLIEnd: it writes the state of what it has done; a killed one leaves a lock and resources that
// nobody knows of.
func TestAnInterruptLetsTheCLIEnd(t *testing.T) {
	folder := t.TempDir()
	script := "#!/bin/sh\ntrap 'echo written >state; echo the diagnostics; exit 1' INT\ntouch started\nwhile :; do sleep 0.05; done\n"
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pulumi"), []byte(script), 0o700)) //nolint:gosec // a program
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for {
			if _, err := os.Stat(filepath.Join(folder, "started")); err == nil {
				cancel()
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	_, err := CLI(folder)(ctx, "up")
	require.ErrorContains(t, err, "the diagnostics", "pulumi up prints them to the standard output")
	assert.FileExists(t, filepath.Join(folder, "state"))
}
