package awstypes

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

func ec2NetworkTypes() []Type {
	return []Type{vpc(), subnet(), internetGateway(), elasticIP(), natGateway()}
}

func vpc() Type {
	return Type{
		Token: awstoken.EC2VPC,
		Simulation: Simulation{
			ID: "vpc-{hex17}", ARN: "ec2:{region}:{account}:vpc/{id}",
			Duration: Duration{Create: 2, Update: 1, Delete: 1},
			Rules: []Rule{{
				Name: "vpc-cidr-size", AWS: Error,
				Refuses: "a range outside /16../28",
				Source:  docs + "vpc/latest/userguide/vpc-cidr-blocks.html",
				Check:   vpcCIDR,
			}},
			Outputs: func(c *Call) {
				if c.Old != nil {
					return
				}
				c.State["ownerId"] = c.AccountID
				c.State["mainRouteTableId"] = c.Expand("rtb-{hex17}")
				c.State["defaultRouteTableId"] = c.State["mainRouteTableId"]
				c.State["defaultNetworkAclId"] = c.Expand("acl-{hex17}")
				c.State["defaultSecurityGroupId"] = c.Expand("sg-{hex17}")
				c.State["dhcpOptionsId"] = c.Expand("dopt-{hex17}")
			},
		},
		Provider: Provider{Source: "ec2/vpc_", Checks: map[string][]Check{"cidrBlock": {network(16, 28)}}},
		Permissions: &Permissions{
			Read: actions("ec2: DescribeVpcs DescribeVpcAttribute DescribeNetworkAcls DescribeRouteTables " +
				"DescribeSecurityGroups"),
			Write: actions("ec2: CreateVpc DeleteVpc ModifyVpcAttribute CreateTags DeleteTags"),
			NeverCalled: []NeverCalled{
				{
					Actions: actions("ec2: AssociateVpcCidrBlock DisassociateVpcCidrBlock GetIpamPoolAllocations"),
					Because: "no IPv6 and no address pool",
				},
				{Actions: actions("ec2: ModifyVpcTenancy"), Because: "the tenancy never changes"},
			},
		},
		Listing: &Listing{Kind: "VPC", Service: "ec2", Call: "DescribeVpcs", ID: `<vpcId>([^<]+)`},
		Example: Values{"cidrBlock": "10.1.0.0/16"},
	}
}

func vpcCIDR(c *Call) error {
	p, err := netip.ParsePrefix(c.Text("cidrBlock"))
	if err != nil || p.Bits() < 16 || p.Bits() > 28 {
		return fmt.Errorf("InvalidVpc.Range: the CIDR '%s' is invalid", c.Text("cidrBlock"))
	}
	return nil
}

func subnet() Type {
	return Type{
		Token: awstoken.EC2Subnet,
		Simulation: Simulation{
			ID: "subnet-{hex17}", ARN: "ec2:{region}:{account}:subnet/{id}",
			Duration:   Duration{Create: 2, Update: 1, Delete: 2},
			References: []Reference{toVPC},
			Rules: []Rule{
				{
					Name: "subnet-zone", AWS: Error,
					Refuses: "a zone that the region does not have",
					Source:  docs + "AWSEC2/latest/APIReference/API_CreateSubnet.html",
					Check:   subnetZone,
				},
				{
					Name: "subnet-cidr", AWS: Error,
					Refuses: "a range outside the VPC's, or one that overlaps another subnet's",
					Source:  docs + "AWSEC2/latest/APIReference/API_CreateSubnet.html",
					Check:   subnetCIDR,
				},
			},
			Outputs: func(c *Call) {
				c.State["ownerId"] = c.AccountID
				c.fill("availabilityZone", Zones(c.Region)[0]) // AWS chooses one if the request has none
				c.State["availabilityZoneId"] = zoneID(c.State["availabilityZone"].(string))
			},
		},
		Provider: Provider{Source: "ec2/vpc_subnet", Checks: map[string][]Check{"cidrBlock": {network(0, 32)}}},
		Permissions: &Permissions{
			Read:  actions("ec2: DescribeSubnets DescribeNetworkInterfaces"),
			Write: actions("ec2: CreateSubnet DeleteSubnet ModifySubnetAttribute CreateTags DeleteTags"),
			NeverCalled: []NeverCalled{
				noForeignInterfaces,
				{Actions: actions("ec2: AssociateSubnetCidrBlock DisassociateSubnetCidrBlock"), Because: "no IPv6"},
			},
		},
		Listing: &Listing{Kind: "subnet", Service: "ec2", Call: "DescribeSubnets", ID: `<subnetId>([^<]+)`},
		Example: Values{"vpcId": "${vpc.id}", "cidrBlock": "10.0.9.0/24", "availabilityZone": "us-east-1d"},
	}
}

