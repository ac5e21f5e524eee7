package config

import (
	"fmt"

	"github.com/morpheus-ha/morpheus-aws/internal/endpoints"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

const (
	// ReservedAddresses of every subnet are AWS's own:
	// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
	ReservedAddresses = 5
	// otherAddresses of a data subnet are for database, broker, file system and endpoints.
	otherAddresses = 20
	// searchAddresses for each node: a blue/green deployment makes more nodes before it removes the old ones.
	// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html#reserving-ip-vpc-endpoints
	searchAddresses = 3
	// balancerAddresses that a load balancer needs free in each of its subnets:
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
	balancerAddresses = 8
)

// Addresses is how many addresses a subnet of a layer must have free before anything is deployed, what needs them, and
// the key that needs fewer when it is lower.
func (c *Config) Addresses(layer subnets.Layer) (need int, what, fewer string) {
	switch layer {
	case subnets.Data:
		nodes, zones := c.Search.InstanceCount+max(c.Search.DedicatedMasters, 0), c.searchZones()
		reserved := (nodes + zones - 1) / zones * searchAddresses
		return reserved + otherAddresses,
			fmt.Sprintf("OpenSearch reserves %d in each, others have %d", reserved, otherAddresses),
			"search.instanceCount"
	case subnets.Application:
		others := 0
		if c.Network.InterfaceEndpoints {
			others += len(endpoints.Services(!c.NoInternet()))
		}
		if c.InternalOnly() {
			others += balancerAddresses
		}
		// While a zone is down its nodes run in the others; while all nodes are replaced, the new ones run beside the
		// old.
		zones := c.zones()
		nodes := max((c.Cluster.MaxSize+zones-2)/(zones-1), (MaxDuringReplacement(c.Cluster.MaxSize)+zones-1)/zones)
		return nodes + others,
			fmt.Sprintf("%d nodes while a zone is down or all are replaced, %d for endpoints and load balancer", nodes, others),
			"cluster.maxSize"
	default:
		return balancerAddresses, "a load balancer needs them free", ""
	}
}

// checkRoom compares the subnets of a new VPC with the addresses that are needed before and while it is deployed.
func (c *Config) checkRoom(p *Problems) {
	vpc, err := subnets.ParseVPC(c.Network.CIDR)
	if err != nil || p.anyRefused("network.cidr", "search.instanceCount", "cluster.maxSize") {
		return // an existing VPC, or refused already
	}
	for _, layer := range []subnets.Layer{subnets.Data, subnets.Application} {
		subnet, err := subnets.Split(vpc, layer, 0)
		if err != nil {
			return
		}
		need, what, fewer := c.Addresses(layer)
		if free := 1<<(32-subnet.Bits()) - ReservedAddresses; free < need {
			p.Add("network.cidr", c.Network.CIDR, fmt.Sprintf("a larger range, or %s lower: "+
				"its %s subnets (/%d) have %d free addresses and need %d", fewer, layer, subnet.Bits(), free, need), what)
		}
	}
}
