package account_test

func notificationRefusals() []refusal {
	published := func(changes values) string {
		return policy(with(with(allow("Service", "events.rds.amazonaws.com", "sns:Publish"), values{"Resource": "${topic.arn}"}), changes))
	}
	return []refusal{
		{rule: "topic-policy", token: topicPolicy, refused: []neighbour{
			{why: "another topic's policy", changes: values{"policy": published(values{"Resource": "*"})}, want: "* is not this topic"},
			{why: "everybody", changes: values{"policy": published(values{"Principal": values{"AWS": "*"}})}, want: "everybody in the world"},
			{why: "no statement", changes: values{"policy": "{}"}, want: "Policy Error"},
		}},
		{rule: "event-categories", token: events, accepted: values{"sourceType": "db-instance", "eventCategories": []any{"configuration change", "failure"}}, refused: []neighbour{
			{why: "a category of instances for a parameter group", changes: values{"sourceType": "db-parameter-group"}, want: `no category "failure"`},
			{why: "a category that is none", changes: values{"eventCategories": []any{"disaster"}}, want: `no category "disaster"`},
		}},
		{rule: "event-topic", token: events, refused: []neighbour{
			{why: "a topic whose policy leaves RDS out", want: "RDS is not authorized to publish", changes: values{"snsTopic": "${mute.arn}"},
				before: func(w *world) {
					w.need("mute", topic, values{"name": "mute"})
					w.need("mute-policy", topicPolicy, values{"arn": "${mute.arn}", "policy": policy(
						with(allow("Service", "cloudwatch.amazonaws.com", "sns:Publish"), values{"Resource": "${mute.arn}"}))})
				}},
			{why: "a topic whose key leaves RDS out", want: "no kms:GenerateDataKey on the key", changes: values{"snsTopic": "${sealed.arn}"},
				before: func(w *world) {
					w.need("sealed", topic, values{"name": "sealed", "kmsMasterKeyId": "${plain-key.arn}"})
				}},
		}},
	}
}
