package drill_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/drill"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/drill/drilltest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

func TestMain(m *testing.M) { opstest.Main(m) }

// options of a drill that is done.
func options() drill.Options {
	return drill.Options{Confirm: "prod", Zone: drilltest.Zones[0], Hold: 5 * time.Minute}
}

// conduct does a drill in virtual time: the hours of a real one take seconds.
func conduct(t *testing.T, w *drilltest.World, name string, changes map[string]any, o drill.Options) (
	record *drill.Record, err error,
) {
	t.Helper()
	return conductUntil(t, w, name, changes, o, 0)
}

// conductUntil interrupts the drill after a time; zero for never.
func conductUntil(t *testing.T, w *drilltest.World, name string, changes map[string]any, o drill.Options, interrupt time.Duration) (
	record *drill.Record, err error,
) {
	t.Helper()
	subject := w.Subject(t, w.Account(t), changes)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if interrupt > 0 {
			time.AfterFunc(interrupt, cancel)
		}
		record, err = drill.Run(ctx, subject, name, o)
	})
	return record, err
}

func seconds(d *time.Duration) float64 {
	if d == nil {
		return -1
	}
	return d.Seconds()
}

// TestEachDrillMeetsItsTargets: the outage and the return of the spare are those of the world, and AWS was called once.
func TestEachDrillMeetsItsTargets(t *testing.T) {
	for _, c := range []struct {
		name    string
		outages []drilltest.Outage
		spare   time.Duration
		calls   []string
		outage  float64
	}{
		{
			name: drill.Node, outages: []drilltest.Outage{{After: 2 * time.Second, For: 4 * time.Second}}, spare: 10 * time.Minute,
			calls: []string{"Action=TerminateInstances"}, outage: 4,
		},
		{
			name: drill.Database, outages: []drilltest.Outage{{After: 5 * time.Second, For: 30 * time.Second}}, spare: 3 * time.Minute,
			calls: []string{"Action=FailoverDBCluster"}, outage: 30,
		},
		{
			name: drill.Broker, spare: 5 * time.Minute, calls: []string{"/reboot"}, outage: 5,
			outages: []drilltest.Outage{
				{After: time.Minute, For: 3 * time.Second}, {After: 2 * time.Minute, For: 5 * time.Second},
			},
		},
		{
			name: drill.Search, spare: 8 * time.Minute,
			calls: []string{`StartDomainMaintenance {"Action":"REBOOT_NODE","NodeId":"data-node-000"}`},
		},
		{name: drill.Zone, calls: []string{"StartZonalShift use1-az6 20m", "CancelZonalShift shift-1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := drilltest.New(t)
			w.Outages, w.Spare = c.outages, c.spare
			record, err := conduct(t, w, c.name, nil, options())
			require.NoError(t, err)
			assert.True(t, record.Met(), record.Markdown("picture.svg"))
			assert.Equal(t, c.calls, w.Calls(), "one failure is injected")
			require.Len(t, record.Verdicts, 2)
			assert.InDelta(t, c.outage, seconds(record.Verdicts[0].Measured), 1, "the outage of the appliance")
			if c.name != drill.Zone {
				assert.InDelta(t, c.spare.Seconds(), seconds(record.Redundancy), 6, "the spare is back when AWS shows it")
			}
			require.NotNil(t, record.Detection)
			assert.True(t, record.Simulated, "the services are not AWS's")
			assert.Empty(t, w.ActiveShifts(), "nothing stays suspended")
		})
	}
}

// TestAMissedTargetIsNoticed: an outage that is too long, one that does not end, a spare that comes too late or not at all.
func TestAMissedTargetIsNoticed(t *testing.T) {
	for _, c := range []struct {
		name   string
		outage time.Duration
		spare  time.Duration
		gaveUp bool
	}{
		{name: "long outage", outage: 90 * time.Second, spare: 3 * time.Minute},
		{name: "late spare", outage: 10 * time.Second, spare: 20 * time.Minute},
		{name: "no end", outage: 10 * time.Hour, spare: 3 * time.Minute, gaveUp: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := drilltest.New(t)
			w.Outages, w.Spare = []drilltest.Outage{{For: c.outage}}, c.spare
			record, err := conduct(t, w, drill.Database, nil, options())
			require.NoError(t, err)
			assert.True(t, record.Complete())
			assert.False(t, record.Met(), record.Markdown("picture.svg"))
			assert.Equal(t, c.gaveUp, record.GaveUp)
			assert.Contains(t, record.Markdown("picture.svg"), "**Missed**")
		})
	}
}

func TestAlarmsThatBeginAreEvidence(t *testing.T) {
	w := drilltest.New(t)
	w.Begins["morpheus-prod-database-writer"] = time.Minute
	record, err := conduct(t, w, drill.Database, nil, options())
	require.NoError(t, err)
	require.Len(t, record.Alarms, 1)
	assert.Equal(t, "morpheus-prod-database-writer", record.Alarms[0].Name)
	assert.Contains(t, record.Markdown("p.svg"), "alarm morpheus-prod-database-writer is off")
}

