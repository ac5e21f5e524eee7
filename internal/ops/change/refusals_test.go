package change

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAChangeThatCannotBeMadeIsRefusedWithOneMessage: before anything changes, with the key or the flag and what to do.
func TestAChangeThatCannotBeMadeIsRefusedWithOneMessage(t *testing.T) {
	database := func(to string) func(context.Context, *Subject) (*Plan, error) {
		return func(ctx context.Context, s *Subject) (*Plan, error) { return s.Database(ctx, to, true) }
	}
	search := func(to string) func(context.Context, *Subject) (*Plan, error) {
		return func(ctx context.Context, s *Subject) (*Plan, error) { return s.Search(ctx, to) }
	}
	messaging := func(to string) func(context.Context, *Subject) (*Plan, error) {
		return func(ctx context.Context, s *Subject) (*Plan, error) { return s.Messaging(ctx, to, true) }
	}
	morpheus := func(r Release) func(context.Context, *Subject) (*Plan, error) {
		return func(ctx context.Context, s *Subject) (*Plan, error) { return s.Morpheus(ctx, r) }
	}
	patch := func(to string) func(context.Context, *Subject) (*Plan, error) {
		return func(ctx context.Context, s *Subject) (*Plan, error) {
			images, err := s.Images(ctx)
			if err != nil {
				return nil, err
			}
			return s.Patch(ctx, images, to)
		}
	}
	for _, c := range []struct {
		name  string
		plan  func(context.Context, *Subject) (*Plan, error)
		given func(w *world)
		says  string
	}{
		{
			name: "downgrade of the database", plan: database("8.0.mysql_aurora.3.10.2"),
			says: "database.engineVersion: 8.0.mysql_aurora.3.10.3 -> 8.0.mysql_aurora.3.10.2 is a downgrade",
		},
		{
			name: "version of the database without a path", plan: database("8.0.mysql_aurora.3.13.1"),
			says: "has no path: AWS offers it 8.0.mysql_aurora.3.10.4, 8.0.mysql_aurora.3.12.1",
		},
		{name: "retired version", plan: database("8.0.mysql_aurora.3.11.1"), says: "its support has ended"},
		{
			name: "global database", plan: database(newEngine), says: "part of a global database",
			given: func(w *world) {
				w.edit("database.administratorSecret", "own")
				w.edit("recovery.mode", "pilotLight")
				w.edit("recovery.region", "us-west-2")
				w.edit("recovery.stack", "recovery")
			},
		},
		{name: "downgrade of the domain", plan: search("OpenSearch_2.15"), says: "search.engineVersion: OpenSearch_2.17 -> OpenSearch_2.15"},
		{name: "unknown version", plan: search("OpenSearch_9.9"), says: "the version table does not have it"},
		{
			name: "skipped step", plan: messaging("3.13"), says: "messaging.engineVersion: 3.11.28 -> 3.13 skips 3.12",
			given: func(w *world) { w.broker.version = "3.11.28" },
		},
		{name: "out of the vendor's range", plan: messaging("4.2"), says: "Morpheus 8.0 supports RabbitMQ 3.5-3.13"},
		{
			name: "downgrade of Morpheus", plan: morpheus(Release{Version: "8.0.5", PackageURL: "x", PackageSHA256: newSum}),
			says: "morpheus.version: 8.0.6 -> 8.0.5 is refused: the vendor cannot downgrade the schema",
		},
		{
			name: "release whose rules are not known", plan: morpheus(Release{Version: "9.0.1", PackageURL: "x", PackageSHA256: newSum}),
			says: "the vendor's rules for an upgrade to 9.0.1 are not known here",
		},
		{
			name: "release before the earliest source", plan: morpheus(Release{Version: newRelease, PackageURL: newPackage, PackageSHA256: newSum}),
			says: "from 6.0.0 on, so upgrade to a release in between first", given: func(w *world) { w.deployed = "5.5.3" },
		},
		{name: "no package", plan: morpheus(Release{Version: newRelease, PackageSHA256: newSum}), says: "--package is required"},
		{
			name: "checksum of the old package", plan: morpheus(Release{Version: newRelease, PackageURL: newPackage, PackageSHA256: oldSum}),
			says: "--package-sha256: must be that of the package of 8.0.7",
		},
		{
			name: "package of another release",
			plan: morpheus(Release{
				Version: newRelease, PackageURL: "s3://bucket/morpheus-appliance_8.0.5-1_amd64.deb", PackageSHA256: newSum,
			}),
			says: "a file of version 8.0.7",
		},
		{
			name: "stack that was never deployed", plan: toMorpheus, says: "it has never been deployed",
			given: func(w *world) { w.deployed = "" },
		},
		{
			name: "other work on the nodes", plan: toMorpheus, says: `the group is held by other work: "reboot i-1"`,
			given: func(w *world) { w.group.work = "reboot i-1 / HealthCheck" },
		},
		{
			name: "second rollout", plan: patch(""), says: "a rollout is under way: wait for it (ops rollout --stack prod --wait)",
			given: func(w *world) { w.refresh.status = "InProgress" },
		},
		{name: "image that does not exist", plan: patch("20200101"), says: "has no such parameter"},
		{
			name: "serial beside an image of your own", plan: patch(newSerial), says: "--to: must be the id of an image",
			given: func(w *world) { w.edit("cluster.imageId", oldImage) },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.given != nil {
				c.given(w)
			}
			s, ctx := w.subject(t.Context())
			_, err := c.plan(ctx, s)
			require.ErrorContains(t, err, c.says)
			assert.Empty(t, w.events)
		})
	}
}

