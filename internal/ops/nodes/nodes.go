// Package nodes works on the nodes of a stack: it lists them, runs a script on one by AWS Systems Manager, and suspends
// processes of their group while somebody works on them. Its callers are commands that change something; what they
// change, and whether somebody has agreed to it, is theirs to decide.
package nodes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// Group is the Auto Scaling group of a stack. The zero value of Clock is the real time.
type Group struct {
	Account *account.Account
	// Name is the group's, such as morpheus-prod: Config.GroupName.
	Name  string
	Clock steps.Clock
}

// Node is an instance of the group.
type Node struct {
	// ID is the instance's, Zone its availability zone.
	ID, Zone string
	// State is its lifecycle state, such as InService or Terminating:Wait.
	State string
	// Healthy is what the group has been told, by EC2 or the load balancer.
	Healthy bool
}

// Serves reports whether the node is in service and healthy.
func (n Node) Serves() bool { return n.State == string(types.LifecycleStateInService) && n.Healthy }

// ErrNoGroup says that the account has no such group: the stack has no nodes, or it is another account or region.
var ErrNoGroup = errors.New("there is no Auto Scaling group of this name")

func (g *Group) clock() steps.Clock {
	if g.Clock == nil {
		return steps.RealTime{}
	}
	return g.Clock
}

func (g *Group) describe(ctx context.Context) (*types.AutoScalingGroup, error) {
	found, err := g.Account.AutoScaling().DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{
		AutoScalingGroupNames: []string{g.Name},
	})
	if err != nil {
		return nil, fmt.Errorf("describe the group %s: %w", g.Name, err)
	}
	if len(found.AutoScalingGroups) == 0 {
		return nil, fmt.Errorf("%s in %s: %w", g.Name, g.Account.Region(), ErrNoGroup)
	}
	return &found.AutoScalingGroups[0], nil
}

// All returns the nodes of the group in any state.
func (g *Group) All(ctx context.Context) ([]Node, error) {
	found, err := g.describe(ctx)
	if err != nil {
		return nil, err
	}
	var out []Node
	for _, i := range found.Instances {
		out = append(out, Node{
			ID: aws.ToString(i.InstanceId), Zone: aws.ToString(i.AvailabilityZone), State: string(i.LifecycleState),
			Healthy: strings.EqualFold(aws.ToString(i.HealthStatus), "Healthy"),
		})
	}
	return out, nil
}

// Refreshing reports whether AWS replaces the nodes: an instance refresh waits, runs or is being cancelled.
func (g *Group) Refreshing(ctx context.Context) (bool, error) {
	found, err := g.Account.AutoScaling().DescribeInstanceRefreshes(ctx, &autoscaling.DescribeInstanceRefreshesInput{
		AutoScalingGroupName: &g.Name, MaxRecords: aws.Int32(1),
	})
	if err != nil {
		return false, fmt.Errorf("describe the rollouts of %s: %w", g.Name, err)
	}
	for _, r := range found.InstanceRefreshes {
		switch r.Status {
		case types.InstanceRefreshStatusSuccessful, types.InstanceRefreshStatusFailed, types.InstanceRefreshStatusCancelled,
			types.InstanceRefreshStatusRollbackSuccessful, types.InstanceRefreshStatusRollbackFailed:
		default:
			return true, nil
		}
	}
	return false, nil
}

// Rest is a step that waits until the group neither starts nor terminates a node, by itself or in a rollout.
func (g *Group) Rest() steps.Step {
	return steps.Step{
		Name: "wait for rest", Does: "wait until every node of " + g.Name + " is in service and no rollout runs",
		Limit: restLimit,
		Done: func(ctx context.Context) (bool, error) {
			if refreshing, err := g.Refreshing(ctx); err != nil || refreshing {
				return false, err
			}
			all, err := g.All(ctx)
			moving := func(n Node) bool { return n.State != string(types.LifecycleStateInService) }
			return err == nil && !slices.ContainsFunc(all, moving), err
		},
		Do: func(context.Context) error { return nil },
	}
}

// restLimit is for a boot and a drain, which take up to an hour each.
const restLimit = 2 * time.Hour

// Serving returns the nodes that are in service and healthy.
func (g *Group) Serving(ctx context.Context) ([]Node, error) {
	all, err := g.All(ctx)
	var out []Node
	for _, n := range all {
		if n.Serves() {
			out = append(out, n)
		}
	}
	return out, err
}
