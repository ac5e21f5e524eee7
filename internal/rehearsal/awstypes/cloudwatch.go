package awstypes

import (
	"fmt"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
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
			Rules: []Rule{{
				Name: "alarm-window", AWS: Error,
				Refuses: "an evaluation range of more than a day, or of more than a week with periods from an hour",
				Source:  docs + "AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
				Check:   alarmWindow,
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
			"period": 60, "namespace": "AWS/ApplicationELB", "metricName": "HealthyHostCount", "statistic": "Minimum",
		},
	}}
}

// alarmWindow checks the evaluation range of an alarm.
func alarmWindow(c *Call) error {
	const day = 24 * 60 * 60
	period, periods := c.number("period"), c.number("evaluationPeriods")
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
