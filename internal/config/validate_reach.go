package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

const (
	// maxExtraEgress leaves room under the 60 outbound rules of a security group.
	maxExtraEgress = 40
	// maxRoutes leaves room under the 50 routes of a route table.
	maxRoutes = 40
	// minReachPrefix refuses "everywhere" in two halves.
	minReachPrefix = 8
	maxPort        = 65535
)

var (
	proxyURL = regexp.MustCompile(`^http://([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*):(\d{1,5})$`)
	// ruleText is what a rule of a security group takes as its description.
	ruleText  = regexp.MustCompile(`^[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}$`)
	transitID = regexp.MustCompile(`^tgw-[0-9a-f]{8,17}$`)
	peeringID = regexp.MustCompile(`^pcx-[0-9a-f]{8,17}$`)
	protocols = []string{"tcp", "udp"}
)

// NoInternet says whether the nodes have no way to the internet.
func (c *Config) NoInternet() bool { return c.Network.NATGateways == NATNone }

// Port is where the proxy listens; 0 when there is none, or none that can be understood.
func (p Proxy) Port() int {
	parts := proxyURL.FindStringSubmatch(p.URL)
	if parts == nil {
		return 0
	}
	port, err := strconv.Atoi(parts[2])
	if err != nil || port < 1 || port > maxPort {
		return 0
	}
	return port
}

// validateWaysOut looks at how a node comes by its packages and at AWS's services.
func (c *Config) validateWaysOut(p *Problems) {
	c.validateProxy(p)
	if !c.NoInternet() {
		c.validatePorts(p)
		return
	}
	c.validateWayToAWS(p)
	if c.Network.Proxy.URL != "" {
		return
	}
	if c.Cluster.ImageID == "" {
		p.Add("cluster.imageId", "", "an image of your own with network.natGateways none, unless network.proxy.url is given",
			"Canonical's image loads packages of Ubuntu when it boots: docs/node-boot.md")
	}
	for _, d := range c.downloads() {
		if u, err := url.Parse(d.url); d.url != "" && err == nil && u.Scheme != "s3" {
			p.Add(d.key, d.url, "s3://<bucket>/<key> with network.natGateways none",
				"nodes without a way to the internet load it from a mirror bucket or through network.proxy.url")
		}
	}
	if c.Morpheus.SupplementalURL == "" {
		c.Warnings = append(c.Warnings, "morpheus.supplementalUrl: nodes without a way to the internet need the vendor's supplemental package, "+
			"unless the image has it: without it the appliance fetches what it lacks from the vendor while it is configured")
	}
}

// download is what nodes fetch, and the key that says from where; the URL is empty for none.
type download struct{ key, url string }

func (c *Config) downloads() []download {
	return []download{{"morpheus.packageUrl", c.Morpheus.PackageURL}, {"morpheus.supplementalUrl", c.Morpheus.SupplementalURL}}
}

// validatePorts holds the ports of the packages against those that nodes are let out to.
func (c *Config) validatePorts(p *Problems) {
	for _, d := range c.downloads() {
		u, err := url.Parse(d.url)
		if err != nil || u.Port() == "" || c.Network.Proxy.URL != "" {
			continue
		}
		port, err := strconv.Atoi(u.Port())
		if err == nil && port != 443 && port != 80 && !c.letOutTo(port) {
			p.Add(d.key, d.url, "a URL on port 443 or 80, or on one in a row of network.extraEgress", "the nodes are let out to no other port")
		}
	}
}

// letOutTo says whether a row of network.extraEgress is about a port of TCP.
func (c *Config) letOutTo(port int) bool {
	return slices.ContainsFunc(c.Network.ExtraEgress, func(e ExtraEgress) bool {
		return e.Protocol == "tcp" && e.FromPort <= port && e.ToPort >= port
	})
}

// validateWayToAWS looks for what leads to AWS's services where there are no NAT gateways: the endpoints made here, or those of
// a given VPC's owner, whose range only its owner knows.
func (c *Config) validateWayToAWS(p *Problems) {
	if c.Network.InterfaceEndpoints {
		return
	}
	switch {
	case !c.Network.Given():
		p.Add("network.interfaceEndpoints", false, "true with network.natGateways none", "nothing else leads to AWS's services")
	case !c.letOutTo(443):
		p.Add("network.interfaceEndpoints", false, "true with network.natGateways none, or a row of network.extraEgress to port 443 of your endpoints",
			"the nodes are let out to nothing else that leads to AWS's services")
	}
}

func (c *Config) validateProxy(p *Problems) {
	proxy := c.Network.Proxy
	switch {
	case proxy.URL == "" && proxy.CIDR == "":
		return
	case proxy.URL == "":
		p.Add("network.proxy.url", proxy.URL, "given with network.proxy.cidr", "")
		return
	case proxy.CIDR == "":
		p.Add("network.proxy.cidr", proxy.CIDR, "given with network.proxy.url", "the nodes are let out to that range alone")
		return
	}
	cidr, fits := c.reached(p, "network.proxy.cidr", proxy.CIDR)
	port := proxy.Port()
	ok := port > 0
	if ok && len(proxy.URL) > maxTagValue {
		p.Add("network.proxy.url", proxy.URL, fmt.Sprintf("a URL of at most %d characters", maxTagValue), "the nodes carry it as a tag")
		return
	}
	if !ok {
		shown := proxy.URL
		if u, err := url.Parse(shown); err != nil || u.User != nil || strings.Contains(shown, "@") {
			shown = "a URL with credentials"
		}
		p.Add("network.proxy.url", shown, "http://<host>:<port> and nothing more",
			"the tunnels through it are encrypted end to end; a password in it would be readable on every node")
		return
	}
	host := strings.TrimSuffix(strings.TrimPrefix(proxy.URL, "http://"), fmt.Sprint(":", port))
	if address, err := netip.ParseAddr(host); err == nil && fits && !cidr.Contains(address) {
		p.Add("network.proxy.url", proxy.URL, "an address in network.proxy.cidr "+proxy.CIDR, "the nodes are let out to that range alone")
	}
}