// TestADrillDoesNotStart without something to lose, or when something else is going on.
func TestADrillDoesNotStart(t *testing.T) {
	for _, c := range []struct {
		drill, says string
		set         func(*drilltest.World)
		changes     map[string]any
	}{
		{
			drill: drill.Node, says: "1 nodes are in service and healthy: the loss of one would be the loss of all",
			set: func(w *drilltest.World) { w.NodesOf = drilltest.Zones[:1] },
		},
		{
			drill: drill.Database, says: "the cluster morpheus-prod has 1 instance",
			set: func(w *drilltest.World) { w.RemoveInstance(t, "morpheus-prod-us-east-1b") },
		},
		{
			drill: drill.Broker, says: "the broker morpheus-rabbitmq is SINGLE_INSTANCE",
			set: func(w *drilltest.World) { w.Broker = "SINGLE_INSTANCE" },
		},
		{
			drill: drill.Search, says: "the domain morpheus-logs has 1 data node",
			set: func(w *drilltest.World) { w.DataNodes = 1 },
		},
		{
			drill: drill.Node, says: "nodes-rollout: a rollout is under way: 40 percent",
			set: func(w *drilltest.World) { w.Refresh = "InProgress" },
		},
		{
			drill: drill.Zone, says: "nodes-rollout: a rollout is under way",
			set: func(w *drilltest.World) { w.Refresh = "InProgress" },
		},
		{
			drill: drill.Database, says: "the alarm morpheus-prod-database-writer is on",
			set: func(w *drilltest.World) { w.Firing = []string{"morpheus-prod-database-writer"} },
		},
		{
			drill: drill.Search, says: "the alarm morpheus-prod-redundancy is on",
			set: func(w *drilltest.World) { w.Firing = []string{"morpheus-prod-redundancy"} },
		},
		{
			drill: drill.Zone, says: "the load balancer does not have zonal_shift.config.enabled",
			set: func(w *drilltest.World) { w.ZonalShift = "false" },
		},
		{
			drill: drill.Zone, says: "no healthy node is in us-east-1a: there is nothing to lose",
			set: func(w *drilltest.World) { w.NodesOf = []string{"us-east-1b", "us-east-1c", "us-east-1c"} },
		},
		{
			drill: drill.Zone, says: "no healthy node is in another zone than us-east-1a",
			set: func(w *drilltest.World) { w.NodesOf = []string{"us-east-1a", "us-east-1a", "us-east-1a"} },
		},
		{
			drill: drill.Node, says: "ping: https://morpheus.example.com/ping answers 503",
			set: func(w *drilltest.World) { w.Outages = []drilltest.Outage{{After: -time.Hour, For: 2 * time.Hour}} },
		},
	} {
		t.Run(c.drill+"/"+c.says, func(t *testing.T) {
			w := drilltest.New(t)
			c.set(w)
			record, err := conduct(t, w, c.drill, c.changes, options())
			var refusal *drill.Refusal
			require.ErrorAs(t, err, &refusal)
			assert.ErrorContains(t, err, c.says)
			assert.Nil(t, record)
			assert.Empty(t, w.Calls(), "nothing is injected")
		})
	}
}

// TestAnAlarmOfAnotherTierIsNoReason: a stack always has some ticket open.
func TestAnAlarmOfAnotherTierIsNoReason(t *testing.T) {
	w := drilltest.New(t)
	w.Firing = []string{"morpheus-prod-search-yellow"}
	record, err := conduct(t, w, drill.Database, nil, options())
	require.NoError(t, err)
	assert.True(t, record.Met())
	assert.Empty(t, record.Alarms, "it was on before")
}

func TestAProductionStackIsNamedAgain(t *testing.T) {
	w := drilltest.New(t)
	for _, confirm := range []string{"", "dev"} {
		o := options()
		o.Confirm = confirm
		_, err := drill.Run(t.Context(), w.Subject(t, w.RealAccount(t), nil), drill.Node, o)
		require.ErrorContains(t, err, "--confirm: must be the name of the stack, prod")
	}
	assert.Empty(t, w.Calls())
}

func TestADryRunChangesNothingAndShowsTheSteps(t *testing.T) {
	for _, name := range drill.Names {
		t.Run(name, func(t *testing.T) {
			w := drilltest.New(t)
			o := options()
			o.Confirm = ""
			var states []string
			o.Steps = steps.Options{DryRun: true, Report: func(r steps.Result) { states = append(states, r.Step+" "+r.State) }}
			o.Save = func(*drill.Record) error { return assert.AnError }
			record, err := conduct(t, w, name, nil, o)
			require.NoError(t, err)
			assert.Nil(t, record)
			assert.Empty(t, w.Calls(), "nothing is changed")
			assert.Contains(t, states, "inject would")
			assert.NotContains(t, states, "redundancy already", "the spare is not back before it was lost")
		})
	}
}

func TestADrillThatDidNotGoToItsEndMeetsNoTarget(t *testing.T) {
	met := []drill.Verdict{{Met: true}}
	assert.True(t, (&drill.Record{Ended: time.Now(), Verdicts: met}).Met())
	assert.False(t, (&drill.Record{Ended: time.Now(), Verdicts: met, Problem: "the session was lost"}).Met(),
		"what came after the problem was not measured")
	assert.False(t, (&drill.Record{Verdicts: met}).Met(), "a drill that goes on may still miss its target")
}
