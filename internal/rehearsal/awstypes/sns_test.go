package awstypes_test

import "github.com/morpheus-ha/morpheus-aws/internal/awstoken"

func snsCases() []ruleCase {
	published := func(changes values) string {
		return policy(
			with(with(allow("Service", "events.rds.amazonaws.com", "sns:Publish"), values{"Resource": "${topic.arn}"}),
				changes),
		)
	}
	return []ruleCase{
		{rule: "subscription-endpoint", token: awstoken.SNSTopicSubscription, refused: []refusedRequest{
			{
				why: "a function without the permission", want: "may not be called by the topic",
				changes: values{"protocol": "lambda", "endpoint": "${function.arn}"},
			},
			{
				why: "a function with a permission for another topic", want: "may not be called by the topic",
				changes: values{"protocol": "lambda", "endpoint": "${function.arn}"},
				prepare: func(w *world) {
					w.need("allowed", awstoken.LambdaPermission, with(example(awstoken.LambdaPermission), values{
						"sourceArn": "${alarms.arn}",
					}))
				},
			},
			{why: "no TLS", changes: values{"protocol": "http", "endpoint": "http://example.com"}, want: "can be read on the way"},
		}},
		{rule: "topic-policy", token: awstoken.SNSTopicPolicy, refused: []refusedRequest{
			{
				why:     "another topic's policy",
				changes: values{"policy": published(values{"Resource": "*"})},
				want:    "* is not this topic",
			},
			{
				why:     "everybody",
				changes: values{"policy": published(values{"Principal": values{"AWS": "*"}})},
				want:    "everybody in the world",
			},
			{why: "no statement", changes: values{"policy": "{}"}, want: "Policy Error"},
		}},
	}
}
