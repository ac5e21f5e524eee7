package tests

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/cloudwatch"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

// counted are metrics that say how many there are of something that must run.
var counted = []string{
	"HealthyHostCount", "GroupInServiceInstances", "ClientConnections", "Nodes", "ConnectionCount",
}

// read is an alarm as CloudWatch reads it.
func read(t testing.TB, alarm *registered) cloudwatch.Alarm {
	t.Helper()
	a, err := cloudwatch.Parse(provider.Plain(alarm.Checked))
	require.NoError(t, err, alarm.Name)
	return a
}

// What reports how much there is reports nothing when there is none.
func TestEveryAlarmOfTooFewBreachesWithoutData(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, alarm := range d.OfType(awstoken.CloudWatchAlarm) {
			a := read(t, alarm)
			counts := slices.ContainsFunc(a.Metrics, func(m cloudwatch.Metric) bool {
				return slices.Contains(counted, m.Name) || m.Statistic == "SampleCount"
			})
			tooFew := strings.HasPrefix(a.Comparison, "LessThan") && counts
			p.is(!tooFew || a.Missing == "breaching", "%s is about too few (%s) and treats missing data as "+
				"%v: when nothing is left there is no data, and the alarm stays silent; set treatMissingData to breaching",
				alarm.Name, a.Comparison, a.Missing)
		}
	})
}

func TestEveryThresholdFitsTheSmallestSize(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, alarm := range d.OfType(awstoken.CloudWatchAlarm) {
			if alarm.Name != "cluster-healthy" && alarm.Name != "monitoring-cluster-too-few-nodes" {
				continue
			}
			least := smallestSize(d.recorder)
			if p.looked++; least < 0 {
				continue // a wrong dimension, which has a test of its own
			}
			p.is(alarm.Get("comparisonOperator") == "LessThanThreshold" && alarm.Get("threshold") == least,
				"%s fires at %v %v nodes; the smallest size of the group, with its schedules, is %v: a higher threshold fires "+
					"every night, a lower one lets a rollout go on that has lost a node", alarm.Name,
				alarm.Get("comparisonOperator"), alarm.Get("threshold"), least)
		}
	})
}

// smallestSize is the least number of nodes that the group may have at any time.
func smallestSize(r *recorder) float64 {
	least := -1.0
	note := func(size any) {
		if n, ok := size.(float64); ok && (least < 0 || n < least) {
			least = n
		}
	}
	for _, group := range r.OfType(awstoken.AutoScalingGroup) {
		note(group.Get("minSize"))
		for _, s := range r.OfType(awstoken.AutoScalingSchedule) {
			note(s.Get("minSize"))
		}
	}
	return least
}

// An alarm that nothing reads is a picture on a page.
func TestEveryAlarmReachesSomebody(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		var readers []string
		for _, group := range d.OfType(awstoken.AutoScalingGroup) {
			readers = append(readers, group.Texts("instanceRefresh.preferences.alarmSpecification.alarms")...)
		}
		topics := map[string]bool{}
		for _, topic := range d.OfType(awstoken.SNSTopic) {
			topics[topic.Output("arn")] = true
		}
		for _, composite := range d.OfType(awstoken.CloudWatchCompositeAlarm) {
			if len(composite.Texts("alarmActions")) == 0 {
				continue
			}
			rule, err := cloudwatch.ParseRule(composite.Texts("alarmRule")[0])
			require.NoError(t, err, composite.Name)
			readers = append(readers, rule.Names()...)
			p.is(topics[composite.Texts("alarmActions")[0]], "%s notifies no topic of the stack", composite.Name)
		}
		for _, alarm := range d.OfType(awstoken.CloudWatchAlarm) {
			notifies := slices.ContainsFunc(alarm.Texts("alarmActions"), func(arn string) bool { return topics[arn] }) ||
				slices.ContainsFunc(forwarded(t, d.recorder, alarm.Output("arn"), "ALARM", "OK"),
					func(arn string) bool { return topics[arn] })
			p.is(notifies || slices.Contains(readers, alarm.Output("name")), "%s notifies no topic of the stack, no "+
				"composite alarm that does names it, and no rollout stops for it: give it alarmActions", alarm.Name)
		}
	})
}
