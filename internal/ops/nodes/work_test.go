package nodes

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// groupOf answers with nodes by their states.
func groupOf(states ...string) opstest.Stub {
	var list l
	for i, state := range states {
		list = append(list, m{
			"InstanceId": "i-" + string(rune('a'+i)), "LifecycleState": state, "HealthStatus": "Healthy", "AvailabilityZone": "us-east-1a",
		})
	}
	return opstest.Stub{Call: "autoscaling DescribeAutoScalingGroups", Answer: m{"AutoScalingGroups": l{m{
		"AutoScalingGroupName": "morpheus-prod", "DesiredCapacity": 3, "Instances": list, "TargetGroupARNs": []string{"arn:nodes"},
	}}}}
}

func refreshes(status string) opstest.Stub {
	return opstest.Stub{Call: "autoscaling DescribeInstanceRefreshes", Answer: m{"InstanceRefreshes": l{m{"Status": status}}}}
}

func TestANodeThatTheOthersCannotMakeUpForIsLeftAlone(t *testing.T) {
	const in = "InService"
	for _, c := range []struct {
		name   string
		states []string
		least  int
		status string
		says   string
	}{
		{"three", []string{in, in, in}, 3, "Successful", ""},
		{"one boots", []string{in, in, "Pending:Wait"}, 3, "Successful",
			"i-a must stay: without it 1 nodes are in service and healthy, and 2 are the least"},
		{"a group of two", []string{in, in}, 2, "Successful", ""},
		{"a group of two with one", []string{in, "Terminating:Wait"}, 2, "Successful", "without it 0 nodes"},
		{"a group of one", []string{in}, 1, "Successful", ""},
		{"rollout", []string{in, in, in}, 3, "InProgress", "a rollout replaces the nodes"},
		{"another node", []string{"Pending"}, 3, "Successful", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &Group{Name: "morpheus-prod", Account: opstest.NewAccount(t).Account(t, groupOf(c.states...), refreshes(c.status))}
			node := "i-a"
			if c.name == "another node" {
				node, c.says = "i-x", "i-x is no node of morpheus-prod, which has i-a"
			}
			err := g.Spare(t.Context(), node, "reboot "+node, c.least)
			if c.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestADrainKeepsTheSizeOfTheGroup(t *testing.T) {
	g, ids := newGroup(t)
	_, err := steps.Run(t.Context(), g.Drain(ids[0], 3), steps.Options{Clock: g.Clock})
	require.NoError(t, err)
	serving, err := g.Serving(t.Context())
	require.NoError(t, err)
	require.Len(t, serving, 3)
	for _, n := range serving {
		assert.NotEqual(t, ids[0], n.ID)
	}
	results, err := steps.Run(t.Context(), g.Drain(ids[0], 3), steps.Options{Clock: g.Clock})
	require.NoError(t, err)
	for _, r := range results {
		assert.Equal(t, steps.Already, r.State, "a second run must not terminate a second node")
	}
}

func TestARebootIsOverWhenTheNodeHasStartedAgainAndServes(t *testing.T) {
	says := func(text string) m {
		return m{"Status": "Success", "StatusDetails": "Success", "StandardOutputContent": text + "\n"}
	}
	var sent []string
	rebooted, asked := 0, 0
	g, ids := newGroup(t,
		sends(&sent),
		invocations(says("start-1"), says("start-1"), m{"Status": "TimedOut", "StatusDetails": "DeliveryTimedOut"}, says("start-2"),
			says("running: step secrets"), says("started"), says("current")),
		opstest.Stub{Call: "ec2 RebootInstances", Reply: func(string) (map[string]any, string) {
			rebooted++
			return m{}, ""
		}},
		opstest.Stub{Call: "elbv2 DescribeTargetHealth", Reply: func(string) (map[string]any, string) {
			asked++
			return m{"TargetHealthDescriptions": l{m{
				"Target": m{"Id": "i-a"}, "TargetHealth": m{"State": []string{"unhealthy", "healthy"}[min(asked-1, 1)]},
			}}}, ""
		}},
		groupOf("InService"))
	_ = ids
	results, err := steps.Run(t.Context(), g.Reboot("i-a"), steps.Options{Clock: g.Clock})
	require.NoError(t, err)
	assert.Equal(t, 1, rebooted)
	assert.Equal(t, 2, asked, "until the load balancer sees it")
	assert.Len(t, results, 3)
}

// TestTheDocumentHasThePermissionsOfWorkOnNodes: the calls are those of the tests of this package.
func TestTheDocumentHasThePermissionsOfWorkOnNodes(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(opstest.Repository(), "docs", "operations.md"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(page), "<!-- node-permissions:begin -->")
	require.True(t, found)
	listed, _, _ := strings.Cut(rest, "<!-- node-permissions:end -->")
	for _, action := range opstest.Permissions(strings.ReplaceAll(listed, "`", `"`)) {
		assert.Fail(t, "docs/"+"operations.md lacks a permission", action)
	}
}
