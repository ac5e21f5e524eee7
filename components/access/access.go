// Package access makes the identities that exist before keys and tiers: the role of the Morpheus nodes, and the
// service-linked roles that an account does not have yet. The node role has no permissions here; tiers name it in
// their own policies, and the cluster attaches the statements of its connections to it.
package access

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/component"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
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

// Args of an Access. All are required.
type Args struct {
	// Settings limit the node role; AWS takes no permissions boundary on service-linked roles.
	Settings config.Access
	// ServiceLinkedRoles says which of them to create. An account has each of them once, whoever made it, and AWS
	// refuses to create it again ("has been taken in this account").
	ServiceLinkedRoles config.ServiceLinkedRoles
	Location           location.Location
}

// Access is the identities of the nodes and of the services.
type Access struct {
	pulumi.ResourceState

	// NodeRoleArn is what tiers name in their policies; NodeRoleName is what policies are attached to.
	NodeRoleArn  pulumi.StringOutput `pulumi:"nodeRoleArn"`
	NodeRoleName pulumi.StringOutput `pulumi:"nodeRoleName"`
	// InstanceProfileArn carries the node role into instances.
	InstanceProfileArn pulumi.StringOutput `pulumi:"instanceProfileArn"`
	// AutoScalingServiceRoleArn is the service-linked role that starts instances, created here or by the account.
	AutoScalingServiceRoleArn pulumi.StringOutput `pulumi:"autoScalingServiceRoleArn"`

	// AutoScalingServiceRole and OpenSearchServiceRole are what to depend on; nil when the account has the role already.
	AutoScalingServiceRole pulumi.Resource
	OpenSearchServiceRole  pulumi.Resource
}

// New makes the node role, its instance profile and the service-linked roles to create.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Access, error) {
	c := &Access{}
	return component.New(ctx, name, c, component.Shape{
		Token:     token.Access,
		Check:     args.check,
		Inputs:    args.inputs,
		Provision: func() error { return c.provision(ctx, name, args) },
		Outputs:   c.outputs,
	}, opts...)
}

func (a *Args) check() error {
	if a == nil || a.Location.AccountID == "" || a.Location.DNSSuffix == "" {
		return errors.New("a location is required")
	}
	return nil
}

func (a *Args) inputs() pulumi.Map {
	return component.Inputs(a.Settings, pulumi.Map{"serviceLinkedRoles": component.Inputs(a.ServiceLinkedRoles, nil)})
}

func (c *Access) provision(ctx *pulumi.Context, name string, args *Args) error {
	return errors.Join(c.nodeRole(ctx, name, args), c.serviceRoles(ctx, name, args))
}

func (c *Access) outputs() pulumi.Map {
	return pulumi.Map{
		"nodeRoleArn":               c.NodeRoleArn,
		"nodeRoleName":              c.NodeRoleName,
		"instanceProfileArn":        c.InstanceProfileArn,
		"autoScalingServiceRoleArn": c.AutoScalingServiceRoleArn,
	}
}

func (c *Access) nodeRole(ctx *pulumi.Context, name string, args *Args) error {
	// EC2 is one of the few services whose principal has the suffix of the partition.
	trust, err := policy.AssumeRole("ec2."+args.Location.DNSSuffix, nil)
	if err != nil {
		return fmt.Errorf("write the trust policy: %w", err)
	}
	role, err := iam.NewRole(ctx, naming.Child(name, "node"), &iam.RoleArgs{
		Description:         pulumi.String("Morpheus nodes"),
		AssumeRolePolicy:    pulumi.String(trust),
		PermissionsBoundary: policy.Boundary(args.Settings.PermissionsBoundary),
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("create the node role: %w", err)
	}
	profile, err := iam.NewInstanceProfile(ctx, naming.Child(name, "profile"), &iam.InstanceProfileArgs{
		Role: role.Name,
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("create the instance profile: %w", err)
	}
	c.NodeRoleArn, c.NodeRoleName, c.InstanceProfileArn = role.Arn, role.Name, profile.Arn
	return nil
}

func (c *Access) serviceRoles(ctx *pulumi.Context, name string, args *Args) error {
	c.AutoScalingServiceRoleArn = pulumi.String(args.Location.GlobalARN("iam",
		"role/aws-service-role/"+autoScalingService+"/"+AutoScalingRoleName)).ToStringOutput()
	if args.ServiceLinkedRoles.AutoScaling == config.RoleCreate {
		role, err := c.serviceRole(ctx, naming.Child(name, "autoscaling"), autoScalingService)
		if err != nil {
			return fmt.Errorf("create the service-linked role of Auto Scaling: %w", err)
		}
		c.AutoScalingServiceRole, c.AutoScalingServiceRoleArn = role, role.Arn
	}
	if args.ServiceLinkedRoles.OpenSearch == config.RoleCreate {
		role, err := c.serviceRole(ctx, naming.Child(name, "opensearch"), openSearchService)
		if err != nil {
			return fmt.Errorf("create the service-linked role of OpenSearch: %w", err)
		}
		c.OpenSearchServiceRole = role
	}
	return nil
}

// serviceRole outlives the stack: the whole account shares it, and AWS refuses to delete it while resources of
// another stack use it.
func (c *Access) serviceRole(ctx *pulumi.Context, name, service string) (*iam.ServiceLinkedRole, error) {
	return iam.NewServiceLinkedRole(ctx, name, &iam.ServiceLinkedRoleArgs{
		AwsServiceName: pulumi.String(service),
	}, pulumi.Parent(c), pulumi.RetainOnDelete(true))
}
