// Package monitoring makes alarms, rules of EventBridge, saved queries and a dashboard from what the tiers declare, and
// watches the costs. A ticket goes to its topic directly; pages go through composite alarms, so that one fault pages once.
package monitoring

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/component"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// Args of Monitoring. All are required.
type Args struct {
	Settings config.Monitoring
	Access   config.Access
	Location location.Location
	// Stack is part of the alarms' names, which is what a message shows first. Tags are those by which the costs of the
	// stack are told from others.
	Stack string
	Tags  map[string]string
	// MetricNamespace is that of the nodes' metrics; those of log groups are beside it.
	MetricNamespace string
	// Tiers are what the tiers declare, and Dimensions their outputs by role.
	Tiers      []alarm.Tier
	Dimensions map[string]pulumi.StringInput
	// PagesTopicArn and TicketsTopicArn are the topics of the severities.
	PagesTopicArn, TicketsTopicArn pulumi.StringInput
	// KeyArn is the key of the topics.
	KeyArn pulumi.StringInput
	// Ready are what alarms wait for: before the first nodes serve, every alarm about them would fire.
	Ready []pulumi.Resource
}

// Monitoring is the alarms, the rules of events, the budget and what watches the costs.
type Monitoring struct {
	pulumi.ResourceState

	// AlarmArns are the ARNs of the alarms by their names in the program, such as "database-cpu".
	AlarmArns pulumi.StringMapOutput `pulumi:"alarmArns"`

	// states are the ARNs of the composite alarms.
	states pulumi.StringArray
	// counted are the filters that make metrics of log groups: the charts of these metrics wait for them.
	counted []pulumi.Resource
}

// New makes the alarms and the rules.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Monitoring, error) {
	m := &Monitoring{}
	return component.New(ctx, name, m, component.Shape{
		Token:     token.Monitoring,
		Check:     args.check,
		Inputs:    args.inputs,
		Provision: func() error { return m.provision(ctx, name, args) },
		Outputs:   func() pulumi.Map { return pulumi.Map{"alarmArns": m.AlarmArns} },
	}, opts...)
}

func (a *Args) check() error {
	switch {
	case a == nil || a.Stack == "" || a.MetricNamespace == "" || a.Tags[costTag] == "":
		return errors.New("a stack, its tags and a namespace of metrics are required")
	case a.PagesTopicArn == nil || a.TicketsTopicArn == nil:
		return errors.New("the topics of pages and of tickets are required")
	}
	for _, tier := range a.Tiers {
		for _, filter := range tier.Filters {
			if a.Dimensions[filter.Group.Role] == nil {
				return fmt.Errorf("filter %s: nothing has the role %q of its log group", filter.Name, filter.Group.Role)
			}
		}
		for _, fact := range tier.Facts {
			if role := alarm.StateRole(tier.Name, fact.Name); a.elsewhere(fact) && a.Dimensions[role] == nil {
				return fmt.Errorf("alarm %s-%s: nothing has the role %q of its ARN in %s", tier.Name, fact.Name, role,
					alarm.GlobalRegion)
			}
			for _, metric := range fact.Metrics {
				for name, dimension := range metric.Dimensions {
					if dimension.Role != "" && a.Dimensions[dimension.Role] == nil {
						return fmt.Errorf("alarm %s-%s: nothing has the role %q of the dimension %s",
							tier.Name, fact.Name, dimension.Role, name)
					}
				}
			}
		}
	}
	return a.checkEvents()
}

func (a *Args) inputs() pulumi.Map { return component.Inputs(a.Settings, nil) }

func (m *Monitoring) provision(ctx *pulumi.Context, name string, args *Args) error {
	arns := pulumi.StringMap{}
	pages := &paged{tiers: map[string][]pulumi.StringInput{}}
	filters, err := m.filters(ctx, name, args)
	if err != nil {
		return err
	}
	for _, metric := range slices.Sorted(maps.Keys(filters)) {
		m.counted = append(m.counted, filters[metric])
	}
	for _, tier := range args.Tiers {
		for _, fact := range tier.Facts {
			if args.elsewhere(fact) {
				arns[title(tier.Name, fact)] = args.Dimensions[alarm.StateRole(tier.Name, fact.Name)]
				continue
			}
			made, err := newAlarm(ctx, m, name, args, tier.Name, fact, counts(fact, filters))
			if err != nil {
				return fmt.Errorf("create the alarm %s of %s: %w", fact.Name, tier.Name, err)
			}
			arns[title(tier.Name, fact)] = made.Arn
			pages.add(tier.Name, fact, made.Name)
		}
	}
	m.AlarmArns = arns.ToStringMapOutput()
	// The dashboard shows the composite alarms.
	composites := func(ctx *pulumi.Context, name string, args *Args) error { return m.composites(ctx, name, args, pages) }
	for _, part := range []func(*pulumi.Context, string, *Args) error{
		m.events, m.queries, m.budget, m.anomalies, composites, m.dashboard,
	} {
		if err := part(ctx, name, args); err != nil {
			return err
		}
	}
	return nil
}

