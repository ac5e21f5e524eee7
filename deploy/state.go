package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/bucket"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// keyAlias is what --secrets-provider names, with awskms:// before it.
const keyAlias = "alias/morpheus-state"

// keyDays is the number of days before a deleted key is gone.
const keyDays = 30

// state makes the bucket and the key. The key encrypts the objects and, as the secrets provider, the secrets in them:
// who may read the bucket alone reads no secret.
func (d *delivery) state() error {
	root := pulumi.Sprintf("arn:%s:iam::%s:root", d.partition, d.settings.AccountID)
	key, err := kms.NewKey(d.ctx, "state-key", &kms.KeyArgs{
		Description:          pulumi.String("State of Morpheus, and the secrets in it"),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(keyDays),
		// The policies of the roles decide, as for any other resource of the account.
		Policy: policy.Document(policy.Statement{
			Sid: "Account", Principal: policy.AWS(root), Actions: []string{"kms:*"}, Resources: policy.Any,
		}),
	}, d.provider, pulumi.Protect(true))
	if err != nil {
		return fmt.Errorf("key of the state: %w", err)
	}
	if _, err := kms.NewAlias(d.ctx, "state-alias", &kms.AliasArgs{
		Name: pulumi.String(keyAlias), TargetKeyId: key.KeyId,
	}, d.provider); err != nil {
		return fmt.Errorf("alias of the key: %w", err)
	}
	// The bucket keeps each version of a state for 30 days.
	made, err := bucket.New(d.ctx, "state", &bucket.Args{
		Protection: lifecycle.Protection{Protect: true}, KeyArn: key.Arn, Versioned: true,
	}, d.provider)
	if err != nil {
		return fmt.Errorf("bucket of the state: %w", err)
	}
	d.bucketArn, d.keyArn = made.Arn, key.Arn
	d.ctx.Export("backendUrl", pulumi.Sprintf("s3://%s?region=%s", made.Name, d.settings.Region))
	d.ctx.Export("secretsProvider", pulumi.Sprintf("awskms://%s?region=%s", keyAlias, d.settings.Region))
	return nil
}

// project is the name in Pulumi.yaml of the program, which the backend has in its keys.
const project = "morpheus"

// stateAccess are the permissions for the state of one stack. Every operation takes a lock, a preview too.
// https://github.com/pulumi/pulumi/blob/v3.245.0/pkg/backend/diy/backend.go
func (d *delivery) stateAccess(stack string, writes bool) []policy.Statement {
	key := func(format string) pulumi.StringInput {
		return pulumi.Sprintf("%s/.pulumi/"+format, d.bucketArn, project+"/"+stack)
	}
	states := policy.On(key("stacks/%s.json"), key("stacks/%s.json.*"))
	out := []policy.Statement{
		{Sid: "ListState", Actions: []string{"s3:ListBucket"}, Resources: policy.On(d.bucketArn)},
		{Sid: "ReadState", Actions: []string{"s3:GetObject"},
			Resources: append(states, pulumi.Sprintf("%s/.pulumi/meta.yaml", d.bucketArn))},
		{Sid: "Lock", Actions: []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
			Resources: policy.On(key("locks/organization/%s/*"))},
		{Sid: "Key", Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resources: policy.On(d.keyArn)},
	}
	if !writes {
		return out
	}
	return append(out,
		policy.Statement{Sid: "WriteState", Actions: []string{"s3:PutObject", "s3:DeleteObject"}, Resources: states},
		policy.Statement{Sid: "WriteHistory", Actions: []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
			Resources: policy.On(key("history/%s/*"), key("backups/%s/*"))},
		policy.Statement{Sid: "EncryptSecrets", Actions: []string{"kms:Encrypt"}, Resources: policy.On(d.keyArn)},
	)
}
