package encryption

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// publishers send notifications to encrypted topics, and act for the account that aws:SourceAccount names. They are those
// that the policy of the topic lets in. AWS Backup is not among them: it reports through alarms on its metrics, and that it
// sends the condition key is documented nowhere.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
var publishers = []struct{ sid, principal string }{
	{"AlarmsPublish", "cloudwatch.amazonaws.com"},
	{"DatabaseEventsPublish", "events.rds.amazonaws.com"},
}

// Statements of the key policy of a concern, also for the owner of an existing key: the account decides by IAM, and
// services that act without a caller's permissions are named. autoScalingRole is the ARN of Auto Scaling's
// service-linked role; it must exist, because KMS refuses policies that name who is not there.
func Statements(concern Concern, loc location.Location, autoScalingRole pulumi.StringInput) []policy.Statement {
	statements := []policy.Statement{{
		// Everything, as in the policy that AWS gives a new key. It lets nobody in by itself: it hands the decision to the
		// IAM policies of the account. Without it nobody could change the policy any more, and services that take a grant
		// from whoever creates the database, broker or domain would get none.
		// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
		Sid:       "AccountDecidesByIAM",
		Principal: policy.AWS(pulumi.String(loc.AccountRoot())),
		Actions:   []string{"kms:*"},
		Resources: policy.Any,
	}}
	switch concern {
	case Volumes:
		statements = append(statements, autoScalingStatements(autoScalingRole)...)
	case Logs:
		statements = append(statements, logsStatement(loc))
		for _, p := range publishers {
			statements = append(statements, publishStatement(p.sid, p.principal, loc))
		}
	}
	return statements
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
func logsStatement(loc location.Location) policy.Statement {
	return policy.Statement{
		Sid:       "CloudWatchLogsUsesKey",
		Principal: policy.Service(loc.RegionalService("logs")),
		Actions:   []string{"kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"},
		Resources: policy.Any,
		Conditions: []policy.Condition{policy.When("ArnLike", "kms:EncryptionContext:aws:logs:arn",
			loc.ARN("logs", "log-group:*"))},
	}
}

// publishStatement lets a service send to encrypted topics of this account. Without it the alarm changes its state, and
// nobody is told. These principals end in ".amazonaws.com" in every partition.
func publishStatement(sid, principal string, loc location.Location) policy.Statement {
	return policy.Statement{
		Sid:        sid,
		Principal:  policy.Service(principal),
		Actions:    []string{"kms:Decrypt", "kms:GenerateDataKey*"},
		Resources:  policy.Any,
		Conditions: []policy.Condition{policy.When("StringEquals", "aws:SourceAccount", loc.AccountID)},
	}
}