// noForeignInterfaces are calls for subnets and security groups.
var noForeignInterfaces = NeverCalled{
	Actions: actions("ec2: DeleteNetworkInterface DetachNetworkInterface"),
	Because: "there is no interface of Lambda, Comprehend or DMS in it",
}

func subnetZone(c *Call) error {
	if zone := c.Text("availabilityZone"); zone != "" && !slices.Contains(Zones(c.Region), zone) {
		return fmt.Errorf("InvalidParameterValue: value (%s) for parameter availabilityZone is invalid; subnets "+
			"can currently only be created in %s",
			zone, strings.Join(Zones(c.Region), ", "))
	}
	return nil
}

func subnetCIDR(c *Call) error {
	vpc := c.Text("vpcId")
	outer, _ := netip.ParsePrefix(fmt.Sprint(c.state(awstoken.EC2VPC, vpc)["cidrBlock"]))
	p, err := netip.ParsePrefix(c.Text("cidrBlock"))
	if err != nil || p.Bits() < 16 || p.Bits() > 28 || !outer.Contains(p.Addr()) || p.Bits() < outer.Bits() {
		return fmt.Errorf("InvalidSubnet.Range: the CIDR '%s' is invalid", c.Text("cidrBlock"))
	}
	for _, other := range c.Find(awstoken.EC2Subnet, func(r *Resource) bool {
		return r.State["vpcId"] == vpc &&
			r != c.Old
	}) {
		if q, err := netip.ParsePrefix(fmt.Sprint(other.State["cidrBlock"])); err == nil && q.Overlaps(p) {
			return fmt.Errorf("InvalidSubnet.Conflict: the CIDR '%s' conflicts with another subnet (%s)", p, q)
		}
	}
	return nil
}

// zonesOf returns the availability zone of each subnet.
func (c *Call) zonesOf(ids []string) []string {
	var zones []string
	for _, id := range ids {
		if s := c.ByID(awstoken.EC2Subnet, id); s != nil {
			zones = append(zones, fmt.Sprint(s.State["availabilityZone"]))
		}
	}
	return zones
}

func internetGateway() Type {
	return Type{
		Token: awstoken.EC2InternetGateway,
		Simulation: Simulation{
			ID: "igw-{hex17}", ARN: "ec2:{region}:{account}:internet-gateway/{id}",
			Duration:   Duration{Create: 2, Update: 1, Delete: 2},
			References: []Reference{toVPC},
			Outputs:    func(c *Call) { c.State["ownerId"] = c.AccountID },
			OnDelete:   mappedAddresses,
		},
		Provider: Provider{Source: "ec2/vpc_internet_gateway"},
		Permissions: &Permissions{
			Read: actions("ec2: DescribeInternetGateways"),
			Write: actions("ec2: CreateInternetGateway DeleteInternetGateway AttachInternetGateway " +
				"DetachInternetGateway CreateTags DeleteTags"),
		},
		Listing: &Listing{
			Kind: "internet gateway", Service: "ec2", Call: "DescribeInternetGateways",
			ID: `<internetGatewayId>([^<]+)`,
		},
		Example: Values{"vpcId": "${vpc.id}"},
	}
}

