// Package loadbalancer makes the only entrance to the appliance: an application load balancer that takes HTTPS from
// clients under the appliance's name and uses HTTPS to the nodes.
package loadbalancer

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/component"
	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// Port is where clients reach the load balancer and where it reaches the nodes; HTTPS on both sides.
const Port = 443

// RedirectPort is where clients are redirected to Port, when the configuration says so.
const RedirectPort = 80

// Args of a LoadBalancer. All are required but Routes, Name, AssociateZone, HealthCheck and Entrance.
type Args struct {
	Settings config.LoadBalancer
	DNS      config.DNS
	Logs     config.Logs
	Location location.Location
	// Protection of the load balancer, and LogsProtection of the bucket with its logs, which outlives it.
	Protection, LogsProtection lifecycle.Protection

	VpcID           pulumi.StringInput
	SecurityGroupID pulumi.StringInput
	// Subnets in at least two availability zones: the public ones, or the application subnets for an internal load
	// balancer.
	Subnets []connection.Subnet
	// Routes are what makes the subnets public (the internet gateway and the routes to it): AWS refuses an
	// internet-facing load balancer in a VPC without them.
	Routes []pulumi.Resource
	// Name says whose the record of the appliance's name is.
	Name Name
	// AssociateZone makes the name known in the VPC, when the hosted zone is private and not yet associated with it.
	AssociateZone bool
	// HealthCheck makes Route 53 call the appliance from the internet. Entrance are the rules that let it in.
	HealthCheck bool
	Entrance    []pulumi.Resource
}

// Name says who decides where the appliance's name leads.
type Name string

const (
	// NameHere says that the name leads to this load balancer.
	NameHere Name = ""
	// NameMoved says that the name leads to another region for now, and this stack leaves it alone.
	NameMoved Name = "moved"
	// NameOfOther says that another stack has the record and those of the certificate's validation.
	NameOfOther Name = "other"
)

// LoadBalancer is the way from clients to the nodes.
type LoadBalancer struct {
	pulumi.ResourceState

	// DNSName is AWS's own name of the load balancer; clients use URL.
	DNSName pulumi.StringOutput `pulumi:"dnsName"`
	// ZoneID is the hosted zone of DNSName, for an alias record in a zone of another account.
	ZoneID pulumi.StringOutput `pulumi:"zoneId"`
	// URL of the appliance, "https://" and the host name, without a trailing "/".
	URL pulumi.StringOutput `pulumi:"url"`
	// TargetGroupArn is where the nodes register.
	TargetGroupArn pulumi.StringOutput `pulumi:"targetGroupArn"`
	// ArnSuffix and TargetGroupArnSuffix are the metric dimensions LoadBalancer and TargetGroup.
	ArnSuffix            pulumi.StringOutput `pulumi:"arnSuffix"`
	TargetGroupArnSuffix pulumi.StringOutput `pulumi:"targetGroupArnSuffix"`
	// CertificateArn is the certificate of the HTTPS listener.
	CertificateArn pulumi.StringOutput `pulumi:"certificateArn"`
	// LogBucket is the name of the bucket with access and connection logs, under AWSLogs/.
	LogBucket pulumi.StringOutput `pulumi:"logBucket"`
	// Ready are the resources without which no client reaches a node.
	Ready []pulumi.Resource

	// healthCheckID is nil without a health check.
	healthCheckID pulumi.StringInput
}

// New makes the load balancer with its target group, certificate, listeners and DNS record.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*LoadBalancer, error) {
	c := &LoadBalancer{}
	return component.New(ctx, name, c, component.Shape{
		Token:     token.LoadBalancer,
		Check:     func() error { return errors.Join(args.check(), checkNames(name)) },
		Inputs:    args.inputs,
		Provision: func() error { return c.provision(ctx, name, args) },
		Outputs:   c.outputs,
	}, opts...)
}

func (a *Args) check() error {
	switch {
	case a == nil || a.Location.AccountID == "":
		return errors.New("a location is required")
	case a.VpcID == nil || a.SecurityGroupID == nil:
		return errors.New("a VPC and a security group are required")
	case len(a.Subnets) < 2:
		return fmt.Errorf("at least two availability zones are required, got %d", len(a.Subnets))
	}
	return nil
}

// checkNames returns an error for a component name that AWS would find too long in the names of its children.
func checkNames(name string) error {
	for _, child := range []string{naming.Child(name, albRole), naming.Child(name, nodesRole)} {
		if len(child)+naming.AutonameSuffixLen > naming.LoadBalancerMax {
			return fmt.Errorf("the name %q leaves no room for the provider's suffix", child)
		}
	}
	return nil
}

func (a *Args) inputs() pulumi.Map {
	return component.Inputs(a.Settings, pulumi.Map{
		"dns":                component.Inputs(a.DNS, nil),
		"healthCheck":        pulumi.Bool(a.HealthCheck),
		"logs":               component.Inputs(a.Logs, nil),
		"protect":            pulumi.Bool(a.Protection.Protect),
		"deletionProtection": pulumi.Bool(a.Protection.DeletionProtection),
		"zones":              connection.Zones(a.Subnets),
		"vpcId":              a.VpcID,
		"securityGroupId":    a.SecurityGroupID,
	})
}

func (c *LoadBalancer) provision(ctx *pulumi.Context, name string, args *Args) error {
	logs, err := c.logs(ctx, name, args)
	if err != nil {
		return fmt.Errorf("create the bucket of the logs: %w", err)
	}
	alb, err := c.balancer(ctx, name, args, logs)
	if err != nil {
		return fmt.Errorf("create the load balancer: %w", err)
	}
	nodes, err := c.targetGroup(ctx, name, args)
	if err != nil {
		return fmt.Errorf("create the target group: %w", err)
	}
	certificate, err := c.certificate(ctx, name, args)
	if err != nil {
		return err
	}
	listeners, err := c.listeners(ctx, name, args, alb, nodes, certificate)
	if err != nil {
		return err
	}
	if err := c.webACL(ctx, name, args, alb); err != nil {
		return fmt.Errorf("associate the web ACL: %w", err)
	}
	c.Ready = listeners
	if err := c.record(ctx, name, args, alb); err != nil {
		return err
	}
	c.DNSName, c.ZoneID, c.ArnSuffix = alb.DnsName, alb.ZoneId, alb.ArnSuffix
	c.TargetGroupArn, c.TargetGroupArnSuffix = nodes.Arn, nodes.ArnSuffix
	c.CertificateArn = certificate.ToStringOutput()
	c.URL = pulumi.String("https://" + args.DNS.HostName).ToStringOutput()
	c.LogBucket = logs.Name
	if err := c.zone(ctx, name, args); err != nil {
		return err
	}
	return c.healthCheck(ctx, name, args)
}

func (c *LoadBalancer) outputs() pulumi.Map {
	return pulumi.Map{
		"dnsName":              c.DNSName,
		"zoneId":               c.ZoneID,
		"url":                  c.URL,
		"targetGroupArn":       c.TargetGroupArn,
		"arnSuffix":            c.ArnSuffix,
		"targetGroupArnSuffix": c.TargetGroupArnSuffix,
		"certificateArn":       c.CertificateArn,
		"logBucket":            c.LogBucket,
	}
}
