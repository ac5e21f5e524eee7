package awstypes_test

import "github.com/morpheus-ha/morpheus-aws/internal/awstoken"

func secretsmanagerCases() []ruleCase {
	return []ruleCase{
		{
			rule:       "secret-recovery-window",
			token:      awstoken.SecretsManagerSecret,
			createOnly: true,
			refused: []refusedRequest{
				{why: "a window too short", changes: values{"recoveryWindowInDays": 6}, want: "must be 0 or 7..30"},
				{
					why:  "a name that waits for its deletion",
					want: "already scheduled for deletion",
					prepare: func(w *world) {
						w.need("deleted", awstoken.SecretsManagerSecret, example(awstoken.SecretsManagerSecret))
						w.remove("deleted")
					},
				},
			},
		},
		{
			rule:  "secret-replica",
			token: awstoken.SecretsManagerSecret,
			refused: []refusedRequest{
				{
					why:     "a copy in its own region",
					changes: values{"replicas": []any{values{"region": "us-east-1"}}},
					want:    "must be in another region",
				},
				{
					why:     "a key of another region",
					changes: values{"replicas": []any{values{"region": "us-west-2", "kmsKeyId": "${key.arn}"}}},
					want:    "does not exist there",
				},
			},
			accepted: values{"replicas": []any{values{"region": "us-west-2"}}},
		},
	}
}
