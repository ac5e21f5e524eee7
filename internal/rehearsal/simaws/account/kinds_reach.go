package account

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// What leads out of a VPC without an internet gateway, and what watches it.
const (
	routeT          = "aws:ec2/route:Route"
	endpointT       = "aws:ec2/vpcEndpoint:VpcEndpoint"
	flowLogT        = "aws:ec2/flowLog:FlowLog"
	attachmentT     = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
	transitGatewayT = "aws:ec2transitgateway/transitGateway:TransitGateway"
	peeringT        = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
	prefixListT     = "aws:ec2/managedPrefixList:ManagedPrefixList"

	gatewayEndpoint   = "Gateway"
	interfaceEndpoint = "Interface"
)

const createEndpoint = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html"

func init() {
	inVPC := Ref{Path: "vpcId", To: []string{vpcT}, By: "id", NotFound: "InvalidVpcID.NotFound", Holds: true}
	register(
		Kind{
			Token: endpointT, ID: "vpce-{hex17}", ARN: "ec2:{region}:{account}:vpc-endpoint/{id}", Took: Took{60, 10, 60},
			Refs: []Ref{
				inVPC, subnets("subnetIds[]"), securityGroups("securityGroupIds[]"),
				{Path: "routeTableIds[]", To: []string{routeTableT}, By: "id", NotFound: "InvalidRouteTableID.NotFound"},
			},
			Rules: []Rule{
				{"endpoint-service", createEndpoint, endpointService},
				{"endpoint-type", createEndpoint, endpointType},
				{"endpoint-zones", "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html", endpointZones},
				{"endpoint-private-dns", "https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html", endpointPrivateDNS},
			},
			Outputs: func(c *Call) {
				c.State["ownerId"], c.State["state"] = c.Account.ID, "available"
				if c.Text("vpcEndpointType") == gatewayEndpoint {
					c.State["prefixListId"] = PrefixListID(c.Region, c.Text("serviceName"))
				}
			},
		},
		Kind{
			Token: flowLogT, ID: "fl-{hex17}", ARN: "ec2:{region}:{account}:vpc-flow-log/{id}", Took: Took{2, 1, 1},
			Refs: []Ref{
				inVPC,
				{Path: "logDestination", To: []string{logGroupT}, By: "arn", NotFound: "InvalidParameter: unknown LogDestination"},
				{Path: "iamRoleArn", To: []string{roleT}, By: "arn", NotFound: "InvalidParameter: unknown DeliverLogsPermissionArn"},
			},
			Rules: []Rule{{"flow-log-role", "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html", flowLogRole}},
		},
		Kind{
			Token: attachmentT, ID: "tgw-attach-{hex17}", ARN: "ec2:{region}:{account}:transit-gateway-attachment/{id}", Took: Took{90, 30, 60},
			Refs: []Ref{
				inVPC, subnets("subnetIds[]"),
				{Path: "transitGatewayId", To: []string{transitGatewayT}, By: "id", NotFound: "InvalidTransitGatewayID.NotFound"},
			},
			Unique: "transitGatewayId", Within: "vpcId",
			Rules: []Rule{{
				"transit-attachment-zones", "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTransitGatewayVpcAttachment.html", attachmentZones,
			}},
			Outputs:  func(c *Call) { c.State["vpcOwnerId"] = c.Account.ID },
			OnDelete: routesToTransit,
		},
		Kind{
			Token: "aws:route53/zoneAssociation:ZoneAssociation", ID: "{zoneId}:{vpcId}", Global: true, Took: Took{30, 1, 30},
			Refs: []Ref{{Path: "zoneId", To: []string{zoneT}, By: "id", NotFound: "NoSuchHostedZone"}},
			Rules: []Rule{{
				"zone-association-private", "https://docs.aws.amazon.com/Route53/latest/APIReference/API_AssociateVPCWithHostedZone.html", privateZone,
			}},
			Outputs: func(c *Call) { c.State["owningAccount"] = c.Account.ID },
		},
	)
}