// title is the name of an alarm in the program.
func title(tier string, fact alarm.Fact) string {
	if fact.Key == "" {
		return naming.Child(tier, fact.Name)
	}
	return naming.Child(tier, fact.Name, fact.Key)
}

// newAlarm makes an alarm in the region of its parent, which is that of the metrics. One in another region than the topics
// cannot notify by them.
func newAlarm(
	ctx *pulumi.Context, parent pulumi.Resource, name string, args *Args, tier string, fact alarm.Fact,
	filters []pulumi.Resource,
) (*cloudwatch.MetricAlarm, error) {
	values := &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(naming.Fit(maxAlarmName, "morpheus", args.Stack, title(tier, fact))),
		AlarmDescription:   pulumi.String(Description(tier, fact)),
		ComparisonOperator: pulumi.String(string(fact.Comparison)),
		Threshold:          pulumi.Float64(fact.Threshold),
		EvaluationPeriods:  pulumi.Int(fact.Window.Periods),
		DatapointsToAlarm:  pulumi.Int(fact.Window.Breaching),
		TreatMissingData:   pulumi.String(string(fact.Missing)),
	}
	if fact.Severity == alarm.Ticket && !args.elsewhere(fact) {
		values.AlarmActions, values.OkActions = pulumi.Array{args.TicketsTopicArn}, pulumi.Array{args.TicketsTopicArn}
	}
	if fact.Expression == "" {
		args.setMetric(values, fact)
	} else {
		values.MetricQueries = args.queries(fact)
	}
	return cloudwatch.NewMetricAlarm(ctx, naming.Child(name, title(tier, fact)), values,
		pulumi.Parent(parent), pulumi.DependsOn(slices.Concat(args.Ready, filters)))
}

// maxAlarmName is CloudWatch's limit, in characters.
const maxAlarmName = 255

// Description is what a message says: the meaning, and where the first steps are.
func Description(tier string, fact alarm.Fact) string {
	return fact.Meaning + " First steps: docs/monitoring.md#" + naming.Child(tier, fact.Name)
}

// setMetric fills in the only metric of an alarm.
func (a *Args) setMetric(values *cloudwatch.MetricAlarmArgs, fact alarm.Fact) {
	metric := fact.Metrics[0]
	values.Namespace, values.MetricName = pulumi.String(metric.Namespace), pulumi.String(metric.Name)
	values.Dimensions, values.Period = a.dimensions(metric), pulumi.Int(fact.Window.Period)
	if metric.Statistic[0] == 'p' {
		values.ExtendedStatistic = pulumi.String(metric.Statistic)
		// With few requests one slow one is a percentile; p99 means something from 1,000 on.
		values.EvaluateLowSampleCountPercentiles = pulumi.String("ignore")
	} else {
		values.Statistic = pulumi.String(metric.Statistic)
	}
}

// queries are the metrics of an expression, and the expression.
func (a *Args) queries(fact alarm.Fact) cloudwatch.MetricAlarmMetricQueryArray {
	out := cloudwatch.MetricAlarmMetricQueryArray{cloudwatch.MetricAlarmMetricQueryArgs{
		Id: pulumi.String("value"), Expression: pulumi.String(fact.Expression), Label: pulumi.String(fact.Name),
		ReturnData: pulumi.Bool(true),
	}}
	for _, metric := range fact.Metrics {
		out = append(out, cloudwatch.MetricAlarmMetricQueryArgs{
			Id: pulumi.String(metric.ID),
			Metric: cloudwatch.MetricAlarmMetricQueryMetricArgs{
				Namespace: pulumi.String(metric.Namespace), MetricName: pulumi.String(metric.Name),
				Stat: pulumi.String(metric.Statistic), Period: pulumi.Int(fact.Window.Period), Dimensions: a.dimensions(metric),
			},
		})
	}
	return out
}

func (a *Args) dimensions(metric alarm.Metric) pulumi.StringMap {
	out := pulumi.StringMap{}
	for name, dimension := range metric.Dimensions {
		out[name] = a.value(dimension)
	}
	return out
}