// mappedAddresses refuses to detach a gateway from a VPC with public addresses.
func mappedAddresses(c *Call) error {
	inVPC := func(path string) func(*Resource) bool {
		return func(r *Resource) bool {
			ids := Texts(r.State, path)
			return len(ids) > 0 && c.state(awstoken.EC2Subnet, ids[0])["vpcId"] == c.State["vpcId"] &&
				r.State["connectivityType"] != "private" && r.State["internal"] != true
		}
	}
	public := append(
		c.Find(awstoken.EC2NATGateway, inVPC("subnetId")),
		c.Find(awstoken.LBLoadBalancer, inVPC("subnets[]"))...)
	if len(public) > 0 {
		return fmt.Errorf("DependencyViolation: Network %v has some mapped public address(es): %s. Please unmap "+
			"those public address(es) before detaching the gateway",
			c.State["vpcId"], public[0].ID)
	}
	return nil
}

func elasticIP() Type {
	return Type{
		Token: awstoken.EC2ElasticIP,
		Simulation: Simulation{
			ID: "eipalloc-{hex17}", ARN: "ec2:{region}:{account}:elastic-ip/{id}",
			Duration: Duration{Create: 1, Update: 1, Delete: 1},
			Outputs: func(c *Call) {
				if c.Old == nil {
					c.State["allocationId"] = c.ID
					c.State["publicIp"] = freeAddress(c)
				}
			},
		},
		Provider: Provider{Source: "ec2/ec2_eip"},
		Permissions: &Permissions{
			Read:  actions("ec2: DescribeAddresses DescribeAddressesAttribute"),
			Write: actions("ec2: AllocateAddress ReleaseAddress DisassociateAddress CreateTags DeleteTags"),
			NeverCalled: []NeverCalled{
				{Actions: actions("ec2: AssociateAddress"), Because: "a NAT gateway associates it"},
				{Actions: actions("ec2: GetIpamPoolAllocations"), Because: "no address pool"},
			},
		},
		Listing: &Listing{Kind: "address", Service: "ec2", Call: "DescribeAddresses", ID: `<allocationId>([^<]+)`},
		Example: Values{"domain": "vpc"},
	}
}

// freeAddress is an address of TEST-NET-2 that no other elastic IP has.
func freeAddress(c *Call) string {
	number, _ := strconv.ParseInt(c.Store.NewDigits(2), 16, 64)
	for {
		address := fmt.Sprintf("198.51.100.%d", number%256)
		if len(c.FindBy(awstoken.EC2ElasticIP, "publicIp", address)) == 0 {
			return address
		}
		number++
	}
}

func natGateway() Type {
	return Type{
		Token: awstoken.EC2NATGateway,
		Simulation: Simulation{
			ID:       "nat-{hex17}",
			Duration: Duration{Create: 100, Update: 1, Delete: 60},
			References: []Reference{toSubnets("subnetId"), {
				Path: "allocationId", To: []string{awstoken.EC2ElasticIP}, By: "id",
				NotFound: "InvalidAllocationID.NotFound", BlocksDelete: true,
			}},
			Rules: []Rule{{
				Name: "nat-needs-internet-gateway", AWS: Error,
				Refuses: "a public NAT gateway in a VPC without internet gateway",
				Source:  docs + "vpc/latest/userguide/nat-gateway-troubleshooting.html",
				Check:   natNeedsGateway,
			}},
			Outputs: func(c *Call) {
				if c.Old == nil {
					c.State["networkInterfaceId"] = c.Expand("eni-{hex17}")
					c.State["privateIp"] = "10.0.0.4"
				}
			},
		},
		Provider: Provider{Source: "ec2/vpc_nat_gateway"},
		Permissions: &Permissions{
			Read:  actions("ec2: DescribeNatGateways"),
			Write: actions("ec2: CreateNatGateway DeleteNatGateway CreateTags DeleteTags"),
			NeverCalled: []NeverCalled{{
				Actions: actions("ec2: AssignPrivateNatGatewayAddress AssociateNatGatewayAddress " +
					"DisassociateNatGatewayAddress UnassignPrivateNatGatewayAddress"),
				Because: "no second address",
			}},
		},
		Listing: &Listing{
			Kind:    "NAT gateway",
			Service: "ec2",
			Call:    "DescribeNatGateways",
			ID:      `<natGatewayId>([^<]+)`,
		},
		Example: Values{"subnetId": "${subnet-a.id}", "allocationId": "${address.id}"},
	}
}

