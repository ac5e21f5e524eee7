package cluster

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// logGroup is where nodes write their logs. Nodes may not create it: a group that an agent creates keeps its events
// for ever, and does not have the stack's key.
func (c *Cluster) logGroup(ctx *pulumi.Context, name string, args *Args) (*cloudwatch.LogGroup, error) {
	return cloudwatch.NewLogGroup(ctx, naming.Child(name, "logs"), &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(args.LogGroupName),
		KmsKeyId:        args.LogsKeyArn,
		RetentionInDays: pulumi.Int(args.Logs.RetentionDays),
	}, pulumi.Parent(c))
}
