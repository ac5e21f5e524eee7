package messaging

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/bucket"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// definitions is the bucket in which nodes keep the definitions of the broker: AWS Backup does not take brokers. Each hour
// a node overwrites the object, and former versions stay for a month.
func (m *Messaging) definitions(ctx *pulumi.Context, name string, args *Args) (*bucket.Bucket, error) {
	return bucket.New(ctx, naming.Child(name, "topology"), &bucket.Args{
		Protection: args.Protection,
		KeyArn:     args.KeyArn,
		Versioned:  true,
	}, pulumi.Parent(m))
}

// keepStatements let a client write the definitions, and read none. They are small enough for the AWS CLI to upload them
// in one part: for several parts it would need kms:Decrypt.
func keepStatements(args *Args, bucketArn pulumi.StringInput) []policy.Statement {
	return []policy.Statement{
		{
			Sid:       "KeepDefinitions",
			Actions:   []string{"s3:PutObject"},
			Resources: policy.On(pulumi.Sprintf("%s/definitions/morpheus.json", bucketArn)),
		},
		{
			Sid:        "EncryptDefinitions",
			Actions:    []string{"kms:GenerateDataKey"},
			Resources:  policy.On(args.KeyArn),
			Conditions: []policy.Condition{policy.When("StringEquals", "kms:ViaService", args.Location.ViaService("s3"))},
		},
	}
}