// EndpointServices of every region, as the last part of their names: what AWS has that the program might ask for.
var EndpointServices = []string{
	"autoscaling", "backup", "ec2", "ec2messages", "elasticfilesystem", "elasticloadbalancing", "kms", "logs", "monitoring",
	"rds", "s3", "secretsmanager", "sns", "sqs", "ssm", "ssmmessages", "sts",
}

// gatewayServices have gateway endpoints.
var gatewayServices = []string{"s3", "dynamodb"}

// chineseServices have names that begin with "cn." in the regions of China.
var chineseServices = []string{"autoscaling", "ec2", "elasticfilesystem", "monitoring", "sts"}

// PrefixListID is the id of the prefix list of a gateway service in a region, such as "com.amazonaws.us-east-1.s3".
func PrefixListID(region, service string) string {
	sum := sha256.Sum256([]byte(region + service))
	return "pl-" + hex.EncodeToString(sum[:4])
}

// serviceOf is the last part of the name of an endpoint service, empty when the region has none of the name.
func serviceOf(region, name string) string {
	rest, china := strings.CutPrefix(name, "cn.")
	service, found := strings.CutPrefix(rest, "com.amazonaws."+region+".")
	if !found || china != (strings.HasPrefix(region, "cn-") && slices.Contains(chineseServices, service)) {
		return ""
	}
	return service
}

func endpointService(c *Call) error {
	name := c.Text("serviceName")
	service := serviceOf(c.Region, name)
	known := EndpointServices
	if c.Text("vpcEndpointType") == gatewayEndpoint {
		known = gatewayServices
	}
	if !slices.Contains(known, service) {
		return fmt.Errorf("InvalidServiceName: The Vpc Endpoint Service '%s' does not exist", name)
	}
	return nil
}

func endpointType(c *Call) error {
	tables, nets := c.Texts("routeTableIds[]"), c.Texts("subnetIds[]")
	switch kind := c.Text("vpcEndpointType"); {
	case kind == gatewayEndpoint && (len(nets) > 0 || len(c.Texts("securityGroupIds[]")) > 0 || c.True("privateDnsEnabled")):
		return fmt.Errorf("InvalidParameter: subnets, security groups and private DNS are for endpoints of type Interface, not %s", kind)
	case kind == interfaceEndpoint && len(tables) > 0:
		return fmt.Errorf("InvalidParameter: route tables are for endpoints of type Gateway, not %s", kind)
	case kind == gatewayEndpoint && len(tables) == 0, kind == interfaceEndpoint && len(nets) == 0:
		// AWS takes it, and the endpoint leads nowhere.
		return fmt.Errorf("an endpoint of type %s without route tables or subnets leads nowhere", kind)
	}
	return nil
}

func endpointZones(c *Call) error {
	seen := map[any]bool{}
	for _, id := range c.Texts("subnetIds[]") {
		state := c.state(subnetT, id)
		switch zone := state["availabilityZone"]; {
		case state["vpcId"] != c.Text("vpcId"):
			return fmt.Errorf("InvalidParameter: subnet %s is not in %s", id, c.Text("vpcId"))
		case seen[zone]:
			return fmt.Errorf("DuplicateSubnetsInSameZone: Found another VPC endpoint subnet in the availability zone of %s", id)
		default:
			seen[zone] = true
		}
	}
	return nil
}

func endpointPrivateDNS(c *Call) error {
	if !c.True("privateDnsEnabled") {
		return nil
	}
	vpc := c.state(vpcT, c.Text("vpcId"))
	if vpc["enableDnsSupport"] != true || vpc["enableDnsHostnames"] != true {
		return fmt.Errorf("InvalidParameter: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for %s", c.Text("vpcId"))
	}
	twins := c.Find(endpointT, func(r *Resource) bool {
		return r != c.Old && r.State["vpcId"] == c.Text("vpcId") && r.State["serviceName"] == c.Text("serviceName") && r.State["privateDnsEnabled"] == true
	})
	if len(twins) > 0 {
		return fmt.Errorf("InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for %s in the VPC %s", c.Text("serviceName"), c.Text("vpcId"))
	}
	return nil
}

