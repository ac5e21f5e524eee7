package validate

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

func (s *Subject) nodeChecks() []check.Check {
	const group = "nodes"
	return []check.Check{
		{
			ID: "nodes-in-service", Group: group, Severity: check.Error,
			Asks: "are as many nodes in service as the group wants?",
			Do:   "read the reason of the last failed boot: docs/nodes.md, \"When a boot fails\"",
			Run:  s.nodesInService,
		},
		{
			ID: "nodes-zones", Group: group, Severity: check.Error,
			Asks: "are the nodes spread over the zones?",
			Do:   "wait until the group has balanced itself; otherwise look for capacity errors: aws autoscaling describe-scaling-activities",
			Run:  s.nodesZones,
		},
		{
			ID: "nodes-processes", Group: group, Severity: check.Error,
			Asks: "does the group run all of its processes?",
			Do:   "resume them: aws autoscaling resume-processes; somebody has suspended them for work by hand (docs/nodes.md)",
			Run:  s.nodesProcesses,
		},
		{
			ID: "nodes-rollout", Group: group, Severity: check.Error,
			Asks: "has the last rollout succeeded?",
			Do:   "repair the cause and run pulumi up again: docs/monitoring.md, \"cluster-refresh-failed\"",
			Run:  s.nodesRollout,
		},
		{
			ID: "nodes-room", Group: group, Severity: check.Warning,
			Asks: "may the group still grow?",
			Do:   "raise cluster.maxSize if the load is real",
			Run:  s.nodesRoom,
		},
		{
			ID: "nodes-release", Group: group, Severity: check.Error,
			Asks: "do all nodes run the configured release of Morpheus?",
			Do:   "wait for the rollout, or start it with pulumi up: docs/nodes.md, \"Upgrades\"",
			Run:  s.nodesRelease,
		},
		{
			ID: "nodes-metadata", Group: group, Severity: check.Error,
			Asks: "do all nodes require tokens for their metadata?",
			Do:   "replace the node: aws autoscaling terminate-instance-in-auto-scaling-group; new ones have the setting of the launch template",
			Run:  s.nodesMetadata,
		},
	}
}

// group returns the Auto Scaling group; nil if there is none.
func (s *Subject) group(ctx context.Context) (*types.AutoScalingGroup, error) {
	found, err := s.Account.AutoScaling().DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{
		AutoScalingGroupNames: []string{s.Config.GroupName()},
	})
	if err != nil || len(found.AutoScalingGroups) == 0 {
		return nil, err
	}
	return &found.AutoScalingGroups[0], nil
}

// ofGroup judges the group, if there is one.
func (s *Subject) ofGroup(ctx context.Context, judge func(*types.AutoScalingGroup) (check.Result, error)) (check.Result, error) {
	group, err := s.group(ctx)
	switch {
	case err != nil:
		return check.Result{}, err
	case group == nil:
		return check.Finding("the account has no group %s", s.Config.GroupName()), nil
	}
	return judge(group)
}

// serving are the instances in service.
func serving(group *types.AutoScalingGroup) []types.Instance {
	var out []types.Instance
	for _, instance := range group.Instances {
		if instance.LifecycleState == types.LifecycleStateInService && aws.ToString(instance.HealthStatus) == "Healthy" {
			out = append(out, instance)
		}
	}
	return out
}

func (s *Subject) nodesInService(ctx context.Context) (check.Result, error) {
	return s.ofGroup(ctx, func(group *types.AutoScalingGroup) (check.Result, error) {
		n, want := len(serving(group)), int(aws.ToInt32(group.DesiredCapacity))
		if n < want || n < s.Config.Cluster.LeastNodes() {
			return check.Finding("%d nodes are in service and healthy, %d are wanted", n, max(want, s.Config.Cluster.LeastNodes())), nil
		}
		return check.Pass("%d nodes are in service and healthy", n), nil
	})
}

