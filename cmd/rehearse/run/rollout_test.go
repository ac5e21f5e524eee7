package main

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// inAccount returns the dev stack's scaling group and its nodes as AWS has them.
func inAccount(t *testing.T, s *rehearsal.Session) (group, nodes *awstypes.Resource) {
	t.Helper()
	server, isSimulated := s.Cloud().(*simaws.Server)
	require.True(t, isSimulated)
	read := func(token string) *awstypes.Resource {
		found, err := server.Read(account.Request{Region: "us-east-1", Token: token, ID: "morpheus-dev"})
		require.NoError(t, err, token)
		return found
	}
	return read(awstoken.AutoScalingGroup), read(awstypes.ScalingNodes)
}

// drifted changes something outside Pulumi, as AWS or a person does.
func drifted(t *testing.T, s *rehearsal.Session, token, property string, value any) {
	t.Helper()
	_, err := s.Cloud().Drift(token, property, value)
	require.NoError(t, err)
}

// A launch hook may hold a new node for an hour. The provider cancels the refresh that is under way, waits for 15
// minutes and fails; the group then has the new template, and no later update starts a refresh.
func TestAnUpdateThatCannotCancelARefreshIsRepairedByAnotherRollout(t *testing.T) {
	s, ctx := deployed(t, "dev", rehearsal.Setting{Key: "cluster.minSize", Value: "2"})
	drifted(t, s, awstypes.ScalingNodes, "held", true)
	volume := func(gib string) error {
		require.NoError(t, s.SetConfig(rehearsal.Setting{Key: "cluster.rootVolumeGiB", Value: gib}))
		preview, err := s.Preview(ctx)
		require.NoError(t, err)
		assert.Contains(t, strings.Join(preview.Warnings, ""), "cluster: this update replaces every node, one after the other",
			"a plan shows only that the group is updated")
		_, err = s.Up(ctx)
		return err
	}
	require.NoError(t, volume("210"), "the first refresh starts, and its new node boots")
	require.ErrorContains(t, volume("220"), "timeout while waiting for state to become 'Cancelled'",
		"the rehearsal must find what happens in AWS")

	_, err := s.Up(ctx)
	require.NoError(t, err)
	group, nodes := inAccount(t, s)
	require.True(t, awstypes.Mixed(group, nodes), "a plain update sees no change: the nodes keep the old template")

	// docs/nodes.md, "A change while a rollout is under way".
	drifted(t, s, awstypes.ScalingNodes, "refresh", "Cancelled")
	drifted(t, s, awstypes.ScalingNodes, "held", false)
	require.NoError(t, s.SetConfig(rehearsal.Setting{Key: "cluster.rollout", Value: "1"}))
	result, err := s.Up(ctx)
	require.NoError(t, err)
	assert.Contains(t, strings.Join(result.Warnings, ""), "replaces the nodes that do not have the group's launch template")
	assert.Equal(t, []string{"cluster-group"}, resources(result), "another number changes nothing but the group")
	group, nodes = inAccount(t, s)
	assert.False(t, awstypes.Mixed(group, nodes), "another number of cluster.rollout must start the refresh")

	result, err = s.Up(ctx)
	require.NoError(t, err)
	assert.Empty(t, resources(result), "the number stays, and nothing more is rolled out")
}

// resources are the names of the changed resources without the components, whose inputs are the configuration.
func resources(result *rehearsal.Result) []string {
	var out []string
	for _, name := range names(result.Changes, apitype.OpUpdate, apitype.OpCreate, apitype.OpReplace, apitype.OpDelete) {
		if name != "cluster" {
			out = append(out, name)
		}
	}
	return out
}

// fiveNodes are the most that dev may have, on a database with connections for them.
var fiveNodes = []rehearsal.Setting{
	{Key: "cluster.maxSize", Value: "5"}, {Key: "database.instanceClass", Value: "db.r5.large"},
}