// reached checks a range outside that nodes are let out to: its form, and that something leads there.
func (c *Config) reached(p *Problems, key, text string) (netip.Prefix, bool) {
	cidr, ok := c.outside(p, key, text)
	if !ok || c.Network.Given() { // whose routes are its owner's
		return cidr, ok
	}
	own, err := subnets.ParseVPC(c.Network.CIDR)
	ways := []netip.Prefix{}
	for _, r := range c.Network.Routes {
		if way, err := netip.ParsePrefix(r.CIDR); err == nil {
			ways = append(ways, way)
		}
	}
	switch {
	case err != nil || within(cidr, append(ways, own)...):
	case c.NoInternet():
		p.Add(key, text, "a range in one of network.routes", "nothing else leads out of a VPC without NAT gateways")
	case within(cidr, privateRanges...):
		p.Add(key, text, "a range in one of network.routes, or of public addresses", "NAT gateways do not lead to private networks")
	}
	return cidr, true
}

// outside checks the form of a range.
func (c *Config) outside(p *Problems, key, text string) (netip.Prefix, bool) {
	cidr, err := netip.ParsePrefix(text)
	switch {
	case err != nil || !cidr.Addr().Is4():
		p.Add(key, text, "an IPv4 range such as 10.50.0.0/16", "")
	case cidr != cidr.Masked():
		p.Add(key, text, cidr.Masked().String(), "AWS refuses a range with host bits set")
	case cidr.Bits() < minReachPrefix:
		p.Add(key, text, fmt.Sprintf("a range of /%d or longer", minReachPrefix), "the nodes reach what is named, not everything")
	case within(cidr, noHosts...):
		p.Add(key, text, "a range that hosts can have addresses of", "")
	default:
		return cidr, true
	}
	return cidr, false
}

// validateReach looks at what Morpheus manages outside the VPC.
func (c *Config) validateReach(p *Problems) {
	c.validateRoutes(p)
	if n := len(c.Network.ExtraEgress); n > maxExtraEgress {
		p.Add("network.extraEgress", n, fmt.Sprintf("at most %d rows", maxExtraEgress), "a security group takes 60 rules")
	}
	seen := map[string]bool{}
	if port := c.Network.Proxy.Port(); port > 0 {
		seen[fmt.Sprint(c.Network.Proxy.CIDR, "tcp", port, port)] = true
	}
	own, _ := subnets.ParseVPC(c.Network.CIDR) // named already when it is wrong
	for i, e := range c.Network.ExtraEgress {
		key := fmt.Sprintf("network.extraEgress[%d].", i)
		cidr, ok := c.reached(p, key+"cidr", e.CIDR)
		if ok && own.IsValid() && within(cidr, own) {
			p.Add(key+"cidr", e.CIDR, "a range outside the VPC", "the traffic inside is the program's: docs/traffic.md")
		}
		if e.FromPort < 1 || e.FromPort > maxPort {
			p.within(key+"fromPort", e.FromPort, 1, maxPort, "")
		} else {
			p.within(key+"toPort", e.ToPort, e.FromPort, maxPort, "not below fromPort")
		}
		if !slices.Contains(protocols, e.Protocol) {
			p.Add(key+"protocol", e.Protocol, OneOf(protocols), "")
		}
		if !ruleText.MatchString(e.Why) {
			p.Add(key+"why", e.Why, "1..255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*", "it is the description of the rule")
		}
		same := fmt.Sprint(e.CIDR, e.Protocol, e.FromPort, e.ToPort)
		if seen[same] {
			p.Add(key+"cidr", e.CIDR, "a range and ports that are not allowed already", "AWS refuses the same rule twice")
		}
		seen[same] = true
	}
}

func (c *Config) validateRoutes(p *Problems) {
	routes := c.Network.Routes
	if c.Network.Given() && len(routes) > 0 {
		p.Add("network.routes", len(routes), "left out with network.existing.vpcId", "the routes of a given VPC are its owner's")
		return
	}
	if len(routes) > maxRoutes {
		p.Add("network.routes", len(routes), fmt.Sprintf("at most %d", maxRoutes), "a route table takes 50")
	}
	own, _ := subnets.ParseVPC(c.Network.CIDR) // named already when it is wrong
	seen := map[string]bool{}
	for i, r := range routes {
		key := fmt.Sprintf("network.routes[%d].", i)
		cidr, ok := c.outside(p, key+"cidr", r.CIDR)
		switch {
		case !ok:
		case own.IsValid() && within(cidr, own):
			p.Add(key+"cidr", r.CIDR, "a range outside the VPC's "+c.Network.CIDR, "AWS refuses a route into the VPC itself")
		case seen[r.CIDR]:
			p.Add(key+"cidr", r.CIDR, "a range that is not in the list already", "a route table has one route to a range")
		}
		seen[r.CIDR] = true
		switch transit, peering := r.TransitGatewayID, r.PeeringConnectionID; {
		case (transit == "") == (peering == ""):
			p.Add(fmt.Sprintf("network.routes[%d]", i), r, "a route by either transitGatewayId or peeringConnectionId", "")
		case transit != "" && !transitID.MatchString(transit):
			p.Add(key+"transitGatewayId", transit, "the id of a transit gateway, such as tgw-0123456789abcdef0", "")
		case peering != "" && !peeringID.MatchString(peering):
			p.Add(key+"peeringConnectionId", peering, "the id of a peering connection, such as pcx-0123456789abcdef0", "")
		}
	}
}
