// Package access makes the identities that exist before keys and tiers: the role that Morpheus nodes take, and the
// service-linked roles of an account that has none yet. The node role has no permissions here; tiers can name it in
// their own policies, and the cluster attaches to it what its connections ask for.
package access

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// Services that act through a service-linked role. Their names end in ".amazonaws.com" in every partition.
const (
	autoScalingService = "autoscaling.amazonaws.com"
	openSearchService  = "opensearchservice.amazonaws.com"
)

// Names of the service-linked roles. An account has each at most once.
const (
	AutoScalingRoleName = "AWSServiceRoleForAutoScaling"
	OpenSearchRoleName  = "AWSServiceRoleForAmazonOpenSearchService"
)

// Args of an Access.
type Args struct {
	// Required.
	Location location.Location

	// PermissionsBoundary is the ARN of an IAM policy that limits the node role; empty for none. AWS takes none on
	// service-linked roles.
	PermissionsBoundary string

	// Optional. An account has each service-linked role once, whoever made it, and AWS refuses to create it again
	// ("has been taken in this account"): set these only in the one stack that finds the account without them.

	// CreateAutoScalingRole creates the role of Auto Scaling, which keys of instance volumes must name.
	CreateAutoScalingRole bool
	// CreateOpenSearchRole creates the role of OpenSearch, without which no domain joins a VPC.
	CreateOpenSearchRole bool
}

// Access is the identities of the nodes and of the services.
type Access struct {
	pulumi.ResourceState

	// NodeRoleArn is what tiers name in their policies; NodeRoleName is what policies are attached to.
	NodeRoleArn  pulumi.StringOutput `pulumi:"nodeRoleArn"`
	NodeRoleName pulumi.StringOutput `pulumi:"nodeRoleName"`
	// InstanceProfileArn carries the node role into instances.
	InstanceProfileArn pulumi.StringOutput `pulumi:"instanceProfileArn"`
	// AutoScalingServiceRoleArn is the service-linked role that starts instances, created here or found in the account.
	AutoScalingServiceRoleArn pulumi.StringOutput `pulumi:"autoScalingServiceRoleArn"`

	// AutoScalingServiceRole and OpenSearchServiceRole are what to depend on; nil when the account has the role already.
	AutoScalingServiceRole pulumi.Resource
	OpenSearchServiceRole  pulumi.Resource
}

// New makes the node role, its instance profile and the service-linked roles that are asked for.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Access, error) {
	if args == nil || args.Location.AccountID == "" || args.Location.DNSSuffix == "" {
		return nil, fmt.Errorf("access %q: a location is required", name)
	}
	c := &Access{}
	inputs := pulumi.Map{
		"createAutoScalingRole": pulumi.Bool(args.CreateAutoScalingRole),
		"createOpenSearchRole":  pulumi.Bool(args.CreateOpenSearchRole),
		"permissionsBoundary":   pulumi.String(args.PermissionsBoundary),
	}
	if err := ctx.RegisterComponentResourceV2(token.Access, name, inputs, c, opts...); err != nil {
		return nil, fmt.Errorf("access %q: register: %w", name, err)
	}
	if err := c.makeNodeRole(ctx, name, args); err != nil {
		return nil, err
	}
	if err := c.makeServiceRoles(ctx, name, args); err != nil {
		return nil, err
	}
	if err := ctx.RegisterResourceOutputs(c, pulumi.Map{
		"nodeRoleArn":               c.NodeRoleArn,
		"nodeRoleName":              c.NodeRoleName,
		"instanceProfileArn":        c.InstanceProfileArn,
		"autoScalingServiceRoleArn": c.AutoScalingServiceRoleArn,
	}); err != nil {
		return nil, fmt.Errorf("access %q: outputs: %w", name, err)
	}
	return c, nil
}

func (c *Access) makeNodeRole(ctx *pulumi.Context, name string, args *Args) error {
	// EC2 is one of the few services whose principal has the suffix of the partition.
	trust, err := policy.AssumeRole("ec2."+args.Location.DNSSuffix, nil)
	if err != nil {
		return fmt.Errorf("access %q: write the trust policy: %w", name, err)
	}
	role, err := iam.NewRole(ctx, naming.Child(name, "node"), &iam.RoleArgs{
		Description:         pulumi.String("Morpheus nodes"),
		AssumeRolePolicy:    pulumi.String(trust),
		PermissionsBoundary: policy.Boundary(args.PermissionsBoundary),
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("access %q: create the node role: %w", name, err)
	}
	profile, err := iam.NewInstanceProfile(ctx, naming.Child(name, "profile"), &iam.InstanceProfileArgs{
		Role: role.Name,
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("access %q: create the instance profile: %w", name, err)
	}
	c.NodeRoleArn, c.NodeRoleName, c.InstanceProfileArn = role.Arn, role.Name, profile.Arn
	return nil
}

func (c *Access) makeServiceRoles(ctx *pulumi.Context, name string, args *Args) error {
	c.AutoScalingServiceRoleArn = pulumi.String(args.Location.GlobalARN("iam",
		"role/aws-service-role/"+autoScalingService+"/"+AutoScalingRoleName)).ToStringOutput()
	if args.CreateAutoScalingRole {
		role, err := c.serviceRole(ctx, naming.Child(name, "autoscaling"), autoScalingService)
		if err != nil {
			return fmt.Errorf("access %q: create the service-linked role of Auto Scaling: %w", name, err)
		}
		c.AutoScalingServiceRole, c.AutoScalingServiceRoleArn = role, role.Arn
	}
	if args.CreateOpenSearchRole {
		role, err := c.serviceRole(ctx, naming.Child(name, "opensearch"), openSearchService)
		if err != nil {
			return fmt.Errorf("access %q: create the service-linked role of OpenSearch: %w", name, err)
		}
		c.OpenSearchServiceRole = role
	}
	return nil
}

// serviceRole outlives the stack: the whole account shares it, and AWS refuses to delete it while another stack's
// resources use it.
func (c *Access) serviceRole(ctx *pulumi.Context, name, service string) (*iam.ServiceLinkedRole, error) {
	return iam.NewServiceLinkedRole(ctx, name, &iam.ServiceLinkedRoleArgs{
		AwsServiceName: pulumi.String(service),
	}, pulumi.Parent(c), pulumi.RetainOnDelete(true))
}
