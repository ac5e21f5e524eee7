package bucket

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// keptVersionDays is how long an overwritten or deleted object can be restored when the bucket has no retention.
const keptVersionDays = 30

// settings makes the settings of a bucket, which are separate resources in S3.
type settings struct {
	ctx    *pulumi.Context
	name   string
	args   *Args
	bucket *Bucket
}

func (s *settings) child(role string) string { return naming.Child(s.name, role) }

// publicAccess is refused, whatever a policy or the owner of an object says: FSBP S3.1, S3.8 and S3.12.
func (s *settings) publicAccess() error {
	block, err := s3.NewBucketPublicAccessBlock(s.ctx, s.child("private"), &s3.BucketPublicAccessBlockArgs{
		Bucket:                s.bucket.Name,
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, pulumi.Parent(s.bucket))
	if err != nil {
		return fmt.Errorf("block public access: %w", err)
	}
	// S3 accepts one change of a bucket's settings at a time, and refuses others with OperationAborted.
	owner, err := s3.NewBucketOwnershipControls(s.ctx, s.child("owner"), &s3.BucketOwnershipControlsArgs{
		Bucket: s.bucket.Name,
		Rule:   s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, pulumi.Parent(s.bucket), pulumi.DependsOn([]pulumi.Resource{block}))
	if err != nil {
		return fmt.Errorf("own all objects: %w", err)
	}
	s.bucket.Ready = append(s.bucket.Ready, block, owner)
	return nil
}

func (s *settings) encryption() error {
	byDefault := s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
		SseAlgorithm: pulumi.String("AES256"),
	}
	if s.args.KeyArn != nil {
		byDefault.SseAlgorithm = pulumi.String("aws:kms")
		byDefault.KmsMasterKeyId = s.args.KeyArn.ToStringOutput().ToStringPtrOutput()
	}
	encryption, err := s3.NewBucketServerSideEncryptionConfigurationV2(s.ctx, s.child("encryption"),
		&s3.BucketServerSideEncryptionConfigurationV2Args{
			Bucket: s.bucket.Name,
			Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{
				s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
					ApplyServerSideEncryptionByDefault: byDefault,
					// One call to KMS for many objects, instead of one for each.
					BucketKeyEnabled: pulumi.Bool(s.args.KeyArn != nil),
				},
			},
		}, pulumi.Parent(s.bucket))
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	s.bucket.Ready = append(s.bucket.Ready, encryption)
	return nil
}

func (s *settings) versions() error {
	if !s.args.Versioned {
		return nil
	}
	versioning, err := s3.NewBucketVersioningV2(s.ctx, s.child("versions"), &s3.BucketVersioningV2Args{
		Bucket: s.bucket.Name,
		VersioningConfiguration: s3.BucketVersioningV2VersioningConfigurationArgs{
			Status: pulumi.String("Enabled"),
		},
	}, pulumi.Parent(s.bucket))
	if err != nil {
		return fmt.Errorf("keep versions: %w", err)
	}
	s.bucket.Ready = append(s.bucket.Ready, versioning)
	return nil
}

// expiry deletes objects, versions and unfinished uploads: FSBP S3.13.
func (s *settings) expiry() error {
	rule := s3.BucketLifecycleConfigurationV2RuleArgs{
		Id:     pulumi.String("expiry"),
		Status: pulumi.String("Enabled"),
		// An empty prefix is every object; without a filter the provider shows a change in every preview.
		Filter: s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")},
		AbortIncompleteMultipartUpload: s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
			DaysAfterInitiation: pulumi.Int(uploadDays),
		},
	}
	kept := keptVersionDays
	if s.args.RetentionDays > 0 {
		kept = s.args.RetentionDays
		rule.Expiration = s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(s.args.RetentionDays)}
	}
	if s.args.Versioned {
		rule.NoncurrentVersionExpiration = s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{
			NoncurrentDays: pulumi.Int(kept),
		}
	}
	_, err := s3.NewBucketLifecycleConfigurationV2(s.ctx, s.child("expiry"), &s3.BucketLifecycleConfigurationV2Args{
		Bucket: s.bucket.Name,
		Rules:  s3.BucketLifecycleConfigurationV2RuleArray{rule},
		// Rules about old versions need a bucket with versioning.
	}, pulumi.Parent(s.bucket), pulumi.DependsOn(s.bucket.Ready))
	if err != nil {
		return fmt.Errorf("expire objects: %w", err)
	}
	return nil
}

// policy refuses every call without TLS (FSBP S3.5), and has the statements of the caller.
func (s *settings) policy() error {
	statements := []policy.Statement{{
		Sid:       "OnlyTLS",
		Effect:    "Deny",
		Principal: policy.Everybody,
		Actions:   []string{"s3:*"},
		Resources: policy.On(s.bucket.Arn, pulumi.Sprintf("%s/*", s.bucket.Arn)),
		Conditions: []policy.Condition{
			policy.When("Bool", "aws:SecureTransport", "false"),
		},
	}}
	if s.args.Statements != nil {
		statements = append(statements, s.args.Statements(s.bucket.Arn)...)
	}
	made, err := s3.NewBucketPolicy(s.ctx, s.child("policy"), &s3.BucketPolicyArgs{
		Bucket: s.bucket.Name,
		Policy: policy.Document(statements...),
		// After publicAccess: S3 accepts one change at a time.
	}, pulumi.Parent(s.bucket), pulumi.DependsOn(s.bucket.Ready))
	if err != nil {
		return fmt.Errorf("write the policy: %w", err)
	}
	s.bucket.Ready = append(s.bucket.Ready, made)
	return nil
}
