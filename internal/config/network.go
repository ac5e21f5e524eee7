package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// Network is the VPC, who may reach it and what it reaches.
type Network struct {
	CIDR               string        `json:"cidr"`
	AvailabilityZones  []string      `json:"availabilityZones"`
	NATGateways        string        `json:"natGateways"`
	AllowedClientCIDRs []string      `json:"allowedClientCidrs"`
	AllowedClientLists []string      `json:"allowedClientPrefixLists"`
	InterfaceEndpoints bool          `json:"interfaceEndpoints"`
	Proxy              Proxy         `json:"proxy"`
	ExtraEgress        []ExtraEgress `json:"extraEgress"`
	Routes             []Route       `json:"routes"`
	Existing           Existing      `json:"existing"`
}

// Values of network.natGateways. One gateway is one zone: when it fails, no node reaches the internet.
const (
	NATPerZone = "per-zone"
	NATSingle  = "single"
	// NATNone: no node has a way to the internet.
	NATNone = "none"
	// NATExisting: the existing VPC has its own NAT gateways or other ways out.
	NATExisting = "existing"
)

const (
	// defaultCIDR of a VPC that the program makes.
	defaultCIDR        = "10.20.0.0/16"
	minZones, maxZones = 2, 3
	// maxClientCIDRs leaves room below the 60 inbound rules of a security group.
	maxClientCIDRs = 50
	// MinClientPrefix is the shortest prefix length of a range of clients.
	MinClientPrefix = 8
)

var (
	// vpcForm is a range with the prefix length of a VPC; subnets.ParseVPC checks the rest.
	vpcForm      = regexp.MustCompile(`^(\d{1,3}\.){3}\d{1,3}/(` + lengths(subnets.MinPrefix, subnets.MaxPrefix) + `)$`)
	prefixListID = regexp.MustCompile(`^pl-[0-9a-f]{8,17}$`)
	zoneName     = regexp.MustCompile(`^[a-z]{2}[a-z-]*-\d[a-z]$`)
)

// lengths are prefix lengths as alternatives of a pattern.
func lengths(from, to int) string {
	var out []string
	for n := from; n <= to; n++ {
		out = append(out, fmt.Sprint(n))
	}
	return strings.Join(out, "|")
}

var networkRows = []Row{
	{
		Key: "network.cidr",
		Limit: Text{
			Is:      fmt.Sprintf("an IPv4 range of /%d../%d", subnets.MinPrefix, subnets.MaxPrefix),
			Pattern: vpcForm, Valid: isVPCRange,
		},
		Empty: "for " + defaultCIDR,
	},
	{
		Key:           "network.availabilityZones",
		Limit:         List{Min: minZones, Max: maxZones, ProductionMin: maxZones, Of: "zones"},
		Why:           "load balancer and database want two at least",
		WhyProduction: "production survives the loss of one zone and keeps a quorum",
	},
	{
		Key:   "network.availabilityZones[]",
		Limit: Text{Is: "a zone such as us-east-1a", Form: zoneName},
		Once:  "a zone", WhyOnce: "each zone has one subnet of each tier",
	},
	{
		Key: "network.natGateways",
		Limit: Choice{
			Values:          []string{NATPerZone, NATSingle, NATNone, NATExisting},
			DevelopmentOnly: []string{NATSingle},
		},
		WhyProduction: "one gateway for all zones is a single point of failure",
	},
	{
		Key:   "network.allowedClientCidrs",
		Limit: List{Max: maxClientCIDRs, Of: "address ranges"},
		Why:   "a security group takes 60 rules",
	},
	{
		Key: "network.allowedClientCidrs[]",
		Limit: IPv4Range{
			Example: "203.0.113.0/24", MinPrefix: MinClientPrefix,
			WhyPrefix: "an appliance that is not set up yet makes an administrator of its first visitor",
		},
		Once: "a range", WhyOnce: "AWS refuses the same rule twice",
	},
	{
		Key:   "network.allowedClientPrefixLists",
		Limit: List{Max: 5, Of: "prefix lists"},
		Why:   "a security group takes 60 rules, and a list counts as many as it may have entries",
	},
	{
		Key:   "network.allowedClientPrefixLists[]",
		Limit: Text{Is: "the id of a managed prefix list, such as pl-0123456789abcdef0", Pattern: prefixListID},
		Once:  "a prefix list", WhyOnce: "AWS refuses the same rule twice",
	},
	{Key: "network.interfaceEndpoints", Limit: Flag{}},
}

var networkRules = []Rule{
	{
		Keys:  []string{"network.cidr"},
		Needs: []string{"network.existing.vpcId"},
		Says:  "empty with network.existing.vpcId",
		check: (*Config).checkRangeOfExisting,
	},
	{
		Keys:  []string{"network.cidr"},
		Needs: []string{"network", "search", "cluster", "loadBalancer.scheme"},
		Says:  "large enough for the addresses that the nodes and OpenSearch need",
		check: (*Config).checkRoom,
	},
	{
		Keys:  []string{"network.availabilityZones"},
		Needs: []string{"aws.region"},
		Says:  "zones of aws.region",
		check: (*Config).checkZones,
	},
	{
		Keys:  []string{"network.natGateways"},
		Needs: []string{"network.existing.vpcId"},
		Says:  "existing or none with network.existing.vpcId, and existing only with it",
		check: (*Config).checkGateways,
	},
	{
		Keys:  []string{"network.allowedClientCidrs", "network.allowedClientPrefixLists"},
		Needs: []string{"loadBalancer.scheme", "loadBalancer.redirectHttp", "monitoring.healthCheck"},
		Says: fmt.Sprintf("one range or prefix list at least; public addresses unless loadBalancer.scheme is internal; %d ranges "+
			"fewer with monitoring.healthCheck; half as many with loadBalancer.redirectHttp", CheckerEntries),
		check: (*Config).checkClients,
	},
}

