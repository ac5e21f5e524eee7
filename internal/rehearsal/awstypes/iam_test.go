package awstypes_test

import (
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

func iamCases() []ruleCase {
	return []ruleCase{
		{rule: "trust-policy", token: awstoken.IAMRole, refused: []refusedRequest{
			{
				why:     "a resource in a trust policy",
				changes: values{"assumeRolePolicy": policy(allow("Service", "ec2.amazonaws.com", "sts:AssumeRole"))},
				want:    "names principals and no resources",
			},
			{
				why:     "no principal",
				changes: values{"assumeRolePolicy": policy(values{"Effect": "Allow", "Action": "sts:AssumeRole"})},
				want:    "names principals",
			},
			{why: "no statement", changes: values{"assumeRolePolicy": "{}"}, want: "not a policy"},
		}},
		{rule: "role-policy", token: awstoken.IAMRolePolicy, refused: []refusedRequest{
			{
				why:     "a principal in a role's policy",
				changes: values{"policy": policy(allow("AWS", "*", "kms:Decrypt"))},
				want:    "should not specify a principal",
			},
			{
				why:     "no statement",
				changes: values{"policy": "{}"},
				want:    "a policy of version 2012-10-17 with statements was expected",
			},
			{
				why:     "a statement without resource",
				changes: values{"policy": policy(values{"Effect": "Allow", "Action": "kms:Decrypt"})},
				want:    "needs actions and resources",
			},
			{
				why: "an empty resource",
				changes: values{
					"policy": policy(values{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": []any{""}}),
				},
				want: "needs actions and resources",
			},
			{
				why: "a policy too long",
				changes: values{
					"policy": policy(values{"Effect": "Allow", "Action": strings.Repeat("x", 10240), "Resource": "*"}),
				},
				want: "maximum policy size of 10240",
			},
			{
				why:  "two policies that are too long together",
				want: "maximum policy size of 10240",
				prepare: func(w *world) {
					w.need(
						"long",
						awstoken.IAMRolePolicy,
						values{
							"role": "${role.name}",
							"name": "long",
							"policy": policy(
								values{"Effect": "Allow", "Action": strings.Repeat("x", 5000), "Resource": "*"},
							),
						},
					)
				},
				changes: values{
					"policy": policy(values{"Effect": "Allow", "Action": strings.Repeat("x", 5200), "Resource": "*"}),
				},
			},
		}},
		{
			rule:       "service-linked-role-once",
			token:      awstoken.IAMServiceLinkedRole,
			createOnly: true,
			refused: []refusedRequest{
				{
					why:     "the existing OpenSearch role",
					changes: values{"awsServiceName": "opensearchservice.amazonaws.com"},
					want:    "AWSServiceRoleForAmazonOpenSearchService has been taken in this account",
				},
				{
					why:     "the existing Auto Scaling role",
					changes: values{"awsServiceName": "autoscaling.amazonaws.com"},
					want:    "AWSServiceRoleForAutoScaling has been taken in this account",
				},
			},
		},
	}
}
