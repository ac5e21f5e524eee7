package cluster

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// makeLogGroup makes the group that nodes write to. It is not theirs to create: a group that an agent makes keeps its
// events for ever, and not under our key.
func (c *Cluster) makeLogGroup(ctx *pulumi.Context, name string, args *Args) (*cloudwatch.LogGroup, error) {
	return cloudwatch.NewLogGroup(ctx, naming.Child(name, "logs"), &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(args.LogGroupName),
		KmsKeyId:        args.LogsKeyArn,
		RetentionInDays: pulumi.Int(args.LogRetentionDays),
	}, pulumi.Parent(c))
}
