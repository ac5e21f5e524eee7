package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// newPassword has characters that need escaping in JSON and in an option file.
const newPassword = `new"pass\word`

// stubs stand in for the programs of a node. They write their arguments to the file calls and their input to sent.
var stubs = map[string]string{
	"aws": `printf '%s\n' "$SECRET"`,
	"curl": `for argument in "$@"; do case $argument in @*) cp "${argument#@}" "$RUN/sent";; esac; done
printf '{"name": "morpheus", "tags": %s}' "$TAGS"`,
	"mysql": `[[ $1 == --version ]] || cat >"$RUN/sent"`,
}

// byHand runs a block of docs/secrets.md unchanged, as root does on a node, with the functions of the boot's parts.
func byHand(t *testing.T, block int, tags string) (run string, err error) {
	t.Helper()
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("jq is not installed")
	}
	text, err := os.ReadFile("../docs/secrets.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile(`(?s)\nsudo bash <<'END'\n(.*?)\nEND\n`).FindAllStringSubmatch(string(text), -1)
	require.Len(t, blocks, 2, "one block for the database user, one for the broker user")

	run, bin := t.TempDir(), t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(run, "secret"), 0o700))
	for path, content := range map[string]string{
		"secret/messaging.curl": "user = \"morpheus:old\"\n", "curl.err": "", "mysql.err": "",
		"node.conf": "REGION=us-east-1\nMESSAGING_URL=https://broker\nMESSAGING_SECRET=a\n" +
			"DATABASE_ADMIN_SECRET=b\nDATABASE_HOST=h\nDATABASE_PORT=3306\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(run, path), []byte(content), 0o600))
	}
	for name, body := range stubs {
		body = "#!/usr/bin/env bash\nprintf '%s\\n' \"$0 $*\" >>\"$RUN/calls\"\n" + body + "\n"
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte(body), 0o700)) //nolint:gosec // a program
	}
	parts, err := filepath.Glob("../components/cluster/boot/parts/*.sh")
	require.NoError(t, err)
	for _, part := range parts {
		content, err := os.ReadFile(part) //nolint:gosec // of this repository
		require.NoError(t, err)
		content = regexp.MustCompile(`(?m)^RUN=\S+`).ReplaceAll(content, []byte("export RUN="+run))
		require.NoError(t, os.WriteFile(filepath.Join(run, filepath.Base(part)), content, 0o600))
	}
	command := exec.CommandContext(t.Context(), "bash")
	command.Stdin = strings.NewReader(strings.ReplaceAll(blocks[block][1], "/usr/local/lib/morpheus-node", run))
	command.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "TAGS="+tags,
		`SECRET={"username": "morpheus", "password": "new\"pass\\word"}`)
	out, err := command.CombinedOutput()
	t.Logf("%s", out)
	calls, readErr := os.ReadFile(filepath.Join(run, "calls")) //nolint:gosec // of the test
	require.NoError(t, readErr)
	assert.NotContains(t, string(calls), newPassword, "all users can read the process list")
	left, globErr := filepath.Glob(filepath.Join(run, "secret", "*"))
	require.NoError(t, globErr)
	assert.Equal(t, []string{filepath.Join(run, "secret/messaging.curl")}, left,
		"the block must delete its temporary files with secrets")
	return run, err
}

func content(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...)) //nolint:gosec // of the test
	require.NoError(t, err)
	return string(text)
}

func TestDocsGiveTheBrokerTheNewPasswordWithTheTagsThatTheUserHas(t *testing.T) {
	for name, tags := range map[string]string{"a list, as in RabbitMQ 3.9 and newer": `["administrator"]`,
		"a text": `"administrator"`} {
		t.Run(name, func(t *testing.T) {
			run, err := byHand(t, 1, tags)
			require.NoError(t, err)
			assert.JSONEq(t, `{"tags": "administrator", "password": "new\"pass\\word"}`, content(t, run, "sent"))
			assert.Equal(t, `user = "morpheus:new\"pass\\word"`+"\n", content(t, run, "secret/messaging.curl"),
				"the check must use the new password")
		})
	}
}

// Without its tags, the user is no longer an administrator, and AWS cannot restore the tags.
func TestDocsSendNoUserWithoutTags(t *testing.T) {
	for _, tags := range []string{`[]`, `""`, `null`} {
		run, err := byHand(t, 1, tags)
		require.Error(t, err, tags)
		assert.NoFileExists(t, filepath.Join(run, "sent"), tags)
	}
}

func TestDocsDiscardTheOldPasswordOfTheDatabaseUser(t *testing.T) {
	run, err := byHand(t, 0, "")
	require.NoError(t, err)
	assert.Equal(t, "ALTER USER 'morpheus'@'%' DISCARD OLD PASSWORD;\n", content(t, run, "sent"))
}
