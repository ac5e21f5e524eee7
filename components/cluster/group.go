package cluster

import (
	"maps"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

const (
	// warmupSeconds is how long after its start the load and the health of a node are ignored: Morpheus needs minutes to
	// start.
	warmupSeconds = 300

	// minHealthyPercent keeps the old nodes until the new ones serve.
	minHealthyPercent = 100
	// refreshMaxHealthyPercent makes a rollout replace one of three nodes at a time.
	refreshMaxHealthyPercent = 134
)

// groupMetrics must be listed: AWS collects none of them by default.
var groupMetrics = []string{
	"GroupDesiredCapacity",
	"GroupInServiceCapacity",
	"GroupInServiceInstances",
	"GroupMaxSize",
	"GroupMinSize",
	"GroupPendingInstances",
	"GroupStandbyInstances",
	"GroupTerminatingInstances",
	"GroupTotalInstances",
}

func (c *Cluster) group(
	ctx *pulumi.Context, name string, args *Args,
	template *ec2.LaunchTemplate, rolloutAlarm *cloudwatch.MetricAlarm, needs []pulumi.Resource,
) (*autoscaling.Group, error) {
	// Initial hooks cannot change: another value would replace the group and every node. hooks.go changes them in place.
	ignored := []string{"initialLifecycleHooks"}
	if args.scheduled() {
		// A schedule has set the sizes. After a refresh, the next update would set them back to those of the configuration.
		ignored = append(ignored, "minSize", "maxSize")
	}
	notice, err := rolloutNotice(ctx, name, args.StopAll)
	if err != nil {
		return nil, err
	}
	return autoscaling.NewGroup(ctx, naming.Child(name, "group"), &autoscaling.GroupArgs{
		Name:                 pulumi.String(args.Name),
		MinSize:              pulumi.Int(args.Settings.MinSize),
		MaxSize:              pulumi.Int(args.Settings.MaxSize),
		VpcZoneIdentifiers:   connection.SubnetIDs(args.Subnets),
		TargetGroupArns:      pulumi.StringArray{args.TargetGroupArn},
		DesiredCapacity:      args.desiredCapacity(),
		MixedInstancesPolicy: mixedInstances(args, template),

		// The launch hook delays health checks until the node serves. The grace period is for the load balancer, which
		// needs two successful checks.
		HealthCheckType:        pulumi.String("ELB"),
		HealthCheckGracePeriod: pulumi.Int(warmupSeconds),
		InitialLifecycleHooks:  args.initialHooks(),
		DefaultInstanceWarmup:  pulumi.Int(warmupSeconds),
		InstanceMaintenancePolicy: autoscaling.GroupInstanceMaintenancePolicyArgs{
			MinHealthyPercentage: pulumi.Int(minHealthyPercent),
			// The largest value that AWS takes with a minimum of 100, so that nodes lost together are replaced together.
			MaxHealthyPercentage: pulumi.Int(config.MaxHealthyPercent),
		},
		InstanceRefresh: refresh(args, rolloutAlarm),

		// A node counts when it serves. There is time for a second try of one node.
		WaitForCapacityTimeout: pulumi.Sprintf("%dm", args.capacityMinutes()),
		ForceDelete:            pulumi.Bool(false),
		EnabledMetrics:         pulumi.ToStringArray(groupMetrics),
		MetricsGranularity:     pulumi.String("1Minute"),
		Tags:                   append(groupTags(args.tags()), rolloutTag(args.Settings.Rollout)),
	}, pulumi.Parent(c), pulumi.DependsOn(needs), notice,
		pulumi.IgnoreChanges(ignored),
		// A node is terminated after its deregistration from the target group, which may take an hour, and after its drain.
		pulumi.Timeouts(&pulumi.CustomTimeouts{
			// The provider has no limit for a creation: it waits for the capacity.
			Update: minutes(args.capacityMinutes() + 10), Delete: "90m",
		}))
}

// desiredCapacity is left to scaling: each `pulumi up` would undo its choice. But when an update changes the smallest
// size, the provider waits for exactly the desired capacity that the state has, which scaling may have changed since.
// Such an update names what the group has now. The size may have changed in AWS already, as before a failover.
func (a *Args) desiredCapacity() pulumi.IntPtrInput {
	isSame := func() bool { return a.Live.MinSize == a.Settings.MinSize && a.Live.KnownMinSize == a.Settings.MinSize }
	if a.Live == nil || a.scheduled() || isSame() {
		return nil
	}
	return pulumi.Int(min(max(a.Live.DesiredCapacity, a.Settings.MinSize), a.Settings.MaxSize))
}

// scheduled reports whether the group has the sizes of one of its schedules.
func (a *Args) scheduled() bool {
	return a.Live != nil && slices.ContainsFunc(a.Settings.Schedules, func(s config.Schedule) bool {
		return s.MinSize == a.Live.MinSize && s.MaxSize == a.Live.MaxSize
	})
}

// capacityMinutes is how long `pulumi up` waits for the nodes, which set up one after the other.
func (a *Args) capacityMinutes() int {
	return (a.Settings.MinSize+1)*a.Settings.BootTimeoutMinutes + 10
}

func minutes(n int) string { return strconv.Itoa(n) + "m" }

// mixedInstances are on-demand nodes only, of the first type that is available in a zone.
func mixedInstances(args *Args, template *ec2.LaunchTemplate) autoscaling.GroupMixedInstancesPolicyArgs {
	overrides := make(autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArray, len(args.Settings.InstanceTypes))
	for i, t := range args.Settings.InstanceTypes {
		overrides[i] = autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArgs{InstanceType: pulumi.String(t)}
	}
	return autoscaling.GroupMixedInstancesPolicyArgs{
		InstancesDistribution: autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs{
			OnDemandAllocationStrategy:          pulumi.String("prioritized"),
			OnDemandBaseCapacity:                pulumi.Int(0),
			OnDemandPercentageAboveBaseCapacity: pulumi.Int(100),
		},
		LaunchTemplate: autoscaling.GroupMixedInstancesPolicyLaunchTemplateArgs{
			LaunchTemplateSpecification: autoscaling.GroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecificationArgs{
				LaunchTemplateId: template.ID(),
				// A number: with "$Latest" a change of the template would not change the group, and no refresh would start.
				Version: template.LatestVersion.ApplyT(strconv.Itoa).(pulumi.StringOutput),
			},
			Overrides: overrides,
		},
	}
}

// groupTags are in the order of their keys, so that two runs send the same request.
func groupTags(tags map[string]string) autoscaling.GroupTagArray {
	out := make(autoscaling.GroupTagArray, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, autoscaling.GroupTagArgs{
			Key:               pulumi.String(key),
			Value:             pulumi.String(tags[key]),
			PropagateAtLaunch: pulumi.Bool(true),
		})
	}
	return out
}
