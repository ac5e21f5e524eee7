package cluster

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// Schedule sets the group's sizes at times, for example more nodes in working hours.
type Schedule struct {
	// Name is unique in the group and part of the resource's name: lower-case letters, digits and dashes.
	Name string
	// Recurrence is a cron expression of five fields, in TimeZone (IANA name).
	Recurrence, TimeZone string
	// MinSize and MaxSize from that time on.
	MinSize, MaxSize int
}

// makeScaling follows load: the mean CPU of the nodes and, when asked for, the requests that each of them gets. The group
// is made as large as the more demanding of both wants, and smaller only when both agree.
func (c *Cluster) makeScaling(ctx *pulumi.Context, name string, args *Args, group *autoscaling.Group) error {
	cpu := autoscaling.PolicyTargetTrackingConfigurationArgs{
		PredefinedMetricSpecification: autoscaling.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs{
			PredefinedMetricType: pulumi.String("ASGAverageCPUUtilization"),
		},
		TargetValue: pulumi.Float64(args.CPUTargetPercent),
	}
	if err := c.track(ctx, naming.Child(name, "cpu"), group, cpu); err != nil {
		return fmt.Errorf("scale on CPU: %w", err)
	}
	if args.RequestsPerTarget > 0 {
		requests := autoscaling.PolicyTargetTrackingConfigurationArgs{
			PredefinedMetricSpecification: autoscaling.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs{
				PredefinedMetricType: pulumi.String("ALBRequestCountPerTarget"),
				// "app/<name>/<id>/targetgroup/<name>/<id>"
				ResourceLabel: pulumi.Sprintf("%s/%s", args.LoadBalancerSuffix, args.TargetGroupSuffix),
			},
			TargetValue: pulumi.Float64(float64(args.RequestsPerTarget)),
		}
		if err := c.track(ctx, naming.Child(name, "requests"), group, requests); err != nil {
			return fmt.Errorf("scale on requests: %w", err)
		}
	}
	for _, s := range args.Schedules {
		_, err := autoscaling.NewSchedule(ctx, naming.Child(name, "schedule", s.Name), &autoscaling.ScheduleArgs{
			AutoscalingGroupName: group.Name,
			ScheduledActionName:  pulumi.String(s.Name),
			Recurrence:           pulumi.String(s.Recurrence),
			TimeZone:             pulumi.String(s.TimeZone),
			MinSize:              pulumi.Int(s.MinSize),
			MaxSize:              pulumi.Int(s.MaxSize),
			// "Leave it": without it the provider asks for none.
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

// makeGuard is the alarm that stops a rollout: fewer nodes answer the load balancer than the group has at any time. The refresh
// then fails where it stands, with the nodes that still serve.
func (c *Cluster) makeGuard(ctx *pulumi.Context, name string, args *Args) (*cloudwatch.MetricAlarm, error) {
	least := args.MinSize
	for _, s := range args.Schedules {
		least = min(least, s.MinSize)
	}
	return cloudwatch.NewMetricAlarm(ctx, naming.Child(name, "healthy"), &cloudwatch.MetricAlarmArgs{
		AlarmDescription:   pulumi.Sprintf("Fewer than %d nodes of %s answer the load balancer; a rollout stops.", least, args.Name),
		Namespace:          pulumi.String("AWS/ApplicationELB"),
		MetricName:         pulumi.String("HealthyHostCount"),
		Dimensions:         pulumi.StringMap{"LoadBalancer": args.LoadBalancerSuffix, "TargetGroup": args.TargetGroupSuffix},
		Statistic:          pulumi.String("Minimum"),
		ComparisonOperator: pulumi.String("LessThanThreshold"),
		Threshold:          pulumi.Float64(float64(least)),
		Period:             pulumi.Int(guardPeriod),
		EvaluationPeriods:  pulumi.Int(guardPeriods),
		// No healthy node at all, and the metric has no data.
		TreatMissingData: pulumi.String("breaching"),
	}, pulumi.Parent(c))
}

// A node that restarts its services is unhealthy for less than guardPeriods periods of guardPeriod seconds.
const (
	guardPeriod  = 60
	guardPeriods = 5
)
