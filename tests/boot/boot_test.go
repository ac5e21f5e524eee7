package boot_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

var (
	// testWorld is nil outside the namespaces that `run` creates.
	testWorld *world
	files     *artifacts
	matrix    []row
)

// row is one row of the boot matrix: a branch, the expected and the actual result, and the duration.
type row struct {
	branch, expected, actual string
	took                     time.Duration
}

func TestMain(m *testing.M) {
	if os.Getenv("BOOT_TEST") != "inside" {
		os.Exit(m.Run()) // each test is skipped, with the reason
	}
	repository, err := filepath.Abs("../..")
	if err == nil {
		testWorld, err = newWorld(repository)
	}
	if err == nil {
		files, err = newArtifacts(testWorld, repository)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "start the environment of the boot test:", err)
		os.Exit(1)
	}
	status := m.Run()
	testWorld.close()
	if len(matrix) > 0 {
		fmt.Printf("\n| branch | expected | actual | seconds |\n|---|---|---|---|\n")
		for _, r := range matrix {
			fmt.Printf("| %s | %s | %s | %.1f |\n", r.branch, r.expected, r.actual, r.took.Seconds())
		}
	}
	os.Exit(status)
}

// emptyWorld resets the world and returns it with a folder for the test's nodes and the settings of a node. It
// skips the test outside the namespaces of `run`. The folder is mounted on every node at /standin; its subfolder
// "shared" is the content of the shared file system.
func emptyWorld(t *testing.T) (w *world, shared string, settings boot.Node) {
	t.Helper()
	if testWorld == nil {
		t.Skip("requires root and its own namespaces: run `make test-boot`")
	}
	testWorld.reset(t)
	require.NoError(t, files.upload(testWorld.aws))
	shared = filepath.Join(testWorld.dir, strings.NewReplacer("/", "-", " ", "-").Replace(t.Name()))
	require.NoError(t, os.MkdirAll(filepath.Join(shared, "shared"), 0o755))
	watchProcesses(t, testWorld)
	return testWorld, shared, testWorld.settings(files)
}

// addRow adds a row to the matrix. The row of a test that has failed begins with FAILED.
func addRow(t *testing.T, branch, expected, actual string, since time.Time) {
	t.Helper()
	if t.Failed() {
		actual = "FAILED: " + actual
	}
	matrix = append(matrix, row{
		branch: branch, expected: expected, actual: strings.ReplaceAll(actual, "|", "/"), took: time.Since(since),
	})
}

// useImageWithTools makes the node's image contain all tools, so that the test need not install them.
func useImageWithTools(settings *boot.Node) {
	settings.MirrorBucket, settings.ToolSHA256 = "", nil
}

// launchOne starts a node as the group does: its launch hook waits for it.
func (w *world) launchOne(t *testing.T, number int, shared string, settings boot.Node) *node {
	t.Helper()
	n := w.newNode(t, number, shared, "200m", settings)
	w.aws.openHook(n.id, boot.LaunchHook)
	n.powerOn(t)
	return n
}

// launch starts count nodes at the same time.
func (w *world) launch(t *testing.T, count int, shared string, settings boot.Node) []*node {
	t.Helper()
	nodes := make([]*node, count)
	for i := range nodes {
		nodes[i] = w.newNode(t, i+1, shared, "200m", settings)
		w.aws.openHook(nodes[i].id, boot.LaunchHook)
	}
	for _, n := range nodes {
		n.powerOn(t)
	}
	return nodes
}
