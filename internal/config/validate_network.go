package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

const (
	// defaultCIDR of a VPC that the program makes.
	defaultCIDR = "10.20.0.0/16"
	// minClientPrefix refuses "everybody": an appliance that is not set up yet makes an administrator of its first visitor.
	minClientPrefix = 8
	// maxClientCIDRs leaves room under the 60 inbound rules of a security group; with the redirect each range has two.
	maxClientCIDRs = 50
)

// noHosts are the ranges that no client has an address of; privateRanges those that no client on the internet has.
var (
	noHosts = []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),
		netip.MustParsePrefix("127.0.0.0/8"),
		netip.MustParsePrefix("169.254.0.0/16"),
		netip.MustParsePrefix("224.0.0.0/4"),
		netip.MustParsePrefix("240.0.0.0/4"),
	}
	privateRanges = []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("100.64.0.0/10"),
		netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("192.168.0.0/16"),
	}
)

// within says whether a range lies in one of several.
func within(cidr netip.Prefix, ranges ...netip.Prefix) bool {
	return slices.ContainsFunc(ranges, func(r netip.Prefix) bool { return r.Bits() <= cidr.Bits() && r.Contains(cidr.Addr()) })
}

// Given says whether the VPC is one of others.
func (n *Network) Given() bool { return n.Existing.VpcID != "" }

// withDefaults fills in what Pulumi.yaml cannot: the range of a VPC only when one is made, and the keys in lists.
func (n *Network) withDefaults() {
	if n.CIDR == "" && !n.Given() {
		n.CIDR = defaultCIDR
	}
	for i := range n.ExtraEgress {
		e := &n.ExtraEgress[i]
		if e.ToPort == 0 {
			e.ToPort = e.FromPort
		}
		if e.Protocol == "" {
			e.Protocol = "tcp"
		}
	}
}

// InternalOnly says whether the load balancer faces private networks only.
func (c *Config) InternalOnly() bool { return c.LoadBalancer.Scheme == Internal }

func (c *Config) validateNetwork(p *Problems) {
	if c.Network.Given() {
		if c.Network.CIDR != "" {
			p.Add("network.cidr", c.Network.CIDR, "left out or empty with network.existing.vpcId", "the given VPC has its range")
		}
	} else if _, err := subnets.ParseVPC(c.Network.CIDR); err != nil {
		p.Add("network.cidr", c.Network.CIDR, fmt.Sprintf("an IPv4 range of /%d../%d", subnets.MinPrefix, subnets.MaxPrefix), err.Error())
	}
	zones := c.Network.AvailabilityZones
	if len(zones) != c.zones() {
		allowed := fmt.Sprintf("%d..%d zones", minZones, maxZones)
		if c.production() {
			allowed = fmt.Sprintf("%d zones in production", maxZones)
		}
		p.Add("network.availabilityZones", zones, allowed, c.inProduction("production survives the loss of one zone and keeps a quorum", "load balancer and database want two at least"))
	}
	seen := map[string]bool{}
	for i, zone := range zones {
		key := fmt.Sprintf("network.availabilityZones[%d]", i)
		if suffix, ok := strings.CutPrefix(zone, c.AWS.Region); !ok || len(suffix) != 1 || suffix[0] < 'a' || suffix[0] > 'z' {
			p.Add(key, zone, "a zone of "+c.AWS.Region+", such as "+c.AWS.Region+"a", "")
		}
		if seen[zone] {
			p.Add(key, zone, "a zone that is not in the list already", "each zone has one subnet of each tier")
		}
		seen[zone] = true
	}
	c.validateGateways(p)
	c.validateClients(p)
}

func (c *Config) validateGateways(p *Problems) {
	choices := []string{NATPerZone, NATSingle, NATNone}
	why := ""
	if c.Network.Given() {
		choices = []string{NATExisting, NATNone}
		why = "the ways out of a given VPC are its owner's"
	} else if c.Network.NATGateways == NATExisting {
		why = "a VPC with ways out of its own is given by network.existing.vpcId"
	}
	switch nat := c.Network.NATGateways; {
	case !slices.Contains(choices, nat):
		p.Add("network.natGateways", nat, OneOf(choices), why)
	case c.production() && nat == NATSingle:
		p.Add("network.natGateways", nat, "per-zone or none in production", "one gateway for all zones is a single point of failure")
	}
}

func (c *Config) validateClients(p *Problems) {
	cidrs := c.Network.AllowedClientCIDRs
	most, why := maxClientCIDRs, "nobody else reaches the load balancer"
	if c.LoadBalancer.RedirectHTTP {
		most, why = maxClientCIDRs/2, why+"; with loadBalancer.redirectHttp each takes two of the 60 rules of a security group"
	}
	if len(cidrs) == 0 || len(cidrs) > most {
		p.Add("network.allowedClientCidrs", cidrs, fmt.Sprintf("1..%d address ranges", most), why)
	}
	seen := map[string]bool{}
	for i, text := range cidrs {
		key := fmt.Sprintf("network.allowedClientCidrs[%d]", i)
		cidr, err := netip.ParsePrefix(text)
		switch {
		case err != nil || !cidr.Addr().Is4():
			p.Add(key, text, "an IPv4 range such as 203.0.113.0/24", "")
		case cidr != cidr.Masked():
			p.Add(key, text, cidr.Masked().String(), "AWS refuses a range with host bits set")
		case cidr.Bits() < minClientPrefix:
			p.Add(key, text, fmt.Sprintf("a range of /%d or longer", minClientPrefix), "an appliance that is not set up yet makes an administrator of its first visitor")
		case c.InternalOnly() && within(cidr, noHosts...):
			p.Add(key, text, "a range that clients can have addresses of", "")
		case !c.InternalOnly() && within(cidr, slices.Concat(noHosts, privateRanges)...):
			p.Add(key, text, "a range of public addresses", "the load balancer faces the internet and sees only those, also of clients behind NAT")
		case seen[text]:
			p.Add(key, text, "a range that is not in the list already", "AWS refuses the same rule twice")
		}
		seen[text] = true
	}
}
