package awstypes_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// Route 53 has no regions, and CloudWatch has its metrics in one.
func TestAHealthCheckHasMetricsInOneRegionOnly(t *testing.T) {
	w := newWorld(t)
	w.need("outside", awstoken.Route53HealthCheck, example(awstoken.Route53HealthCheck))
	watching := w.resolve(with(example(awstoken.CloudWatchAlarm), values{
		"namespace": "AWS/Route53", "metricName": "HealthCheckStatus", "statistic": "Minimum", "alarmActions": nil,
		"dimensions": values{"HealthCheckId": "${outside.id}"},
	}))
	_, err := w.account.Create(account.Request{Region: region, Token: awstoken.CloudWatchAlarm, Inputs: watching})
	require.NoError(t, err)
	_, err = w.account.Create(account.Request{Region: other, Token: awstoken.CloudWatchAlarm, Inputs: watching})
	assert.ErrorContains(t, err, "it is in us-east-1 only, not in eu-west-1", "such an alarm never has data")
}

// queries are a metric of the group and an expression.
func queries(id, expression string, returned bool) []any {
	return []any{
		values{"id": "value", "expression": expression, "returnData": returned},
		values{"id": id, "metric": values{
			"namespace": "AWS/AutoScaling", "metricName": "GroupInServiceInstances", "stat": "Average", "period": 60,
			"dimensions": values{"AutoScalingGroupName": "${nodes.name}"},
		}},
	}
}

// expressed are the changes that make the example an alarm on an expression.
func expressed(changes values) values {
	return with(values{
		"metricQueries": queries("in", "in/2", true),
		"namespace":     nil, "metricName": nil, "statistic": nil, "period": nil, "dimensions": nil,
	}, changes)
}

func silent(w *world) { w.need("silent", awstoken.SNSTopic, values{"name": "silent"}) }

func locked(w *world) {
	w.need("locked", awstoken.SNSTopic, values{"name": "locked", "kmsMasterKeyId": "${plain-key.arn}"})
	w.need("locked-policy", awstoken.SNSTopicPolicy, values{
		"arn":    "${locked.arn}",
		"policy": policy(with(allow("Service", "cloudwatch.amazonaws.com", "sns:Publish"), values{"Resource": "${locked.arn}"})),
	})
}

