package awstypes_test

import "github.com/morpheus-ha/morpheus-aws/internal/awstoken"

func alert(changes values) []any {
	return []any{with(values{
		"comparisonOperator": "GREATER_THAN", "notificationType": "ACTUAL", "threshold": 80, "thresholdType": "PERCENTAGE",
		"subscriberSnsTopicArns": []any{"${costs.arn}"},
	}, changes)}
}

func tagFilter(value string) values {
	return values{"costFilters": []any{values{"name": "TagKeyValue", "values": []any{value}}}}
}

func costCases() []ruleCase {
	subscriber := func(kind, address string) values {
		return values{"subscribers": []any{values{"type": kind, "address": address}}}
	}
	many := []any{}
	for range 11 {
		many = append(many, alert(nil)...)
	}
	return []ruleCase{
		{
			rule: "budget-limit", token: awstoken.BudgetsBudget, accepted: values{"limitAmount": "1.5"},
			refused: []refusedRequest{
				{why: "a limit of 0", changes: values{"limitAmount": "0"}, want: "must be a positive amount"},
				{why: "no limit", changes: values{"limitAmount": nil}, want: "must be a positive amount"},
				{why: "eleven notifications", changes: values{"notifications": many}, want: "at most 10 notifications"},
				{
					why:     "a notification for nobody",
					changes: values{"notifications": alert(values{"subscriberSnsTopicArns": nil})},
					want:    "must have at least one subscriber",
				},
			},
		},
		{
			rule: "budget-filter", token: awstoken.BudgetsBudget,
			accepted: values{"costFilters": []any{values{"name": "Service", "values": []any{"Amazon Simple Storage Service"}}}},
			refused: []refusedRequest{
				{why: "no prefix", changes: tagFilter("Stack$prod"), want: "is not written as user:key$value"},
				{why: "no value", changes: tagFilter("user:Stack"), want: "is not written as user:key$value"},
				{why: "a tag of nothing", changes: tagFilter("user:Stack$other"), want: "nothing in the account has the tag Stack"},
			},
		},
		{
			rule: "budget-topic", token: awstoken.BudgetsBudget,
			refused: []refusedRequest{
				{
					why:     "two topics",
					changes: values{"notifications": alert(values{"subscriberSnsTopicArns": []any{"${costs.arn}", "${alarms.arn}"}})},
					want:    "at most one topic, got 2",
				},
				{
					why:     "a topic of other publishers",
					changes: values{"notifications": alert(values{"subscriberSnsTopicArns": []any{"${alarms.arn}"}})},
					want:    "does not let budgets.amazonaws.com publish",
				},
			},
		},
		{
			rule: "anomaly-monitor", token: awstoken.CostAnomalyMonitor, createOnly: true, // all of it replaces
			accepted: values{"monitorType": "DIMENSIONAL", "monitorDimension": "SERVICE", "monitorSpecification": nil},
			refused: []refusedRequest{
				{
					why: "a second monitor of services",
					prepare: func(w *world) {
						w.need("services", awstoken.CostAnomalyMonitor, values{
							"name": "services", "monitorType": "DIMENSIONAL", "monitorDimension": "SERVICE",
						})
					},
					want: "Limit exceeded on dimensional spend monitor creation",
				},
				{why: "no dimension", changes: values{"monitorDimension": nil}, want: "dimension attrribute is required"},
				{
					why: "a specification without a key",
					changes: values{
						"monitorType": "CUSTOM", "monitorDimension": nil, "monitorSpecification": `{"Tags":{"Values":["prod"]}}`,
					},
					want: "Invalid MonitorSpecification",
				},
				{
					why: "two expressions",
					changes: values{
						"monitorType": "CUSTOM", "monitorDimension": nil,
						"monitorSpecification": `{"Tags":{"Key":"a","Values":["b"]},"Dimensions":{"Key":"a","Values":["b"]}}`,
					},
					want: "Invalid MonitorSpecification",
				},
			},
		},
		{
			rule: "anomaly-subscription", token: awstoken.CostAnomalySubscription,
			accepted: with(values{"frequency": "DAILY"}, subscriber("EMAIL", "oncall@example.com")),
			refused: []refusedRequest{
				{why: "an address at once", changes: values{"frequency": "IMMEDIATE"}, want: "IMMEDIATE does not go with"},
				{why: "a topic by the day", changes: subscriber("SNS", "${costs.arn}"), want: "DAILY does not go with"},
				{
					why: "a monitor that does not exist",
					changes: values{"monitorArnLists": []any{
						"arn:aws:ce::123456789012:anomalymonitor/00000000-0000-0000-0000-000000000000",
					}},
					want: "UnknownMonitorException",
				},
				{why: "no threshold", changes: values{"thresholdExpression": nil}, want: "a threshold expression is required"},
			},
		},
		{
			rule: "anomaly-topic", token: awstoken.CostAnomalySubscription,
			refused: []refusedRequest{{
				why: "a topic of other publishers", changes: subscriber("SNS", "${alarms.arn}"),
				want: "does not let costalerts.amazonaws.com publish",
			}},
		},
	}
}
