package tests

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// measured is what a dimension of a metric names: a property of a resource, as AWS answered it.
type measured struct {
	token  string
	output resource.PropertyKey
}

type metric struct {
	namespace, name string
	dimensions      map[string]measured
	// countsNodes is true when a threshold of the metric is a number of nodes.
	countsNodes bool
	source      string
}

// metrics has a row for each metric that an alarm is about. An alarm must have exactly these dimensions: with fewer or
// others CloudWatch has no data for it.
var metrics = []metric{
	{
		namespace: "AWS/ApplicationELB", name: "HealthyHostCount", countsNodes: true,
		dimensions: map[string]measured{
			"LoadBalancer": {awstoken.LBLoadBalancer, "arnSuffix"}, "TargetGroup": {awstoken.LBTargetGroup, "arnSuffix"},
		},
		source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html",
	},
}

// dimensionsOf are an alarm's dimensions, which are a map.
func dimensionsOf(alarm *registered) map[string]any {
	for _, value := range alarm.Values("dimensions") {
		return value.(map[string]any)
	}
	return nil
}

func TestEveryDimensionIsWhatAWSAnswered(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, alarm := range d.OfType(awstoken.CloudWatchAlarm) {
			namespace, name := alarm.Get("namespace"), alarm.Get("metricName")
			row := slices.IndexFunc(metrics, func(m metric) bool {
				return m.namespace == namespace && m.name == name
			})
			if !p.is(row >= 0, "%s: the table `metrics` lacks %v %v: add what its dimensions name, with AWS's page", alarm.Name,
				namespace, name) {
				continue
			}
			given := dimensionsOf(alarm)
			for _, dimension := range slices.Sorted(maps.Keys(given)) {
				want, known := metrics[row].dimensions[dimension]
				if !p.is(known, "%s: %v has no dimension %s (%s)", alarm.Name, name, dimension, metrics[row].source) {
					continue
				}
				var answers []string
				for _, res := range d.OfType(want.token) {
					answers = append(answers, res.Output(want.output))
				}
				p.is(slices.Contains(answers, fmt.Sprint(given[dimension])), "%s: the dimension %s must be %s of a %s as AWS "+
					"answers it; another value is no metric, and the alarm never has data", alarm.Name, dimension, want.output,
					want.token)
			}
			for dimension := range metrics[row].dimensions {
				p.is(given[dimension] != nil, "%s lacks the dimension %s: CloudWatch keeps %v with all of them only (%s)",
					alarm.Name, dimension, name, metrics[row].source)
			}
		}
	})
}

// What reports how much there is reports nothing when there is none.
func TestEveryAlarmOfTooFewBreachesWithoutData(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, alarm := range d.OfType(awstoken.CloudWatchAlarm) {
			operator := fmt.Sprint(alarm.Get("comparisonOperator"))
			tooFew := strings.HasPrefix(operator, "LessThan")
			p.is(!tooFew || alarm.Get("treatMissingData") == "breaching", "%s is about too few (%s) and treats missing data as "+
				"%v: when nothing is left there is no data, and the alarm stays silent; set treatMissingData to breaching",
				alarm.Name, operator, alarm.Get("treatMissingData"))
		}
	})
}

func TestEveryThresholdFitsTheSmallestSize(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, alarm := range d.OfType(awstoken.CloudWatchAlarm) {
			counts := slices.ContainsFunc(metrics, func(m metric) bool {
				return m.countsNodes && m.namespace == alarm.Get("namespace") && m.name == alarm.Get("metricName")
			})
			if !counts {
				continue
			}
			least := smallestSize(d.recorder, fmt.Sprint(dimensionsOf(alarm)["TargetGroup"]))
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

// smallestSize is the least number of nodes that the groups behind a target group may have at any time.
func smallestSize(r *recorder, targetGroup string) float64 {
	least := -1.0
	note := func(size any) {
		if n, ok := size.(float64); ok && (least < 0 || n < least) {
			least = n
		}
	}
	for _, group := range r.OfType(awstoken.AutoScalingGroup) {
		for _, arn := range group.Texts("targetGroupArns") {
			if !strings.HasSuffix(arn, ":"+targetGroup) {
				continue
			}
			note(group.Get("minSize"))
			for _, s := range r.OfType(awstoken.AutoScalingSchedule) {
				if s.Get("autoscalingGroupName") == group.Output("name") {
					note(s.Get("minSize"))
				}
			}
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
		for _, alarm := range d.OfType(awstoken.CloudWatchAlarm) {
			notifies := slices.ContainsFunc(alarm.Texts("alarmActions"), func(arn string) bool { return topics[arn] })
			p.is(notifies || slices.Contains(readers, alarm.Output("name")), "%s notifies no topic of the stack, and no "+
				"rollout stops for it: give it alarmActions", alarm.Name)
		}
	})
}
