package awstypes

import (
	"fmt"
	"slices"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/cloudwatch"
)

// alarmPeriods are the paths of an alarm's periods.
var alarmPeriods = []string{"period", "metricQueries.period", "metricQueries.metric.period"}

func cloudwatchTypes() []Type {
	checks := map[string][]Check{}
	for _, path := range alarmPeriods {
		checks[path] = []Check{alarmPeriod}
	}
	return []Type{{
		Token: awstoken.CloudWatchAlarm,
		Simulation: Simulation{
			ID: "{name}", ARN: "cloudwatch:{region}:{account}:alarm:{name}", Unique: "name",
			Duration: Duration{Create: 1, Update: 1, Delete: 1},
			OnDelete: alarmInUse,
			Rules: []Rule{{
				Name: "alarm-window", AWS: Error,
				Refuses: "an evaluation range of more than a day, or of more than a week with periods from an hour",
				Source:  docs + "AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
				Check:   alarmWindow,
			}, {
				Name: "alarm-queries", AWS: Error,
				Refuses: "no or several values; an expression with an unknown metric; more than 10 metrics; more datapoints than " +
					"periods",
				Source: docs + "AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
				Check:  alarmQueries,
			}, {
				Name: "alarm-metric", AWS: Quiet,
				Refuses: "a metric, or dimensions, that nothing in the account publishes",
				Source:  docs + "AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html",
				Check:   alarmMetric,
			}, {
				Name: "alarm-action-region", AWS: Error,
				Refuses: "an action on a topic of another region",
				Source:  docs + "AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
				Check:   alarmActionRegion,
			}, {
				Name: "alarm-action", AWS: Quiet,
				Refuses: "a topic that CloudWatch may not publish to, or whose key it may not use",
				Source:  docs + "AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
				Check:   alarmAction,
			}},
		},
		Provider: Provider{
			Source:    "cloudwatch/metric_alarm",
			Autonamed: "name", NameLimit: 255,
			// The schema's enumeration is 10 and 30; the rule is 10, 30 or a multiple of 60.
			WithoutEnum: alarmPeriods,
			Checks:      checks,
		},
		Permissions: &Permissions{
			Read:  actions("cloudwatch: DescribeAlarms ListTagsForResource"),
			Write: actions("cloudwatch: PutMetricAlarm DeleteAlarms TagResource UntagResource"),
		},
		Listing: &Listing{Kind: "alarm", Service: "monitoring", Call: "DescribeAlarms", ID: `<AlarmArn>([^<]+)`},
		Example: Values{
			"name": "healthy", "comparisonOperator": "LessThanThreshold", "threshold": 3, "evaluationPeriods": 5,
			"period": 60, "namespace": "AWS/AutoScaling", "metricName": "GroupInServiceInstances", "statistic": "Average",
			"dimensions": Values{"AutoScalingGroupName": "${nodes.name}"}, "alarmActions": []any{"${alarms.arn}"},
		},
	}, compositeAlarm(), dashboard()}
}

func compositeAlarm() Type {
	return Type{
		Token: awstoken.CloudWatchCompositeAlarm,
		Simulation: Simulation{
			ID: "{alarmName}", ARN: "cloudwatch:{region}:{account}:alarm:{alarmName}", Unique: "alarmName",
			Duration: Duration{Create: 1, Update: 1, Delete: 1},
			OnDelete: alarmInUse,
			Rules: []Rule{{
				Name: "composite-rule", AWS: Error,
				Refuses: "a rule that is none, that names an alarm that does not exist, or more than 100; a suppressor that does " +
					"not exist or suppresses for no time",
				Source: docs + "AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html",
				Check:  compositeRule,
			}, {
				Name: "alarm-action-region", AWS: Error,
				Refuses: "an action on a topic of another region",
				Source:  docs + "AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
				Check:   alarmActionRegion,
			}, {
				Name: "alarm-action", AWS: Quiet,
				Refuses: "a topic that CloudWatch may not publish to, or whose key it may not use",
				Source:  docs + "AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
				Check:   alarmAction,
			}},
		},
		Provider: Provider{
			Source: "cloudwatch/composite_alarm",
			Checks: map[string][]Check{
				"alarmActions": {isARN}, "okActions": {isARN}, "insufficientDataActions": {isARN},
			},
		},
		Permissions: &Permissions{
			Read:  actions("cloudwatch: DescribeAlarms ListTagsForResource"),
			Write: actions("cloudwatch: PutCompositeAlarm DeleteAlarms TagResource UntagResource"),
		},
		Listing: &Listing{
			Kind: "composite alarm", Service: "monitoring", Call: "DescribeAlarms",
			Body: "AlarmTypes.member.1=CompositeAlarm", ID: `<AlarmArn>([^<]+)`,
		},
		Example: Values{
			"alarmName": "down", "alarmRule": `ALARM("nobody")`, "alarmActions": []any{"${alarms.arn}"},
		},
	}
}