// noHosts are the ranges that no client has an address of; privateRanges those that no client on the internet has.
var (
	noHosts       = prefixes("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4")
	privateRanges = prefixes("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		out[i] = netip.MustParsePrefix(text)
	}
	return out
}

// inside reports whether a range is part of one of several.
func inside(cidr netip.Prefix, ranges ...netip.Prefix) bool {
	return slices.ContainsFunc(ranges, func(r netip.Prefix) bool {
		return r.Bits() <= cidr.Bits() && r.Contains(cidr.Addr())
	})
}

func isVPCRange(cidr string) error {
	_, err := subnets.ParseVPC(cidr)
	return err
}

// setDefaults fills in what Pulumi.yaml cannot: the range of a VPC only when one is made, and the keys in lists.
func (n *Network) setDefaults() {
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

// zones is how many zones the rules count: a list that is too short or too long is one problem, not several.
func (c *Config) zones() int {
	if c.production() {
		return maxZones
	}
	return min(max(len(c.Network.AvailabilityZones), minZones), maxZones)
}

func (c *Config) checkRangeOfExisting(p *Problems) {
	if c.Network.Given() && c.Network.CIDR != "" && !p.anyRefused("network.cidr") {
		p.Add("network.cidr", c.Network.CIDR, "left out or empty with network.existing.vpcId",
			"the given VPC has its range")
	}
}

func (c *Config) checkZones(p *Problems) {
	for i, zone := range c.Network.AvailabilityZones {
		suffix, ok := strings.CutPrefix(zone, c.AWS.Region)
		if !ok || len(suffix) != 1 || suffix[0] < 'a' || suffix[0] > 'z' {
			p.Add(fmt.Sprintf("network.availabilityZones[%d]", i), zone,
				"a zone of "+c.AWS.Region+", such as "+c.AWS.Region+"a", "")
		}
	}
}

func (c *Config) checkGateways(p *Problems) {
	const key = "network.natGateways"
	switch nat := c.Network.NATGateways; {
	case p.anyRefused(key):
	case c.Network.Given() && nat != NATExisting && nat != NATNone:
		p.Add(key, nat, OneOf([]string{NATExisting, NATNone}), "the ways out of a given VPC are its owner's")
	case !c.Network.Given() && nat == NATExisting:
		p.Add(key, nat, OneOf([]string{NATPerZone, NATSingle, NATNone}),
			"a VPC with ways out of its own is given by network.existing.vpcId")
	}
}

func (c *Config) checkClients(p *Problems) {
	const key = "network.allowedClientCidrs"
	cidrs := c.Network.AllowedClientCIDRs
	if len(cidrs) == 0 && len(c.Network.AllowedClientLists) == 0 &&
		!p.anyRefused(key, "network.allowedClientPrefixLists") {
		p.Add(key, cidrs, "one address range at least, unless network.allowedClientPrefixLists has a list",
			"nobody else reaches the load balancer")
	}
	if most := c.MaxClientEntries(); most < maxClientCIDRs && len(cidrs) > most && !p.anyRefused(key) {
		p.Add(key, cidrs, fmt.Sprintf("1..%d address ranges", most), c.clientRules())
	}
	for i, text := range cidrs {
		key := fmt.Sprintf("%s[%d]", key, i)
		if p.anyRefused(key) {
			continue
		}
		if allowed, why := c.ClientRange(text); allowed != "" {
			p.Add(key, text, allowed, why)
		}
	}
}

// MaxClientEntries is how many ranges of clients, with the entries of their prefix lists, the security group of the load
// balancer takes.
func (c *Config) MaxClientEntries() int {
	most := maxClientCIDRs
	if c.Monitoring.HealthCheck {
		most -= CheckerEntries
	}
	if c.LoadBalancer.RedirectHTTP { // each entry is a rule of both ports
		most /= 2
	}
	return most
}

// clientRules is why MaxClientEntries is what it is.
func (c *Config) clientRules() string {
	why := "a security group takes 60 rules"
	if c.Monitoring.HealthCheck {
		why += fmt.Sprintf("; with monitoring.healthCheck, the health checkers take %d of them", CheckerEntries)
	}
	if c.LoadBalancer.RedirectHTTP {
		why += "; with loadBalancer.redirectHttp, each range takes two"
	}
	return why
}

// ClientRange says what a range of clients must be and why; empty for one that they can have.
func (c *Config) ClientRange(text string) (allowed, why string) {
	cidr, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return "", ""
	case c.InternalOnly() && inside(cidr, noHosts...):
		return "a range that clients can have addresses of", ""
	case !c.InternalOnly() && inside(cidr, slices.Concat(noHosts, privateRanges)...):
		return "a range of public addresses",
			"the load balancer faces the internet and sees only those, also of clients behind NAT"
	}
	return "", ""
}
