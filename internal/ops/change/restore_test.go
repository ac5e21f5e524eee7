package change

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

const (
	manualName    = "morpheus-prod-final-0a1b2c3d"
	automaticName = "morpheus-prod-2026-11-28-03-10"
	taken         = "morpheus-prod-before-restore-"
)

// restoreOrder: the protection ends while users are served, the rows are saved when nobody writes, and the last update
// protects the new database.
var restoreOrder = []string{
	"set safety.allowReplace", "up", "outputs", "CreateOrUpdateTags", "SuspendProcesses", "stop i-", "stop i-", "stop i-",
	"CreateDBClusterSnapshot", "set database.name", "up", "outputs", "ResumeProcesses", "DeleteTags", "CreateOrUpdateTags",
	"rm safety.allowReplace database.snapshotIdentifier cluster.rolloutGuard", "up", "outputs", "DeleteTags",
}

func restoreOf(snapshot string) func(context.Context, *Subject) (*Plan, error) {
	return restoring(Restore{Snapshot: snapshot})
}

func restoring(r Restore) func(context.Context, *Subject) (*Plan, error) {
	return func(ctx context.Context, s *Subject) (*Plan, error) { return s.RestoreDatabase(ctx, r) }
}

// save makes a snapshot of the database in moto.
func (w *world) save(name string) {
	cluster := "morpheus-prod"
	_, err := rds.NewFromConfig(w.given.Direct).CreateDBClusterSnapshot(w.t.Context(), &rds.CreateDBClusterSnapshotInput{
		DBClusterIdentifier: &cluster, DBClusterSnapshotIdentifier: &name,
	})
	require.NoError(w.t, err)
}

func savedAs(name string) func(*testing.T, *world) {
	return func(_ *testing.T, w *world) { w.save(name) }
}

// taken is a snapshot as AWS describes it, with other values.
func (w *world) taken(name string, other m) m {
	out := m{
		"DBClusterSnapshotIdentifier": name, "DBClusterIdentifier": "morpheus-prod", "Engine": "aurora-mysql", "Status": "available",
		"EngineVersion": oldEngine, "SnapshotType": "manual", "SnapshotCreateTime": w.began.Add(-time.Hour),
	}
	maps.Copy(out, other)
	return out
}

// restoredFrom judges a stack whose restore has ended.
func restoredFrom(snapshot string) func(*testing.T, *world) {
	return func(t *testing.T, w *world) {
		t.Helper()
		assert.Equal(t, snapshot, w.database.from)
		assert.Regexp(t, `^morpheus-prod-r[0-9a-f]{6}$`, w.database.name)
		assert.Equal(t, w.database.name, w.endpoint)
		assert.True(t, w.database.protected, "the new database must be protected")
		for _, n := range w.group.nodes {
			assert.Equal(t, w.group.template, n.template, "a node of before has the host of the deleted database")
			assert.False(t, n.down)
		}
		assert.Empty(t, w.group.suspended, "nobody would replace a node that dies")
		assert.Empty(t, w.group.work)
		s, _ := w.subject(t.Context())
		c, err := s.config()
		require.NoError(t, err)
		assert.Empty(t, c.Safety.AllowReplace, "the next update must not be able to replace the database")
		assert.Empty(t, c.Database.SnapshotIdentifier)
		assert.True(t, c.Cluster.RolloutGuard, "the next rollout must have its guard")
		assert.Equal(t, w.database.name, c.Database.Name, "without the name the next update would replace the database again")
		n := 0
		for _, one := range w.snapshots() {
			if strings.HasPrefix(*one.DBClusterSnapshotIdentifier, taken) {
				n++
			}
		}
		assert.Equal(t, 1, n, "the rows of before must be saved once")
		stopped, saved := lastIndex(w.events, "stop "+w.first()), slices.Index(w.events, "CreateDBClusterSnapshot")
		assert.True(t, saved > stopped, "rows that are written after the snapshot are lost: %v", w.events)
	}
}

// first is the first node that was stopped.
func (w *world) first() string {
	for _, event := range w.events {
		if id, isStop := strings.CutPrefix(event, "stop "); isStop {
			return id
		}
	}
	return ""
}

