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
