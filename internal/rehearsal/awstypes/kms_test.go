package awstypes_test

import (
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

func kmsCases() []ruleCase {
	someRole := "arn:aws:iam::${account}:role/"
	return []ruleCase{
		{rule: "key-policy-root", token: awstoken.KMSKey, refused: []refusedRequest{
			{
				why:     "a policy that locks the account out",
				changes: values{"policy": policy(allow("AWS", someRole+"node", "kms:*"))},
				want:    "will not allow you to update the key policy",
			},
			{
				why:     "a policy that denies the account",
				changes: values{"policy": policy(with(allow("AWS", "${root}", "kms:*"), values{"Effect": "Deny"}))},
				want:    "will not allow you",
			},
			{why: "a policy that allows the account and denies it the policy itself", changes: values{"policy": policy(
				allow("AWS", "${root}", "kms:*"),
				with(allow("AWS", "*", "kms:PutKeyPolicy"), values{"Effect": "Deny"}),
			)}, want: "will not allow you"},
			{
				why:     "a policy that is not JSON",
				changes: values{"policy": "{"},
				want:    "MalformedPolicyDocumentException",
			},
		}},
		{rule: "key-policy-principals", token: awstoken.KMSKey, accepted: values{
			"policy": policy(allow("AWS", "${root}", "kms:*"), allow("AWS", someRole+"node", "kms:Decrypt")),
		}, refused: []refusedRequest{
			{
				why:  "a role that does not exist (yet)",
				want: "invalid principals: arn:aws:iam::" + simaws.AccountID + ":role/gone",
				changes: values{
					"policy": policy(allow("AWS", "${root}", "kms:*"), allow("AWS", someRole+"gone", "kms:Decrypt")),
				},
			},
			{
				why:  "a service-linked role that a fresh account does not have",
				want: "invalid principals",
				changes: values{
					"policy": policy(
						allow("AWS", "${root}", "kms:*"),
						allow("AWS", someRole+"aws-service-role/backup.amazonaws.com/AWSServiceRoleForbackup",
							"kms:CreateGrant"),
					),
				},
			},
		}},
	}
}