// TestASnapshotIsRestoredOnceUnlessAgain: a second run after the loss of a session at the very end must not throw away
// what was written since.
func TestASnapshotIsRestoredOnceUnlessAgain(t *testing.T) {
	w := newWorld(t)
	w.save(manualName)
	require.NoError(t, w.run(t.Context(), restoreOf(manualName), false))
	first, before := w.database.name, len(w.events)
	require.NoError(t, w.run(t.Context(), restoreOf(manualName), false))
	assert.Len(t, w.events, before)

	w.killAt, w.calls, w.after = 12, 0, false // in the middle of the update
	require.Error(t, w.run(t.Context(), restoring(Restore{Snapshot: manualName, Again: true}), false))
	w.killAt = 0
	require.NoError(t, w.run(t.Context(), restoreOf(manualName), false), "it goes on without --again")
	assert.Equal(t, first+"-2", w.database.name)
	require.NoError(t, w.run(t.Context(), restoring(Restore{Snapshot: manualName, Again: true}), false))
	assert.Equal(t, first+"-3", w.database.name)

	w.save("another")
	require.NoError(t, w.run(t.Context(), restoreOf("another"), false))
	assert.Regexp(t, `^morpheus-prod-r[0-9a-f]{6}$`, w.database.name, "names must not grow")
	assert.NotEqual(t, first, w.database.name)
}

// TestARowThatIsWrittenAfterAnAbandonedRestoreIsSaved: the snapshot of an hour ago lacks it.
func TestARowThatIsWrittenAfterAnAbandonedRestoreIsSaved(t *testing.T) {
	w := newWorld(t)
	w.save(manualName)
	w.killAt, w.after = slices.Index(restoreOrder, "set database.name")+1, false
	require.Error(t, w.run(t.Context(), restoreOf(manualName), false))
	w.killAt, w.group.work, w.group.suspended = 0, "", nil // ops node resume, and the UI starts again
	for _, n := range w.group.nodes {
		n.down = false
	}
	w.now = w.now.Add(time.Hour)
	require.NoError(t, w.run(t.Context(), restoreOf(manualName), false))
	assert.Len(t, w.snapshots(), 3, "the source, the one of before, and a new one")
}

// TestARestoreWhoseRolloutFailsGoesOn: the new database is there, and only the nodes are missing.
func TestARestoreWhoseRolloutFailsGoesOn(t *testing.T) {
	w := newWorld(t)
	w.save(manualName)
	w.fails = "a node did not boot"
	require.ErrorContains(t, w.run(t.Context(), restoreOf(manualName), false), "the rollout is Failed: a node did not boot")
	require.NoError(t, w.run(t.Context(), restoreOf(manualName), false))
	restoredFrom(manualName)(t, w)
	assert.Equal(t, 1, w.group.rollout)
}

// TestALostClusterIsRestoredWithoutASnapshotOfIt: there is nothing to save, and a refresh has told the state.
func TestALostClusterIsRestoredWithoutASnapshotOfIt(t *testing.T) {
	w := newWorld(t)
	w.save(manualName)
	w.database.name = "deleted-by-hand"
	s, ctx := w.subject(t.Context())
	_, err := s.RestoreDatabase(ctx, Restore{Snapshot: manualName})
	require.ErrorContains(t, err, "run `pulumi refresh --stack prod` first")
	w.database.name, w.database.protected = "", false
	s, ctx = w.subject(t.Context())
	plan, err := s.RestoreDatabase(ctx, Restore{Snapshot: manualName})
	require.NoError(t, err)
	assert.Contains(t, plan.Warnings[0], "the cluster morpheus-prod does not exist")
	require.NoError(t, w.run(t.Context(), restoreOf(manualName), false))
	assert.Equal(t, manualName, w.database.from)
	assert.NotContains(t, w.events, "CreateDBClusterSnapshot")
}

// TestAnOlderReleaseComesBackWithItsRows: the vendor cannot downgrade the schema, so that rows, nodes and engine go back
// together.
func TestAnOlderReleaseComesBackWithItsRows(t *testing.T) {
	w := newWorld(t)
	w.save(manualName)
	back := Restore{Snapshot: manualName, Release: Release{
		Version: "8.0.5", PackageURL: "s3://bucket/morpheus-appliance_8.0.5-1_amd64.deb", PackageSHA256: newSum,
	}}
	require.NoError(t, w.run(t.Context(), restoring(back), false))
	for _, n := range w.group.nodes {
		assert.Equal(t, "8.0.5", n.release)
	}
	s, _ := w.subject(t.Context())
	c, err := s.config()
	require.NoError(t, err)
	assert.Equal(t, "8.0.6 -> 8.0.5", c.Morpheus.Upgrade, "the program refuses a step back that is not named")
}

