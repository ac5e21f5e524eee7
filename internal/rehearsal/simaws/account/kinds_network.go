package account

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

const (
	vpcT           = "aws:ec2/vpc:Vpc"
	subnetT        = "aws:ec2/subnet:Subnet"
	gatewayT       = "aws:ec2/internetGateway:InternetGateway"
	eipT           = "aws:ec2/eip:Eip"
	natT           = "aws:ec2/natGateway:NatGateway"
	routeTableT    = "aws:ec2/routeTable:RouteTable"
	securityGroupT = "aws:ec2/securityGroup:SecurityGroup"
	defaultGroupT  = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
	ingressT       = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressT        = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
)

const createRoute = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html"

func init() {
	inVPC := Ref{Path: "vpcId", To: []string{vpcT}, By: "id", NotFound: "InvalidVpcID.NotFound", Holds: true}
	inTable := Ref{Path: "routeTableId", To: []string{routeTableT}, By: "id", NotFound: "InvalidRouteTableID.NotFound", Holds: true}
	inSubnet := Ref{Path: "subnetId", To: []string{subnetT}, By: "id", NotFound: "InvalidSubnetID.NotFound", Holds: true}
	groups := []string{securityGroupT, defaultGroupT}

	register(
		Kind{
			Token: vpcT, ID: "vpc-{hex17}", ARN: "ec2:{region}:{account}:vpc/{id}", Took: Took{2, 1, 1},
			Rules: []Rule{{"vpc-cidr-size", "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html", vpcCIDR}},
			Outputs: func(c *Call) {
				if c.Old != nil {
					return
				}
				c.State["ownerId"] = c.Account.ID
				c.State["mainRouteTableId"] = c.expand("rtb-{hex17}")
				c.State["defaultRouteTableId"] = c.State["mainRouteTableId"]
				c.State["defaultNetworkAclId"] = c.expand("acl-{hex17}")
				c.State["defaultSecurityGroupId"] = c.expand("sg-{hex17}")
				c.State["dhcpOptionsId"] = c.expand("dopt-{hex17}")
			},
		},
		Kind{
			Token: subnetT, ID: "subnet-{hex17}", ARN: "ec2:{region}:{account}:subnet/{id}", Took: Took{2, 1, 2},
			Refs: []Ref{inVPC},
			Rules: []Rule{
				{"subnet-zone", "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html", subnetZone},
				{"subnet-cidr", "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html", subnetCIDR},
			},
			Outputs: func(c *Call) {
				c.State["ownerId"] = c.Account.ID
				fill(c, "availabilityZone", Zones(c.Region)[0]) // AWS chooses when nobody asks
				c.State["availabilityZoneId"] = zoneID(c.State["availabilityZone"].(string))
			},
		},
		Kind{
			Token: gatewayT, ID: "igw-{hex17}", ARN: "ec2:{region}:{account}:internet-gateway/{id}", Took: Took{2, 1, 2},
			Refs:     []Ref{inVPC},
			Outputs:  func(c *Call) { c.State["ownerId"] = c.Account.ID },
			OnDelete: mappedAddresses,
		},
		Kind{
			Token: eipT, ID: "eipalloc-{hex17}", ARN: "ec2:{region}:{account}:elastic-ip/{id}", Took: Took{1, 1, 1},
			Outputs: func(c *Call) {
				if c.Old == nil {
					c.State["allocationId"] = c.self.ID
					c.State["publicIp"] = fmt.Sprintf("198.51.100.%d", c.Account.serial%256) // TEST-NET-2
				}
			},
		},
		Kind{
			Token: natT, ID: "nat-{hex17}", Took: Took{100, 1, 60},
			Refs: []Ref{inSubnet, {Path: "allocationId", To: []string{eipT}, By: "id", NotFound: "InvalidAllocationID.NotFound", Holds: true}},
			Rules: []Rule{{
				"nat-needs-internet-gateway", "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html", natGateway,
			}},
			Outputs: func(c *Call) {
				if c.Old == nil {
					c.State["networkInterfaceId"] = c.expand("eni-{hex17}")
					c.State["privateIp"] = "10.0.0.4"
				}
			},
		},
		Kind{
			Token: routeTableT, ID: "rtb-{hex17}", ARN: "ec2:{region}:{account}:route-table/{id}", Took: Took{1, 1, 1},
			Refs:    []Ref{inVPC},
			Outputs: func(c *Call) { c.State["ownerId"] = c.Account.ID },
		},
		Kind{
			Token: routeT, ID: "r-{routeTableId}{hex8}", Took: Took{1, 1, 1},
			Refs: []Ref{
				inTable,
				{Path: "gatewayId", To: []string{gatewayT}, By: "id", NotFound: "InvalidGatewayID.NotFound"},
				{Path: "natGatewayId", To: []string{natT}, By: "id", NotFound: "InvalidNatGatewayID.NotFound"},
				{Path: "vpcPeeringConnectionId", To: []string{peeringT}, By: "id", NotFound: "InvalidVpcPeeringConnectionID.NotFound"},
			},
			Rules: []Rule{
				{"route-once", createRoute, routeOnce}, {"route-outside", createRoute, routeOutside},
				{"route-transit-attachment", "https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html", routeTarget},
			},
			Outputs: func(c *Call) { c.State["state"], c.State["origin"] = "active", "CreateRoute" },
		},
		Kind{
			Token: "aws:ec2/routeTableAssociation:RouteTableAssociation", ID: "rtbassoc-{hex17}", Took: Took{1, 1, 1},
			Refs: []Ref{inTable, inSubnet}, Unique: "subnetId",
		},
		Kind{
			Token: securityGroupT, ID: "sg-{hex17}", ARN: "ec2:{region}:{account}:security-group/{id}", Took: Took{2, 1, 1},
			Refs: []Ref{inVPC}, Unique: "name", Within: "vpcId",
			Rules: []Rule{{
				"security-group-name", "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html", groupName,
			}},
			Outputs: func(c *Call) { c.State["ownerId"] = c.Account.ID },
		},
		Kind{
			// The group exists with its VPC; the provider adopts it and takes its rules away.
			Token: defaultGroupT, ID: "sg-{hex17}", Took: Took{1, 1, 0},
			Refs: []Ref{inVPC}, Unique: "vpcId",
			Outputs: func(c *Call) {
				if id, ok := c.state(vpcT, c.Text("vpcId"))["defaultSecurityGroupId"].(string); ok {
					c.self.ID = id
				}
				c.State["arn"] = c.expand("arn:{partition}:ec2:{region}:{account}:security-group/{id}")
				c.State["ownerId"], c.State["name"] = c.Account.ID, "default"
			},
		},
		securityGroupRule(ingressT, groups),
		securityGroupRule(egressT, groups),
	)
}