// maxChildren is how many alarms a rule may name.
const maxChildren = 100

// compositeRule checks the rule and the suppressor of a composite alarm.
func compositeRule(c *Call) error {
	rule, err := cloudwatch.ParseRule(c.Text("alarmRule"))
	if err != nil {
		return fmt.Errorf("ValidationError: AlarmRule must not contain errors: %w", err)
	}
	names := rule.Names()
	if len(names) > maxChildren {
		return fmt.Errorf("ValidationError: a composite alarm has at most %d children, got %d", maxChildren, len(names))
	}
	suppressor := c.Text("actionsSuppressor.alarm")
	if suppressor != "" {
		names = append(names, suppressor)
		if c.number("actionsSuppressor.waitPeriod") <= 0 || c.number("actionsSuppressor.extensionPeriod") <= 0 {
			return fmt.Errorf("ValidationError: %s suppresses nothing without a wait and an extension period", suppressor)
		}
	}
	for _, name := range names {
		if name == c.Text("alarmName") || len(c.alarms(name)) == 0 {
			return fmt.Errorf("ValidationError: Could not save the composite alarm as alarms [%s] in the alarm rule do not exist",
				name)
		}
	}
	return nil
}

// alarms finds a metric alarm or composite alarm by name, which are unique together.
func (c *Call) alarms(name string) []*Resource {
	return append(c.FindBy(awstoken.CloudWatchAlarm, "name", name),
		c.FindBy(awstoken.CloudWatchCompositeAlarm, "alarmName", name)...)
}

// alarmInUse refuses the deletion of an alarm that a composite alarm depends on.
func alarmInUse(c *Call) error {
	for _, composite := range c.Find(awstoken.CloudWatchCompositeAlarm, func(*Resource) bool { return true }) {
		text, _ := composite.State["alarmRule"].(string)
		rule, err := cloudwatch.ParseRule(text)
		if err != nil {
			continue
		}
		suppressors := Texts(composite.State, "actionsSuppressor.alarm")
		if composite.ID != c.ID && (slices.Contains(rule.Names(), c.ID) || slices.Contains(suppressors, c.ID)) {
			return fmt.Errorf("ValidationError: Cannot delete %s as there are composite alarm(s) depending on it: %s", c.ID,
				composite.ID)
		}
	}
	return nil
}

// alarmWindow checks the evaluation range of an alarm.
func alarmWindow(c *Call) error {
	const day = 24 * 60 * 60
	period, periods := c.number("period"), c.number("evaluationPeriods")
	if period == 0 {
		period = c.number("metricQueries[].metric.period")
	}
	limit := 1.0 * day
	if period >= 60*60 {
		limit = 7 * day
	}
	if period*periods > limit {
		return fmt.Errorf("ValidationError: Metrics cannot be checked across more than %.0f seconds, got %.0f",
			limit, period*periods)
	}
	return nil
}

func alarmPeriod(v any) string {
	seconds, _ := v.(float64)
	if seconds == 10 || seconds == 30 || seconds > 0 && int(seconds)%60 == 0 {
		return ""
	}
	return "must be 10, 30 or a multiple of 60"
}