// flowLogRole finds a role that the service may not take: AWS makes the flow log, which then has the status "Access error".
func flowLogRole(c *Call) error {
	const service = "vpc-flow-logs.amazonaws.com"
	role := c.Find(roleT, func(r *Resource) bool { return r.State["arn"] == c.Text("iamRoleArn") })
	if len(role) == 0 {
		return nil
	}
	trust, _ := role[0].State["assumeRolePolicy"].(string)
	doc, err := document(trust)
	if err != nil {
		return err
	}
	for _, s := range doc.Statement {
		if who, ok := s.Principal.(map[string]any); ok && slices.Contains(list(who["Service"]), service) {
			return nil
		}
	}
	return fmt.Errorf("the role %v does not trust %s: the flow log stays in Access error", role[0].State["name"], service)
}

func attachmentZones(c *Call) error {
	seen := map[any]bool{}
	for _, id := range c.Texts("subnetIds[]") {
		zone := c.state(subnetT, id)["availabilityZone"]
		if seen[zone] {
			return fmt.Errorf("DuplicateSubnetsInSameZone: Duplicate Subnets for same AZ are not allowed: %v", zone)
		}
		seen[zone] = true
	}
	return nil
}

// routesToTransit refuses to detach a VPC whose routes lead to the gateway.
func routesToTransit(c *Call) error {
	for _, r := range c.Find(routeT, func(r *Resource) bool { return r.State["transitGatewayId"] == c.State["transitGatewayId"] }) {
		if c.state(routeTableT, texts(r.State, "routeTableId")[0])["vpcId"] == c.State["vpcId"] {
			return fmt.Errorf("IncorrectState: the attachment %s has a route in %s", c.self.ID, r.State["routeTableId"])
		}
	}
	return nil
}

func privateZone(c *Call) error {
	if c.state(zoneT, c.Text("zoneId"))["privateZone"] != true {
		return fmt.Errorf("PublicZoneVPCAssociation: %s is a public hosted zone", c.Text("zoneId"))
	}
	vpcs := c.Account.find(func(r *Resource) bool { return r.Token == vpcT && r.ID == c.Text("vpcId") })
	if len(vpcs) == 0 {
		return fmt.Errorf("InvalidVPCId: the VPC %s does not exist", c.Text("vpcId"))
	}
	return nil
}

// routeTarget refuses a transit gateway that the VPC is not attached to: AWS does not know it there.
func routeTarget(c *Call) error {
	id := c.Text("transitGatewayId")
	if id == "" {
		return nil
	}
	vpc := c.state(routeTableT, c.Text("routeTableId"))["vpcId"]
	attached := c.Find(attachmentT, func(r *Resource) bool { return r.State["transitGatewayId"] == id && r.State["vpcId"] == vpc })
	if len(attached) == 0 {
		return fmt.Errorf("InvalidTransitGatewayID.NotFound: The transitGateway ID '%s' does not exist", id)
	}
	return nil
}

// routeOutside refuses a route into the VPC itself.
func routeOutside(c *Call) error {
	vpc := c.state(vpcT, fmt.Sprint(c.state(routeTableT, c.Text("routeTableId"))["vpcId"]))
	own, err := netip.ParsePrefix(fmt.Sprint(vpc["cidrBlock"]))
	if err != nil {
		return nil
	}
	if p, err := netip.ParsePrefix(c.Text("destinationCidrBlock")); err == nil && own.Contains(p.Addr()) && own.Bits() <= p.Bits() {
		return fmt.Errorf("InvalidParameterValue: The destination CIDR block %s is equal to or more specific than one of this VPC's CIDR blocks", p)
	}
	return nil
}