func securityGroupRule(token string, groups []string) Kind {
	return Kind{
		Token: token, ID: "sgr-{hex17}", ARN: "ec2:{region}:{account}:security-group-rule/{id}", Took: Took{1, 1, 1},
		Refs: []Ref{
			// Rules inside a group go with it; a rule elsewhere that names the group holds it.
			{Path: "securityGroupId", To: groups, By: "id", NotFound: "InvalidGroup.NotFound"},
			{Path: "referencedSecurityGroupId", To: groups, By: "id", NotFound: "InvalidGroup.NotFound", Holds: true},
			{Path: "prefixListId", To: []string{prefixListT}, By: "id", NotFound: "InvalidPrefixListID.NotFound"},
		},
		Rules: []Rule{
			{"rule-description", "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html", ruleDescription},
			{"rules-of-a-group", "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html", rulesOfGroup},
			{"rule-one-peer", "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html", rulePeer},
			{"rule-once", "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html", ruleOnce},
		},
		Outputs: func(c *Call) { c.State["securityGroupRuleId"] = c.self.ID },
	}
}

func vpcCIDR(c *Call) error {
	p, err := netip.ParsePrefix(c.Text("cidrBlock"))
	if err != nil || p.Bits() < 16 || p.Bits() > 28 {
		return fmt.Errorf("InvalidVpc.Range: the CIDR '%s' is invalid", c.Text("cidrBlock"))
	}
	return nil
}

func subnetZone(c *Call) error {
	if zone := c.Text("availabilityZone"); zone != "" && !slices.Contains(Zones(c.Region), zone) {
		return fmt.Errorf("InvalidParameterValue: value (%s) for parameter availabilityZone is invalid; subnets can currently only be created in %s",
			zone, strings.Join(Zones(c.Region), ", "))
	}
	return nil
}

func subnetCIDR(c *Call) error {
	vpc := c.Text("vpcId")
	outer, _ := netip.ParsePrefix(fmt.Sprint(c.state(vpcT, vpc)["cidrBlock"]))
	p, err := netip.ParsePrefix(c.Text("cidrBlock"))
	if err != nil || p.Bits() < 16 || p.Bits() > 28 || !outer.Contains(p.Addr()) || p.Bits() < outer.Bits() {
		return fmt.Errorf("InvalidSubnet.Range: the CIDR '%s' is invalid", c.Text("cidrBlock"))
	}
	for _, other := range c.Find(subnetT, func(r *Resource) bool { return r.State["vpcId"] == vpc && r != c.Old }) {
		if q, err := netip.ParsePrefix(fmt.Sprint(other.State["cidrBlock"])); err == nil && q.Overlaps(p) {
			return fmt.Errorf("InvalidSubnet.Conflict: the CIDR '%s' conflicts with another subnet (%s)", p, q)
		}
	}
	return nil
}

