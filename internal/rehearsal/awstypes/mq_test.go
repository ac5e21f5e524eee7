package awstypes_test

import "github.com/morpheus-ha/morpheus-aws/internal/awstoken"

func mqCases() []ruleCase {
	user := func(name, password string) values {
		return values{"users": []any{values{"username": name, "password": password}}}
	}
	const good = "aB3dEfGh1jKl"
	return []ruleCase{
		{rule: "broker-type-zone", token: awstoken.MQBroker, createOnly: true, refused: []refusedRequest{{
			why: "a zone without the type", prepare: withoutOffers,
			want: "mq.m5.large is not offered in us-east-1a; choose one of us-east-1b, us-east-1c, us-east-1d",
		}}},
		{rule: "rabbitmq-version", token: awstoken.MQBroker, refused: []refusedRequest{
			{
				why:     "the retired 3.10.10",
				changes: values{"engineVersion": "3.10.10"},
				want:    "Broker engine version [3.10.10] is invalid. Valid values: [4.3, 4.2, 3.13]",
			},
			{
				why:     "a patch number",
				changes: values{"engineVersion": "3.13.7"},
				want:    "Broker engine version [3.13.7] is invalid",
			},
			{
				why:     "the same in upper case",
				changes: values{"engineType": "RABBITMQ", "engineVersion": "3.12"},
				want:    "[3.12] is invalid",
			},
		}},
		{
			rule: "rabbitmq-downgrade", token: awstoken.MQBroker, updateOnly: true,
			accepted: values{"engineVersion": "4.2", "hostInstanceType": "mq.m7g.large"},
			refused: []refusedRequest{{
				why: "an older version", changes: values{"engineVersion": "3.13"}, want: "downgraded from 4.2 to 3.13",
			}},
		},
		{rule: "rabbitmq-auto-minor-upgrade", token: awstoken.MQBroker, refused: []refusedRequest{
			{
				why:     "minor upgrades off",
				changes: values{"autoMinorVersionUpgrade": false},
				want:    "autoMinorVersionUpgrade must be true",
			},
			{
				why:     "minor upgrades left at the provider's default",
				changes: values{"autoMinorVersionUpgrade": nil},
				want:    "autoMinorVersionUpgrade must be true",
			},
		}},
		{rule: "rabbitmq-no-audit-log", token: awstoken.MQBroker, refused: []refusedRequest{
			{
				why:     "an audit log",
				changes: values{"logs.audit": true},
				want:    "can not be configured when engine is RabbitMQ",
			},
		}},
		{rule: "rabbitmq-one-user", token: awstoken.MQBroker, refused: []refusedRequest{
			{
				why: "two users",
				changes: values{
					"users": []any{
						values{"username": "one", "password": good},
						values{"username": "two", "password": good},
					},
				},
				want: "Specify exactly one user",
			},
			{why: "no user", changes: values{"users": []any{}}, want: "got 0"},
		}},
		{rule: "rabbitmq-user-name", token: awstoken.MQBroker, refused: []refusedRequest{
			{why: "the user guest", changes: user("guest", good), want: "not guest"},
			{why: "a tilde", changes: user("mor~pheus", good), want: "letters, digits"},
			{why: "a name too short", changes: user("m", good), want: "2..100"},
		}},
		{rule: "rabbitmq-password", token: awstoken.MQBroker, refused: []refusedRequest{
			{why: "a comma", changes: user("morpheus", good+","), want: "without , : ="},
			{why: "a colon", changes: user("morpheus", good+":"), want: "without , : ="},
			{why: "an equals sign", changes: user("morpheus", good+"="), want: "without , : ="},
			{why: "a password too short", changes: user("morpheus", "aB3dEfGh1jK"), want: "12..250"},
			{
				why:     "too few different characters",
				changes: user("morpheus", "aaabbbcccaaabbb"),
				want:    "at least 4 of them unique",
			},
		}},
		{rule: "rabbitmq-subnets", token: awstoken.MQBroker, refused: []refusedRequest{
			{
				why:     "one subnet for a Multi-AZ cluster",
				changes: values{"subnetIds": []any{"${subnet-a.id}"}},
				want:    "reachable in one Availability Zone only",
			},
			{
				why:     "two subnets in one zone",
				changes: values{"subnetIds": []any{"${subnet-a.id}", "${subnet-a2.id}"}},
				want:    "must be in different Availability Zones",
			},
			{
				why: "two subnets for a single instance",
				changes: values{
					"deploymentMode": "SINGLE_INSTANCE",
					"subnetIds":      []any{"${subnet-a.id}", "${subnet-b.id}"},
				},
				want: "exactly one subnet for deployment mode [SINGLE_INSTANCE], got 2",
			},
			{
				why:     "the same by default and in lower case",
				changes: values{"deploymentMode": "single_instance"},
				want:    "exactly one subnet",
			},
		}},
		{rule: "rabbitmq-instance-type", token: awstoken.MQBroker, refused: []refusedRequest{
			{
				why:     "a type that can no longer be created",
				changes: values{"hostInstanceType": "mq.t3.micro"},
				want:    "can no longer be created",
			},
			{
				why:     "a type of ActiveMQ",
				changes: values{"hostInstanceType": "mq.m4.large"},
				want:    "not valid for RabbitMQ",
			},
			{
				why:     "RabbitMQ 4 on the older generation",
				changes: values{"engineVersion": "4.2"},
				want:    "runs on mq.m7g only",
			},
		}},
	}
}
