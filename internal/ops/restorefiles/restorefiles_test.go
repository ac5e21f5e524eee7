package restorefiles

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

func TestMain(m *testing.M) { opstest.Main(m) }

var update = flag.Bool("update", false, "rewrite the list of calls in docs/operations.md")

type (
	m = map[string]any
	l = []any
)

const pointArn = "arn:aws:backup:us-east-1:123456789012:recovery-point:1eb3b5e7-9eb0-435a-a80b-108b488b0d45"

// world is AWS Backup by stubs, with a local folder as the file system and the real script on it.
type world struct {
	*Restore
	*place

	jobs    l
	details map[string]any // metadata by job
	started []m
	// ends is the state of a new job when it is looked at for the second time; files are what it restores.
	ends  string
	files map[string]string
	looks int
	calls []string
}

func newWorld(t *testing.T, stubs ...opstest.Stub) *world {
	t.Helper()
	w := &world{place: newPlace(t), details: map[string]any{}, ends: "COMPLETED", files: map[string]string{"uploads/logo": "restored"}}
	all := []opstest.Stub{
		point("EFS", "fs-1", "COMPLETED"),
		{Call: "backup ListRestoreJobs", Reply: func(string) (map[string]any, string) {
			w.progress()
			return m{"RestoreJobs": w.jobs}, ""
		}},
		{Call: "backup StartRestoreJob", Reply: w.begin},
	}
	for i := range 4 {
		id := fmt.Sprintf("job-%d", i)
		all = append(all, opstest.Stub{Call: "backup GetRestoreJobMetadata", When: id, Reply: func(string) (map[string]any, string) {
			return m{"RestoreJobId": id, "Metadata": w.details[id]}, ""
		}})
	}
	w.Restore = &Restore{
		AWS: opstest.NewAccount(t).Account(t, append(all, stubs...)...), FileSystem: "fs-1", Vault: "morpheus-prod-backup-vault",
		Role: "arn:aws:iam::123456789012:role/restore", PointArn: pointArn,
		OnNode: func(_ context.Context, arguments ...string) (string, error) {
			w.calls = append(w.calls, strings.Join(arguments, " "))
			text, status, complaints := w.run(arguments...)
			if status != 0 {
				return "", errors.New(complaints)
			}
			return text, nil
		},
	}
	return w
}

func point(kind, fileSystem, status string) opstest.Stub {
	return opstest.Stub{Call: "backup DescribeRecoveryPoint", Answer: m{
		"ResourceType": kind, "ResourceArn": "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/" + fileSystem, "Status": status,
	}}
}

func (w *world) begin(body string) (map[string]any, string) {
	var input m
	if err := json.Unmarshal([]byte(body), &input); err != nil {
		return nil, "InvalidParameterValueException"
	}
	for i, before := range w.started {
		if before["IdempotencyToken"] == input["IdempotencyToken"] {
			return m{"RestoreJobId": fmt.Sprintf("job-%d", i)}, ""
		}
	}
	id := fmt.Sprintf("job-%d", len(w.jobs))
	w.started = append(w.started, input)
	w.details[id] = input["Metadata"]
	w.looks = 0
	w.jobs = append(w.jobs, m{
		"RestoreJobId": id, "RecoveryPointArn": input["RecoveryPointArn"], "ResourceType": "EFS", "Status": "RUNNING",
		"CreationDate": time.Now().Add(time.Duration(len(w.jobs)) * time.Minute),
	})
	return m{"RestoreJobId": id}, ""
}

// progress ends the newest job at its second look.
func (w *world) progress() {
	if len(w.jobs) == 0 || w.jobs[len(w.jobs)-1].(m)["Status"] != "RUNNING" {
		return
	}
	if w.looks++; w.looks < 2 {
		return
	}
	job := w.jobs[len(w.jobs)-1].(m)
	job["Status"], job["StatusMessage"] = w.ends, "of the test"
	if w.ends == "COMPLETED" {
		for name, text := range w.files {
			w.write(folder+"/"+name, text, old)
		}
	}
}

