package stacks

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/components/network"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

const (
	// minClientPrefix refuses "everybody": an appliance that is not set up yet makes an administrator of its first visitor.
	minClientPrefix = 8
	// maxClientCIDRs leaves room under the 60 inbound rules of a security group.
	maxClientCIDRs = 50
	// reservedAddresses of every subnet are AWS's own: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
	reservedAddresses = 5
	// otherAddresses of a data subnet are for database, broker, file system and endpoints.
	otherAddresses = 20
	// searchAddresses a node, because a blue/green deployment makes more nodes before it takes the old ones away:
	// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html#reserving-ip-vpc-endpoints
	searchAddresses = 3
)

// notPublic are the ranges that no client on the internet has an address of.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("224.0.0.0/4"),
	netip.MustParsePrefix("240.0.0.0/4"),
}

func (c *Config) validateNetwork(p *problems) {
	if _, err := subnets.ParseVPC(c.Network.CIDR); err != nil {
		p.add("network.cidr", c.Network.CIDR, fmt.Sprintf("an IPv4 range of /%d../%d", subnets.MinPrefix, subnets.MaxPrefix), err.Error())
	}
	zones := c.Network.AvailabilityZones
	if len(zones) != c.zones() {
		allowed := fmt.Sprintf("%d..%d zones", minZones, maxZones)
		if c.production() {
			allowed = fmt.Sprintf("%d zones in production", maxZones)
		}
		p.add("network.availabilityZones", zones, allowed, c.inProduction("production survives the loss of one zone and keeps a quorum", "load balancer and database want two at least"))
	}
	seen := map[string]bool{}
	for i, zone := range zones {
		key := fmt.Sprintf("network.availabilityZones[%d]", i)
		if suffix, ok := strings.CutPrefix(zone, c.AWS.Region); !ok || len(suffix) != 1 || suffix[0] < 'a' || suffix[0] > 'z' {
			p.add(key, zone, "a zone of "+c.AWS.Region+", such as "+c.AWS.Region+"a", "")
		}
		if seen[zone] {
			p.add(key, zone, "a zone that is not in the list already", "each zone has one subnet of each tier")
		}
		seen[zone] = true
	}
	choices := []string{string(network.NATPerZone), string(network.NATSingle)}
	if !slices.Contains(choices, c.Network.NATGateways) {
		p.add("network.natGateways", c.Network.NATGateways, oneOf(choices), "")
	} else if c.production() && c.Network.NATGateways != string(network.NATPerZone) {
		p.add("network.natGateways", c.Network.NATGateways, string(network.NATPerZone)+" in production", "one gateway for all zones is a single point of failure")
	}
	c.validateClients(p)
}

func (c *Config) validateClients(p *problems) {
	cidrs := c.Network.AllowedClientCIDRs
	if len(cidrs) == 0 || len(cidrs) > maxClientCIDRs {
		p.add("network.allowedClientCidrs", cidrs, fmt.Sprintf("1..%d address ranges", maxClientCIDRs), "nobody else reaches the load balancer")
	}
	seen := map[string]bool{}
	for i, text := range cidrs {
		key := fmt.Sprintf("network.allowedClientCidrs[%d]", i)
		cidr, err := netip.ParsePrefix(text)
		switch {
		case err != nil || !cidr.Addr().Is4():
			p.add(key, text, "an IPv4 range such as 203.0.113.0/24", "")
		case cidr != cidr.Masked():
			p.add(key, text, cidr.Masked().String(), "AWS refuses a range with host bits set")
		case cidr.Bits() < minClientPrefix:
			p.add(key, text, fmt.Sprintf("a range of /%d or longer", minClientPrefix), "an appliance that is not set up yet makes an administrator of its first visitor")
		case slices.ContainsFunc(notPublic, func(r netip.Prefix) bool { return r.Bits() <= cidr.Bits() && r.Contains(cidr.Addr()) }):
			p.add(key, text, "a range of public addresses", "the load balancer faces the internet and sees only those, also of clients behind NAT")
		case seen[text]:
			p.add(key, text, "a range that is not in the list already", "AWS refuses the same rule twice")
		}
		seen[text] = true
	}
}

// validateRoom holds the data subnets against the addresses that OpenSearch asks for before it makes the domain.
func (c *Config) validateRoom(p *problems) {
	vpc, err := subnets.ParseVPC(c.Network.CIDR)
	if err != nil || c.Search.InstanceCount < 1 || c.Search.InstanceCount > maxSearchNodes {
		return // named already
	}
	subnet, err := subnets.Split(vpc, subnets.Data, 0)
	if err != nil {
		return
	}
	nodes, zones := c.Search.InstanceCount+max(c.Search.DedicatedMasters, 0), c.searchZones()
	reserved := (nodes + zones - 1) / zones * searchAddresses
	if free := 1<<(32-subnet.Bits()) - reservedAddresses; free < reserved+otherAddresses {
		p.add("network.cidr", c.Network.CIDR, fmt.Sprintf("a larger range, or search.instanceCount lower: its data subnets (/%d) have %d free addresses and need %d",
			subnet.Bits(), free, reserved+otherAddresses), fmt.Sprintf("OpenSearch reserves %d in each, others have %d", reserved, otherAddresses))
	}
}
