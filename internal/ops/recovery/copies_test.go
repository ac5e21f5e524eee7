package recovery_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/recovery"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/regions"
)

func beginCopies(t *testing.T) (*regions.World, *recovery.Move) {
	t.Helper()
	w, move, err := regions.BeginCopies()
	require.NoError(t, err)
	return w, move
}

// Each changing call of the failover, and of the run that stops the old region, is the place of one death.
func TestAFailoverFromCopiesThatIsKilledAnywhereIsTakenUpAgain(t *testing.T) {
	resumed, err := regions.KillsCopies(t.Context())
	require.NoError(t, err)
	assert.Greater(t, resumed, 7, "a run changes two keys, starts a job, promotes a secret, deploys, and moves the name")
}

func TestASecondRunFromCopiesChangesNothing(t *testing.T) {
	w, move := beginCopies(t)
	_, err := move.Failover(t.Context())
	require.NoError(t, err)
	before := w.Calls
	results, err := move.Failover(t.Context())
	require.NoError(t, err)
	assert.Equal(t, before, w.Calls, "a second run must find all done")
	for _, r := range results {
		assert.Contains(t, []string{steps.Already, steps.Open}, r.State, r.Step)
	}
}

// Whoever decides must see before what the move costs.
func TestADryRunFromCopiesSaysWhatIsLost(t *testing.T) {
	w, move := beginCopies(t)
	move.DryRun = true
	before := w.Calls
	results, err := move.Failover(t.Context())
	require.NoError(t, err)
	assert.Equal(t, before, w.Calls)
	said := map[string]string{}
	for _, r := range results {
		said[r.Step] = r.Does
	}
	assert.Contains(t, said["choose the rows"], "cluster-snapshot:awsbackup:copyjob-")
	assert.Contains(t, said["choose the rows"], "what was written in the last 2h1m0s is lost")
	assert.Contains(t, said["restore the files"], "what was written in the last 2h1m0s is lost")
}

func TestAFailoverFromCopiesIsNeverPlanned(t *testing.T) {
	w, move := beginCopies(t)
	move.Unplanned = false
	before := w.Calls
	_, err := move.Failover(t.Context())
	require.ErrorContains(t, err, "a failover from copies is unplanned")
	assert.Equal(t, before, w.Calls)
}

func TestAFailedRestoreIsStartedAgainByTheNextRun(t *testing.T) {
	w, move := beginCopies(t)
	w.FailingRestores = 1
	_, err := move.Failover(t.Context())
	require.ErrorContains(t, err, "restore the files: the restore job job-1 is FAILED: the role may not use the key")
	assert.NotEqual(t, regions.Recovery, w.Leads(), "no node may start without the files")
	_, err = move.Failover(t.Context())
	require.NoError(t, err)
	assert.Equal(t, regions.Recovery, w.Leads())
	assert.Equal(t, 1, w.FileSystems(regions.Recovery))
}

func TestWithoutACopyNothingIsTouched(t *testing.T) {
	w := regions.NewCopies()
	w.Lose(regions.Primary) // before the first copy
	move := w.Move(w.Sides())
	move.Unplanned = true
	before := w.Calls
	_, err := move.Failover(t.Context())
	require.ErrorContains(t, err, "the vault copies-vault in us-west-2 has no completed recovery point of type Aurora: there is "+
		"nothing to restore from")
	assert.Equal(t, before, w.Calls)
}

// A file system that somebody restored to look into it may be older: only the move's own job counts.
func TestTheRestoreOfSomebodyElseIsNotTaken(t *testing.T) {
	w, move := beginCopies(t)
	stopped := errors.New("stopped")
	w.Stop = func(call string) error {
		if call == "set recovery.fileSystemId" {
			return stopped
		}
		return nil
	}
	other := *move.Copies
	other.Stack = "somebody"
	copied := *move
	copied.Copies = &other
	_, err := copied.Failover(t.Context())
	require.ErrorIs(t, err, stopped)
	w.Stop = nil
	results, err := move.Failover(t.Context())
	require.NoError(t, err)
	for _, r := range results {
		if r.Step == "restore the files" {
			assert.Equal(t, steps.Done, r.State, "the move has a job of its own")
		}
	}
	assert.Equal(t, 2, w.FileSystems(regions.Recovery))
}

func TestAMoveFromCopiesEndsWithItsContext(t *testing.T) {
	_, move := beginCopies(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := move.Failover(ctx)
	require.ErrorIs(t, err, context.Canceled)
}