func (s *Subject) nodesZones(ctx context.Context) (check.Result, error) {
	return s.ofGroup(ctx, func(group *types.AutoScalingGroup) (check.Result, error) {
		var zones []string
		nodes := serving(group)
		for _, instance := range nodes {
			zones = append(zones, aws.ToString(instance.AvailabilityZone))
		}
		zones = distinct(zones)
		if want := min(len(nodes), len(s.zones())); len(zones) < want {
			return check.Finding("%d nodes are in %d zones only: %s", len(nodes), len(zones), strings.Join(zones, ", ")), nil
		}
		return check.Pass("%d nodes are in %s", len(nodes), strings.Join(zones, ", ")), nil
	})
}

func (s *Subject) nodesProcesses(ctx context.Context) (check.Result, error) {
	return s.ofGroup(ctx, func(group *types.AutoScalingGroup) (check.Result, error) {
		var names []string
		for _, process := range group.SuspendedProcesses {
			names = append(names, aws.ToString(process.ProcessName)+" is suspended")
		}
		return check.Judge(names, "no process is suspended"), nil
	})
}

func (s *Subject) nodesRollout(ctx context.Context) (check.Result, error) {
	name := s.Config.GroupName()
	found, err := s.Account.AutoScaling().DescribeInstanceRefreshes(ctx, &autoscaling.DescribeInstanceRefreshesInput{
		AutoScalingGroupName: &name, MaxRecords: aws.Int32(1),
	})
	if err != nil {
		return check.Result{}, err
	}
	if len(found.InstanceRefreshes) == 0 {
		return check.Pass("there was no rollout yet"), nil
	}
	last := found.InstanceRefreshes[0]
	switch last.Status {
	case types.InstanceRefreshStatusSuccessful:
		return check.Pass("the last rollout has succeeded"), nil
	case types.InstanceRefreshStatusPending, types.InstanceRefreshStatusInProgress, types.InstanceRefreshStatusBaking:
		return check.Warn("a rollout is under way: %d percent", aws.ToInt32(last.PercentageComplete)), nil
	}
	return check.Finding("the last rollout is %s: %s", last.Status, aws.ToString(last.StatusReason)), nil
}

func (s *Subject) nodesRoom(ctx context.Context) (check.Result, error) {
	return s.ofGroup(ctx, func(group *types.AutoScalingGroup) (check.Result, error) {
		want, most := aws.ToInt32(group.DesiredCapacity), aws.ToInt32(group.MaxSize)
		if want >= most {
			return check.Finding("the group wants %d nodes, which is its maximum", want), nil
		}
		return check.Pass("the group wants %d nodes and may have %d", want, most), nil
	})
}

func (s *Subject) nodesRelease(ctx context.Context) (check.Result, error) {
	want := s.Config.Morpheus.Version
	return s.ofNodes(ctx, "run "+want, func(node ec2types.Instance) string {
		for _, tag := range node.Tags {
			if aws.ToString(tag.Key) == "morpheus:version" && aws.ToString(tag.Value) != want {
				return fmt.Sprintf("%s runs %s, not %s", aws.ToString(node.InstanceId), aws.ToString(tag.Value), want)
			}
		}
		return ""
	})
}

func (s *Subject) nodesMetadata(ctx context.Context) (check.Result, error) {
	return s.ofNodes(ctx, "require tokens", func(node ec2types.Instance) string {
		if o := node.MetadataOptions; o != nil && o.HttpTokens != ec2types.HttpTokensStateRequired {
			return aws.ToString(node.InstanceId) + " gives metadata without a token"
		}
		return ""
	})
}

// ofNodes judges each running node.
func (s *Subject) ofNodes(ctx context.Context, all string, problem func(ec2types.Instance) string) (check.Result, error) {
	n := 0
	var problems []string
	pages := ec2.NewDescribeInstancesPaginator(s.Account.EC2(), &ec2.DescribeInstancesInput{Filters: []ec2types.Filter{
		{Name: aws.String("tag:aws:autoscaling:groupName"), Values: []string{s.Config.GroupName()}},
		{Name: aws.String("instance-state-name"), Values: []string{"running"}},
	}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return check.Result{}, err
		}
		for _, reservation := range page.Reservations {
			for _, node := range reservation.Instances {
				n++
				if p := problem(node); p != "" {
					problems = append(problems, p)
				}
			}
		}
	}
	if n == 0 {
		return check.Finding("no node of %s is running", s.Config.GroupName()), nil
	}
	return check.Judge(problems, "all %d nodes %s", n, all), nil
}
