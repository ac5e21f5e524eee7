package drill_test

import (
	"context"
	"os"
	"path/filepath"
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

// TestAnInterruptedDrillUndoesWhatItSuspended, wherever it is interrupted: while AWS applies the shift, and while it holds.
func TestAnInterruptedDrillUndoesWhatItSuspended(t *testing.T) {
	for name, after := range map[string]time.Duration{"notice": 20 * time.Second, "hold": 3 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			w := drilltest.New(t)
			var saved []string
			o := options()
			o.Save = func(r *drill.Record) error {
				saved = append(saved, r.Markdown("picture.svg"))
				return nil
			}
			record, err := conductUntil(t, w, drill.Zone, nil, o, after)
			require.ErrorIs(t, err, context.Canceled)
			assert.ErrorContains(t, err, name, "the message says where")
			assert.Equal(t, []string{"StartZonalShift use1-az6 20m", "CancelZonalShift shift-1"}, w.Calls())
			assert.Empty(t, w.ActiveShifts())
			require.Len(t, saved, 2, "a report is kept before the failure and at the end")
			assert.Contains(t, saved[0], "The run has not ended", "a killed run leaves this one")
			assert.Contains(t, saved[1], "**Not judged**")
			assert.Contains(t, saved[1], "| what was suspended | ended by this run |")
			assert.False(t, record.Met(), "what was not measured is not met")
		})
	}
}

// TestADrillThatAWSRefusesLeavesNothing: the answer to the call may be lost although AWS has done it.
func TestADrillThatAWSRefusesLeavesNothing(t *testing.T) {
	w := drilltest.New(t)
	w.Fails["arc-zonal-shift StartZonalShift"] = "ConflictException"
	record, err := conduct(t, w, drill.Zone, nil, options())
	require.ErrorContains(t, err, "ConflictException")
	assert.Empty(t, w.ActiveShifts())
	assert.Contains(t, record.Markdown("p.svg"), "**Not judged**")
}

// TestALostSessionLeavesNothingForEver: with credentials that have expired nobody can undo, but AWS does.
func TestALostSessionLeavesNothingForEver(t *testing.T) {
	w := drilltest.New(t)
	w.Fails["arc-zonal-shift GetManagedResource"] = "ExpiredTokenException"
	w.Fails["arc-zonal-shift CancelZonalShift"] = "ExpiredTokenException"
	record, err := conduct(t, w, drill.Zone, nil, options())
	require.ErrorContains(t, err, "AWS ends it by itself at 2000-01-01T00:20:05Z")
	assert.ErrorContains(t, err, "drill undo --stack prod --yes")
	assert.Contains(t, record.Undone, "not undone")
	assert.Len(t, w.ActiveShifts(), 1)
	w.Pass(20 * time.Minute)
	assert.Empty(t, w.ActiveShifts(), "AWS ends the shift at its expiry")
}

// TestWhatAKilledDrillLeftIsFoundByTheNextRun, which refuses, and by undo, which ends it and nothing else.
func TestWhatAKilledDrillLeftIsFoundByTheNextRun(t *testing.T) {
	w := drilltest.New(t)
	w.StartShift("ops drill zone 20260101T000000Z", 20*time.Minute)
	w.StartShift("capacity is missing", time.Hour)
	subject := w.Subject(t, w.RealAccount(t), nil)
	w.Appliance.Start()
	defer w.Appliance.Close()
	for _, name := range drill.Names {
		_, err := drill.Run(t.Context(), subject, name, options())
		require.ErrorContains(t, err, "a drill that began at 20260101T000000Z still moves clients out of use1-az6", name)
		require.ErrorContains(t, err, "go run ./cmd/ops drill undo --stack prod --yes", name)
		require.ErrorContains(t, err, "somebody moves clients out of use1-az6", name)
	}
	results, err := drill.Undo(t.Context(), subject, steps.Options{DryRun: true})
	require.NoError(t, err)
	require.Len(t, results, 1, "only a drill's is shown")
	assert.Equal(t, steps.Would, results[0].State)
	assert.Empty(t, w.Calls())
	results, err = drill.Undo(t.Context(), subject, steps.Options{})
	require.NoError(t, err)
	assert.Equal(t, steps.Done, results[0].State)
	assert.Equal(t, []string{"CancelZonalShift shift-1"}, w.Calls())
	assert.Equal(t, []string{"capacity is missing"}, w.ActiveShifts())
	results, err = drill.Undo(t.Context(), subject, steps.Options{})
	require.NoError(t, err)
	assert.Empty(t, results)
}

// TestNothingIsInjectedWhileThePingFails: it would be the drill's outage.
func TestNothingIsInjectedWhileThePingFails(t *testing.T) {
	w := drilltest.New(t)
	subject := w.Subject(t, w.Account(t), nil)
	synctest.Test(t, func(t *testing.T) {
		o := options()
		o.Save = func(*drill.Record) error {
			w.Outages = []drilltest.Outage{{After: -time.Hour, For: 2 * time.Hour}}
			return nil
		}
		record, err := drill.Run(t.Context(), subject, drill.Node, o)
		require.ErrorContains(t, err, "before the failure: nothing was injected")
		assert.True(t, record.Injected.IsZero())
	})
	assert.Empty(t, w.Calls())
}

// TestTheDocumentsListThePermissionsOfADrill: those of the calls that the tests before have made.
func TestTheDocumentsListThePermissionsOfADrill(t *testing.T) {
	preview, err := os.ReadFile(filepath.Join(opstest.Repository(), "docs", "deployer-policy", "preview.json"))
	require.NoError(t, err)
	opstest.AssertListed(t, "drill-permissions", opstest.Permissions(string(preview)), false)
}
