package operator

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

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

type groups struct{ *inRegion }

func number(r *awstypes.Resource, property string) int32 {
	n, _ := r.State[property].(float64)
	return int32(n)
}

// suspended is the property with the processes that a group does not run.
const suspended = "suspendedProcesses"

func (g groups) DescribeAutoScalingGroups(
	_ context.Context, in *autoscaling.DescribeAutoScalingGroupsInput, _ ...func(*autoscaling.Options),
) (out *autoscaling.DescribeAutoScalingGroupsOutput, err error) {
	err = g.call(func(store awstypes.Store) error {
		out = &autoscaling.DescribeAutoScalingGroupsOutput{}
		found := named(store, awstoken.AutoScalingGroup, g.region, "name", in.AutoScalingGroupNames[0])
		if found == nil {
			return nil
		}
		group := types.AutoScalingGroup{
			MinSize: aws.Int32(number(found, "minSize")), MaxSize: aws.Int32(number(found, "maxSize")),
		}
		for _, process := range awstypes.Texts(found.State, suspended+"[]") {
			group.SuspendedProcesses = append(group.SuspendedProcesses, types.SuspendedProcess{ProcessName: &process})
		}
		for range number(found, "minSize") {
			group.Instances = append(group.Instances, types.Instance{
				LifecycleState: types.LifecycleStateInService, HealthStatus: aws.String("Healthy"),
			})
		}
		out.AutoScalingGroups = []types.AutoScalingGroup{group}
		return nil
	})
	return out, err
}

// change changes the group of a name.
func (g groups) change(name *string, do func(*awstypes.Resource)) error {
	return g.call(func(store awstypes.Store) error {
		found := named(store, awstoken.AutoScalingGroup, g.region, "name", aws.ToString(name))
		if found == nil {
			return fmt.Errorf("ValidationError: AutoScalingGroup name not found - %s", aws.ToString(name))
		}
		do(found)
		return nil
	})
}

func (g groups) UpdateAutoScalingGroup(
	_ context.Context, in *autoscaling.UpdateAutoScalingGroupInput, _ ...func(*autoscaling.Options),
) (*autoscaling.UpdateAutoScalingGroupOutput, error) {
	return &autoscaling.UpdateAutoScalingGroupOutput{}, g.change(in.AutoScalingGroupName, func(r *awstypes.Resource) {
		for property, size := range map[string]*int32{
			"minSize": in.MinSize, "maxSize": in.MaxSize, "desiredCapacity": in.DesiredCapacity,
		} {
			if size != nil {
				set(r, property, float64(*size))
			}
		}
	})
}

func (g groups) SuspendProcesses(
	_ context.Context, in *autoscaling.SuspendProcessesInput, _ ...func(*autoscaling.Options),
) (*autoscaling.SuspendProcessesOutput, error) {
	return &autoscaling.SuspendProcessesOutput{}, g.processes(in.AutoScalingGroupName, in.ScalingProcesses, true)
}

func (g groups) ResumeProcesses(
	_ context.Context, in *autoscaling.ResumeProcessesInput, _ ...func(*autoscaling.Options),
) (*autoscaling.ResumeProcessesOutput, error) {
	return &autoscaling.ResumeProcessesOutput{}, g.processes(in.AutoScalingGroupName, in.ScalingProcesses, false)
}

func (g groups) processes(name *string, processes []string, suspend bool) error {
	return g.change(name, func(r *awstypes.Resource) {
		var after []any
		for _, process := range awstypes.Texts(r.State, suspended+"[]") {
			if !slices.Contains(processes, process) {
				after = append(after, process)
			}
		}
		for _, process := range processes {
			if suspend {
				after = append(after, process)
			}
		}
		if after == nil {
			set(r, suspended, nil)
			return
		}
		set(r, suspended, after)
	})
}

type names struct{ *inRegion }

func (n names) record(store awstypes.Store, zone, name string) *awstypes.Resource {
	for _, r := range store.Resources(awstoken.Route53Record, "") {
		if r.State["zoneId"] == zone && strings.TrimSuffix(text(r.State, "name"), ".") == name && r.State["type"] == "A" {
			return r
		}
	}
	return nil
}

func (n names) ListResourceRecordSets(
	_ context.Context, in *route53.ListResourceRecordSetsInput, _ ...func(*route53.Options),
) (out *route53.ListResourceRecordSetsOutput, err error) {
	err = n.call(func(store awstypes.Store) error {
		out = &route53.ListResourceRecordSetsOutput{}
		found := n.record(store, aws.ToString(in.HostedZoneId), aws.ToString(in.StartRecordName))
		if found == nil {
			return nil
		}
		for _, target := range awstypes.Texts(found.State, "aliases[].name") {
			out.ResourceRecordSets = append(out.ResourceRecordSets, dns.ResourceRecordSet{
				Name: in.StartRecordName, Type: dns.RRTypeA, AliasTarget: &dns.AliasTarget{DNSName: &target},
			})
		}
		return nil
	})
	return out, err
}

func (n names) ChangeResourceRecordSets(
	_ context.Context, in *route53.ChangeResourceRecordSetsInput, _ ...func(*route53.Options),
) (*route53.ChangeResourceRecordSetsOutput, error) {
	return &route53.ChangeResourceRecordSetsOutput{}, n.call(func(store awstypes.Store) error {
		wanted := in.ChangeBatch.Changes[0].ResourceRecordSet
		found := n.record(store, aws.ToString(in.HostedZoneId), aws.ToString(wanted.Name))
		if found == nil {
			return &dns.InvalidChangeBatch{Messages: []string{"there is no record " + aws.ToString(wanted.Name)}}
		}
		set(found, "aliases", []any{map[string]any{
			"name": aws.ToString(wanted.AliasTarget.DNSName), "zoneId": aws.ToString(wanted.AliasTarget.HostedZoneId),
			"evaluateTargetHealth": wanted.AliasTarget.EvaluateTargetHealth,
		}})
		return nil
	})
}
