package cluster

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/bucket"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// diagnostics is the bucket of reports of failed boots. They have the retention and the key of the logs.
func (c *Cluster) diagnostics(ctx *pulumi.Context, name string, args *Args) (*bucket.Bucket, error) {
	return bucket.New(ctx, naming.Child(name, "diagnostics"), &bucket.Args{
		// Every node may write every report: a key has an instance's id, which the node role does not fix. What a node
		// overwrites stays, and no node may delete a version.
		Versioned:     true,
		Protection:    args.Protection,
		KeyArn:        args.LogsKeyArn,
		RetentionDays: args.Logs.RetentionDays,
	}, pulumi.Parent(c))
}

// diagnosticsStatements let a node upload reports, but read none. A report is small enough for the AWS CLI to upload
// it in one part: for several parts it would need kms:Decrypt.
func (a *Args) diagnosticsStatements(bucketArn pulumi.StringOutput) []policy.Statement {
	return []policy.Statement{
		{
			Sid:       "LeaveReports",
			Actions:   []string{"s3:PutObject"},
			Resources: policy.On(pulumi.Sprintf("%s/boot/*", bucketArn)),
		},
		{
			Sid:        "EncryptReports",
			Actions:    []string{"kms:GenerateDataKey"},
			Resources:  policy.On(a.LogsKeyArn),
			Conditions: []policy.Condition{policy.When("StringEquals", "kms:ViaService", a.Location.ViaService("s3"))},
		},
	}
}
