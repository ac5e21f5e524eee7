package change

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// command is a change with its order and its end.
type command struct {
	name string
	plan func(context.Context, *Subject) (*Plan, error)
	// given changes the world before.
	given func(t *testing.T, w *world)
	// order are the changes of a run, each after the one before it.
	order []string
	// ended judges the world after the run.
	ended func(t *testing.T, w *world)
}

func toMorpheus(ctx context.Context, s *Subject) (*Plan, error) {
	return s.Morpheus(ctx, Release{Version: newRelease, PackageURL: newPackage, PackageSHA256: newSum})
}

var commands = []command{
	{
		name: "patch",
		plan: func(ctx context.Context, s *Subject) (*Plan, error) {
			images, err := s.Images(ctx)
			if err != nil {
				return nil, err
			}
			return s.Patch(ctx, images, "")
		},
		order: []string{"set cluster.imageParameter", "up", "outputs"},
		ended: func(t *testing.T, w *world) {
			t.Helper()
			for _, n := range w.group.nodes {
				assert.Equal(t, newImage, n.image)
			}
		},
	},
	{
		name: "morpheus", plan: toMorpheus,
		order: []string{
			"CreateDBClusterSnapshot", "StartBackupJob", "set morpheus.version",
			"CreateOrUpdateTags", "SuspendProcesses", "stop i-", "stop i-", "stop i-", "up", "outputs", "ResumeProcesses", "DeleteTags",
		},
		ended: func(t *testing.T, w *world) {
			t.Helper()
			for _, n := range w.group.nodes {
				assert.Equal(t, newRelease, n.release)
				assert.False(t, n.down)
			}
			assert.Equal(t, newRelease, w.deployed)
			assert.Empty(t, w.group.suspended, "nobody would replace a node that dies")
			assert.Empty(t, w.group.work)
			s, _ := w.subject(t.Context())
			c, err := s.config()
			require.NoError(t, err)
			assert.True(t, c.Cluster.RolloutGuard, "the next rollout must have its guard")
			assertSavedOnce(t, w)
			assert.Positive(t, w.backups, "the files must be saved")
		},
	},
	{
		name: "database",
		plan: func(ctx context.Context, s *Subject) (*Plan, error) { return s.Database(ctx, newEngine, true) },
		order: []string{
			"CreateDBClusterSnapshot", "set database.engineVersion", "up", "outputs", "ModifyDBCluster",
		},
		ended: func(t *testing.T, w *world) {
			t.Helper()
			assert.Equal(t, newEngine, w.database.version)
			assertSavedOnce(t, w)
		},
	},
	{
		name: "search", given: keptBy("SearchSnapshotAgeHours", 9),
		plan:  func(ctx context.Context, s *Subject) (*Plan, error) { return s.Search(ctx, newDomain) },
		order: []string{"set search.engineVersion", "up", "outputs"},
		ended: func(t *testing.T, w *world) {
			t.Helper()
			assert.Equal(t, newDomain, w.domain.version)
		},
	},
	{
		name: "messaging", given: keptBy("BrokerDefinitionsKept", 1),
		plan:  func(ctx context.Context, s *Subject) (*Plan, error) { return s.Messaging(ctx, "3.13", true) },
		order: []string{"up", "outputs", "RebootBroker"},
		ended: func(t *testing.T, w *world) {
			t.Helper()
			assert.Equal(t, "3.13.7", w.broker.version)
		},
	},
	{
		name: "restore", plan: restoreOf(manualName), given: savedAs(manualName), order: restoreOrder, ended: restoredFrom(manualName),
	},
	{
		name: "restore automatic", plan: restoreOf("rds:" + automaticName),
		order: append([]string{"CopyDBClusterSnapshot"}, restoreOrder...), ended: restoredFrom(automaticName + "-kept"),
	},
}

// keptBy reports a copy of the nodes by its metric.
func keptBy(metric string, value float64) func(*testing.T, *world) {
	return func(t *testing.T, w *world) {
		t.Helper()
		_, err := cloudwatch.NewFromConfig(w.given.Direct).PutMetricData(t.Context(), &cloudwatch.PutMetricDataInput{
			Namespace: aws.String("Morpheus/prod"), MetricData: []cwtypes.MetricDatum{{
				MetricName: &metric, Value: &value, Timestamp: aws.Time(w.now.Add(-time.Hour)),
			}},
		})
		require.NoError(t, err)
	}
}

// snapshots of the database in moto.
func (w *world) snapshots() []rdstypes.DBClusterSnapshot {
	found, err := rds.NewFromConfig(w.given.Direct).DescribeDBClusterSnapshots(w.t.Context(), &rds.DescribeDBClusterSnapshotsInput{
		DBClusterIdentifier: aws.String("morpheus-prod"), SnapshotType: aws.String("manual"),
	})
	require.NoError(w.t, err)
	return found.DBClusterSnapshots
}

