package main

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
)

// Development has the least protection: neither Pulumi nor AWS refuses to delete its resources. The whole matrix takes
// minutes: go run ./cmd/rehearse ways.
func TestNoWayOfUpdatingLosesData(t *testing.T) {
	s, ctx := deployed(t, "dev")
	sample := func(tier, way string) bool {
		return tier == "filesystem" || tier == "database" && way == "--replace" || tier == "key" && way == "up"
	}
	m, err := s.Ways(ctx, sample, func(c rehearsal.Cell) {
		assert.NotEqual(t, rehearsal.Lost, c.Verdict, "%s, %s: no update may replace or delete data without "+
			"permission: %s", c.Tier, c.Way, c.Reason)
		t.Logf("%-20s %-18s %-8s %s", c.Tier, c.Way, c.Verdict, strings.ReplaceAll(c.Reason, "\n", " "))
	})
	require.NoError(t, err)
	held, all := m.Held()
	t.Logf("%d of %d kept", held, all)
	result, err := s.Up(ctx)
	require.NoError(t, err, "a refused update must not leave the stack in a state that refuses the next one")
	assert.Empty(t, names(result.Changes, apitype.OpReplace, apitype.OpDelete))
}

func set(t *testing.T, s *rehearsal.Session, key, value string) {
	t.Helper()
	require.NoError(t, s.SetConfig(rehearsal.Setting{Key: key, Value: value}))
}

// AWS cannot change the scheme of a load balancer. The way is that of a data tier.
func TestTheSchemeOfAProtectedLoadBalancerCanChange(t *testing.T) {
	s, ctx := deployed(t, "prod")
	set(t, s, "monitoring.healthCheck", "false") // from the internet nobody reaches an internal load balancer
	_, err := s.Up(ctx)
	require.NoError(t, err)
	set(t, s, "loadBalancer.scheme", "internal")
	set(t, s, "network.allowedClientCidrs", "[10.0.0.0/8]")
	_, err = s.Up(ctx)
	require.ErrorContains(t, err, `nothing has been changed. If that is meant, add "loadbalancer" to safety.allowReplace`)
	set(t, s, "safety.allowReplace", "[loadbalancer]")
	_, err = s.Up(ctx)
	require.ErrorContains(t, err, "is allowed only now; run `pulumi up` with safety.allowReplace alone first",
		"AWS would refuse to delete the old load balancer at the end of the update")

	set(t, s, "loadBalancer.scheme", "internet-facing")
	set(t, s, "network.allowedClientCidrs", "[203.0.113.0/24]")
	result, err := s.Up(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"loadbalancer", "loadbalancer-alb"}, names(result.Changes, apitype.OpUpdate),
		"only the load balancer may lose its protection")

	set(t, s, "loadBalancer.scheme", "internal")
	set(t, s, "network.allowedClientCidrs", "[10.0.0.0/8]")
	result, err = s.Up(ctx)
	require.NoError(t, err)
	replaced := names(result.Changes, apitype.OpReplace)
	assert.Contains(t, replaced, "loadbalancer-alb")
	assert.NotContains(t, replaced, "loadbalancer-nodes", "the nodes must stay in their target group")
	set(t, s, "safety.allowReplace", "[]")
	result, err = s.Up(ctx)
	require.NoError(t, err)
	assert.Empty(t, names(result.Changes, apitype.OpReplace, apitype.OpDelete))
	assert.Contains(t, strings.Join(result.Protected, " "), "loadbalancer-alb")
}

// A final snapshot keeps the name of its cluster's settings. Without another name for each cluster, the next deletion
// would fail, after the instances are gone.
func TestEachReplacedDatabaseLeavesItsOwnSnapshot(t *testing.T) {
	s, ctx := deployed(t, "prod", rehearsal.Setting{Key: "safety.allowReplace", Value: "[database]"})
	snapshots := func() int {
		return strings.Count(strings.Join(s.Cloud().Kept(), "\n"), "database snapshot morpheus-prod-final-")
	}
	all, err := s.State(ctx)
	require.NoError(t, err)
	urn := ""
	for _, made := range all {
		if made.Name == "database-cluster" {
			urn = made.URN
		}
	}
	for i := range 2 {
		result, err := s.UpWith(ctx, optup.Replace([]string{urn}))
		require.NoError(t, err, "safety.allowReplace names the database")
		assert.Contains(t, names(result.Changes, apitype.OpReplace), "database-cluster")
		assert.Equal(t, i+1, snapshots(), "each cluster must leave a snapshot of its own")
	}
	set(t, s, "database.name", "other")
	_, err = s.Up(ctx)
	require.NoError(t, err)
	assert.Equal(t, 3, snapshots(), "the snapshot keeps the name of the old cluster")
}
