package drill

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// node terminates an instance with EC2, not with the group: the group must notice by itself, and no hook drains the node.
type node struct {
	*run
	victim string
}

// nodes in service and healthy, in the order of their ids.
func (r *run) nodes(ctx context.Context) ([]types.Instance, error) {
	name := r.subject.Config.GroupName()
	found, err := r.subject.Account.AutoScaling().DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{
		AutoScalingGroupNames: []string{name},
	})
	if err != nil {
		return nil, err
	}
	var out []types.Instance
	for _, group := range found.AutoScalingGroups {
		for _, i := range group.Instances {
			if i.LifecycleState == types.LifecycleStateInService && aws.ToString(i.HealthStatus) == "Healthy" {
				out = append(out, i)
			}
		}
	}
	slices.SortFunc(out, func(a, b types.Instance) int {
		return strings.Compare(aws.ToString(a.InstanceId), aws.ToString(b.InstanceId))
	})
	return out, nil
}

// leastSpare is how many of something there must be, so that one can be lost.
const leastSpare = 2

func nodeFacts(nodes []types.Instance) []Fact {
	var out []Fact
	for _, n := range nodes {
		out = append(out, Fact{Name: "node " + aws.ToString(n.InstanceId), Value: "in service in " + aws.ToString(n.AvailabilityZone)})
	}
	return out
}

func (d *node) look(ctx context.Context) ([]Fact, []string, error) {
	nodes, err := d.nodes(ctx)
	if err != nil {
		return nil, nil, err
	}
	if len(nodes) < leastSpare {
		return nil, []string{fmt.Sprintf("%d nodes are in service and healthy: the loss of one would be the loss of all", len(nodes))},
			nil
	}
	d.victim = aws.ToString(nodes[0].InstanceId)
	return nodeFacts(nodes), nil, nil
}

func (d *node) does() string {
	return fmt.Sprintf("terminate the node %s of %s (ec2 TerminateInstances)", d.victim, d.subject.Config.GroupName())
}

func (d *node) inject(ctx context.Context) error {
	_, err := d.subject.Account.EC2().TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: []string{d.victim}})
	return err
}

// noticed when the group no longer counts the node.
func (d *node) noticed(ctx context.Context) (bool, string, error) {
	nodes, err := d.nodes(ctx)
	if err != nil {
		return false, "", err
	}
	for _, n := range nodes {
		if aws.ToString(n.InstanceId) == d.victim {
			return false, "the group still counts " + d.victim, nil
		}
	}
	return true, "the group no longer counts " + d.victim, nil
}

func (d *node) whole(ctx context.Context) (bool, string, error) { return d.noticed(ctx) }
