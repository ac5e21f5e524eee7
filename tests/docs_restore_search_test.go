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

// restoreSearch runs the block of docs/restore.md unchanged, as root does on a node, in a domain with the snapshots. It
// returns the calls of curl.
func restoreSearch(t *testing.T, snapshots string) (calls string, err error) {
	t.Helper()
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("jq is not installed")
	}
	text := content(t, "../docs/restore.md")
	blocks := regexp.MustCompile(`(?s)\nsudo bash <<'END'\n(.*?)\nEND\n`).FindAllStringSubmatch(text, -1)
	require.Len(t, blocks, 1)
	dir := t.TempDir()
	files := map[string]string{
		"node.conf": "REGION=us-east-1 SEARCH_SECRET=s SEARCH_HOST=search.example.com\n",
		"aws":       "#!/usr/bin/env bash\nprintf '%s\\n' \"$SECRET\"\n",
		"curl": "#!/usr/bin/env bash\nprintf '%s\\n' \"$*\" >>" + dir + "/calls\n" +
			"[[ $* != *_all ]] || printf '%s\\n' \"$SNAPSHOTS\"\n",
	}
	folders := regexp.MustCompile(`(?m)^(RUN|STATE|CACHE)=\S+`)
	for _, part := range []string{"common.sh", "aws.sh", "broker.sh"} {
		files[part] = folders.ReplaceAllString(content(t, "../components/cluster/boot/parts", part), "$1="+dir+"/$1")
	}
	for name, text := range files {
		text = strings.ReplaceAll(text, "/var/log/morpheus-node", dir+"/log")
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700)) //nolint:gosec // programs
	}
	command := exec.CommandContext(t.Context(), "bash")
	command.Stdin = strings.NewReader(strings.ReplaceAll(blocks[0][1], "/usr/local/lib/morpheus-node", dir))
	command.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "SNAPSHOTS="+snapshots,
		`SECRET={"username": "morpheus", "password": "new\"pass\\word"}`)
	out, err := command.CombinedOutput()
	t.Logf("%s", out)
	assert.NoDirExists(t, filepath.Join(dir, "RUN"), "the secret must not stay")
	calls = content(t, dir, "calls")
	assert.NotContains(t, calls, `new"pass\word`, "all users can read the process list")
	return calls, err
}

func TestDocsRestoreTheNewestSnapshotOfTheSearchDomain(t *testing.T) {
	calls, err := restoreSearch(t, `{"snapshots": [
		{"snapshot": "old", "state": "SUCCESS", "end_time_in_millis": 1},
		{"snapshot": "new", "state": "SUCCESS", "end_time_in_millis": 3},
		{"snapshot": "cut", "state": "PARTIAL", "end_time_in_millis": 9}]}`)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(calls), "\n")
	require.Len(t, lines, 2)
	assert.Contains(t, lines[1], "https://search.example.com/_snapshot/morpheus/new/_restore -X POST")
	assert.Contains(t, lines[1], "-.opendistro*", "the index of the users must not be overwritten")

	calls, err = restoreSearch(t, `{"snapshots": []}`)
	require.Error(t, err, "without a snapshot there is nothing to restore")
	assert.NotContains(t, calls, "_restore")
}
