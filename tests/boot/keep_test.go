package boot_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/restoretest"
)

// keep runs keep.sh on the node, as its timer or an operator does, and returns its output.
func (n *node) keep(t *testing.T, arguments ...string) (output string, status int) {
	t.Helper()
	cmd := n.inside(t, append([]string{"bash", boot.Folder + "/keep.sh"}, arguments...)...)
	var errors strings.Builder
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		require.IsType(t, &exec.ExitError{}, err)
	}
	_ = os.WriteFile(filepath.Join(n.meta, "keep.out"), append(out, errors.String()...), 0o600)
	return string(out), cmd.ProcessState.ExitCode()
}

func (n *node) keepLog() string { return n.read("/var/log/morpheus-node/keep.log") }

// again lets the next run do the work, as an hour later.
func again(t *testing.T, shared string) {
	t.Helper()
	require.NoError(t, os.Remove(filepath.Join(shared, "shared/.morpheus-node/kept")))
}

// One node in an hour writes the canaries and keeps what AWS Backup does not take.
func TestANodeKeepsWhatAWSBackupDoesNotTake(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	nodes := w.launch(t, 2, shared, settings)
	for _, n := range nodes {
		require.Zero(t, n.exit(t, 200*time.Second), n.tail())
		for _, call := range []string{"link " + boot.Folder + "/morpheus-node-keep.service",
			"enable --now " + boot.Folder + "/morpheus-node-keep.timer"} {
			assert.Contains(t, n.read("/var/log/standin-systemctl"), call)
			_, unit, _ := strings.Cut(call, "/")
			assert.Contains(t, n.read("/"+unit), "[Unit]", "systemd must find the unit")
		}
	}
	first, second := nodes[0], nodes[1]
	begin := time.Now()
	w.search.kept.mapping = []string{"arn:aws:iam::123456789012:role/of-somebody"}
	w.search.kept.snapshots = []keptSnapshot{
		{state: "SUCCESS", end: time.Now().Add(-50 * time.Hour)}, {state: "SUCCESS", end: time.Now().Add(-26 * time.Hour)},
		{state: "FAILED", end: time.Now().Add(-2 * time.Hour)},
	}
	_, status := first.keep(t)
	require.Zero(t, status, first.keepLog())
	for _, task := range []string{"row", "file", "snapshots", "definitions"} {
		assert.Contains(t, first.keepLog(), " "+task+": done\n")
	}
	assert.Equal(t, []string{"arn:aws:iam::123456789012:role/of-somebody", nodeRole}, w.search.kept.mapping,
		"keep.sh must add the role of the nodes and leave the other roles in the mapping")
	assert.Equal(t, 1, w.search.kept.signed, "%v", w.search.kept.wrong)
	assert.JSONEq(t, `{"type": "s3", "settings": {"bucket": "`+snapshotBucket+`", "region": "us-east-1", "role_arn": "`+
		snapshotRole+`"}}`, string(w.search.kept.repository), "server_side_encryption would replace the bucket's key")
	assert.Contains(t, string(w.search.kept.policy), `"max_age": "14d"`, "snapshots must end")
	assert.Equal(t, []string{"26"}, w.aws.published("SearchSnapshotAgeHours"), "the age of the newest that succeeded")
	for _, metric := range []string{"CanaryRowsWritten", "CanaryFilesWritten", "BrokerDefinitionsKept"} {
		assert.Equal(t, []string{"1"}, w.aws.published(metric), metric)
	}
	assertDefinitions(t, w)
	assertCanaries(t, w, first, shared)

	_, status = second.keep(t)
	require.Zero(t, status, second.keepLog())
	assert.Empty(t, second.keepLog(), "one node in an hour is enough")
	again(t, shared)
	_, status = second.keep(t)
	require.Zero(t, status, second.keepLog())
	assert.Equal(t, 1, w.search.kept.signed, "what is registered is not registered again")
	assert.Equal(t, 1, w.search.kept.version, "a policy that is right is not written again")
	assert.NotContains(t, second.keepLog(), "the policy of the snapshots is written")

	w.search.kept.policy = json.RawMessage(strings.Replace(string(w.search.kept.policy), "14d", "1d", 1))
	again(t, shared)
	_, status = first.keep(t)
	require.Zero(t, status, first.keepLog())
	assert.Contains(t, string(w.search.kept.policy), `"max_age": "14d"`, "a changed policy is set again")
	for _, n := range nodes {
		assertNoLeaks(t, n)
	}
	addRow(t, "keep: canaries, snapshots, definitions", "one node in an hour, a signed registration",
		fmt.Sprintf("%d signed registration, %d policies", w.search.kept.signed, w.search.kept.version), begin)
}