func natNeedsGateway(c *Call) error {
	vpc := c.state(awstoken.EC2Subnet, c.Text("subnetId"))["vpcId"]
	attached := c.FindBy(awstoken.EC2InternetGateway, "vpcId", vpc)
	if c.Text("connectivityType") != "private" && len(attached) == 0 {
		return fmt.Errorf("Gateway.NotAttached: network %v has no Internet gateway attached", vpc)
	}
	return nil
}

var ec2LookUps = []LookUp{
	{
		Token:       "aws:ec2/getVpc:getVpc",
		Source:      "ec2/vpc_data_source",
		Permissions: &Permissions{Read: actions("ec2: DescribeVpcs DescribeVpcAttribute DescribeRouteTables")},
		Answer:      describeVPC,
	},
	{
		Token:       "aws:ec2/getSubnet:getSubnet",
		Source:      "ec2/vpc_subnet_data_source",
		Permissions: &Permissions{Read: actions("ec2: DescribeSubnets")},
		Answer:      describeSubnet,
	},
	{
		Token:       "aws:ec2/getManagedPrefixList:getManagedPrefixList",
		Source:      "ec2/vpc_managed_prefix_list_data_source",
		Permissions: &Permissions{Read: actions("ec2: DescribeManagedPrefixLists GetManagedPrefixListEntries")},
		Answer:      describePrefixList,
	},
	{
		Token:       "aws:ec2/getAmi:getAmi",
		Source:      "ec2/ec2_ami_data_source",
		Permissions: &Permissions{Read: actions("ec2: DescribeImages")},
		Answer:      describeImage,
	},
}

// requested returns the resource with the id in a look-up.
func (c *Call) requested(token, notFound string) (*Resource, error) {
	id := c.Text("id")
	if found := c.ByID(token, id); id != "" && found != nil {
		return found, nil
	}
	return nil, fmt.Errorf("%s: '%s' does not exist in %s", notFound, id, c.Region)
}

func describeVPC(c *Call) (Values, error) {
	vpc, err := c.requested(awstoken.EC2VPC, "InvalidVpcID.NotFound: The vpc ID")
	if err != nil {
		return nil, err
	}
	out := Values{
		"enableDnsSupport": true, "enableDnsHostnames": false, "default": false, "state": "available",
		"instanceTenancy": "default", "ownerId": c.AccountID,
	}
	maps.Copy(out, vpc.State)
	out["id"] = vpc.ID
	out["cidrBlockAssociations"] = []any{Values{
		"associationId": "vpc-cidr-assoc-" + vpc.ID[4:], "cidrBlock": out["cidrBlock"], "state": "associated",
	}}
	return out, nil
}

// describeSubnet counts all addresses of the subnet as free, because its interfaces are not modelled.
func describeSubnet(c *Call) (Values, error) {
	subnet, err := c.requested(awstoken.EC2Subnet, "InvalidSubnetID.NotFound: The subnet ID")
	if err != nil {
		return nil, err
	}
	const reserved = 5
	out := Values{"mapPublicIpOnLaunch": false, "defaultForAz": false, "state": "available"}
	maps.Copy(out, subnet.State)
	out["id"], out["ownerId"] = subnet.ID, c.AccountID
	if p, err := netip.ParsePrefix(fmt.Sprint(out["cidrBlock"])); err == nil {
		out["availableIpAddressCount"] = float64(int(1)<<(32-p.Bits()) - reserved)
	}
	return out, nil
}