func natGateway(c *Call) error {
	vpc := c.state(subnetT, c.Text("subnetId"))["vpcId"]
	attached := c.Find(gatewayT, func(r *Resource) bool { return r.State["vpcId"] == vpc })
	if c.Text("connectivityType") != "private" && len(attached) == 0 {
		return fmt.Errorf("Gateway.NotAttached: network %v has no Internet gateway attached", vpc)
	}
	return nil
}

// mappedAddresses refuses to take a gateway from a VPC in which something has a public address.
func mappedAddresses(c *Call) error {
	inVPC := func(path string) func(*Resource) bool {
		return func(r *Resource) bool {
			ids := texts(r.State, path)
			return len(ids) > 0 && c.state(subnetT, ids[0])["vpcId"] == c.State["vpcId"] &&
				r.State["connectivityType"] != "private" && r.State["internal"] != true
		}
	}
	public := append(c.Find(natT, inVPC("subnetId")), c.Find(balancerT, inVPC("subnets[]"))...)
	if len(public) > 0 {
		return fmt.Errorf("DependencyViolation: Network %v has some mapped public address(es): %s. Please unmap those public address(es) before detaching the gateway",
			c.State["vpcId"], public[0].ID)
	}
	return nil
}

func routeOnce(c *Call) error {
	same := c.Find(routeT, func(r *Resource) bool {
		return r != c.Old && r.State["routeTableId"] == c.Text("routeTableId") &&
			r.State["destinationCidrBlock"] == c.Text("destinationCidrBlock")
	})
	if len(same) > 0 {
		return fmt.Errorf("RouteAlreadyExists: the route identified by %s already exists", c.Text("destinationCidrBlock"))
	}
	return nil
}

func groupName(c *Call) error {
	if name := c.Text("name"); strings.HasPrefix(strings.ToLower(name), "sg-") {
		return fmt.Errorf("InvalidParameterValue: invalid value '%s' for groupName; it may not begin with sg-", name)
	}
	return nil
}

var ruleText = regexp.MustCompile(`^[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}$`)

func ruleDescription(c *Call) error {
	if text := c.Text("description"); !ruleText.MatchString(text) {
		return fmt.Errorf("InvalidParameterValue: Invalid rule description '%s'. Valid descriptions are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*", text)
	}
	return nil
}

// maxRules of a security group in a direction, before AWS is asked for more.
const maxRules = 60

func rulesOfGroup(c *Call) error {
	others := c.Find(c.Kind.Token, func(r *Resource) bool { return r != c.Old && r.State["securityGroupId"] == c.Text("securityGroupId") })
	if len(others) >= maxRules {
		return fmt.Errorf("RulesPerSecurityGroupLimitExceeded: The maximum number of rules per security group has been reached")
	}
	return nil
}

func rulePeer(c *Call) error {
	given := 0
	for _, p := range []string{"cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"} {
		if c.Text(p) != "" {
			given++
		}
	}
	if given != 1 {
		return fmt.Errorf("InvalidParameterCombination: exactly one of cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId must be given, got %d", given)
	}
	if cidr := c.Text("cidrIpv4"); cidr != "" {
		if p, err := netip.ParsePrefix(cidr); err != nil || p != p.Masked() {
			return fmt.Errorf("InvalidParameterValue: CIDR block %s is malformed", cidr)
		}
	}
	if c.Text("ipProtocol") != "-1" && (c.In["fromPort"] == nil || c.In["toPort"] == nil) {
		return fmt.Errorf("InvalidParameterValue: protocol %s needs fromPort and toPort", c.Text("ipProtocol"))
	}
	return nil
}

func ruleOnce(c *Call) error {
	properties := []string{"securityGroupId", "ipProtocol", "cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId", "fromPort", "toPort"}
	same := c.Find(c.Kind.Token, func(r *Resource) bool {
		return r != c.Old && !slices.ContainsFunc(properties, func(p string) bool { return r.State[p] != c.In[p] })
	})
	if len(same) > 0 {
		return fmt.Errorf("InvalidPermission.Duplicate: the specified rule already exists")
	}
	return nil
}