// TestASearchDomainWithoutAFreshSnapshotIsNotUpgraded: the nodes alone can make one, and the upgrade cannot be undone.
func TestASearchDomainWithoutAFreshSnapshotIsNotUpgraded(t *testing.T) {
	upgrade := commands[3]
	require.Equal(t, "search", upgrade.name)
	for name, c := range map[string]struct {
		given func(*testing.T, *world)
		says  string
	}{
		"none":  {given: func(*testing.T, *world) {}, says: "no node has reported a snapshot of the search domain in the last 3h0m0s"},
		"stale": {given: keptBy("SearchSnapshotAgeHours", 27), says: "a snapshot of the search domain is older than 26 hours"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.given(t, w)
			require.ErrorContains(t, w.run(t.Context(), upgrade.plan, false), c.says)
			assert.Empty(t, w.events)
		})
	}
}

// TestAnOldSnapshotIsNotTheOneBeforeThisChange: what was written since would be lost on the way back.
func TestAnOldSnapshotIsNotTheOneBeforeThisChange(t *testing.T) {
	upgrade := commands[2]
	require.Equal(t, "database", upgrade.name)
	w := newWorld(t)
	w.killAt, w.after = 1, true
	require.Error(t, w.run(t.Context(), upgrade.plan, false), "it is killed after the snapshot")
	require.Len(t, w.snapshots(), 1)
	w.now = w.now.Add(fresh + time.Minute)
	require.NoError(t, w.run(t.Context(), upgrade.plan, false))
	assert.Len(t, w.snapshots(), 2, "a new one, under a name of its own")
}

// TestWithoutNowAWSUpgradesInItsWindow: the command ends at once and says when, and a run afterwards checks the health.
func TestWithoutNowAWSUpgradesInItsWindow(t *testing.T) {
	w := newWorld(t)
	later := func(ctx context.Context, s *Subject) (*Plan, error) { return s.Database(ctx, newEngine, false) }
	require.NoError(t, w.run(t.Context(), later, false))
	assert.NotContains(t, w.events, "ModifyDBCluster")
	assert.Equal(t, newEngine, w.database.pending)
	s, ctx := w.subject(t.Context())
	plan, err := later(ctx, s)
	require.NoError(t, err)
	assert.Contains(t, plan.Next, "AWS upgrades in the window sun:", "it must say when")
	w.database.version, w.database.pending = newEngine, ""
	w.sick = []string{"database-zones"}
	s, ctx = w.subject(t.Context())
	plan, err = later(ctx, s)
	require.NoError(t, err)
	assert.Empty(t, plan.Next)
	assert.Equal(t, "health after", plan.Steps[len(plan.Steps)-1].Name)
}