func assertDefinitions(t *testing.T, w *world) {
	t.Helper()
	var text string
	require.NoError(t, w.aws.do("GET", "s3", "/"+definitionsBucket+"/definitions/morpheus.json", nil, "", &text))
	var definitions map[string][]map[string]any
	var all map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(text), &all))
	delete(all, "rabbit_version")
	require.NotContains(t, all, "users", "hashes of passwords must not be in the copy")
	assert.NotContains(t, text, "password_hash")
	for name, raw := range all {
		var list []map[string]any
		if json.Unmarshal(raw, &list) == nil {
			if definitions == nil {
				definitions = map[string][]map[string]any{}
			}
			definitions[name] = list
		}
	}
	assert.Len(t, definitions["policies"], len(boot.BrokerPolicies), "a broker that is made again must get its policies")
}

// assertCanaries reads both canaries as the check of a restore test does.
func assertCanaries(t *testing.T, w *world, n *node, shared string) {
	t.Helper()
	row, status := n.keep(t, "read-row", databaseHost)
	require.Zero(t, status, row)
	require.NoError(t, restoretest.Judge(row, time.Now(), time.Hour), "the row: %q", row)
	file, err := os.ReadFile(filepath.Join(shared, "shared/.morpheus-node/canary"))
	require.NoError(t, err)
	require.NoError(t, restoretest.Judge(string(file), time.Now(), time.Hour), "the file")

	_, err = w.root("UPDATE morpheus_canary.canary SET digest = REVERSE(digest);")
	require.NoError(t, err)
	row, status = n.keep(t, "read-row", databaseHost)
	require.Zero(t, status)
	require.ErrorContains(t, restoretest.Judge(row, time.Now(), time.Hour), "damaged", "a changed row must be noticed")
	_, err = w.root("DROP DATABASE morpheus_canary;")
	require.NoError(t, err)
	_, status = n.keep(t, "read-row", databaseHost)
	assert.NotZero(t, status, "a database without the table must be noticed")
}

// What fails is named in the log of the nodes, and the other tasks go on.
func TestWhatANodeCannotKeepIsNamed(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	n := w.launchOne(t, 1, shared, settings)
	require.Zero(t, n.exit(t, 200*time.Second), n.tail())
	// A task tries for 200 seconds; here for 40.
	shorter := n.inside(t, "sed", "-i", "s/STEP_BOUND=250/STEP_BOUND=50/", boot.Folder+"/keep.sh")
	require.NoError(t, shorter.Run())
	begin := time.Now()
	w.searchGate.close()
	_, status := n.keep(t)
	require.NoError(t, w.searchGate.open())
	assert.Less(t, time.Since(begin), 100*time.Second, "the task has tried for its usual time")
	assert.Equal(t, 1, status, n.keepLog())
	assert.Contains(t, n.keepLog(), "snapshots: FAILED: the node's role cannot be mapped to manage_snapshots: curl: ")
	for _, task := range []string{"row", "file", "definitions"} {
		assert.Contains(t, n.keepLog(), " "+task+": done\n", "one fault must not stop the others")
	}
	assert.NoFileExists(t, filepath.Join(shared, "shared/.morpheus-node/kept"), "another node must try")
	_, status = n.keep(t)
	require.Zero(t, status, n.keepLog())
	assert.Empty(t, w.aws.published("SearchSnapshotAgeHours"), "without a snapshot there is no age, and the alarm fires")
	assert.Contains(t, n.keepLog(), "there is no snapshot yet")
	assertNoLeaks(t, n)
	addRow(t, "keep: search domain away", "named in the log, the other tasks done", "snapshots FAILED, 3 done", begin)
}
