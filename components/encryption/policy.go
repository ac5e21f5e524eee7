package encryption

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// keyPolicy of a concern: the account decides by IAM, and services that act without a caller's permissions are named.
func keyPolicy(concern Concern, args *Args) pulumi.StringOutput {
	statements := []policy.Statement{{
		// Without it nobody could change the policy any more; permissions themselves come from the IAM policies.
		Sid:       "AccountDecidesByIAM",
		Principal: policy.AWS(pulumi.String(args.Location.AccountRoot())),
		Actions:   []string{"kms:*"},
		Resources: policy.Any,
	}}
	switch concern {
	case Volumes:
		statements = append(statements, autoScalingStatements(args.AutoScalingServiceRoleArn)...)
	case Logs:
		statements = append(statements, logsStatement(args))
	}
	return policy.Document(statements...)
}

// autoScalingStatements let the service that launches nodes use the key of their volumes. Without them every node stops
// as soon as it starts:
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
func autoScalingStatements(role pulumi.StringInput) []policy.Statement {
	return []policy.Statement{
		{
			Sid:       "AutoScalingUsesKey",
			Principal: policy.AWS(role),
			Actions:   []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"},
			Resources: policy.Any,
		},
		{
			Sid:        "AutoScalingGrantsKey",
			Principal:  policy.AWS(role),
			Actions:    []string{"kms:CreateGrant"},
			Resources:  policy.Any,
			Conditions: []policy.Condition{policy.When("Bool", "kms:GrantIsForAWSResource", "true")},
		},
	}
}

// logsStatement lets CloudWatch Logs encrypt the log groups of this account and region:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
func logsStatement(args *Args) policy.Statement {
	return policy.Statement{
		Sid:       "CloudWatchLogsUsesKey",
		Principal: policy.Service(args.Location.RegionalService("logs")),
		Actions:   []string{"kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"},
		Resources: policy.Any,
		Conditions: []policy.Condition{policy.When("ArnLike", "kms:EncryptionContext:aws:logs:arn",
			args.Location.ARN("logs", "log-group:*"))},
	}
}
