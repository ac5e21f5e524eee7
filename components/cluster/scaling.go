package cluster

import (
	"cmp"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// scaling follows the load: the mean CPU use of the nodes and, when configured, the requests to each of them. The
// group grows when one of the two requires it, and shrinks only when both allow it. Schedules change its sizes at
// times.
func (c *Cluster) scaling(ctx *pulumi.Context, name string, args *Args, group *autoscaling.Group) error {
	cpu := autoscaling.PolicyTargetTrackingConfigurationArgs{
		PredefinedMetricSpecification: autoscaling.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs{
			PredefinedMetricType: pulumi.String("ASGAverageCPUUtilization"),
		},
		TargetValue: pulumi.Float64(float64(args.Settings.CPUTargetPercent)),
	}
	if err := c.track(ctx, naming.Child(name, "cpu"), group, cpu); err != nil {
		return fmt.Errorf("scale on CPU: %w", err)
	}
	if args.Settings.RequestsPerTarget > 0 {
		requests := autoscaling.PolicyTargetTrackingConfigurationArgs{
			PredefinedMetricSpecification: autoscaling.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs{
				PredefinedMetricType: pulumi.String("ALBRequestCountPerTarget"),
				// "app/<name>/<id>/targetgroup/<name>/<id>"
				ResourceLabel: pulumi.Sprintf("%s/%s", args.LoadBalancerSuffix, args.TargetGroupSuffix),
			},
			TargetValue: pulumi.Float64(float64(args.Settings.RequestsPerTarget)),
		}
		if err := c.track(ctx, naming.Child(name, "requests"), group, requests); err != nil {
			return fmt.Errorf("scale on requests: %w", err)
		}
	}
	for _, s := range args.Settings.Schedules {
		_, err := autoscaling.NewSchedule(ctx, naming.Child(name, "schedule", s.Name), &autoscaling.ScheduleArgs{
			AutoscalingGroupName: group.Name,
			ScheduledActionName:  pulumi.String(s.Name),
			Recurrence:           pulumi.String(s.Recurrence),
			TimeZone:             pulumi.String(cmp.Or(s.TimeZone, "UTC")),
			MinSize:              pulumi.Int(s.MinSize),
			MaxSize:              pulumi.Int(s.MaxSize),
			// -1 leaves it unchanged: without it the provider sets it to 0.
			DesiredCapacity: pulumi.Int(-1),
		}, pulumi.Parent(c))
		if err != nil {
			return fmt.Errorf("schedule %s: %w", s.Name, err)
		}
	}
	return nil
}

func (c *Cluster) track(
	ctx *pulumi.Context, name string, group *autoscaling.Group, target autoscaling.PolicyTargetTrackingConfigurationArgs,
) error {
	_, err := autoscaling.NewPolicy(ctx, name, &autoscaling.PolicyArgs{
		AutoscalingGroupName:        group.Name,
		PolicyType:                  pulumi.String("TargetTrackingScaling"),
		TargetTrackingConfiguration: target,
	}, pulumi.Parent(c))
	return err
}

// rolloutAlarm stops a rollout while the load balancer has fewer healthy nodes than the smallest size of the group.
// The refresh then fails, and the nodes that still serve stay.
func (c *Cluster) rolloutAlarm(ctx *pulumi.Context, name string, args *Args) (*cloudwatch.MetricAlarm, error) {
	least := args.Settings.LeastNodes()
	return cloudwatch.NewMetricAlarm(ctx, naming.Child(name, "healthy"), &cloudwatch.MetricAlarmArgs{
		AlarmDescription: pulumi.Sprintf("Fewer than %d nodes of %s answer the load balancer; a rollout stops.",
			least, args.Name),
		Namespace:          pulumi.String("AWS/ApplicationELB"),
		MetricName:         pulumi.String("HealthyHostCount"),
		Dimensions:         pulumi.StringMap{"LoadBalancer": args.LoadBalancerSuffix, "TargetGroup": args.TargetGroupSuffix},
		Statistic:          pulumi.String("Minimum"),
		ComparisonOperator: pulumi.String("LessThanThreshold"),
		Threshold:          pulumi.Float64(float64(least)),
		Period:             pulumi.Int(alarmPeriod),
		EvaluationPeriods:  pulumi.Int(alarmPeriods),
		// Without any healthy node the metric has no data.
		TreatMissingData: pulumi.String("breaching"),
	}, pulumi.Parent(c))
}

// A node that restarts its services is unhealthy for less than alarmPeriods periods of alarmPeriod seconds each.
const (
	alarmPeriod  = 60
	alarmPeriods = 5
)
