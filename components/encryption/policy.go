package encryption

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// publishers send notifications to encrypted topics, and act for the account that aws:SourceAccount names.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
var publishers = []struct{ sid, principal string }{
	{"AlarmsPublish", "cloudwatch.amazonaws.com"},
	{"DatabaseEventsPublish", "events.rds.amazonaws.com"},
}

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
		for _, p := range publishers {
			statements = append(statements, publishStatement(p.sid, p.principal, args))
		}
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

// publishStatement lets a service send to encrypted topics of this account. Without it the alarm changes its state, and
// nobody is told. These principals end in ".amazonaws.com" in every partition.
func publishStatement(sid, principal string, args *Args) policy.Statement {
	return policy.Statement{
		Sid:        sid,
		Principal:  policy.Service(principal),
		Actions:    []string{"kms:Decrypt", "kms:GenerateDataKey*"},
		Resources:  policy.Any,
		Conditions: []policy.Condition{policy.When("StringEquals", "aws:SourceAccount", args.Location.AccountID)},
	}
}
