package awstypes_test

import (
	"fmt"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

func logsCases() []ruleCase {
	return []ruleCase{
		{rule: "log-group-key", token: awstoken.LogGroup, refused: []refusedRequest{
			{
				why:     "a key that CloudWatch Logs may not use",
				changes: values{"kmsKeyId": "${plain-key.arn}"},
				want:    "is not allowed to be used with log group /app",
			},
			{
				why:     "a key that CloudWatch Logs is denied",
				changes: values{"kmsKeyId": "${denied-key.arn}"},
				want:    "is not allowed to be used with log group /app",
				prepare: func(w *world) {
					w.need("denied-key", awstoken.KMSKey, values{"policy": policy(
						allow("AWS", "${root}", "kms:*"),
						allow("Service", "logs.us-east-1.amazonaws.com", "kms:*"),
						with(allow("Service", "logs.us-east-1.amazonaws.com", "kms:Decrypt"),
							values{"Effect": "Deny"}),
					)})
				},
			},
			{
				why:     "a group outside the key's condition",
				changes: values{"name": "app"},
				want:    "is not allowed to be used with log group app",
			},
		}},
		{rule: "query-string", token: awstoken.LogQueryDefinition, refused: []refusedRequest{
			{why: "a misspelt command", changes: values{"queryString": "field @message"}, want: "unexpected symbol found field"},
			{
				why: "a name that nothing defines", want: "nothing defines errors",
				changes: values{"queryString": "stats count(*) as found by @logStream\n| sort errors desc"},
			},
		}},
		{rule: "filter-pattern", token: awstoken.LogMetricFilter, refused: []refusedRequest{
			{why: "a word that needs quotes", changes: values{"pattern": "access-denied"}, want: "needs quotes"},
			{why: "optional terms that are ignored", changes: values{"pattern": "?ERROR FATAL"}, want: "are ignored"},
			{
				why: "a default with dimensions", want: "has no default value",
				changes: values{"metricTransformation.dimensions": values{"Host": "$host"}},
			},
		}},
		{rule: "log-resource-policies", token: awstoken.LogResourcePolicy, createOnly: true, refused: []refusedRequest{
			{why: "a policy that is not JSON", changes: values{"policyDocument": "{"}, want: "not a policy"},
			{why: "an eleventh policy", want: "10 resource policies in us-east-1", prepare: func(w *world) {
				for i := range 9 {
					name := fmt.Sprintf("policy-%d", i)
					w.need(name, awstoken.LogResourcePolicy,
						with(example(awstoken.LogResourcePolicy), values{"policyName": name}))
				}
			}},
		}},
	}
}
