package boot

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestANodeNoticesThatItHasLostTheLock(t *testing.T) {
	out, err := shellRun(t, longestNode(), `
mkdir -p "$SHARED/.morpheus-node" "$RUN/facts"
cd "$SHARED/.morpheus-node"
echo i-0123 >"$RUN/facts/instance-id"
lock_is_held && echo without a lock
exec 9>>lock
flock 9
echo 2026-01-01T00:00:00Z i-0456 >holder
lock_is_held && echo of another node
echo 2026-01-01T00:00:00Z i-0123 >holder
lock_is_held && echo held
exec 9>&- 9>>lock
flock --no-fork lock sleep 30 &
while flock --nonblock lock true; do sleep 0.1; done
lock_is_held && echo taken by another node
kill $!
`)
	require.NoError(t, err, out)
	assert.Equal(t, "held\n", out, "two nodes would reconfigure at the same time")
}

// The exit status tells an operator who runs the boot by hand that nothing was done.
func TestASecondBootOnTheSameNodeFails(t *testing.T) {
	dir := t.TempDir()
	files := allFiles(t, longestNode())
	folders := regexp.MustCompile(`(?m)^(RUN|STATE|LOG|CACHE|SHARED|GENERATED)=/\S+`)
	for _, f := range files {
		content := folders.ReplaceAllString(f.Content, "$1="+dir+"/$1")
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(f.Path)), []byte(content), fs.FileMode(0o700)))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "RUN"), 0o700))
	out, err := exec.Command("flock", filepath.Join(dir, "RUN/boot.lock"), filepath.Join(dir, "boot.sh")).CombinedOutput()
	var exit *exec.ExitError
	require.True(t, errors.As(err, &exit), "%v: %s", err, out)
	assert.Equal(t, 75, exit.ExitCode(), "%s", out)
	assert.Contains(t, string(out), "another boot is running on this node\n")
	assert.NotContains(t, string(out), "boot started", "two boots on a node would change the same files")
}
