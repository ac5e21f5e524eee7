package cluster

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// permissions of the node role: the statements of the back ends, and those of a node itself, which are in node. A
// node without them would fail at its first secret, so the group waits for the returned resources.
func (c *Cluster) permissions(
	ctx *pulumi.Context, name string, args *Args, node []policy.Statement,
) ([]pulumi.Resource, error) {
	backEnds, err := iam.NewRolePolicy(ctx, naming.Child(name, "backends"), &iam.RolePolicyArgs{
		Role:   args.NodeRoleName,
		Policy: policy.Document(args.backEndStatements()...),
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("attach the permissions of the back ends: %w", err)
	}
	own, err := iam.NewRolePolicy(ctx, naming.Child(name, "node"), &iam.RolePolicyArgs{
		Role:   args.NodeRoleName,
		Policy: policy.Document(node...),
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("attach the permissions of a node: %w", err)
	}
	return []pulumi.Resource{backEnds, own}, nil
}

// nodeStatements are those of a node itself, whatever its back ends are.
func (a *Args) nodeStatements(logGroupArn pulumi.StringInput) []policy.Statement {
	statements := []policy.Statement{
		{
			// The group's ARN has a random number; its name is unique in account and region.
			Sid:     "AnswerLifecycleHooks",
			Actions: []string{"autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat"},
			Resources: policy.On(pulumi.String(
				a.Location.ARN("autoscaling", "autoScalingGroup:*:autoScalingGroupName/"+a.Name))),
		},
		{
			Sid:     "WriteLogs",
			Actions: []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
			// In these calls the ARN of a log group ends in ":*".
			Resources: policy.On(pulumi.Sprintf("%s:*", logGroupArn)),
		},
		{
			Sid:        "PutMetrics",
			Actions:    []string{"cloudwatch:PutMetricData"},
			Resources:  policy.Any,
			Conditions: []policy.Condition{policy.When("StringEquals", "cloudwatch:namespace", a.MetricNamespace)},
		},
	}
	return append(append(statements, a.shellStatements()...), a.packageStatements()...)
}

// shellStatements let operators open shells on nodes through Session Manager: no key pair, no open port, every
// session logged by identity. They allow what a session needs; AWS's own AmazonSSMManagedInstanceCore also allows to
// read every parameter of the account, secret ones included. Session Manager and, with agent 3.0 and later, Run
// Command use ssmmessages; the older ec2messages is not allowed.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
func (a *Args) shellStatements() []policy.Statement {
	return []policy.Statement{
		{
			Sid:       "RegisterWithSystemsManager",
			Actions:   []string{"ssm:UpdateInstanceInformation"},
			Resources: policy.On(pulumi.String(a.Location.ARN("ec2", "instance/*"))),
		},
		{
			Sid: "OpenShells",
			Actions: []string{
				"ssmmessages:CreateControlChannel",
				"ssmmessages:CreateDataChannel",
				"ssmmessages:OpenControlChannel",
				"ssmmessages:OpenDataChannel",
			},
			Resources: policy.Any,
		},
	}
}

// packageStatements let a node download those of its packages that are in S3, and no other object.
func (a *Args) packageStatements() []policy.Statement {
	read := policy.Statement{Sid: "ReadPackage", Actions: []string{"s3:GetObject"}}
	for _, packageURL := range []string{a.Morpheus.PackageURL, a.Morpheus.SupplementalURL} {
		if bucket, key := Object(packageURL); bucket != "" {
			read.Resources = append(read.Resources, pulumi.String(a.Location.ObjectARN(bucket, key)))
		}
	}
	if len(read.Resources) == 0 {
		return nil
	}
	return []policy.Statement{read}
}

// Object returns the bucket and key of a package in S3; empty for one that is elsewhere.
func Object(packageURL string) (bucket, key string) {
	u, err := url.Parse(packageURL)
	if err != nil || u.Scheme != "s3" {
		return "", ""
	}
	// Not u.Path, which is decoded: in "s3://bucket/key" the key is not encoded.
	bucket, key, _ = strings.Cut(strings.TrimPrefix(packageURL, "s3://"), "/")
	return bucket, key
}

// backEndStatements are those of all back ends, in a fixed order.
func (a *Args) backEndStatements() []policy.Statement {
	return slices.Concat(a.Database.Statements, a.FileSystem.Statements, a.Messaging.Statements, a.Search.Statements)
}