// After a change of the smallest size the provider waits for exactly the desired capacity of the state, until its
// time-out of hours.
func TestTheSmallestSizeCanChangeWhileScalingHasRaisedTheGroup(t *testing.T) {
	s, ctx := deployed(t, "dev", fiveNodes...)
	for _, size := range []string{"2", "1"} {
		drifted(t, s, awstoken.AutoScalingGroup, "desiredCapacity", 4.0)
		require.NoError(t, s.SetConfig(rehearsal.Setting{Key: "cluster.minSize", Value: size}))
		_, err := s.Up(ctx)
		require.NoError(t, err, "from four nodes to a smallest size of %s", size)
		group, _ := inAccount(t, s)
		assert.InDelta(t, 4.0, group.State["desiredCapacity"], 0, "scaling has chosen four nodes")
		result, err := s.Up(ctx)
		require.NoError(t, err)
		assert.Empty(t, resources(result), "the next update leaves the desired capacity to scaling again")
	}
}

// A schedule changes the sizes of the group. They are no drift that an update repairs.
func TestAnUpdateKeepsTheSizesOfASchedule(t *testing.T) {
	s, ctx := deployed(t, "dev", append(fiveNodes, rehearsal.Setting{
		Key: "cluster.schedules", Value: `[{"name":"day","recurrence":"0 7 * * *","minSize":2,"maxSize":4}]`,
	})...)
	drifted(t, s, awstoken.AutoScalingGroup, "minSize", 2.0)
	drifted(t, s, awstoken.AutoScalingGroup, "maxSize", 4.0)
	for _, refresh := range []bool{false, true} {
		if refresh {
			_, err := s.Refresh(ctx)
			require.NoError(t, err)
		}
		result, err := s.Up(ctx)
		require.NoError(t, err)
		assert.Empty(t, resources(result), "after a refresh (%v) the schedule's sizes are not undone", refresh)
		group, _ := inAccount(t, s)
		assert.InDelta(t, 2.0, group.State["minSize"], 0, "after a refresh: %v", refresh)
	}
	// In the evening somebody, or another schedule, sets the sizes of the configuration.
	drifted(t, s, awstoken.AutoScalingGroup, "minSize", 1.0)
	drifted(t, s, awstoken.AutoScalingGroup, "maxSize", 5.0)
	require.NoError(t, s.SetConfig(rehearsal.Setting{Key: "cluster.minSize", Value: "3"}))
	_, err := s.Up(ctx)
	require.NoError(t, err)
	group, _ := inAccount(t, s)
	assert.InDelta(t, 3.0, group.State["minSize"], 0, "no schedule is in force: the configuration decides")
}

// The provider takes a failed launch for final, so a wrong quota or key is reported at once. A lack of capacity looks
// the same: the first update fails, and the next one must finish the stack with the group that there is.
func TestAFailedLaunchEndsTheFirstUpdateAndTheNextOneGoesOn(t *testing.T) {
	s, ctx := undeployed(t, "dev")
	server, isSimulated := s.Cloud().(*simaws.Server)
	require.True(t, isSimulated)
	preview, err := s.Preview(ctx)
	require.NoError(t, err)
	planned := names(preview.Changes, apitype.OpCreate)

	server.Shortage("us-east-1", "us-east-1b", "t3.xlarge", "t3a.xlarge", "m5.xlarge", "m5a.xlarge")
	first, err := s.Up(ctx)
	require.ErrorContains(t, err, "InsufficientInstanceCapacity", "it must not wait for hours")
	require.ErrorContains(t, err, "(us-east-1b)")
	group, _ := inAccount(t, s)
	require.NotNil(t, group, "AWS keeps the group, and tries again by itself")
	made := names(first.Changes, apitype.OpCreate)
	assert.NotContains(t, made, "cluster-cpu", "what waits for the group is missing until the next update")

	server.Shortage("us-east-1", "us-east-1b")
	second, err := s.Up(ctx)
	require.NoError(t, err)
	assert.Empty(t, names(second.Changes, apitype.OpReplace, apitype.OpDelete, apitype.OpCreateReplacement),
		"no node that AWS has launched meanwhile is lost")
	assert.Contains(t, names(second.Changes, apitype.OpCreate), "cluster-cpu")
	made = append(made, names(second.Changes, apitype.OpCreate, apitype.OpUpdate)...)
	assert.Subset(t, made, planned, "after both updates the stack must be whole")
	third, err := s.Up(ctx)
	require.NoError(t, err)
	assert.Empty(t, resources(third))
}
