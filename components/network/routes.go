package network

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2transitgateway"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// routes lead from the application subnets, and no others, to the networks that Morpheus manages. A route to a
// transit gateway needs an attachment of the VPC, which is made here; a peering connection belongs to its owner.
func (b *builder) routes() error {
	attached := map[string]pulumi.Resource{}
	for _, r := range b.args.Settings.Routes {
		if id := r.TransitGatewayID; id != "" && attached[id] == nil {
			attachment, err := b.attach(id)
			if err != nil {
				return fmt.Errorf("attach the VPC to %s: %w", id, err)
			}
			attached[id] = attachment
		}
		for _, zone := range b.zones() {
			args := &ec2.RouteArgs{
				RouteTableId:         b.tables[zone].ID(),
				DestinationCidrBlock: pulumi.String(r.CIDR),
			}
			opts := []pulumi.ResourceOption{pulumi.Parent(b.network)}
			if r.TransitGatewayID != "" {
				args.TransitGatewayId = pulumi.String(r.TransitGatewayID)
				opts = append(opts, pulumi.DependsOn([]pulumi.Resource{attached[r.TransitGatewayID]}))
			} else {
				args.VpcPeeringConnectionId = pulumi.String(r.PeeringConnectionID)
			}
			name := b.child("application", zone, "to", strings.ReplaceAll(r.CIDR, "/", "-"))
			route, err := ec2.NewRoute(b.ctx, name, args, opts...)
			if err != nil {
				return fmt.Errorf("route application subnet in %s to %s: %w", zone, r.CIDR, err)
			}
			b.network.Application = append(b.network.Application, route)
		}
	}
	return nil
}

func (b *builder) attach(transitGatewayID string) (pulumi.Resource, error) {
	name := b.child("transit", transitGatewayID)
	return ec2transitgateway.NewVpcAttachment(b.ctx, name, &ec2transitgateway.VpcAttachmentArgs{
		TransitGatewayId: pulumi.String(transitGatewayID),
		VpcId:            b.vpcID,
		// An attachment in a zone serves the subnets of that zone only.
		SubnetIds: connection.SubnetIDs(b.network.subnets[subnets.Application]),
		Tags:      nameTag(name),
	}, pulumi.Parent(b.network))
}
