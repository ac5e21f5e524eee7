package encryption

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/notifications"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// Statements of the key policy of a concern, also for the owner of an existing key: the account decides by IAM, and
// the policy names the services that act without a caller's permissions. autoScalingRole is the ARN of Auto Scaling's
// service-linked role; it must exist, because KMS refuses policies with a principal that does not exist.
func Statements(concern Concern, loc location.Location, autoScalingRole pulumi.StringInput) []policy.Statement {
	statements := []policy.Statement{{
		// As in the policy that AWS gives a new key. By itself it allows nothing: it delegates to the IAM policies of the
		// account. Without it nobody could change the policy any more, and the creator of the database, broker or domain
		// could not give the service its grant.
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
		for _, p := range notifications.PublishersIn(loc.Partition) {
			statements = append(statements, publishStatement(p.Sid, p.Principal, loc))
		}
	}
	return statements
}

// autoScalingStatements let the service that launches nodes use the key of their volumes. Without them every node is
// terminated as soon as it starts:
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

// publishStatement lets a service publish to encrypted topics of this account. Without it an alarm changes its state,
// and nobody is notified.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
func publishStatement(sid, principal string, loc location.Location) policy.Statement {
	return policy.Statement{
		Sid:        sid,
		Principal:  policy.Service(principal),
		Actions:    []string{"kms:Decrypt", "kms:GenerateDataKey*"},
		Resources:  policy.Any,
		Conditions: []policy.Condition{policy.When("StringEquals", "aws:SourceAccount", loc.AccountID)},
	}
}