// assertSavedOnce: one snapshot, and it was made before the first update.
func assertSavedOnce(t *testing.T, w *world) {
	t.Helper()
	assert.Len(t, w.snapshots(), 1, "a second snapshot would have what the change has done")
	saved, up := slices.Index(w.events, "CreateDBClusterSnapshot"), slices.Index(w.events, "up")
	assert.True(t, saved >= 0 && saved < up, "the snapshot must be made before the change: %v", w.events)
}

func (c command) world(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	if c.given != nil {
		c.given(t, w)
	}
	return w
}

// assertOrder: each event of the order comes after the one before it, and nothing else changes anything.
func (c command) assertOrder(t *testing.T, events []string) {
	t.Helper()
	require.Len(t, events, len(c.order), "%v", events)
	for i, want := range c.order {
		assert.True(t, strings.HasPrefix(events[i], want), "change %d must be %s: %v", i, want, events)
	}
}

// TestEachCommandSavesFirstAndChangesInItsOrder: a snapshot after the change could not take it back, and an update before
// the stop of the UI lets the old release write into the new schema.
func TestEachCommandSavesFirstAndChangesInItsOrder(t *testing.T) {
	for _, c := range commands {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := c.world(t)
			require.NoError(t, w.run(t.Context(), c.plan, false))
			c.assertOrder(t, w.events)
			c.ended(t, w)
			before := len(w.events)
			require.NoError(t, w.run(t.Context(), c.plan, false), "a second run finds everything done")
			assert.Len(t, w.events, before, "it must change nothing: %v", w.events)
		})
	}
}

// TestADryRunChangesNothing: --yes is the only way to a change.
func TestADryRunChangesNothing(t *testing.T) {
	for _, c := range commands {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := c.world(t)
			require.NoError(t, w.run(t.Context(), c.plan, true))
			assert.Empty(t, w.events)
		})
	}
}

// TestAKilledRunGoesOn kills the command before and after each of its changes, and starts it again.
func TestAKilledRunGoesOn(t *testing.T) {
	for _, c := range commands {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			done := 0
			for at := 1; at <= len(c.order); at++ {
				for _, after := range []bool{false, true} {
					w := c.world(t)
					w.killAt, w.after = at, after
					require.Error(t, w.run(t.Context(), c.plan, false), "it must be killed at %d", at)
					w.killAt = 0
					require.NoError(t, w.run(t.Context(), c.plan, false), "killed at change %d (after: %t): %v", at, after, w.events)
					c.ended(t, w)
					done++
				}
			}
			t.Logf("%d of %d", done, 2*len(c.order))
		})
	}
}

// TestAnUnhealthyStackIsNotChanged: a change would hide the fault, or make it worse.
func TestAnUnhealthyStackIsNotChanged(t *testing.T) {
	sick := map[string]string{
		"patch": "nodes-zones", "morpheus": "filesystem-available", "database": "database-available", "search": "search-zones",
		"messaging": "messaging-zones",
	}
	for _, c := range commands[:len(sick)] { // the others are for a stack that is not healthy
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := c.world(t)
			w.sick = []string{sick[c.name]}
			err := w.run(t.Context(), c.plan, false)
			require.ErrorContains(t, err, "the stack is not healthy, nothing has been changed: "+sick[c.name])
			assert.Empty(t, w.events)
		})
	}
}

// TestAWarningDoesNotStopAChange: a certificate that ends in three weeks is no reason to keep an old version.
func TestAWarningDoesNotStopAChange(t *testing.T) {
	w := newWorld(t)
	w.sick = []string{"nodes-room", "search-zones"}
	require.NoError(t, w.run(t.Context(), commands[0].plan, false), "a warning of its tier, and an error of another tier")
}

// TestAStackThatIsNotHealthyAfterwardsIsReported: the command must not end with "done".
func TestAStackThatIsNotHealthyAfterwardsIsReported(t *testing.T) {
	w := newWorld(t)
	err := w.run(t.Context(), func(ctx context.Context, s *Subject) (*Plan, error) {
		plan, err := commands[0].plan(ctx, s)
		last := plan.Steps[len(plan.Steps)-1].Done
		plan.Steps[len(plan.Steps)-1].Done = func(ctx context.Context) (bool, error) {
			w.mu.Lock()
			w.sick = []string{"balancer-targets"}
			w.mu.Unlock()
			return last(ctx)
		}
		return plan, err
	}, false)
	require.ErrorContains(t, err, "health after: not done after 30m0s: not healthy yet: balancer-targets")
}
