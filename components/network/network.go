// Package network makes the VPC, or uses a given one: subnets of three tiers over the availability zones, the ways out,
// endpoints of AWS services, flow logs, and all security groups with their rules from one table (traffic.go).
package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// Network is the VPC.
type Network struct {
	pulumi.ResourceState

	VpcID pulumi.StringOutput `pulumi:"vpcId"`
	// EgressIPs are the addresses of the NAT gateways made here: as the internet sees the nodes.
	EgressIPs pulumi.StringArrayOutput `pulumi:"egressIps"`
	// Public are the routes that an internet-facing resource waits for.
	Public []pulumi.Resource
	// Application are the routes, endpoints and rules without which a node reaches neither AWS nor its back ends.
	Application []pulumi.Resource

	placements map[subnets.Tier][]connection.Placement
	groups     map[Group]*ec2.SecurityGroup
}

// Placements are the subnets of a tier, one in each zone; none in a tier that the network does not have.
func (n *Network) Placements(tier subnets.Tier) []connection.Placement { return n.placements[tier] }

// SecurityGroupID of a group.
func (n *Network) SecurityGroupID(group Group) pulumi.IDOutput { return n.groups[group].ID() }

// New makes the VPC, or uses the given one, and everything in it that has no client of its own.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Network, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("network %q: %w", name, err)
	}
	n := &Network{placements: map[subnets.Tier][]connection.Placement{}, groups: map[Group]*ec2.SecurityGroup{}}
	if err := ctx.RegisterComponentResourceV2(token.Network, name, args.inputs(), n, opts...); err != nil {
		return nil, fmt.Errorf("network %q: register: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, network: n}
	steps := []func() error{
		b.vpc, b.internetGateway, b.publicSubnets, b.applicationSubnets, b.dataSubnets, b.routes, b.s3Endpoint, b.flowLogs,
	}
	if args.Existing != nil {
		steps = []func() error{b.existing}
	}
	for _, step := range append(steps, b.securityGroups, b.interfaceEndpoints) {
		if err := step(); err != nil {
			return nil, fmt.Errorf("network %q: %w", name, err)
		}
	}
	n.EgressIPs = b.egressIPs.ToStringArrayOutput()
	if err := ctx.RegisterResourceOutputs(n, pulumi.Map{"vpcId": n.VpcID, "egressIps": n.EgressIPs}); err != nil {
		return nil, fmt.Errorf("network %q: outputs: %w", name, err)
	}
	return n, nil
}

// builder holds what the steps of New hand to each other.
type builder struct {
	ctx     *pulumi.Context
	name    string
	args    *Args
	network *Network

	vpcID   pulumi.StringInput
	gateway *ec2.InternetGateway
	// tables are the route tables of the application subnets, by zone.
	tables    map[string]*ec2.RouteTable
	egressIPs pulumi.StringArray
}

func (b *builder) child(parts ...string) string { return naming.Child(b.name, parts...) }

// existing takes the VPC and its subnets as they are: routes, gateways, flow logs and the default group are its owner's.
func (b *builder) existing() error {
	id := pulumi.String(b.args.Existing.VpcID)
	b.vpcID, b.network.VpcID = id, id.ToStringOutput()
	for tier, byZone := range b.args.Existing.Subnets {
		for _, zone := range b.args.Zones {
			if subnet := byZone[zone]; subnet != "" {
				b.network.placements[tier] = append(b.network.placements[tier],
					connection.Placement{Zone: zone, SubnetID: pulumi.String(subnet).ToStringOutput()})
			}
		}
	}
	return nil
}

func (b *builder) vpc() error {
	vpc, err := ec2.NewVpc(b.ctx, b.child("vpc"), &ec2.VpcArgs{
		CidrBlock: pulumi.String(b.args.CIDR.String()),
		// EFS, Aurora, the broker and the domain are found by names that only the resolver of the VPC knows.
		EnableDnsSupport:   pulumi.Bool(true),
		EnableDnsHostnames: pulumi.Bool(true),
		Tags:               nameTag(b.child("vpc")),
	}, pulumi.Parent(b.network))
	if err != nil {
		return fmt.Errorf("create VPC: %w", err)
	}
	b.vpcID, b.network.VpcID = vpc.ID(), vpc.ID().ToStringOutput()

	// A group that nobody chose gets no traffic: the default group stays, because AWS never deletes it, but empty.
	_, err = ec2.NewDefaultSecurityGroup(b.ctx, b.child("default-group"), &ec2.DefaultSecurityGroupArgs{
		VpcId: b.vpcID,
	}, pulumi.Parent(b.network))
	if err != nil {
		return fmt.Errorf("empty the default security group: %w", err)
	}
	return nil
}

func (b *builder) internetGateway() (err error) {
	if !b.args.hasPublicTier() {
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

// nameTag is what the console shows; the default tags of the provider say which stack it is.
func nameTag(name string) pulumi.StringMap { return pulumi.StringMap{"Name": pulumi.String(name)} }