// TestThePlanOfARestoreSaysWhatItUsesAndWhatItCannotKnow: a person decides by it.
func TestThePlanOfARestoreSaysWhatItUsesAndWhatItCannotKnow(t *testing.T) {
	w := newWorld(t)
	s, ctx := w.subject(t.Context())
	plan, err := s.RestoreDatabase(ctx, Restore{Snapshot: "rds:" + automaticName})
	require.NoError(t, err)
	require.Len(t, plan.About, 1)
	assert.Contains(t, plan.About[0], "snapshot rds:"+automaticName+" of morpheus-prod: ")
	assert.Contains(t, plan.About[0], " 1h0m0s old, "+oldEngine)
	assert.Contains(t, plan.Warnings[0], "the new nodes are of Morpheus 8.0.6")
	assert.Contains(t, plan.WayBack[0], "...-before-restore-<time>")
	assert.Contains(t, plan.Steps[0].Does, "copy the automatic snapshot to "+automaticName+"-kept")
}

// TestASnapshotThatCannotBeRestoredIsRefused: before anything changes, with what to do.
func TestASnapshotThatCannotBeRestoredIsRefused(t *testing.T) {
	key := func(name string) m {
		return m{"StorageEncrypted": true, "KmsKeyId": "arn:aws:kms:us-east-1:1:key/" + name}
	}
	for name, c := range map[string]struct {
		snapshot m
		restore  Restore
		given    func(w *world)
		says     string
	}{
		"missing":           {restore: Restore{Snapshot: "gone"}, says: "--snapshot: the account sees no snapshot gone in us-east-1"},
		"not available":     {snapshot: m{"Status": "creating"}, says: "must be available, got one, which is creating"},
		"another engine":    {snapshot: m{"Engine": "aurora-postgresql"}, says: "must be one of Aurora MySQL, got one"},
		"another major":     {snapshot: m{"EngineVersion": "5.7.mysql_aurora.2.12.1"}, says: "must be of the major version of"},
		"newer engine":      {snapshot: m{"EngineVersion": "8.0.mysql_aurora.3.12.1"}, says: "give --engine-version 8.0.mysql_aurora.3.12.1"},
		"key gone":          {snapshot: key("gone"), says: "does not exist any more: nobody can read it"},
		"key leaving":       {snapshot: key("leaving"), says: "which is PendingDeletion: cancel its deletion"},
		"before the secret": {snapshot: m{"SnapshotCreateTime": time.Now().Add(-48 * time.Hour)}, says: "give --secret-fits"},
		"of another region": {
			restore: Restore{Snapshot: "arn:aws:rds:eu-west-1:1:cluster-snapshot:one"}, says: "must be a snapshot in us-east-1",
		},
		"of an instance": {
			restore: Restore{Snapshot: "arn:aws:rds:us-east-1:1:snapshot:one"}, says: "must be the name or the ARN of a cluster snapshot",
		},
		"another tier may be replaced": {
			given: func(w *world) { w.edit("safety.allowReplace", l{"search"}) }, says: "safety.allowReplace: remove search first",
		},
		"global database": {
			says: "recovery.mode: the cluster is part of a global database",
			given: func(w *world) {
				w.edit("database.administratorSecret", "own")
				w.edit("recovery.mode", "pilotLight")
				w.edit("recovery.region", "us-west-2")
				w.edit("recovery.stack", "recovery")
			},
		},
		"a stack from copies": {
			says: "recovery.mode: restored needs database.snapshotIdentifier for good",
			given: func(w *world) {
				w.edit("recovery.role", "recovery")
				w.edit("recovery.mode", "restored")
				w.edit("recovery.primaryStack", "first")
				w.edit("recovery.primaryRegion", "us-west-2")
				w.edit("recovery.fileSystemId", "fs-0123456789abcdef0")
				w.edit("database.snapshotIdentifier", "copied")
			},
		},
		"never deployed": {given: func(w *world) { w.deployed = "" }, says: "it has never been deployed"},
		"other work":     {given: func(w *world) { w.group.work = "reboot i-1 / HealthCheck" }, says: `the group is held by other work: "reboot i-1"`},
		"a restore of another snapshot": {
			given: func(w *world) { w.group.work = "restore morpheus-prod-r000000 since 202611290101 / HealthCheck" },
			says:  `held by other work: "restore morpheus-prod-r000000`,
		},
		"rollout":         {given: func(w *world) { w.refresh.status = "InProgress" }, says: "a rollout is under way"},
		"stopped cluster": {given: func(w *world) { w.database.status = "stopped" }, says: "is stopped, and only an available one can be saved"},
		"release alone":   {restore: Restore{Snapshot: "one", Release: Release{Version: "8.0.5"}}, says: "--package is required"},
		"retired engine":  {restore: Restore{Snapshot: "one", EngineVersion: "8.0.mysql_aurora.3.11.1"}, says: "give --engine-version"},
		"cluster of the name": {
			given: func(w *world) {
				w.more = append(w.more, opstest.Stub{Call: "rds DescribeDBClusters", When: "-r", Answer: m{"DBClusters": l{m{"Status": "available"}}}})
			},
			says: "the account has a cluster morpheus-prod-r",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.more = []opstest.Stub{{Call: "rds DescribeDBClusterSnapshots", When: "=one", Answer: m{
				"DBClusterSnapshots": l{w.taken("one", c.snapshot)},
			}}}
			if c.given != nil {
				c.given(w)
			}
			if c.restore.Snapshot == "" {
				c.restore.Snapshot = "one"
			}
			s, ctx := w.subject(t.Context())
			_, err := s.RestoreDatabase(ctx, c.restore)
			require.ErrorContains(t, err, c.says)
			assert.Empty(t, w.events)
		})
	}
}

