package lookup

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"

	"github.com/morpheus-ha/morpheus-aws/components/network"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// network checks that an existing VPC and its subnets fit the tiers. It returns nil for a new VPC.
func (q *query) network() *network.Existing {
	if !q.config.Network.Given() {
		return nil
	}
	const key = "network.existing.vpcId"
	id := q.config.Network.Existing.VpcID
	vpc, err := ec2.LookupVpc(q.ctx, &ec2.LookupVpcArgs{Id: &id}, q.in)
	if err != nil {
		q.add(key, id, "a VPC that the account has in "+q.config.AWS.Region, err.Error())
		return nil
	}
	if !vpc.EnableDnsSupport || !vpc.EnableDnsHostnames {
		q.add(key, id, "a VPC with DNS support and DNS host names on",
			"every back end and endpoint is found by a name that only its resolver knows")
	}
	switch tenancy := vpc.InstanceTenancy; {
	case vpc.OwnerId != q.config.AWS.AccountID:
		q.add(key, id, "a VPC of account "+q.config.AWS.AccountID,
			"Amazon MQ and RDS make nothing in subnets that another account shares")
	case tenancy != "default":
		q.add(key, id, "a VPC of default tenancy", "it has "+tenancy+", in which OpenSearch makes no domain")
	}
	out := &network.Existing{VpcID: id, Subnets: map[subnets.Layer]map[string]string{}}
	for _, t := range q.config.Network.GivenSubnets() {
		out.Subnets[t.Layer] = q.subnets(t)
	}
	return out
}

// subnets returns the subnets of a layer by zone. It checks the size of a subnet and not its free addresses, because
// after the first deployment the stack uses some of them.
func (q *query) subnets(t config.GivenSubnets) map[string]string {
	byZone := map[string]string{}
	need, what, _ := q.config.Addresses(t.Layer)
	for i, id := range t.IDs {
		key := fmt.Sprintf("%s[%d]", t.Key, i)
		subnet, err := ec2.LookupSubnet(q.ctx, &ec2.LookupSubnetArgs{Id: &id}, q.in)
		if err != nil {
			q.add(key, id, "a subnet that the account has in "+q.config.AWS.Region, err.Error())
			continue
		}
		cidr, err := netip.ParsePrefix(subnet.CidrBlock)
		switch other := byZone[subnet.AvailabilityZone]; {
		case subnet.VpcId != q.config.Network.Existing.VpcID:
			q.add(key, id, "a subnet of network.existing.vpcId "+q.config.Network.Existing.VpcID,
				"it is one of "+subnet.VpcId)
		case !slices.Contains(q.config.Network.AvailabilityZones, subnet.AvailabilityZone):
			q.add(key, id, "a subnet in one of network.availabilityZones", "it is in "+subnet.AvailabilityZone)
		case other != "":
			q.add(key, id, "a subnet in a zone of its own", subnet.AvailabilityZone+" has "+other+" already")
		case err != nil || 1<<(32-cidr.Bits())-config.ReservedAddresses < need:
			q.add(key, id,
				fmt.Sprintf("a subnet of %d addresses beside AWS's own %d", need, config.ReservedAddresses),
				what+"; its range is "+subnet.CidrBlock)
		default:
			byZone[subnet.AvailabilityZone] = id
		}
	}
	return byZone
}

// s3PrefixList returns the ID of S3's prefix list. It is the only destination of nodes without internet access; for
// other nodes the ID is empty.
func (q *query) s3PrefixList() (string, error) {
	if !q.config.NoInternet() {
		return "", nil
	}
	name := "com.amazonaws." + q.config.AWS.Region + ".s3" // in every partition
	list, err := ec2.LookupManagedPrefixList(q.ctx, &ec2.LookupManagedPrefixListArgs{Name: &name}, q.in)
	if err != nil {
		return "", fmt.Errorf("look up the prefix list %s: %w", name, err)
	}
	return list.Id, nil
}

// checkersList returns the ID of the prefix list of the Route 53 health checkers; empty without a health check.
func (q *query) checkersList() string {
	const key = "monitoring.healthCheck"
	if !q.config.Monitoring.HealthCheck {
		return ""
	}
	name := "com.amazonaws." + q.config.AWS.Region + ".route53-healthchecks"
	list, err := ec2.LookupManagedPrefixList(q.ctx, &ec2.LookupManagedPrefixListArgs{Name: &name}, q.in)
	if err != nil {
		q.add(key, true, "false in a region without the prefix list "+name, err.Error())
		return ""
	}
	return list.Id
}
