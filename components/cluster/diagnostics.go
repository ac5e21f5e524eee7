package cluster

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/bucket"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// makeDiagnostics makes the bucket of reports of failed boots. They end with the logs, whose key they are under.
func (c *Cluster) makeDiagnostics(ctx *pulumi.Context, name string, args *Args) (*bucket.Bucket, error) {
	return bucket.New(ctx, naming.Child(name, "diagnostics"), &bucket.Args{
		Protection:    args.Protection,
		KeyArn:        args.LogsKeyArn,
		RetentionDays: args.LogRetentionDays,
	}, pulumi.Parent(c))
}

// diagnosticsStatements let a node leave reports, and read none: neither its own nor another's. A report is small, so that
// the AWS CLI puts it in one piece: in several it would need kms:Decrypt.
func (a *Args) diagnosticsStatements(bucketArn pulumi.StringOutput) []policy.Statement {
	return []policy.Statement{
		{
			Sid:       "LeaveReports",
			Actions:   []string{"s3:PutObject"},
			Resources: policy.On(pulumi.Sprintf("%s/*", bucketArn)),
		},
		{
			Sid:        "EncryptReports",
			Actions:    []string{"kms:GenerateDataKey"},
			Resources:  policy.On(a.LogsKeyArn),
			Conditions: []policy.Condition{policy.When("StringEquals", "kms:ViaService", a.Location.ViaService("s3"))},
		},
	}
}