func cloudwatchCases() []ruleCase {
	return []ruleCase{
		{
			rule:     "alarm-window",
			token:    awstoken.CloudWatchAlarm,
			accepted: values{"evaluationPeriods": 1440},
			refused: []refusedRequest{
				{
					why:     "more than a day",
					changes: values{"evaluationPeriods": 1441},
					want:    "cannot be checked across more than 86400 seconds",
				},
				{
					why:     "more than a week",
					changes: values{"period": 3600, "evaluationPeriods": 169},
					want:    "more than 604800 seconds",
				},
			},
		},
		{
			rule: "alarm-queries", token: awstoken.CloudWatchAlarm, accepted: expressed(nil),
			refused: []refusedRequest{
				{
					why: "no value", changes: values{"metricQueries": queries("in", "in/2", false)},
					want: "exactly one element of the metrics list should return data, got 0",
				},
				{
					why: "an unknown metric", changes: values{"metricQueries": queries("in", "out/2", true)},
					want: "names out, which no metric has",
				},
				{
					why: "an id of a metric with a capital", changes: values{"metricQueries": queries("In", "In/2", true)},
					want: "must begin with a lower-case letter",
				},
				{
					why: "more datapoints than periods", changes: values{"datapointsToAlarm": 6},
					want: "6 datapoints of 5 periods",
				},
			},
		},
		{
			rule: "alarm-metric", token: awstoken.CloudWatchAlarm,
			refused: []refusedRequest{
				{
					why: "a misspelt metric", changes: values{"metricName": "GroupInServiceInstance"},
					want: "no service publishes it",
				},
				{
					why: "a metric that no filter makes",
					changes: values{
						"namespace": "App/logs", "metricName": "warnings", "dimensions": values{},
					},
					prepare: func(w *world) { w.need("errors", awstoken.LogMetricFilter, example(awstoken.LogMetricFilter)) },
					want:    "no metric filter makes it",
				},
				{
					why: "a dimension too few", changes: values{"dimensions": values{}},
					want: "it has the dimensions AutoScalingGroupName, not",
				},
				{
					why: "another group", changes: values{"dimensions": values{"AutoScalingGroupName": "others"}},
					want: `nothing in the account has the AutoScalingGroupName "others"`,
				},
				{
					why: "a metric that the group does not collect", changes: values{"metricName": "GroupPendingInstances"},
					want: "the group does not collect it",
				},
				{
					why: "credits of elastic throughput", changes: values{
						"namespace": "AWS/EFS", "metricName": "BurstCreditBalance", "dimensions": values{"FileSystemId": "${elastic.id}"},
					},
					prepare: func(w *world) {
						w.need("elastic", awstoken.EFSFileSystem, values{
							"creationToken": "elastic", "encrypted": true, "kmsKeyId": "${key.arn}", "throughputMode": "elastic",
						})
					},
					want: "has no credits",
				},
			},
		},
		{
			rule: "composite-rule", token: awstoken.CloudWatchCompositeAlarm,
			accepted: values{
				"alarmRule":         `ALARM("nobody") OR NOT (OK("few") AND TRUE)`,
				"actionsSuppressor": values{"alarm": "few", "waitPeriod": 60, "extensionPeriod": 60},
			},
			refused: []refusedRequest{
				{why: "no rule", changes: values{"alarmRule": "ALARM(nobody"}, want: "must not contain errors"},
				{why: "a state that does not exist", changes: values{"alarmRule": `FIRES("nobody")`}, want: "must not contain errors"},
				{
					why: "an alarm that does not exist", changes: values{"alarmRule": `ALARM("nobody") OR ALARM("somebody")`},
					want: "alarms [somebody] in the alarm rule do not exist",
				},
				{
					why: "a suppressor that does not exist", changes: values{"actionsSuppressor.alarm": "somebody"},
					want: "alarms [somebody]",
				},
				{
					why: "a suppressor for no time", changes: values{"actionsSuppressor.waitPeriod": 0},
					want: "suppresses nothing",
				},
			},
		},
		{
			rule: "alarm-action-region", token: awstoken.CloudWatchAlarm,
			refused: []refusedRequest{{
				why:     "a topic of another region",
				changes: values{"alarmActions": []any{"arn:aws:sns:" + other + ":${account}:alarms"}},
				want:    "ValidationError: Invalid region eu-west-1 specified. Only us-east-1 is supported",
			}},
		},
		{
			rule: "alarm-action-region", token: awstoken.CloudWatchCompositeAlarm,
			refused: []refusedRequest{{
				why:     "a topic of another region",
				changes: values{"alarmActions": []any{"arn:aws:sns:" + other + ":${account}:alarms"}},
				want:    "ValidationError: Invalid region eu-west-1 specified. Only us-east-1 is supported",
			}},
		},
		{
			rule: "alarm-action", token: awstoken.CloudWatchCompositeAlarm,
			refused: []refusedRequest{{
				why: "a topic without a policy", changes: values{"okActions": []any{"${silent.arn}"}}, prepare: silent,
				want: "does not let cloudwatch.amazonaws.com publish",
			}},
		},
		{
			rule: "alarm-action", token: awstoken.CloudWatchAlarm,
			refused: []refusedRequest{
				{
					why: "a topic that does not exist", changes: values{"alarmActions": []any{"${alarms.arn}x"}},
					want: "there is no topic",
				},
				{
					why: "a topic without a policy", changes: values{"okActions": []any{"${silent.arn}"}}, prepare: silent,
					want: "does not let cloudwatch.amazonaws.com publish",
				},
				{
					why: "a topic with a key of its own", changes: values{"okActions": []any{"${locked.arn}"}}, prepare: locked,
					want: "the policy of the key of",
				},
			},
		},
	}
}
