package rehearsal

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The stand-in for a plug-in is a link to another program. It runs in a separate process group, as under the engine.
func TestCloseEndsThePluginsOfAKilledEngine(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	require.NoError(t, err)
	sessions := []*Session{{dir: t.TempDir()}, {dir: t.TempDir()}}
	var ended []chan error
	for _, s := range sessions {
		require.NoError(t, os.MkdirAll(pluginFolder(s.home()), 0o700))
		plugin := filepath.Join(pluginFolder(s.home()), "sleep") // busybox looks at the name
		require.NoError(t, os.Symlink(sleep, plugin))
		cmd := exec.Command(plugin, "60")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		require.NoError(t, cmd.Start())
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		end := make(chan error, 1)
		go func() { end <- cmd.Wait() }()
		ended = append(ended, end)
	}

	require.NoError(t, sessions[0].Close())

	select {
	case err := <-ended[0]:
		assert.ErrorContains(t, err, "killed")
	case <-time.After(10 * time.Second):
		t.Fatal("the plug-in still runs")
	}
	assert.Empty(t, ended[1], "the plug-in of another session must not end")
	byPS, err := processesByPS()
	if err != nil {
		t.Skip(err) // only macOS needs it
	}
	assert.Contains(t, byPS, os.Getpid())
	require.NoError(t, sessions[1].Close())
	assert.Error(t, <-ended[1])
}
