package recovery_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/recovery"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/regions"
)

func TestTheServiceMovesToTheOtherRegionAndBack(t *testing.T) {
	for _, j := range regions.Journeys {
		moves, err := j.Run(t.Context(), 0)
		require.NoError(t, err)
		assert.NotEmpty(t, moves.Failover)
		assert.NotEmpty(t, moves.Failback)
	}
}

// Each changing call of a move is the place of one death: the second run finds what the first one did.
func TestAMoveThatIsKilledAnywhereIsTakenUpAgain(t *testing.T) {
	for _, j := range regions.Journeys {
		resumed, err := j.Kills(t.Context())
		require.NoError(t, err, j.Name)
		assert.Greater(t, resumed, 15, "%s: a move has more calls that change something", j.Name)
	}
}

func begin(t *testing.T, j regions.Journey) (*regions.World, *recovery.Move) {
	t.Helper()
	w, err := j.Begin()
	require.NoError(t, err)
	primary, other := w.Sides()
	move := w.Move(primary, other)
	move.Unplanned = j.Lost
	return w, move
}

func TestASecondRunChangesNothing(t *testing.T) {
	for _, j := range regions.Journeys {
		w, move := begin(t, j)
		_, err := move.Failover(t.Context())
		require.NoError(t, err)
		before := w.Calls
		results, err := move.Failover(t.Context())
		require.NoError(t, err)
		assert.Equal(t, before, w.Calls, "%s: a second run must find all done", j.Name)
		for _, r := range results {
			assert.Contains(t, []string{steps.Already, steps.Open}, r.State, r.Step)
		}
	}
}

func TestADryRunChangesNothing(t *testing.T) {
	for _, j := range regions.Journeys {
		w, move := begin(t, j)
		move.DryRun = true
		before := w.Calls
		results, err := move.Failover(t.Context())
		require.NoError(t, err)
		assert.Equal(t, before, w.Calls)
		assert.Greater(t, len(results), 8, "each step is shown")
	}
}

// The old region is fenced as soon as it is back: the same command again does it.
func TestTheOldRegionIsFencedWhenItIsBack(t *testing.T) {
	w, move := begin(t, regions.Journeys[1])
	results, err := move.Failover(t.Context())
	require.NoError(t, err)
	assert.Equal(t, steps.Open, results[0].State, "a region that is gone cannot be fenced")
	w.Return(regions.Primary)
	results, err = move.Failover(t.Context())
	require.NoError(t, err)
	assert.Equal(t, steps.Done, results[0].State)
	assert.ErrorContains(t, w.Write(regions.Primary, "stale"), "no node serves")
}

func TestAPlannedFailoverNeedsBothRegions(t *testing.T) {
	w, move := begin(t, regions.Journeys[0])
	w.Lose(regions.Primary)
	before := w.Calls
	_, err := move.Failover(t.Context())
	require.ErrorContains(t, err, "stop the nodes of the old region")
	assert.Equal(t, before, w.Calls, "nothing may be promoted by halves")
}

func TestAMoveEndsWithItsContext(t *testing.T) {
	_, move := begin(t, regions.Journeys[0])
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := move.Failover(ctx)
	require.ErrorIs(t, err, context.Canceled)
}