// TestWhatMayStillWorkOnlyWarns: a key that cannot be described may be usable, and AWS upgrades a snapshot on its way.
func TestWhatMayStillWorkOnlyWarns(t *testing.T) {
	for name, c := range map[string]struct {
		snapshot m
		restore  Restore
		status   string
		says     string
	}{
		"hidden key":       {snapshot: m{"StorageEncrypted": true, "KmsKeyId": "arn:aws:kms:us-east-1:1:key/hidden"}, says: "may not describe"},
		"older engine":     {restore: Restore{EngineVersion: newEngine}, says: "AWS upgrades it to " + newEngine},
		"without snapshot": {restore: Restore{WithoutSnapshot: true}, status: "stopped", says: "are not saved by this command"},
		"secret of then":   {snapshot: m{"SnapshotCreateTime": time.Now().Add(-48 * time.Hour)}, restore: Restore{SecretFits: true}, says: "new nodes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.more = []opstest.Stub{{Call: "rds DescribeDBClusterSnapshots", When: "=one", Answer: m{
				"DBClusterSnapshots": l{w.taken("one", c.snapshot)},
			}}}
			if c.status != "" {
				w.database.status = c.status
			}
			c.restore.Snapshot = "one"
			s, ctx := w.subject(t.Context())
			plan, err := s.RestoreDatabase(ctx, c.restore)
			require.NoError(t, err)
			assert.Contains(t, strings.Join(plan.Warnings, "\n"), c.says)
		})
	}
}

// TestARecoveryPointIsAClusterSnapshot: AWS Backup's ARN leads to a name that RDS takes.
func TestARecoveryPointIsAClusterSnapshot(t *testing.T) {
	id, err := CheckSnapshot("", "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:awsbackup:job-0f1e2d3c")
	require.NoError(t, err)
	c := opstest.Config(t, opstest.Filled("123456789012"))
	name, err := named(c, id)
	require.NoError(t, err)
	assert.Equal(t, "awsbackup:job-0f1e2d3c", name)
	_, err = CheckSnapshot("", "arn:aws:rds:us-east-1:123456789012:cluster:continuous:cluster-1")
	require.ErrorContains(t, err, "--recovery-point: must be the ARN of a snapshot of a cluster")
	_, err = CheckSnapshot("a", "b")
	require.ErrorContains(t, err, "give one of them")
	shared, err := named(c, "arn:aws:rds:us-east-1:210987654321:cluster-snapshot:shared")
	require.NoError(t, err)
	assert.Equal(t, "arn:aws:rds:us-east-1:210987654321:cluster-snapshot:shared", shared, "RDS finds a shared one by its ARN alone")
}

// TestTheListHasTheSnapshotsOfTheStackOnly: also those of its earlier clusters, the newest first.
func TestTheListHasTheSnapshotsOfTheStackOnly(t *testing.T) {
	w := newWorld(t)
	w.more = []opstest.Stub{{Call: "rds DescribeDBClusterSnapshots", Answer: m{"DBClusterSnapshots": l{
		w.taken("older", m{"SnapshotCreateTime": w.began.Add(-72 * time.Hour), "DBClusterIdentifier": "morpheus-prod-r0a1b2c"}),
		w.taken("newer", nil), w.taken("foreign", m{"DBClusterIdentifier": "morpheus-prod2"}),
	}}}}
	s, ctx := w.subject(t.Context())
	lines, err := s.Snapshots(ctx)
	require.NoError(t, err)
	require.Len(t, lines, 2)
	assert.Contains(t, lines[0], "1h0m0s old  available  manual     "+oldEngine+"  newer")
	assert.Contains(t, lines[1], "3 days old")
}