func (w *world) restore(t *testing.T, dry bool) ([]steps.Result, error) {
	t.Helper()
	return steps.Run(t.Context(), w.Steps(), steps.Options{DryRun: dry, Clock: &opstest.Hurry{}})
}

func states(results []steps.Result) (out []string) {
	for _, r := range results {
		out = append(out, r.State)
	}
	return out
}

// again is the same command, run once more.
func (w *world) again() {
	next := *w.Restore
	next.began, next.Moved = "", nil
	w.Restore = &next
}

func TestFilesComeBackFromARecoveryPoint(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.Check(t.Context()))
	results, err := w.restore(t, true)
	require.NoError(t, err)
	assert.Equal(t, []string{"would", "would"}, states(results))
	assert.Empty(t, w.started, "a dry run starts nothing")

	results, err = w.restore(t, false)
	require.NoError(t, err)
	assert.Equal(t, []string{"done", "done"}, states(results))
	assert.Equal(t, "1 files were moved back, 0 have replaced another, 0 newer ones were kept", w.Moved.String())
	assert.Equal(t, map[string]string{"uploads": "/", "uploads/logo": "restored"}, tree(t, w.root))
	input := w.started[0]
	assert.Equal(t, []any{pointArn, "arn:aws:iam::123456789012:role/restore"}, []any{input["RecoveryPointArn"], input["IamRoleArn"]})
	assert.Subset(t, input["Metadata"], m{"file-system-id": "fs-1", "newFileSystem": "false"},
		"a new file system would be paid for, and the files would not come back")

	w.again()
	results, err = w.restore(t, false)
	require.NoError(t, err)
	assert.Equal(t, []string{"already", "already"}, states(results))
	assert.Len(t, w.started, 1)

	w.again()
	w.Again = true
	require.NoError(t, os.RemoveAll(w.path("uploads")))
	_, err = w.restore(t, false)
	require.NoError(t, err)
	assert.Len(t, w.started, 2, "the same recovery point can be restored once more")
	assert.Contains(t, tree(t, w.root), "uploads/logo")
}

func TestARestoreOfFilesIsTakenUp(t *testing.T) {
	w := newWorld(t)
	node := w.OnNode
	w.OnNode = func(ctx context.Context, arguments ...string) (string, error) {
		if arguments[0] == "move" {
			return "", errors.New("the node is gone")
		}
		return node(ctx, arguments...)
	}
	_, err := w.restore(t, false)
	require.ErrorContains(t, err, "move the files back: the node is gone")
	w.again()
	w.OnNode = node
	results, err := w.restore(t, false)
	require.NoError(t, err)
	assert.Equal(t, []string{"already", "done"}, states(results))
	assert.Len(t, w.started, 1, "a second job would make a second folder")

	w = newWorld(t)
	require.NoError(t, w.start(t.Context()))
	w.again() // the session was lost while the job runs
	results, err = w.restore(t, false)
	require.NoError(t, err)
	assert.Equal(t, []string{"done", "done"}, states(results))
	assert.Len(t, w.started, 1)
}

func TestAFailedJobIsNamedAndTheNextRunStartsAnother(t *testing.T) {
	w := newWorld(t)
	w.ends = "FAILED"
	_, err := w.restore(t, false)
	require.ErrorContains(t, err, "the restore job job-0 is FAILED: of the test")
	w.again()
	w.ends = "COMPLETED"
	_, err = w.restore(t, false)
	require.NoError(t, err)
	assert.Len(t, w.started, 2)
}

