package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shell runs a script in the sandbox's environment and returns its output.
func shell(t *testing.T, environment, script string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	bash := exec.CommandContext(ctx, "bash", "-c", "set -e\n"+environment+"\n"+script)
	out, err := bash.CombinedOutput()
	return string(out), err
}

// pathOf returns the value of a variable in the sandbox's environment.
func pathOf(t *testing.T, environment, name string) string {
	t.Helper()
	match := regexp.MustCompile(`(?m)^export ` + name + `='(.*)'$`).FindStringSubmatch(environment)
	require.NotNil(t, match, "%s is missing in:\n%s", name, environment)
	return match[1]
}

// serving starts a sandbox. It returns the printed environment and a function that stops the sandbox.
func serving(t *testing.T, options serveOptions) (environment string, stop func()) {
	t.Helper()
	reader, writer := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		err := serve(ctx, options, writer, t.Output())
		ended <- err
		_ = writer.CloseWithError(err)
	}()
	var text bytes.Buffer
	lines := bufio.NewScanner(reader)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "# It ends") {
		text.WriteString(lines.Text() + "\n")
	}
	require.NoError(t, lines.Err())
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	return text.String(), func() {
		cancel()
		require.NoError(t, <-ended)
	}
}

func TestASandboxRunsTheRealCommands(t *testing.T) {
	environment, stop := serving(t, serveOptions{stacks: []string{"dev"}, until: time.Hour})
	assert.Contains(t, pathOf(t, environment, "SIMAWS_ADDRESS"), "127.0.0.1:", "other machines must not reach the account")
	committed, err := os.ReadFile("../../../Pulumi.dev.yaml")
	require.NoError(t, err)

	const address = "private@example.com"
	out, err := shell(t, environment, "pulumi stack init dev\npulumi config set --secret --path "+
		"'morpheus:notifications.emails[0]' "+address+"\npulumi preview --non-interactive --diff")
	require.NoError(t, err, out)
	assert.Regexp(t, `\+ \d+ to create`, out)
	assert.NotContains(t, out, address, "a preview is read by everybody who reviews a change")

	out, err = shell(t, environment, "pulumi up --yes --skip-preview --non-interactive")
	require.NoError(t, err, out)
	assert.Regexp(t, `\+ \d+ created`, out)
	assert.Contains(t, out, "applianceUrl", "the outputs must be shown")
	assert.NotContains(t, out, address)
	out, err = shell(t, environment, "pulumi stack export")
	require.NoError(t, err, out)
	assert.NotContains(t, out, address, "a secret must be encrypted in the state")

	scripts(t, environment, address)

	// An earlier release named a subscription after its address. Its owner would have to confirm a new one.
	out, err = shell(t, environment, "pulumi stack export | "+
		"sed -E 's/notifications-to-[0-9a-f]{8}/notifications-to-"+address+"/g' | pulumi stack import\n"+
		"pulumi stack --show-urns | grep -q notifications-to-"+address+"\n"+
		"pulumi up --yes --skip-preview --non-interactive")
	require.NoError(t, err, out)
	assert.NotRegexp(t, `\d+ (created|deleted|replaced)`, out, "the subscription must keep its confirmation")
	out, err = shell(t, environment, "pulumi up --yes --skip-preview --non-interactive && pulumi stack export")
	require.NoError(t, err, out)
	assert.NotContains(t, out, address, "the alias of the earlier name must go with the next update")

	out, err = shell(t, environment,
		"pulumi config set --path 'morpheus:database.instances' 3\npulumi preview --diff --non-interactive")
	require.NoError(t, err, out)
	assert.Contains(t, out, "database-instance", "the preview must show the changed value")
	file, err := os.ReadFile("../../../Pulumi.dev.yaml")
	require.NoError(t, err)
	assert.Equal(t, string(committed), string(file), "the committed file must not change")

	out, err = shell(t, environment, "export PULUMI_BACKEND_URL=file://"+t.TempDir()+" PULUMI_DIY_BACKEND_LEGACY_LAYOUT=true\n"+
		"pulumi stack init dev\npulumi preview --non-interactive")
	require.Error(t, err, "the program asks the engine by a name that a backend of an old CLI does not have")
	assert.Contains(t, out, "if the backend is a folder or bucket that an old CLI made, without a folder for each project: "+
		"pulumi state upgrade", "the message must say what repairs it")

	out, err = shell(t, environment, "pulumi destroy --yes --skip-preview --non-interactive && pulumi stack rm --yes dev")
	require.NoError(t, err, out)

	home := pathOf(t, environment, "PULUMI_HOME")
	require.DirExists(t, home)
	stop()
	assert.NoDirExists(t, filepath.Dir(home), "the sandbox must remove its folder")
}

func TestASandboxEndsByItself(t *testing.T) {
	environment, _ := serving(t, serveOptions{stacks: []string{"dev"}, until: time.Millisecond})
	dir := filepath.Dir(pathOf(t, environment, "PULUMI_HOME"))
	assert.Eventually(t, func() bool {
		_, err := os.Stat(dir)
		return os.IsNotExist(err)
	}, 10*time.Second, 10*time.Millisecond, "a forgotten sandbox must end")
}

func TestServeRefusesBadInput(t *testing.T) {
	for _, c := range []struct {
		arguments []string
		want      string
	}{
		{arguments: []string{"--for", "0s"}, want: "--for: must be more than 0 and at most 24h0m0s, got 0s"},
		{arguments: []string{"--for", "25h"}, want: "--for: must be more than 0 and at most 24h0m0s, got 25h0m0s"},
		{arguments: []string{"--for", "soon"}, want: `invalid argument "soon" for "--for" flag`},
		{arguments: []string{"--speed", "-1"}, want: "--speed: must be 0 or more, got -1"},
		{arguments: []string{"--stack", "qa"},
			want: `no stack "qa" is committed; there are dev, existing-vpc, private, prod`},
		{arguments: []string{"--provider", "real"}, want: "unknown flag: --provider"},
		{arguments: []string{"dev"}, want: "takes no argument"},
	} {
		cmd := command()
		cmd.SetArgs(append([]string{"serve"}, c.arguments...))
		cmd.SetOut(io.Discard)
		cmd.SetErr(io.Discard)
		assert.ErrorContains(t, cmd.ExecuteContext(t.Context()), c.want, "%v", c.arguments)
	}
}
