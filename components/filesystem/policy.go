package filesystem

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/efs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// accessPolicy closes the file system: without a policy EFS gives every client that reaches a mount target full
// access.
// https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
func (f *FileSystem) accessPolicy(ctx *pulumi.Context, name string, args *Args) (pulumi.Resource, error) {
	nodes := f.clientStatement("NodesThroughMountTargets")
	nodes.Principal = policy.AWS(args.NodeRoleArn)
	document := policy.Document(policy.Statement{
		Sid:        "DenyWithoutTLS",
		Effect:     "Deny",
		Principal:  policy.Everybody,
		Actions:    []string{"*"},
		Resources:  policy.On(f.Arn),
		Conditions: []policy.Condition{policy.When("Bool", "aws:SecureTransport", "false")},
	}, nodes)
	access, err := efs.NewFileSystemPolicy(ctx, naming.Child(name, "policy"), &efs.FileSystemPolicyArgs{
		FileSystemId: f.ID,
		Policy:       document,
	}, pulumi.Parent(f))
	if err != nil {
		return nil, fmt.Errorf("set the policy: %w", err)
	}
	return access, nil
}

// clientStatement is what a node may do. Root access, and no access point: `morpheus-ctl reconfigure` runs as root
// and gives files to the service users, which root squashing refuses and an access point's fixed user would undo.
func (f *FileSystem) clientStatement(sid string) policy.Statement {
	return policy.Statement{
		Sid: sid,
		Actions: []string{
			"elasticfilesystem:ClientMount",
			"elasticfilesystem:ClientWrite",
			"elasticfilesystem:ClientRootAccess",
		},
		Resources:  policy.On(f.Arn),
		Conditions: []policy.Condition{policy.When("Bool", "elasticfilesystem:AccessedViaMountTarget", "true")},
	}
}