// The folder of another restore would be taken for this one's.
func TestTwoFoldersAreNotMixed(t *testing.T) {
	w := newWorld(t)
	w.write("aws-backup-restore_2020-01-01T00-00-00-000Z/x", "another", old)
	_, err := w.restore(t, false)
	require.ErrorContains(t, err, "has the folder aws-backup-restore_2020-01-01T00-00-00-000Z of another restore")
	assert.Empty(t, w.started)
	require.NoError(t, os.RemoveAll(w.path("aws-backup-restore_2020-01-01T00-00-00-000Z")))
	_, err = w.restore(t, false)
	require.NoError(t, err)
}

func TestAJobOfAnotherPathOrOfATestIsNotTakenForThisOne(t *testing.T) {
	w := newWorld(t)
	_, err := w.restore(t, false)
	require.NoError(t, err)
	w.again()
	w.Path = "uploads/logo"
	_, err = w.restore(t, false)
	require.NoError(t, err)
	require.Len(t, w.started, 2)
	assert.Equal(t, `["/uploads/logo"]`, w.started[1]["Metadata"].(m)["ItemsToRestore"])
	assert.Contains(t, strings.Join(w.calls, "\n"), "move "+folder+" newer uploads/logo")

	w = newWorld(t)
	w.details["job-0"] = m{"file-system-id": "fs-1", "newFileSystem": "true"}
	w.jobs = l{m{"RestoreJobId": "job-0", "RecoveryPointArn": pointArn, "Status": "COMPLETED", "CreationDate": time.Now()}}
	_, err = w.restore(t, false)
	require.NoError(t, err)
	assert.Len(t, w.started, 1, "that one has restored into a new file system")
}

func TestConflictsAreNamedAndStay(t *testing.T) {
	w := newWorld(t)
	w.write("uploads", "a file now", newer)
	_, err := w.restore(t, false)
	require.ErrorContains(t, err, "1 names stay in the folder "+folder)
	assert.Contains(t, err.Error(), "'uploads': a folder in the backup, and now something else")
	assert.Contains(t, tree(t, w.root), folder+"/uploads/logo")
}

func TestWhatCannotBeRestoredIsRefusedFirst(t *testing.T) {
	for name, c := range map[string]struct {
		arn  string
		stub opstest.Stub
		says string
	}{
		"no ARN":           {"fs-1", point("EFS", "fs-1", "COMPLETED"), `--recovery-point: must be the ARN of a recovery point of the file system, got "fs-1"`},
		"of the database":  {pointArn, point("Aurora", "fs-1", "COMPLETED"), "must be one of the file system, got one of Aurora"},
		"of another":       {pointArn, point("EFS", "fs-12", "COMPLETED"), "must be one of fs-1, got one of"},
		"not complete":     {pointArn, point("EFS", "fs-1", "PARTIAL"), "must be COMPLETED, got PARTIAL"},
		"of another vault": {pointArn, opstest.Stub{Call: "backup DescribeRecoveryPoint", Code: "ResourceNotFoundException"}, "must be in the vault morpheus-prod-backup-vault"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.stub)
			w.PointArn = c.arn
			require.ErrorContains(t, w.Check(t.Context()), c.says)
		})
	}
	for _, wrong := range []string{"/", "..", "/a/../b", "a//b", "./a"} {
		_, err := CleanPath(wrong)
		require.ErrorContains(t, err, "--path: must be a path from the root", wrong)
	}
	got, err := CleanPath("/a b/c/")
	require.NoError(t, err)
	assert.Equal(t, "a b/c", got)
}

// TestGoldenPermissions compares the document with the calls. That of the node is in internal/ops/nodes.
func TestGoldenPermissions(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.Check(t.Context()))
	for range 2 { // the second run takes up the job of the first
		_, err := w.restore(t, false)
		require.NoError(t, err)
		w.again()
	}
	preview, err := os.ReadFile(filepath.Join(opstest.Repository(), "docs", "deployer-policy", "preview.json"))
	require.NoError(t, err)
	opstest.AssertListed(t, "restore-files-permissions", opstest.Permissions(string(preview), "iam:PassRole",
		"ssm:SendCommand", "ssm:GetCommandInvocation", "ssm:CancelCommand"), *update)
}
