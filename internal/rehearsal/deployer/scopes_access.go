package deployer

import "slices"

// accessScopes are the scopes of what decides on access: roles, policies, tags, keys and secrets.
func accessScopes() []scope {
	roleARNs, passed, passedTo := roles()
	attachedTo, attached := managedPolicies()
	return []scope{
		{
			sid:       "PassRoles",
			actions:   named("iam:PassRole"),
			resources: passed,
			condition: equals("iam:PassedToService", passedTo...),
		},
		{
			sid:       "MakeServiceLinkedRoles",
			actions:   named("iam:CreateServiceLinkedRole"),
			resources: []string{"arn:*:iam::*:role/aws-service-role/*"},
			condition: equals("iam:AWSServiceName", linkedServices...),
		},
		{
			sid:       "AttachPolicies",
			actions:   named("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
			resources: attachedTo,
			condition: with("ArnLike", "iam:PolicyARN", attached...),
		},
		{
			sid:     "TagRoles",
			actions: named("iam:TagRole", "iam:UntagRole"),
			resources: append([]string{
				"arn:*:iam::*:role/aws-service-role/autoscaling.amazonaws.com/*",
				"arn:*:iam::*:role/aws-service-role/opensearchservice.amazonaws.com/*",
			}, roleARNs...),
		},
		{
			sid:       "Roles",
			actions:   service("iam"),
			resources: append([]string{"arn:*:iam::*:instance-profile/morpheus-*-access-profile-*"}, roleARNs...),
		},

		{
			sid:       "GrantsForServices",
			actions:   named("kms:CreateGrant"),
			resources: keys,
			condition: with("Bool", "kms:GrantIsForAWSResource", "true"),
		},
		// Without the tag, because keys may belong to others. Decryption is only allowed through these services.
		{
			sid: "UseKeys",
			actions: named("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
				"kms:RetireGrant"),
			resources: keys,
			condition: with("StringLike", "kms:ViaService", "backup.*", "elasticfilesystem.*", "rds.*", "secretsmanager.*"),
		},
		{
			sid:       "MakeKeys",
			actions:   named("kms:CreateKey"),
			resources: anywhere,
		},
		// KMS may not see the tags of a new key for up to five minutes, and these calls follow its creation immediately:
		// https://docs.aws.amazon.com/kms/latest/developerguide/abac.html
		{
			sid: "NewKeys",
			actions: named("kms:EnableKeyRotation", "kms:TagResource", "kms:CreateAlias", "kms:UpdateAlias",
				"kms:DeleteAlias"),
			resources: append([]string{"arn:*:kms:*:*:alias/morpheus-*-alias-*"}, keys...),
		},
		{
			sid:       "Keys",
			actions:   service("kms"),
			resources: keys,
			condition: ours(),
		},

		// RDS keeps the administrator's password; the deployer may not read it.
		{
			sid:       "ManagedPassword",
			actions:   named("secretsmanager:RotateSecret"),
			resources: []string{"arn:*:secretsmanager:*:*:secret:rds!cluster-*"},
		},
		{
			sid: "SecretValues",
			actions: named("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
				"secretsmanager:UpdateSecretVersionStage"),
			resources: values,
		},
		{
			sid:     "MakeSecrets",
			actions: named("secretsmanager:CreateSecret", "secretsmanager:TagResource"),
			resources: slices.Concat(values, []string{
				"arn:*:secretsmanager:*:*:secret:morpheus-*-cluster-appliance-*", "arn:*:secretsmanager:*:*:secret:rds!cluster-*",
			}),
		},
		{
			sid:       "Secrets",
			actions:   service("secretsmanager"),
			resources: append(slices.Clone(values), "arn:*:secretsmanager:*:*:secret:morpheus-*-cluster-appliance-*"),
		},

		// These actions have no resource level: IAM allows them for all policies and saved queries of logs or none.
		{
			sid: "LogPolicies",
			actions: named("logs:PutResourcePolicy", "logs:DeleteResourcePolicy", "logs:PutQueryDefinition",
				"logs:DeleteQueryDefinition"),
			resources: anywhere,
		},
		{
			sid:     "LogGroups",
			actions: service("logs"),
			resources: []string{
				"arn:*:logs:*:*:log-group:/aws/rds/cluster/morpheus-*",
				"arn:*:logs:*:*:log-group:/aws/opensearch/morpheus-*",
				"arn:*:logs:*:*:log-group:morpheus-*-network-flow-logs-*", "arn:*:logs:*:*:log-group:/morpheus/*",
			},
		},
	}
}
