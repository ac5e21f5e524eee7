package change

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// TestAFailedRolloutIsStartedAgainByTheNextRun: the launch template is the new one already, so that no further update sees
// a change. A stop-all upgrade serves nobody meanwhile, and its guard would let AWS start no rollout.
func TestAFailedRolloutIsStartedAgainByTheNextRun(t *testing.T) {
	for _, c := range commands[:2] {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := c.world(t)
			w.fails = "the alarm cluster-rollout is on"
			err := w.run(t.Context(), c.plan, false)
			require.ErrorContains(t, err, "the rollout is Failed: the alarm cluster-rollout is on")
			require.ErrorContains(t, err, "run it again when that is repaired")
			require.Equal(t, 0, w.group.rollout)
			require.NoError(t, w.run(t.Context(), c.plan, false))
			assert.Equal(t, 1, w.group.rollout, "a further number starts a rollout")
			c.ended(t, w)
			if c.name == "morpheus" {
				rm, up := slices.Index(w.events, "rm cluster.rolloutGuard"), lastIndex(w.events, "up")
				assert.True(t, rm > 0 && rm < up, "the guard must be on again: %v", w.events)
			}
		})
	}
}

func lastIndex(events []string, name string) int {
	for i := len(events) - 1; i >= 0; i-- {
		if events[i] == name {
			return i
		}
	}
	return -1
}

// TestTheHoldIsEndedAlsoIfAnUpdateHasRemovedItsTag: the provider removes tags that it does not know when it runs twice, and
// suspended processes would replace no node that dies.
func TestTheHoldIsEndedAlsoIfAnUpdateHasRemovedItsTag(t *testing.T) {
	c := commands[1]
	w := c.world(t)
	w.killAt, w.after = slices.Index(c.order, "outputs")+1, false
	require.Error(t, w.run(t.Context(), c.plan, false))
	require.Len(t, w.group.suspended, 5)
	w.killAt, w.group.work, w.deployed = 0, "", newRelease
	require.NoError(t, w.run(t.Context(), c.plan, false))
	assert.Empty(t, w.group.suspended)
}

// TestAnUpgradeByNameIsRolling: with rolling in morpheus.upgrade the nodes serve, and nothing is stopped.
func TestAnUpgradeByNameIsRolling(t *testing.T) {
	w := newWorld(t)
	w.edit("morpheus.upgrade", "8.0.6 -> 8.0.7 rolling")
	require.NoError(t, w.run(t.Context(), toMorpheus, false))
	for _, event := range w.events {
		assert.False(t, strings.HasPrefix(event, "stop") || event == "SuspendProcesses", event)
	}
	assertSavedOnce(t, w)
}

// TestAUIThatDoesNotStopEndsTheUpgrade: the old release would write into the new schema.
func TestAUIThatDoesNotStopEndsTheUpgrade(t *testing.T) {
	w := newWorld(t)
	w.stubborn = true
	err := w.run(t.Context(), toMorpheus, false)
	require.ErrorContains(t, err, "stop: morpheus-ui still runs on i-")
	assert.NotContains(t, w.events, "up")
	assert.Len(t, w.group.suspended, 5, "stopped nodes must not be replaced meanwhile")
}

func TestWaitEndsWithTheReasonOfARolloutThatFailed(t *testing.T) {
	for status, says := range map[string]string{
		"Successful": "", "Failed": "the rollout is Failed: of the test", "Cancelled": "the rollout is Cancelled",
		"RollbackSuccessful": "the rollout is RollbackSuccessful",
	} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.refresh.status = "Pending"
			s, ctx := w.subject(t.Context())
			began := w.Now()
			var lines []string
			s.Say = func(line string) {
				lines = append(lines, line)
				if len(lines) == 3 {
					w.refresh.status, w.refresh.reason = status, "of the test"
				}
			}
			last, err := s.Wait(ctx)
			require.NotNil(t, last)
			assert.Equal(t, status, string(last.Status))
			assert.Equal(t, int(w.Now().Sub(began)/(10*time.Second)), len(lines), "a line at least every ten seconds")
			assert.Contains(t, lines[0], "rollout r-1: Pending, 40 percent, 2 nodes left")
			if says == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, says)
			}
		})
	}
}

// TestCancelDoesNotWaitForBootingNodes: a launch hook may hold one for an hour.
func TestCancelDoesNotWaitForBootingNodes(t *testing.T) {
	w := newWorld(t)
	w.refresh.status = "InProgress"
	s, ctx := w.subject(t.Context())
	plan := &Plan{Steps: []steps.Step{s.Cancel()}}
	require.NoError(t, s.Run(ctx, plan, steps.Options{DryRun: true}))
	assert.Equal(t, "InProgress", w.refresh.status)
	require.NoError(t, s.Run(ctx, plan, steps.Options{}))
	assert.Equal(t, "Cancelled", w.refresh.status, "WaitForTransitioningInstances must be false")
	require.NoError(t, s.Run(ctx, plan, steps.Options{}), "nothing is left to cancel")
	assert.Len(t, w.events, 1)
}

// TestThePatchReportNamesAgesAndNodesThatDoNotComply: a person decides by it.
func TestThePatchReportNamesAgesAndNodesThatDoNotComply(t *testing.T) {
	w := newWorld(t)
	w.group.nodes[1].image = "ami-0c1b2c3d4e5f60718"
	s, ctx := w.subject(t.Context())
	images, err := s.Images(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"configured: 20260115 (" + oldImage + "), 318 days old",
		"newest: 20261120 (" + newImage + "), 9 days old",
		"nodes: 2 of 3 run the configured image",
		"not compliant: " + w.group.nodes[1].id + " runs ami-0c1b2c3d4e5f60718, which is not there any more",
	}, images.Lines(time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)))
	plan, err := s.Patch(ctx, images, "")
	require.NoError(t, err)
	assert.Equal(t, []string{"ops patch --stack prod --to 20260115 --yes"}, plan.WayBack)
	plan, err = s.Patch(ctx, images, oldSerial)
	require.NoError(t, err)
	assert.Contains(t, plan.Warnings[0], "days old", "an old image warns")
	assert.Empty(t, plan.WayBack, "nothing changes")
}
