package boot_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

var (
	around *world
	files  *artifacts
)

func TestMain(m *testing.M) {
	if os.Getenv("BOOT_TEST") != "inside" {
		os.Exit(m.Run()) // each test says why it is skipped
	}
	repository, err := filepath.Abs("../..")
	if err == nil {
		around, err = newWorld(repository)
	}
	if err == nil {
		files, err = newArtifacts(around, repository)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "the world of the boot test:", err)
		os.Exit(1)
	}
	status := m.Run()
	around.close()
	os.Exit(status)
}

// fresh is an empty world with a shared folder and the settings of its nodes.
func fresh(t *testing.T) (w *world, shared string, settings boot.Node) {
	t.Helper()
	if around == nil {
		t.Skip("needs root and namespaces of its own: run `make test-boot`")
	}
	around.reset(t)
	require.NoError(t, files.upload(around.aws))
	shared = filepath.Join(around.dir, strings.ReplaceAll(t.Name(), "/", "-"))
	require.NoError(t, os.MkdirAll(filepath.Join(shared, "shared"), 0o755))
	return around, shared, around.settings(files)
}

func TestOneNodeBoots(t *testing.T) {
	w, shared, settings := fresh(t)
	n := w.newNode(t, 1, shared, "200m", settings)
	w.aws.await(n.id, boot.LaunchHook)
	n.powerOn(t)
	assert.Zero(t, n.exit(t, 120*time.Second), "%s", n.tail())
	assert.Equal(t, map[string]string{n.id: "CONTINUE"}, w.aws.results(boot.LaunchHook))
	t.Log(n.console())
}
