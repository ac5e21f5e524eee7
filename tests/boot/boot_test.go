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
	around *world
	files  *artifacts
	matrix []row
)

// row of the boot matrix: a branch, what it must do, what was seen, and how long it took.
type row struct {
	branch, expected, seen string
	took                   time.Duration
}

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
	if len(matrix) > 0 {
		fmt.Printf("\n| branch | expected | seen | seconds |\n|---|---|---|---|\n")
		for _, r := range matrix {
			fmt.Printf("| %s | %s | %s | %.1f |\n", r.branch, r.expected, r.seen, r.took.Seconds())
		}
	}
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
	shared = filepath.Join(around.dir, strings.NewReplacer("/", "-", " ", "-").Replace(t.Name()))
	require.NoError(t, os.MkdirAll(filepath.Join(shared, "shared"), 0o755))
	watchProcesses(t, around)
	return around, shared, around.settings(files)
}

// shown adds a row to the matrix when the test has passed so far.
func shown(t *testing.T, branch, expected, seen string, since time.Time) {
	t.Helper()
	if t.Failed() {
		seen = "FAILED: " + seen
	}
	matrix = append(matrix, row{branch, expected, strings.ReplaceAll(seen, "|", "/"), time.Since(since)})
}

// launch starts nodes as the group does: the hook waits for each.
func (w *world) launch(t *testing.T, count int, shared string, settings boot.Node) []*node {
	t.Helper()
	nodes := make([]*node, count)
	for i := range nodes {
		nodes[i] = w.newNode(t, i+1, shared, "200m", settings)
		w.aws.await(nodes[i].id, boot.LaunchHook)
	}
	for _, n := range nodes {
		n.powerOn(t)
	}
	return nodes
}
