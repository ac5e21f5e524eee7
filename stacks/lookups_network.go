package stacks

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/network"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// lookUpNetwork holds a given VPC and its subnets against what the tiers need of them.
func (c *Config) lookUpNetwork(ctx *pulumi.Context, p *problems, in pulumi.InvokeOption) *network.Existing {
	if !c.Network.given() {
		return nil
	}
	id := c.Network.Existing.VpcID
	vpc, err := ec2.LookupVpc(ctx, &ec2.LookupVpcArgs{Id: &id}, in)
	if err != nil {
		p.add("network.existing.vpcId", id, "a VPC that the account has in "+c.AWS.Region, err.Error())
		return nil
	}
	if !vpc.EnableDnsSupport || !vpc.EnableDnsHostnames {
		p.add("network.existing.vpcId", id, "a VPC with DNS support and DNS host names on", "every back end and endpoint is found by a name that only its resolver knows")
	}
	switch tenancy := vpc.InstanceTenancy; {
	case vpc.OwnerId != c.AWS.AccountID:
		p.add("network.existing.vpcId", id, "a VPC of account "+c.shownAccount(), "Amazon MQ and RDS make nothing in subnets that another account shares")
	case tenancy != "default":
		p.add("network.existing.vpcId", id, "a VPC of default tenancy", "it has "+tenancy+", in which OpenSearch makes no domain")
	}
	out := &network.Existing{VpcID: id, Subnets: map[subnets.Tier]map[string]string{}}
	for _, t := range c.Network.givenTiers() {
		out.Subnets[t.tier] = c.lookUpSubnets(ctx, p, in, t)
	}
	return out
}

// lookUpSubnets returns the subnets of a tier by zone. It looks at the size of a subnet, not at the addresses free today:
// after the first deployment the stack's own would be missing among them.
func (c *Config) lookUpSubnets(ctx *pulumi.Context, p *problems, in pulumi.InvokeOption, t givenTier) map[string]string {
	byZone := map[string]string{}
	need, what, _ := c.addresses(t.tier)
	for i, id := range t.ids {
		key := fmt.Sprintf("%s[%d]", t.key, i)
		subnet, err := ec2.LookupSubnet(ctx, &ec2.LookupSubnetArgs{Id: &id}, in)
		if err != nil {
			p.add(key, id, "a subnet that the account has in "+c.AWS.Region, err.Error())
			continue
		}
		cidr, err := netip.ParsePrefix(subnet.CidrBlock)
		switch other := byZone[subnet.AvailabilityZone]; {
		case subnet.VpcId != c.Network.Existing.VpcID:
			p.add(key, id, "a subnet of network.existing.vpcId "+c.Network.Existing.VpcID, "it is one of "+subnet.VpcId)
		case !slices.Contains(c.Network.AvailabilityZones, subnet.AvailabilityZone):
			p.add(key, id, "a subnet in one of network.availabilityZones", "it is in "+subnet.AvailabilityZone)
		case other != "":
			p.add(key, id, "a subnet in a zone of its own", subnet.AvailabilityZone+" has "+other+" already")
		case err != nil || 1<<(32-cidr.Bits())-reservedAddresses < need:
			p.add(key, id, fmt.Sprintf("a subnet of %d addresses beside AWS's own %d", need, reservedAddresses), what+"; its range is "+subnet.CidrBlock)
		default:
			byZone[subnet.AvailabilityZone] = id
		}
	}
	return byZone
}

// lookUpS3 returns the prefix list of S3: where nothing leads to the internet, the nodes are let out to it alone.
func (c *Config) lookUpS3(ctx *pulumi.Context, in pulumi.InvokeOption) (string, error) {
	if !c.noInternet() {
		return "", nil
	}
	name := "com.amazonaws." + c.AWS.Region + ".s3" // in every partition
	list, err := ec2.LookupManagedPrefixList(ctx, &ec2.LookupManagedPrefixListArgs{Name: &name}, in)
	if err != nil {
		return "", fmt.Errorf("look up the prefix list %s: %w", name, err)
	}
	return list.Id, nil
}
