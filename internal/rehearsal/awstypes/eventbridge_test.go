package awstypes_test

import "github.com/morpheus-ha/morpheus-aws/internal/awstoken"

// eventRoles are roles for EventBridge: "events-role", with which rules reach the topic "alarms"; and for the refused
// requests "idle", without permissions, and "keyless", without the key.
func (w *world) eventRoles() {
	w.need("happened", awstoken.EventRule, with(example(awstoken.EventRule), values{"name": "happened"}))
	trust := policy(values{
		"Effect": "Allow", "Principal": values{"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole",
		"Condition": values{"ArnLike": values{"aws:SourceArn": "arn:aws:events:*:${account}:rule/*"}},
	})
	publish := values{"Effect": "Allow", "Action": "sns:Publish", "Resource": "${alarms.arn}"}
	send := values{"Effect": "Allow", "Action": "events:PutEvents", "Resource": busElsewhere}
	for name, statements := range map[string][]values{
		"sender": {send},
		"events-role": {publish, {
			"Effect": "Allow", "Action": []any{"kms:Decrypt", "kms:GenerateDataKey*"}, "Resource": "${key.arn}",
			"Condition": values{"StringEquals": values{"kms:ViaService": "sns." + region + ".amazonaws.com"}},
		}},
		"keyless": {publish}, "idle": nil,
	} {
		w.need(name, awstoken.IAMRole, values{"name": name, "assumeRolePolicy": trust})
		if statements != nil {
			w.need(name+"-policy", awstoken.IAMRolePolicy, values{
				"role": "${" + name + ".name}", "name": "publish", "policy": policy(statements...),
			})
		}
	}
}

// busElsewhere is the default event bus of another region.
const busElsewhere = "arn:aws:events:" + other + ":${account}:event-bus/default"

// openTopic lets EventBridge publish to a topic and use its key, with or without a condition for the account.
func openTopic(name string, condition values) func(w *world) {
	return func(w *world) {
		statement := func(actions ...string) values {
			return with(allow("Service", "events.amazonaws.com", actions...), values{"Condition": condition})
		}
		w.need(name+"-key", awstoken.KMSKey, values{
			"policy": policy(allow("AWS", "${root}", "kms:*"), statement("kms:Decrypt", "kms:GenerateDataKey*")),
		})
		w.need(name, awstoken.SNSTopic, values{"name": name, "kmsMasterKeyId": "${" + name + "-key.arn}"})
		w.need(name+"-policy", awstoken.SNSTopicPolicy, values{
			"arn":    "${" + name + ".arn}",
			"policy": policy(with(statement("sns:Publish"), values{"Resource": "${" + name + ".arn}"})),
		})
	}
}

func eventbridgeCases() []ruleCase {
	return []ruleCase{
		{
			rule: "event-target-region", token: awstoken.EventTarget,
			accepted: values{"arn": busElsewhere, "roleArn": "${sender.arn}"},
			refused: []refusedRequest{
				{why: "a topic of another region", changes: values{"arn": "arn:aws:sns:" + other + ":${account}:alarms"},
					want: "is not in the region us-east-1"},
				{why: "a bus of another region without a role", changes: values{"roleArn": nil}, want: "RoleArn is required"},
			},
		},
		{
			rule: "event-pattern", token: awstoken.EventRule,
			accepted: values{"eventPattern": `{"source": ["aws.rds"], "detail": {"SourceIdentifier": ["data"]}}`},
			refused: []refusedRequest{
				{why: "a value that is no array", changes: values{"eventPattern": `{"source": "aws.rds"}`},
					want: "must be an object or an array"},
				{why: "an empty pattern", changes: values{"eventPattern": `{"detail": {}}`}, want: "an empty pattern"},
			},
		},
		{
			rule: "event-target", token: awstoken.EventTarget,
			refused: []refusedRequest{
				{why: "a role without permissions", changes: values{"roleArn": "${idle.arn}"}, want: "does not let arn:aws:iam"},
				{why: "a role without the key", changes: values{"roleArn": "${keyless.arn}"}, want: "the policy of the key of"},
				{why: "a role that only flow logs may assume", changes: values{"roleArn": "${flow-role.arn}"}, want: "events.amazonaws.com may not assume"},
				{why: "a bus to which the role may not send", changes: values{"arn": busElsewhere}, want: "do not let it send"},
				{why: "the bus of the rule", changes: values{"arn": "arn:aws:events:" + region + ":${account}:event-bus/default"},
					want: "go round"},
				{why: "a topic that does not exist", changes: values{"arn": "${alarms.arn}x"}, want: "there is no topic"},
				{why: "no role, and a topic for others", changes: values{"roleArn": nil},
					want: "does not let events.amazonaws.com publish"},
				{
					why:     "no role, and a topic with a condition that EventBridge does not meet",
					changes: values{"roleArn": nil, "arn": "${guarded.arn}"},
					prepare: openTopic("guarded", values{"StringEquals": values{"aws:SourceAccount": "${account}"}}),
					want:    "does not let events.amazonaws.com publish",
				},
			},
		},
	}
}
