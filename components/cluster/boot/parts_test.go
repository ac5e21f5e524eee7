package boot

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shellRun sources the parts as nodes get them, with RUN and STATE in a folder of the test, and runs the script.
func shellRun(t *testing.T, n Node, script string) (output string, err error) {
	t.Helper()
	dir := t.TempDir()
	files, err := Files(n)
	require.NoError(t, err)
	for _, f := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(f.Path)), []byte(f.Content), fs.FileMode(0o600)))
	}
	const head = `set -euo pipefail
LIB=$1 LOG=$1/log RUN=$1/run STATE=$1 CACHE=$1 SHARED=$1/shared
eval "$(sed '/^[A-Z]*=/d; /^readonly /d' "$LIB/common.sh")"
for part in aws tools storage database broker appliance checks diagnostics; do . "$LIB/$part.sh"; done
. "$LIB/node.conf"
mkdir -p "$RUN/secret"
`
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "bash", "-c", head+script, "-", dir).CombinedOutput()
	return string(out), err
}

func TestHeartbeatsEndWithTheBoundsOfTheBoot(t *testing.T) {
	out, err := shellRun(t, node(), `
aws() { :; }
beat() { echo beat; }
HEARTBEAT_SECONDS=0.5 BOOT_SECONDS=1
heartbeats $$
echo ended`)
	require.NoError(t, err, "%s", out)
	assert.Contains(t, out, "beat\n", "a boot within its bounds is prolonged")
	assert.Contains(t, out, "the boot runs for longer than 1 s: no more heartbeats", "a boot that hangs must not keep the hook for two days")
	assert.Contains(t, out, "ended\n")
}

func TestInstallationsWaitForWhoHasDpkg(t *testing.T) {
	const refused = `
STEP_BOUND=1000
sleep() { :; }
foreign() {
  echo "$*" >>"$RUN/calls"
  (($(wc -l <"$RUN/calls") > 2)) || { echo "$MESSAGE"; return 100; }
}
`
	out, err := shellRun(t, node(), refused+`
MESSAGE='E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (unattended-upgr)'
install_deb /cache/tool.deb tool
apt_install jq
cat "$RUN/calls"`)
	require.NoError(t, err, "the unattended upgrades of a first boot must not fail it: %s", out)
	assert.Regexp(t, `-o DPkg::Lock::Timeout=(800|79\d) -y --no-install-recommends install /cache/tool.deb\n`, out, "as long as the step may take")
	assert.Regexp(t, `-o DPkg::Lock::Timeout=(800|79\d) update\n`, out)
	assert.Contains(t, out, "tool: not yet, again in")

	out, err = shellRun(t, node(), refused+`
MESSAGE='E: You do not have enough room: No space left on device'
install_deb /cache/tool.deb tool || true
cat "$RUN/reason"`)
	require.Error(t, err, "%s", out)
	assert.Contains(t, out, "tool could not be installed: E: You do not have")
	assert.NotContains(t, out, "again in", "a full disk stays full")
}
