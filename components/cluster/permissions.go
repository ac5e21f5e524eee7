package cluster

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// grant gives the node role what its back ends ask for and what a node needs by itself, which is in node. A node started without them would
// fail at its first secret, so the group waits for what is returned.
func (c *Cluster) grant(
	ctx *pulumi.Context, name string, args *Args, node []policy.Statement,
) ([]pulumi.Resource, error) {
	backEnds, err := iam.NewRolePolicy(ctx, naming.Child(name, "backends"), &iam.RolePolicyArgs{
		Role:   args.NodeRoleName,
		Policy: policy.Document(args.statements()...),
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

// nodeStatements are what a node needs whatever its back ends are.
func (a *Args) nodeStatements(logGroupArn pulumi.StringInput) []policy.Statement {
	statements := []policy.Statement{
		{
			// The group's ARN has a number that AWS makes up; the name in it is the group's alone in account and region.
			Sid:     "AnswerLifecycleHooks",
			Actions: []string{"autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat"},
			Resources: policy.On(pulumi.String(
				a.Location.ARN("autoscaling", "autoScalingGroup:*:autoScalingGroupName/"+a.Name))),
		},
		{
			Sid:     "WriteLogs",
			Actions: []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
			// CloudWatch Logs names a group with ":*" at its end in these calls.
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

// shellStatements let people open shells on nodes through Session Manager: no key pair, no open port, every session
// logged by identity. They are what a session needs and no more; AWS's own AmazonSSMManagedInstanceCore also reads every
// parameter of the account, secret ones with it. Session Manager and, with agents from 3.0 on, Run Command use
// ssmmessages; the older ec2messages are left out.
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

// packageStatements let a node fetch those of its packages that are objects of S3, and no other object.
func (a *Args) packageStatements() []policy.Statement {
	read := policy.Statement{Sid: "ReadPackage", Actions: []string{"s3:GetObject"}}
	for _, packageURL := range []string{a.Package.URL, a.Boot.Supplemental.URL} {
		if bucket, key := object(packageURL); bucket != "" {
			read.Resources = append(read.Resources, pulumi.String(a.Location.ObjectARN(bucket, key)))
		}
	}
	if len(read.Resources) == 0 {
		return nil
	}
	return []policy.Statement{read}
}

// object is the bucket and key of a package in S3; empty for one that is elsewhere.
func object(packageURL string) (bucket, key string) {
	u, err := url.Parse(packageURL)
	if err != nil || u.Scheme != "s3" {
		return "", ""
	}
	// Not u.Path: in "s3://bucket/key" the key stands as it is.
	bucket, key, _ = strings.Cut(strings.TrimPrefix(packageURL, "s3://"), "/")
	return bucket, key
}

// validateObjects refuses a key that a policy would take for a pattern: it would open more than the one object.
func (a *Args) validateObjects() error {
	for _, packageURL := range []string{a.Package.URL, a.Boot.Supplemental.URL} {
		bucket, key := object(packageURL)
		if bucket != "" && (key == "" || strings.ContainsAny(bucket+key, "*?${}")) {
			return fmt.Errorf("the S3 URL of a package must be s3://bucket/key without * ? $ { }, got %q", packageURL)
		}
	}
	return nil
}

// statements of all connections, in the order of their names: the order in which a caller lists them is no change.
func (a *Args) statements() []policy.Statement {
	sorted := slices.Clone(a.Connections)
	slices.SortStableFunc(sorted, func(x, y connection.Connection) int { return strings.Compare(x.Name, y.Name) })
	var out []policy.Statement
	for _, conn := range sorted {
		out = append(out, conn.Statements...)
	}
	return out
}

// validateStatements keeps IAM from refusing the document: it takes neither an empty one nor a Sid twice.
func (a *Args) validateStatements() error {
	statements := a.statements()
	if len(statements) == 0 {
		return errors.New("connections with at least one statement are required")
	}
	seen := map[string]bool{}
	for _, s := range statements {
		if s.Sid != "" && seen[s.Sid] {
			return fmt.Errorf("two statements of the connections have the Sid %q", s.Sid)
		}
		seen[s.Sid] = true
	}
	return nil
}
