package awstypes_test

import (
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

func lambdaCases() []ruleCase {
	return []ruleCase{{
		rule: "function-permission", token: awstoken.LambdaPermission, createOnly: true,
		refused: []refusedRequest{{
			why: "every topic of the world", changes: values{"sourceArn": nil}, want: "for every account",
		}},
	}}
}
