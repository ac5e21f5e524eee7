// Package network makes the VPC, or uses an existing one: subnets of three layers in each availability zone, routes
// out of the VPC, endpoints of AWS services, flow logs, and all security groups with their rules from one table
// (traffic.go).
package network

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/component"
	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// Network is the VPC.
type Network struct {
	pulumi.ResourceState

	VpcID pulumi.StringOutput `pulumi:"vpcId"`
	// EgressIPs are the addresses of the NAT gateways of the stack: as the internet sees the nodes.
	EgressIPs pulumi.StringArrayOutput `pulumi:"egressIps"`
	// Public are the routes that an internet-facing resource waits for.
	Public []pulumi.Resource
	// Application are the routes, endpoints and rules without which a node reaches neither AWS nor its back ends.
	Application []pulumi.Resource
	// Entrance are the rules by which clients and health checkers reach the load balancer.
	Entrance []pulumi.Resource

	// gateways are the ids of the NAT gateways of the stack, by zone.
	gateways map[string]pulumi.StringInput
	// flowLogGroup is the name of the group of the flow logs; nil in an existing VPC.
	flowLogGroup pulumi.StringInput
	subnets      map[subnets.Layer][]connection.Subnet
	groups       map[Group]*ec2.SecurityGroup
}

// Subnets of a layer, one in each zone; none of a layer that the network does not have.
func (n *Network) Subnets(layer subnets.Layer) []connection.Subnet { return n.subnets[layer] }

// SecurityGroupID of a group.
func (n *Network) SecurityGroupID(group Group) pulumi.IDOutput { return n.groups[group].ID() }

// New makes the VPC, or uses the existing one, and everything in it that more than one tier uses.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Network, error) {
	n := &Network{
		gateways: map[string]pulumi.StringInput{}, subnets: map[subnets.Layer][]connection.Subnet{},
		groups: map[Group]*ec2.SecurityGroup{},
	}
	return component.New(ctx, name, n, component.Shape{
		Token:     token.Network,
		Check:     args.check,
		Inputs:    args.inputs,
		Provision: func() error { return n.provision(ctx, name, args) },
		Outputs:   n.outputs,
	}, opts...)
}

func (n *Network) provision(ctx *pulumi.Context, name string, args *Args) error {
	b := &builder{ctx: ctx, name: name, args: args, network: n}
	steps := []func() error{
		b.vpc, b.internetGateway, b.publicSubnets, b.applicationSubnets, b.dataSubnets, b.routes, b.s3Endpoint, b.flowLogs,
	}
	if args.Existing != nil {
		steps = []func() error{b.existing}
	}
	for _, step := range append(steps, b.securityGroups, b.interfaceEndpoints) {
		if err := step(); err != nil {
			return err
		}
	}
	n.EgressIPs = b.egressIPs.ToStringArrayOutput()
	return nil
}

func (n *Network) outputs() pulumi.Map {
	return pulumi.Map{"vpcId": n.VpcID, "egressIps": n.EgressIPs}
}

// builder has what the steps of provision hand to each other.
type builder struct {
	ctx     *pulumi.Context
	name    string
	args    *Args
	network *Network

	vpcID pulumi.StringInput
	// cidr of a new VPC.
	cidr    netip.Prefix
	gateway *ec2.InternetGateway
	// tables are the route tables of the application subnets, by zone.
	tables    map[string]*ec2.RouteTable
	egressIPs pulumi.StringArray
}

func (b *builder) zones() []string { return b.args.Settings.AvailabilityZones }

func (b *builder) child(parts ...string) string { return naming.Child(b.name, parts...) }

// existing takes the VPC and its subnets as they are: routes, gateways, flow logs and the default group belong to its
// owner.
func (b *builder) existing() error {
	id := pulumi.String(b.args.Existing.VpcID)
	b.vpcID, b.network.VpcID = id, id.ToStringOutput()
	for layer, byZone := range b.args.Existing.Subnets {
		for _, zone := range b.zones() {
			if subnet := byZone[zone]; subnet != "" {
				b.network.subnets[layer] = append(b.network.subnets[layer],
					connection.Subnet{Zone: zone, ID: pulumi.String(subnet).ToStringOutput()})
			}
		}
	}
	return nil
}

func (b *builder) vpc() error {
	cidr, err := subnets.ParseVPC(b.args.Settings.CIDR)
	if err != nil {
		return fmt.Errorf("address range %q: %w", b.args.Settings.CIDR, err)
	}
	b.cidr = cidr
	vpc, err := ec2.NewVpc(b.ctx, b.child("vpc"), &ec2.VpcArgs{
		CidrBlock: pulumi.String(cidr.String()),
		// Only the resolver of the VPC knows the names of file system, database, broker and domain.
		EnableDnsSupport:   pulumi.Bool(true),
		EnableDnsHostnames: pulumi.Bool(true),
		Tags:               nameTag(b.child("vpc")),
	}, pulumi.Parent(b.network))
	if err != nil {
		return fmt.Errorf("create VPC: %w", err)
	}
	b.vpcID, b.network.VpcID = vpc.ID(), vpc.ID().ToStringOutput()

	// AWS puts what names no group into the default group and never deletes that group, so it gets no rules.
	_, err = ec2.NewDefaultSecurityGroup(b.ctx, b.child("default-group"), &ec2.DefaultSecurityGroupArgs{
		VpcId: b.vpcID,
	}, pulumi.Parent(b.network))
	if err != nil {
		return fmt.Errorf("empty the default security group: %w", err)
	}
	return nil
}

func (b *builder) internetGateway() (err error) {
	if !b.args.hasPublicLayer() {
		return nil
	}
	b.gateway, err = ec2.NewInternetGateway(b.ctx, b.child("internet-gateway"), &ec2.InternetGatewayArgs{
		VpcId: b.vpcID,
		Tags:  nameTag(b.child("internet-gateway")),
	}, pulumi.Parent(b.network))
	if err != nil {
		return fmt.Errorf("create internet gateway: %w", err)
	}
	return nil
}

// nameTag is what the console shows; the default tags of the provider name the stack.
func nameTag(name string) pulumi.StringMap { return pulumi.StringMap{"Name": pulumi.String(name)} }
