package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// flowLogsService has the same name in every partition.
const flowLogsService = "vpc-flow-logs.amazonaws.com"

// flowLogs record every connection of the VPC, accepted or refused, in a log group encrypted with the stack's own
// key.
func (b *builder) flowLogs() error {
	group, err := cloudwatch.NewLogGroup(b.ctx, b.child("flow-logs"), &cloudwatch.LogGroupArgs{
		KmsKeyId:        b.args.LogsKeyArn,
		RetentionInDays: pulumi.Int(b.args.Logs.RetentionDays),
	}, pulumi.Parent(b.network))
	if err != nil {
		return fmt.Errorf("create the log group of the flow logs: %w", err)
	}
	b.network.flowLogGroup = group.Name
	role, permission, err := b.flowLogsRole(group)
	if err != nil {
		return err
	}
	_, err = ec2.NewFlowLog(b.ctx, b.child("flow-log"), &ec2.FlowLogArgs{
		VpcId:              b.vpcID,
		TrafficType:        pulumi.String("ALL"),
		LogDestinationType: pulumi.String("cloud-watch-logs"),
		LogDestination:     group.Arn,
		IamRoleArn:         role.Arn,
		Tags:               nameTag(b.child("flow-log")),
	}, pulumi.Parent(b.network), pulumi.DependsOn([]pulumi.Resource{permission}))
	if err != nil {
		return fmt.Errorf("create the flow log: %w", err)
	}
	return nil
}

// flowLogsRole may write into the one log group, on behalf of this account's flow logs:
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
func (b *builder) flowLogsRole(group *cloudwatch.LogGroup) (*iam.Role, *iam.RolePolicy, error) {
	trust, err := policy.AssumeRole(flowLogsService, map[string]map[string]string{
		"StringEquals": {"aws:SourceAccount": b.args.Location.AccountID},
		"ArnLike":      {"aws:SourceArn": b.args.Location.ARN("ec2", "vpc-flow-log/*")},
	})
	if err != nil {
		return nil, nil, fmt.Errorf("write the trust policy of the flow logs: %w", err)
	}
	role, err := iam.NewRole(b.ctx, b.child("flow-logs-role"), &iam.RoleArgs{
		Description:         pulumi.String("Writes the flow logs of the Morpheus VPC"),
		AssumeRolePolicy:    pulumi.String(trust),
		PermissionsBoundary: policy.Boundary(b.args.Access.PermissionsBoundary),
	}, pulumi.Parent(b.network))
	if err != nil {
		return nil, nil, fmt.Errorf("create the role of the flow logs: %w", err)
	}
	permission, err := iam.NewRolePolicy(b.ctx, b.child("flow-logs-write"), &iam.RolePolicyArgs{
		Role: role.Name,
		// No logs:CreateLogGroup: a group that AWS made again after a destroy would have no key and no retention.
		Policy: policy.Document(policy.Statement{
			Sid:       "WriteFlowLogs",
			Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"},
			Resources: policy.On(pulumi.Sprintf("%s:*", group.Arn)),
		}, policy.Statement{
			Sid:       "FindTheLogGroup",
			Actions:   []string{"logs:DescribeLogGroups"},
			Resources: policy.Any,
		}),
	}, pulumi.Parent(b.network))
	if err != nil {
		return nil, nil, fmt.Errorf("allow the flow logs to be written: %w", err)
	}
	return role, permission, nil
}
