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
	// warmupSeconds is how long after its start a node's load says nothing about the group's, and its health is not
	// judged: Morpheus needs minutes to come up.
	warmupSeconds = 300

	// minHealthyPercent keeps the old nodes until the new ones run.
	minHealthyPercent = 100
	// refreshMaxHealthyPercent, for a rollout: of three nodes one at a time.
	refreshMaxHealthyPercent = 134
)

// groupMetrics must be listed: an alarm on a metric that is not collected stays silent.
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

func (c *Cluster) makeGroup(
	ctx *pulumi.Context, name string, args *Args, template *ec2.LaunchTemplate, guard *cloudwatch.MetricAlarm, needs []pulumi.Resource,
) (*autoscaling.Group, error) {
	return autoscaling.NewGroup(ctx, naming.Child(name, "group"), &autoscaling.GroupArgs{
		Name:               pulumi.String(args.Name),
		MinSize:            pulumi.Int(args.MinSize),
		MaxSize:            pulumi.Int(args.MaxSize),
		VpcZoneIdentifiers: connection.SubnetIDs(args.Placements),
		TargetGroupArns:    pulumi.StringArray{args.TargetGroupArn},
		// No DesiredCapacity: scaling owns it between the two sizes, and each `pulumi up` would undo its choice.
		MixedInstancesPolicy: mixedInstances(args, template),

		// The launch hook holds a node back until it serves, so its health is judged from then on; the grace is for the
		// load balancer, which must have seen it healthy twice.
		HealthCheckType:        pulumi.String("ELB"),
		HealthCheckGracePeriod: pulumi.Int(warmupSeconds),
		InitialLifecycleHooks:  args.initialHooks(),
		DefaultInstanceWarmup:  pulumi.Int(warmupSeconds),
		InstanceMaintenancePolicy: autoscaling.GroupInstanceMaintenancePolicyArgs{
			MinHealthyPercentage: pulumi.Int(minHealthyPercent),
			// The most that AWS takes beside a minimum of 100, so that nodes lost together are replaced together.
			MaxHealthyPercentage: pulumi.Int(config.MaxHealthyPercent),
		},
		InstanceRefresh: refresh(args, guard),

		// Nodes count when they serve; after a failed first try there is time for a second.
		WaitForCapacityTimeout: pulumi.Sprintf("%dm", args.capacityMinutes()),
		ForceDelete:            pulumi.Bool(false),
		EnabledMetrics:         pulumi.ToStringArray(groupMetrics),
		MetricsGranularity:     pulumi.String("1Minute"),
		Tags:                   groupTags(args.tags()),
	}, pulumi.Parent(c), pulumi.DependsOn(needs),
		// Initial hooks cannot change: another value would replace the group and every node. hooks.go changes them in place.
		pulumi.IgnoreChanges([]string{"initialLifecycleHooks"}),
		// A node leaves only when the target group has let go of it, up to an hour of deregistration delay, and when it has
		// drained.
		pulumi.Timeouts(&pulumi.CustomTimeouts{
			// The provider has none for a creation: it waits for the capacity alone.
			Update: minutes(args.capacityMinutes() + 10), Delete: "90m",
		}))
}

// capacityMinutes is how long `pulumi up` waits for the nodes, which set themselves up one after the other.
func (a *Args) capacityMinutes() int { return (a.MinSize+1)*a.BootTimeoutMinutes + 10 }

func minutes(n int) string { return strconv.Itoa(n) + "m" }

// mixedInstances asks for on-demand nodes only, of the first type that a zone has.
func mixedInstances(args *Args, template *ec2.LaunchTemplate) autoscaling.GroupMixedInstancesPolicyArgs {
	overrides := make(autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArray, len(args.InstanceTypes))
	for i, t := range args.InstanceTypes {
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
				// A number: with "$Latest" no change of the template is a change of the group, and no refresh starts.
				Version: template.LatestVersion.ApplyT(strconv.Itoa).(pulumi.StringOutput),
			},
			Overrides: overrides,
		},
	}
}

// refresh replaces the nodes when the launch template or the instance types change. `pulumi up` starts it and does not
// wait for it.
//
// AutoRollback stays off: AWS rolls back to what the group had when the refresh began, and the provider writes the new
// launch template into the group just before (https://github.com/hashicorp/terraform-provider-aws/issues/34189), so it
// would replace failed nodes by the same nodes, for ever. The way back is `pulumi up` of the earlier program.
func refresh(args *Args, guard *cloudwatch.MetricAlarm) autoscaling.GroupInstanceRefreshArgs {
	preferences := autoscaling.GroupInstanceRefreshPreferencesArgs{
		MinHealthyPercentage: pulumi.Int(minHealthyPercent),
		MaxHealthyPercentage: pulumi.Int(refreshMaxHealthyPercent),
		// An update cancels a running refresh; the next goes on with the nodes that are left.
		SkipMatching: pulumi.Bool(true),
	}
	if args.StopAll {
		preferences.MinHealthyPercentage, preferences.MaxHealthyPercentage = pulumi.Int(0), pulumi.Int(100)
	}
	// While every node is stopped on purpose, the guard would end the rollout.
	if args.RolloutGuard && !args.StopAll {
		preferences.AlarmSpecification = autoscaling.GroupInstanceRefreshPreferencesAlarmSpecificationArgs{
			Alarms: pulumi.StringArray{guard.Name},
		}
	}
	return autoscaling.GroupInstanceRefreshArgs{Strategy: pulumi.String("Rolling"), Preferences: preferences}
}

// groupTags are in the order of their keys, so that two runs make the same request.
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
