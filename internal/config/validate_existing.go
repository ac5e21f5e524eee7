package config

import (
	"fmt"
	"regexp"

	"github.com/morpheus-ha/morpheus-aws/internal/endpoints"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

const (
	// ReservedAddresses of every subnet are AWS's own: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
	ReservedAddresses = 5
	// otherAddresses of a data subnet are for database, broker, file system and endpoints.
	otherAddresses = 20
	// searchAddresses a node, because a blue/green deployment makes more nodes before it takes the old ones away:
	// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html#reserving-ip-vpc-endpoints
	searchAddresses = 3
	// balancerAddresses that a load balancer wants free in each of its subnets:
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
	balancerAddresses = 8
)

var (
	vpcID    = regexp.MustCompile(`^vpc-[0-9a-f]{8,17}$`)
	subnetID = regexp.MustCompile(`^subnet-[0-9a-f]{8,17}$`)
)

// GivenSubnets is a list of subnet ids in the configuration.
type GivenSubnets struct {
	Tier subnets.Tier
	Key  string
	IDs  []string
}

func (n *Network) GivenSubnets() []GivenSubnets {
	return []GivenSubnets{
		{subnets.Public, "network.existing.publicSubnetIds", n.Existing.PublicSubnetIDs},
		{subnets.Application, "network.existing.applicationSubnetIds", n.Existing.ApplicationSubnetIDs},
		{subnets.Data, "network.existing.dataSubnetIds", n.Existing.DataSubnetIDs},
	}
}

// validateExisting looks at the ids alone; what they stand for is looked up later.
func (c *Config) validateExisting(p *Problems) {
	n := &c.Network
	if n.Given() && !vpcID.MatchString(n.Existing.VpcID) {
		p.Add("network.existing.vpcId", n.Existing.VpcID, "the id of a VPC, such as vpc-0123456789abcdef0, or empty to have one made", "")
	}
	seen := map[string]string{}
	for _, t := range n.GivenSubnets() {
		switch want := c.zones(); {
		case !n.Given() && len(t.IDs) > 0:
			p.Add(t.Key, t.IDs, "left out without network.existing.vpcId", "the subnets of a new VPC are made with it")
			continue
		case !n.Given():
			continue
		case t.Tier == subnets.Public && c.InternalOnly():
			if len(t.IDs) > 0 {
				p.Add(t.Key, t.IDs, "left out with loadBalancer.scheme internal", "nothing would stand in them")
			}
			continue
		case len(t.IDs) != want:
			p.Add(t.Key, t.IDs, fmt.Sprintf("%d subnets, one in each of network.availabilityZones", want), "")
		}
		for i, id := range t.IDs {
			key := fmt.Sprintf("%s[%d]", t.Key, i)
			switch other := seen[id]; {
			case !subnetID.MatchString(id):
				p.Add(key, id, "the id of a subnet, such as subnet-0123456789abcdef0", "")
			case other == t.Key:
				p.Add(key, id, "a subnet that is not in the list already", "each zone has one subnet of each tier")
			case other != "":
				p.Add(key, id, "a subnet of this tier alone", "it is in "+other+" too, and the routes of one tier are wrong for the other")
			}
			seen[id] = t.Key
		}
	}
}

// Addresses is how many a subnet of a tier must have free before anything is deployed, and what for.
func (c *Config) Addresses(tier subnets.Tier) (need int, what, fewer string) {
	switch tier {
	case subnets.Data:
		nodes, zones := c.Search.InstanceCount+max(c.Search.DedicatedMasters, 0), c.searchZones()
		reserved := (nodes + zones - 1) / zones * searchAddresses
		return reserved + otherAddresses, fmt.Sprintf("OpenSearch reserves %d in each, others have %d", reserved, otherAddresses), "search.instanceCount"
	case subnets.Application:
		others := 0
		if c.Network.InterfaceEndpoints {
			others += len(endpoints.Services)
		}
		if c.InternalOnly() {
			others += balancerAddresses
		}
		// The nodes of a zone that failed stand in the others; of nodes that are all replaced, the new ones beside the old.
		zones := c.zones()
		nodes := max((c.Cluster.MaxSize+zones-2)/(zones-1), (MaxDuringReplacement(c.Cluster.MaxSize)+zones-1)/zones)
		return nodes + others, fmt.Sprintf("%d nodes while a zone is down or all are replaced, %d for endpoints and load balancer", nodes, others), "cluster.maxSize"
	default:
		return balancerAddresses, "a load balancer wants them free", ""
	}
}

// validateRoom holds the subnets of a new VPC against the addresses that are asked for before or while it is deployed.
func (c *Config) validateRoom(p *Problems) {
	vpc, err := subnets.ParseVPC(c.Network.CIDR)
	if err != nil || c.Search.InstanceCount < 1 || c.Search.InstanceCount > maxSearchNodes || c.Cluster.MaxSize < 1 {
		return // a given VPC, or named already
	}
	for _, tier := range []subnets.Tier{subnets.Data, subnets.Application} {
		subnet, err := subnets.Split(vpc, tier, 0)
		if err != nil {
			return
		}
		need, what, fewer := c.Addresses(tier)
		if free := 1<<(32-subnet.Bits()) - ReservedAddresses; free < need {
			p.Add("network.cidr", c.Network.CIDR, fmt.Sprintf("a larger range, or %s lower: its %s subnets (/%d) have %d free addresses and need %d",
				fewer, tier, subnet.Bits(), free, need), what)
		}
	}
}
