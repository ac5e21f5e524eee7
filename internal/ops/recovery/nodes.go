package recovery

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	dns "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// launching are the processes that could start a node in a fenced group: schedules set sizes of their own.
var launching = []string{"Launch", "ReplaceUnhealthy", "ScheduledActions"}

// group of a side; nil for none.
func group(ctx context.Context, side Side) (*types.AutoScalingGroup, error) {
	found, err := side.API.Groups.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{
		AutoScalingGroupNames: []string{side.Group},
	})
	if err != nil {
		return nil, fmt.Errorf("describe the group %s: %w", side.Group, err)
	}
	if len(found.AutoScalingGroups) == 0 {
		return nil, nil //nolint:nilnil // the stack has no nodes
	}
	return &found.AutoScalingGroups[0], nil
}

func suspended(g *types.AutoScalingGroup) []string {
	var out []string
	for _, p := range g.SuspendedProcesses {
		out = append(out, aws.ToString(p.ProcessName))
	}
	return out
}

// fence keeps the nodes of a region from writing. Nothing starts one there until release. In a region that is gone the
// step stays open: until it is done, a node that comes back finds rows that it can read only, because AWS makes the
// old writer a reader, and its files are overwritten by the failback. After a failover from copies nothing but this step
// keeps it from writing: the old rows and files are apart.
func (m *Move) fence(side Side, name string) steps.Step {
	return steps.Step{
		Name: name, Does: "set the group " + side.Group + " in " + side.Region + " to no nodes", Limit: drainLimit,
		MayBeLost: true,
		Done: func(ctx context.Context) (bool, error) {
			// Once the side serves again, it must not be stopped by a run that goes on.
			if side.Region == m.To.Region {
				if writes, _, err := m.writes(ctx, m.To.ClusterArn); err != nil || writes {
					return writes, err
				}
			}
			g, err := group(ctx, side)
			if err != nil || g == nil {
				return err == nil, err
			}
			now := suspended(g)
			for _, process := range launching {
				if !slices.Contains(now, process) {
					return false, nil
				}
			}
			return len(g.Instances) == 0 && aws.ToInt32(g.MaxSize) == 0, nil
		},
		Do: func(ctx context.Context) error {
			_, err := side.API.Groups.SuspendProcesses(ctx, &autoscaling.SuspendProcessesInput{
				AutoScalingGroupName: &side.Group, ScalingProcesses: launching,
			})
			if err != nil {
				return err
			}
			_, err = side.API.Groups.UpdateAutoScalingGroup(ctx, &autoscaling.UpdateAutoScalingGroupInput{
				AutoScalingGroupName: &side.Group, MinSize: aws.Int32(0), MaxSize: aws.Int32(0), DesiredCapacity: aws.Int32(0),
			})
			return err
		},
	}
}

// release lets the group of the new region start nodes: it was fenced if the region served before.
func (m *Move) release() steps.Step {
	return steps.Step{
		Name: "let nodes start", Does: fmt.Sprintf("set the group %s to %d..%d nodes", m.To.Group, m.To.MinSize, m.To.MaxSize),
		Limit: shortLimit,
		Done: func(ctx context.Context) (bool, error) {
			g, err := group(ctx, m.To)
			if err != nil || g == nil {
				return false, err
			}
			return len(g.SuspendedProcesses) == 0 && aws.ToInt32(g.MinSize) >= m.To.MinSize, nil
		},
		Do: func(ctx context.Context) error {
			g, err := group(ctx, m.To)
			if err != nil {
				return err
			}
			if g == nil {
				return fmt.Errorf("there is no group %s in %s", m.To.Group, m.To.Region)
			}
			_, err = m.To.API.Groups.ResumeProcesses(ctx, &autoscaling.ResumeProcessesInput{
				AutoScalingGroupName: &m.To.Group, ScalingProcesses: launching,
			})
			if err != nil {
				return err
			}
			_, err = m.To.API.Groups.UpdateAutoScalingGroup(ctx, &autoscaling.UpdateAutoScalingGroupInput{
				AutoScalingGroupName: &m.To.Group, MinSize: &m.To.MinSize, MaxSize: &m.To.MaxSize,
			})
			return err
		},
	}
}

// inService waits for the nodes. The group counts one when the load balancer does.
func (m *Move) inService() steps.Step {
	return steps.Step{
		Name: "nodes serve", Does: fmt.Sprintf("wait for %d healthy nodes of %s", m.To.MinSize, m.To.Group), Limit: nodesLimit,
		Done: func(ctx context.Context) (bool, error) {
			g, err := group(ctx, m.To)
			if err != nil || g == nil {
				return false, err
			}
			healthy := int32(0)
			for _, node := range g.Instances {
				if node.LifecycleState == types.LifecycleStateInService && aws.ToString(node.HealthStatus) == "Healthy" {
					healthy++
				}
			}
			return healthy >= m.To.MinSize, nil
		},
		Do: func(context.Context) error { return nil },
	}
}

// moveName makes the appliance's name lead to the new region.
func (m *Move) moveName() steps.Step {
	return steps.Step{
		Name: "move the name", Does: "make " + m.HostName + " lead to the load balancer in " + m.To.Region, Limit: shortLimit,
		Done: func(ctx context.Context) (bool, error) {
			if m.ZoneID == "" {
				return true, nil // the record is the user's
			}
			serves, err := m.To.Stack.Serves(ctx)
			if err != nil || !serves {
				return false, err
			}
			wanted, err := m.To.Stack.Alias(ctx)
			if err != nil {
				return false, err
			}
			found, err := m.DNS.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{
				HostedZoneId: &m.ZoneID, StartRecordName: &m.HostName, StartRecordType: dns.RRTypeA, MaxItems: aws.Int32(1),
			})
			if err != nil {
				return false, fmt.Errorf("list the record of %s: %w", m.HostName, err)
			}
			for _, set := range found.ResourceRecordSets {
				if same(aws.ToString(set.Name), m.HostName) && set.AliasTarget != nil {
					return same(aws.ToString(set.AliasTarget.DNSName), wanted.Name), nil
				}
			}
			return false, nil
		},
		Do: func(ctx context.Context) error {
			wanted, err := m.To.Stack.Alias(ctx)
			if err != nil {
				return err
			}
			_, err = m.DNS.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{
				HostedZoneId: &m.ZoneID,
				ChangeBatch: &dns.ChangeBatch{Changes: []dns.Change{{
					Action: dns.ChangeActionUpsert,
					ResourceRecordSet: &dns.ResourceRecordSet{
						Name: &m.HostName, Type: dns.RRTypeA,
						AliasTarget: &dns.AliasTarget{
							DNSName: &wanted.Name, HostedZoneId: &wanted.ZoneID, EvaluateTargetHealth: true,
						},
					},
				}}},
			})
			return err
		},
	}
}

// same compares two DNS names: Route 53 ends its own with a dot and may add "dualstack." before a load balancer's.
func same(a, b string) bool { return plain(a) == plain(b) }

func plain(name string) string {
	return strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(name), "."), "dualstack.")
}
