package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

const anywhere = "0.0.0.0/0"

// subnet makes the subnet of a layer in a zone, with a route table. It returns the association of the two.
func (b *builder) subnet(
	layer subnets.Layer, index int, table *ec2.RouteTable,
) (*ec2.RouteTableAssociation, error) {
	zone := b.zones()[index]
	cidr, err := subnets.Split(b.cidr, layer, index)
	if err != nil {
		return nil, err
	}
	name := b.child(string(layer), zone)
	subnet, err := ec2.NewSubnet(b.ctx, name, &ec2.SubnetArgs{
		VpcId:            b.vpcID,
		AvailabilityZone: pulumi.String(zone),
		CidrBlock:        pulumi.String(cidr.String()),
		// Not even in a public subnet: the load balancer and the NAT gateways get addresses of their own.
		MapPublicIpOnLaunch: pulumi.Bool(false),
		Tags:                nameTag(name),
	}, pulumi.Parent(b.network))
	if err != nil {
		return nil, fmt.Errorf("create %s subnet in %s: %w", layer, zone, err)
	}
	association, err := ec2.NewRouteTableAssociation(b.ctx, b.child(string(layer), zone, "routes"),
		&ec2.RouteTableAssociationArgs{
			SubnetId:     subnet.ID(),
			RouteTableId: table.ID(),
		}, pulumi.Parent(b.network))
	if err != nil {
		return nil, fmt.Errorf("route %s subnet in %s: %w", layer, zone, err)
	}
	b.network.subnets[layer] = append(b.network.subnets[layer],
		connection.Subnet{Zone: zone, ID: subnet.ID().ToStringOutput()})
	return association, nil
}

func (b *builder) routeTable(name string) (*ec2.RouteTable, error) {
	table, err := ec2.NewRouteTable(b.ctx, name, &ec2.RouteTableArgs{
		VpcId: b.vpcID,
		Tags:  nameTag(name),
	}, pulumi.Parent(b.network))
	if err != nil {
		return nil, fmt.Errorf("create route table: %w", err)
	}
	return table, nil
}

func (b *builder) publicSubnets() error {
	if !b.args.hasPublicLayer() {
		return nil
	}
	table, err := b.routeTable(b.child("public", "table"))
	if err != nil {
		return err
	}
	route, err := ec2.NewRoute(b.ctx, b.child("public", "internet"), &ec2.RouteArgs{
		RouteTableId:         table.ID(),
		DestinationCidrBlock: pulumi.String(anywhere),
		GatewayId:            b.gateway.ID(),
	}, pulumi.Parent(b.network))
	if err != nil {
		return fmt.Errorf("route public subnets to the internet: %w", err)
	}
	b.network.Public = append(b.network.Public, route)
	for i := range b.zones() {
		association, err := b.subnet(subnets.Public, i, table)
		if err != nil {
			return err
		}
		b.network.Public = append(b.network.Public, association)
	}
	return nil
}

// applicationSubnets reach the internet through a NAT gateway, when there is one: that of their own zone, or the
// single one in the first zone.
func (b *builder) applicationSubnets() error {
	b.tables = map[string]*ec2.RouteTable{}
	var gateway *ec2.NatGateway
	for i, zone := range b.zones() {
		if nat := b.args.Settings.NATGateways; nat == config.NATPerZone || nat == config.NATSingle && i == 0 {
			made, err := b.natGateway(i)
			if err != nil {
				return err
			}
			gateway = made
		}
		table, err := b.routeTable(b.child("application", zone, "table"))
		if err != nil {
			return err
		}
		b.tables[zone] = table
		if gateway != nil {
			if err := b.internetRoute(zone, gateway); err != nil {
				return err
			}
		}
		association, err := b.subnet(subnets.Application, i, table)
		if err != nil {
			return err
		}
		b.network.Application = append(b.network.Application, association)
	}
	return nil
}

func (b *builder) internetRoute(zone string, gateway *ec2.NatGateway) error {
	route, err := ec2.NewRoute(b.ctx, b.child("application", zone, "internet"), &ec2.RouteArgs{
		RouteTableId:         b.tables[zone].ID(),
		DestinationCidrBlock: pulumi.String(anywhere),
		NatGatewayId:         gateway.ID(),
	}, pulumi.Parent(b.network))
	if err != nil {
		return fmt.Errorf("route application subnet in %s to the internet: %w", zone, err)
	}
	b.network.Application = append(b.network.Application, route)
	return nil
}

func (b *builder) natGateway(index int) (*ec2.NatGateway, error) {
	zone := b.zones()[index]
	// An address is allocated in a VPC only after its internet gateway is attached.
	after := pulumi.DependsOn([]pulumi.Resource{b.gateway})
	name := b.child("nat", zone)
	address, err := ec2.NewEip(b.ctx, b.child("nat", zone, "address"), &ec2.EipArgs{
		Domain: pulumi.String("vpc"),
		Tags:   nameTag(name),
	}, pulumi.Parent(b.network), after)
	if err != nil {
		return nil, fmt.Errorf("allocate NAT address in %s: %w", zone, err)
	}
	b.egressIPs = append(b.egressIPs, address.PublicIp)
	gateway, err := ec2.NewNatGateway(b.ctx, name, &ec2.NatGatewayArgs{
		AllocationId: address.AllocationId,
		SubnetId:     b.network.subnets[subnets.Public][index].ID,
		Tags:         nameTag(name),
	}, pulumi.Parent(b.network), after)
	if err != nil {
		return nil, fmt.Errorf("create NAT gateway in %s: %w", zone, err)
	}
	b.network.gateways[zone] = gateway.ID().ToStringOutput()
	return gateway, nil
}

// dataSubnets have no route but that inside the VPC.
func (b *builder) dataSubnets() error {
	table, err := b.routeTable(b.child("data", "table"))
	if err != nil {
		return err
	}
	for i := range b.zones() {
		if _, err := b.subnet(subnets.Data, i, table); err != nil {
			return err
		}
	}
	return nil
}
