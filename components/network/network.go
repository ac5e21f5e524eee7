// Package network makes the VPC: subnets of three tiers over the availability zones, the ways out, and all security
// groups with their rules from one table (traffic.go).
package network

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// NATGateways says how many ways out of the application subnets there are.
type NATGateways string

// The choices. One gateway is one zone: when it fails, no node reaches the internet.
const (
	NATPerZone NATGateways = "per-zone"
	NATSingle  NATGateways = "single"
)

// Args of a Network.
type Args struct {
	// CIDR of the VPC, from subnets.ParseVPC.
	CIDR netip.Prefix
	// Zones are the plain names of the availability zones, in their order in the configuration.
	Zones []string
	NAT   NATGateways
	// ClientCIDRs are the only sources that reach the load balancer.
	ClientCIDRs []string
}

// Network is the VPC.
type Network struct {
	pulumi.ResourceState

	VpcID pulumi.StringOutput `pulumi:"vpcId"`
	// Public are the routes that an internet-facing resource waits for.
	Public []pulumi.Resource
	// Application are the routes and rules without which a node reaches neither the internet nor its back ends.
	Application []pulumi.Resource

	placements map[subnets.Tier][]connection.Placement
	groups     map[Group]*ec2.SecurityGroup
}

// Placements are the subnets of a tier, one in each zone.
func (n *Network) Placements(tier subnets.Tier) []connection.Placement { return n.placements[tier] }

// SecurityGroupID of a group.
func (n *Network) SecurityGroupID(group Group) pulumi.IDOutput { return n.groups[group].ID() }

// New makes the VPC and everything in it that has no client of its own.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Network, error) {
	if args == nil || len(args.Zones) < 2 || !args.CIDR.IsValid() {
		return nil, fmt.Errorf("network %q: an address range and at least two zones are required", name)
	}
	n := &Network{placements: map[subnets.Tier][]connection.Placement{}, groups: map[Group]*ec2.SecurityGroup{}}
	inputs := pulumi.Map{
		"cidr":        pulumi.String(args.CIDR.String()),
		"zones":       pulumi.ToStringArray(args.Zones),
		"nat":         pulumi.String(args.NAT),
		"clientCidrs": pulumi.ToStringArray(args.ClientCIDRs),
	}
	if err := ctx.RegisterComponentResourceV2(token.Network, name, inputs, n, opts...); err != nil {
		return nil, fmt.Errorf("network %q: register: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, network: n}
	for _, step := range []func() error{b.vpc, b.publicSubnets, b.applicationSubnets, b.dataSubnets, b.securityGroups} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("network %q: %w", name, err)
		}
	}
	if err := ctx.RegisterResourceOutputs(n, pulumi.Map{"vpcId": n.VpcID}); err != nil {
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
}

func (b *builder) child(parts ...string) string { return naming.Child(b.name, parts...) }

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
