package awstypes

import (
	"fmt"
	"net/netip"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// Types of resources that exist before the first deployment; the program creates none.
const (
	EC2TransitGateway    = "aws:ec2transitgateway/transitGateway:TransitGateway"
	EC2PeeringConnection = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
)

var toRouteTable = Reference{
	Path: "routeTableId", To: []string{awstoken.EC2RouteTable}, By: "id", NotFound: "InvalidRouteTableID.NotFound",
	BlocksDelete: true,
}

func ec2RoutingTypes() []Type {
	return []Type{
		{
			Token: awstoken.EC2RouteTable,
			Simulation: Simulation{
				ID: "rtb-{hex17}", ARN: "ec2:{region}:{account}:route-table/{id}",
				Duration:   Duration{Create: 1, Update: 1, Delete: 1},
				References: []Reference{toVPC},
				Outputs:    func(c *Call) { c.State["ownerId"] = c.AccountID },
			},
			Provider: Provider{Source: "ec2/vpc_route_table"},
			Permissions: &Permissions{
				Read:  actions("ec2: DescribeRouteTables DescribeNetworkInterfaces"),
				Write: actions("ec2: CreateRouteTable DeleteRouteTable DisassociateRouteTable CreateTags DeleteTags"),
				NeverCalled: []NeverCalled{
					{
						Actions: actions("ec2: CreateRoute DeleteRoute ReplaceRoute"),
						Because: "routes are separate resources",
					},
					{
						Actions: actions("ec2: DisableVgwRoutePropagation EnableVgwRoutePropagation"),
						Because: "no VPN gateway",
					},
				},
			},
			Listing: &Listing{
				Kind: "route table", Service: "ec2", Call: "DescribeRouteTables", ID: `<routeTableId>([^<]+)`,
			},
			Example: Values{"vpcId": "${vpc.id}"},
		},
		route(),
		{
			Token: awstoken.EC2RouteTableAssociation,
			Simulation: Simulation{
				ID: "rtbassoc-{hex17}", Unique: "subnetId",
				Duration:   Duration{Create: 1, Update: 1, Delete: 1},
				References: []Reference{toRouteTable, toSubnets("subnetId")},
			},
			Provider: Provider{Source: "ec2/vpc_route_table_association"},
			Permissions: &Permissions{
				Read:  actions("ec2: DescribeRouteTables"),
				Write: actions("ec2: AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation"),
			},
			NotListed: "AWS does not delete a route table with an association",
			Example:   Values{"routeTableId": "${table.id}", "subnetId": "${subnet-a.id}"},
		},
		transitGatewayAttachment(),
		{Token: EC2TransitGateway, Simulation: Simulation{ID: "tgw-{hex17}"}},
		{Token: EC2PeeringConnection, Simulation: Simulation{ID: "pcx-{hex17}"}},
	}
}

func route() Type {
	return Type{
		Token: awstoken.EC2Route,
		Simulation: Simulation{
			ID:       "r-{routeTableId}{hex8}",
			Duration: Duration{Create: 1, Update: 1, Delete: 1},
			References: []Reference{
				toRouteTable,
				{
					Path: "gatewayId", To: []string{awstoken.EC2InternetGateway}, By: "id",
					NotFound: "InvalidGatewayID.NotFound",
				},
				{
					Path: "natGatewayId", To: []string{awstoken.EC2NATGateway}, By: "id",
					NotFound: "InvalidNatGatewayID.NotFound",
				},
				{
					Path: "vpcPeeringConnectionId", To: []string{EC2PeeringConnection}, By: "id",
					NotFound: "InvalidVpcPeeringConnectionID.NotFound",
				},
			},
			Rules: []Rule{
				{
					Name: "route-once", AWS: Error,
					Refuses: "a second route to a destination",
					Source:  docs + "AWSEC2/latest/APIReference/API_CreateRoute.html",
					Check:   routeOnce,
				},
				{
					Name: "route-outside", AWS: Error,
					Refuses: "a route to a range of the VPC",
					Source:  docs + "AWSEC2/latest/APIReference/API_CreateRoute.html",
					Check:   routeOutside,
				},
				{
					Name: "route-transit-attachment", AWS: Error,
					Refuses: "a transit gateway that the VPC is not attached to",
					Source:  docs + "vpc/latest/tgw/tgw-vpc-attachments.html",
					Check:   routeTarget,
				},
			},
			Outputs: func(c *Call) { c.State["state"], c.State["origin"] = "active", "CreateRoute" },
		},
		Provider: Provider{
			Source: "ec2/vpc_route",
			Checks: map[string][]Check{"destinationCidrBlock": {network(0, 32)}},
		},
		Permissions: &Permissions{
			Read:  actions("ec2: DescribeRouteTables"),
			Write: actions("ec2: CreateRoute ReplaceRoute DeleteRoute"),
		},
		NotListed: "is deleted with its route table",
		Example: Values{
			"routeTableId": "${table.id}", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "${gateway.id}",
		},
	}
}

func routeOnce(c *Call) error {
	same := c.Find(awstoken.EC2Route, func(r *Resource) bool {
		return r != c.Old && r.State["routeTableId"] == c.Text("routeTableId") &&
			r.State["destinationCidrBlock"] == c.Text("destinationCidrBlock")
	})
	if len(same) > 0 {
		return fmt.Errorf("RouteAlreadyExists: the route identified by %s already exists",
			c.Text("destinationCidrBlock"))
	}
	return nil
}

// routeOutside refuses a route to a range of the VPC.
func routeOutside(c *Call) error {
	vpc := c.state(awstoken.EC2VPC, fmt.Sprint(c.state(awstoken.EC2RouteTable, c.Text("routeTableId"))["vpcId"]))
	own, err := netip.ParsePrefix(fmt.Sprint(vpc["cidrBlock"]))
	if err != nil {
		return nil
	}
	if p, err := netip.ParsePrefix(c.Text("destinationCidrBlock")); err == nil && own.Contains(p.Addr()) &&
		own.Bits() <= p.Bits() {
		return fmt.Errorf("InvalidParameterValue: The destination CIDR block %s is equal to or more specific "+
			"than one of this VPC's CIDR blocks", p)
	}
	return nil
}

// routeTarget refuses a transit gateway that the VPC is not attached to, as AWS does.
func routeTarget(c *Call) error {
	id := c.Text("transitGatewayId")
	if id == "" {
		return nil
	}
	vpc := c.state(awstoken.EC2RouteTable, c.Text("routeTableId"))["vpcId"]
	attached := c.Find(awstoken.EC2TransitGatewayAttachment,
		func(r *Resource) bool { return r.State["transitGatewayId"] == id && r.State["vpcId"] == vpc })
	if len(attached) == 0 {
		return fmt.Errorf("InvalidTransitGatewayID.NotFound: The transitGateway ID '%s' does not exist", id)
	}
	return nil
}

func transitGatewayAttachment() Type {
	return Type{
		Token: awstoken.EC2TransitGatewayAttachment,
		Simulation: Simulation{
			ID: "tgw-attach-{hex17}", ARN: "ec2:{region}:{account}:transit-gateway-attachment/{id}",
			Unique: "transitGatewayId", UniqueWithin: "vpcId",
			Duration: Duration{Create: 90, Update: 30, Delete: 60},
			References: []Reference{toVPC, toSubnets("subnetIds[]"), {
				Path: "transitGatewayId", To: []string{EC2TransitGateway}, By: "id",
				NotFound: "InvalidTransitGatewayID.NotFound",
			}},
			Rules: []Rule{{
				Name: "transit-attachment-zones", AWS: Error,
				Refuses: "two subnets in a zone",
				Source:  docs + "AWSEC2/latest/APIReference/API_CreateTransitGatewayVpcAttachment.html",
				Check:   attachmentZones,
			}},
			Outputs:  func(c *Call) { c.State["vpcOwnerId"] = c.AccountID },
			OnDelete: routesToTransit,
		},
		Provider: Provider{Source: "ec2/transitgateway_vpc_attachment"},
		Permissions: &Permissions{
			Read: actions("ec2: DescribeTransitGatewayVpcAttachments DescribeTransitGateways " +
				"GetTransitGatewayRouteTableAssociations GetTransitGatewayRouteTablePropagations"),
			// The last two are for a gateway in the same account without automatic association and propagation.
			Write: actions("ec2: CreateTransitGatewayVpcAttachment ModifyTransitGatewayVpcAttachment " +
				"DeleteTransitGatewayVpcAttachment CreateTags DeleteTags AssociateTransitGatewayRouteTable " +
				"EnableTransitGatewayRouteTablePropagation"),
			NeverCalled: []NeverCalled{{
				Actions: actions("ec2: DisableTransitGatewayRouteTablePropagation " +
					"DisassociateTransitGatewayRouteTable"),
				Because: "it uses the default route table",
			}},
		},
		Listing: &Listing{
			Kind: "transit attachment", Service: "ec2", Call: "DescribeTransitGatewayVpcAttachments",
			ID: `<transitGatewayAttachmentId>([^<]+)`,
		},
		Example: Values{
			"vpcId": "${vpc.id}", "transitGatewayId": "${transit-gateway}",
			"subnetIds": []any{"${subnet-a.id}", "${subnet-b.id}"},
		},
	}
}

func attachmentZones(c *Call) error {
	seen := map[any]bool{}
	for _, id := range c.texts("subnetIds[]") {
		zone := c.state(awstoken.EC2Subnet, id)["availabilityZone"]
		if seen[zone] {
			return fmt.Errorf("DuplicateSubnetsInSameZone: Duplicate Subnets for same AZ are not allowed: %v", zone)
		}
		seen[zone] = true
	}
	return nil
}

// routesToTransit refuses to detach a VPC that has routes to the gateway.
func routesToTransit(c *Call) error {
	for _, r := range c.Find(awstoken.EC2Route,
		func(r *Resource) bool { return r.State["transitGatewayId"] == c.State["transitGatewayId"] }) {
		if c.state(awstoken.EC2RouteTable, Texts(r.State, "routeTableId")[0])["vpcId"] == c.State["vpcId"] {
			return fmt.Errorf("IncorrectState: the attachment %s has a route in %s", c.ID, r.State["routeTableId"])
		}
	}
	return nil
}
