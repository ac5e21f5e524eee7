package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// NoInternet reports whether the nodes have no way to the internet.
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

func (c *Config) checkProxy(p *Problems) {
	const urlKey, cidrKey = "network.proxy.url", "network.proxy.cidr"
	proxy := c.Network.Proxy
	switch {
	case proxy.URL == "" && proxy.CIDR == "":
		return
	case proxy.URL == "":
		p.Add(urlKey, proxy.URL, "given with network.proxy.cidr", "")
		return
	case proxy.CIDR == "":
		p.Add(cidrKey, proxy.CIDR, "given with network.proxy.url", "the nodes are let out to that range alone")
		return
	}
	cidr, fits := c.checkReached(p, cidrKey, proxy.CIDR)
	port := proxy.Port()
	switch {
	case port == 0:
		p.Add(urlKey, withoutPassword(proxy.URL), "http://<host>:<port> and nothing more",
			"the tunnels through it are encrypted end to end; a password in it would be readable on every node")
		return
	case len(proxy.URL) > maxTagValue:
		p.Add(urlKey, proxy.URL, fmt.Sprintf("a URL of at most %d characters", maxTagValue), "the nodes carry it as a tag")
		return
	}
	host := strings.TrimSuffix(strings.TrimPrefix(proxy.URL, "http://"), fmt.Sprint(":", port))
	if address, err := netip.ParseAddr(host); err == nil && fits && !cidr.Contains(address) {
		p.Add(urlKey, proxy.URL, "an address in network.proxy.cidr "+proxy.CIDR, "the nodes are let out to that range alone")
	}
}

// withoutPassword is a URL in a message.
func withoutPassword(text string) string {
	if u, err := url.Parse(text); err != nil || u.User != nil || strings.Contains(text, "@") {
		return "a URL with credentials"
	}
	return text
}

// checkReached checks that something leads to a range that the nodes are allowed to reach. It returns false for a
// range that is refused.
func (c *Config) checkReached(p *Problems, key, text string) (netip.Prefix, bool) {
	cidr, ok := c.checkHosts(p, key, text)
	if !ok || c.Network.Given() { // the routes of an existing VPC are its owner's
		return cidr, ok
	}
	own, err := subnets.ParseVPC(c.Network.CIDR)
	ways := []netip.Prefix{own}
	for _, r := range c.Network.Routes {
		if way, err := netip.ParsePrefix(r.CIDR); err == nil {
			ways = append(ways, way)
		}
	}
	switch {
	case err != nil || inside(cidr, ways...):
	case c.NoInternet():
		p.Add(key, text, "a range in one of network.routes", "nothing else leads out of a VPC without NAT gateways")
	case inside(cidr, privateRanges...):
		p.Add(key, text, "a range in one of network.routes, or of public addresses",
			"NAT gateways do not lead to private networks")
	}
	return cidr, true
}

// checkHosts checks that hosts can have addresses of a range. It returns false for a range that is refused.
func (c *Config) checkHosts(p *Problems, key, text string) (netip.Prefix, bool) {
	cidr, err := netip.ParsePrefix(text)
	if err != nil || p.anyRefused(key) {
		return cidr, false
	}
	if inside(cidr, noHosts...) {
		p.Add(key, text, "a range that hosts can have addresses of", "")
		return cidr, false
	}
	return cidr, true
}

func (c *Config) checkExtraEgress(p *Problems) {
	seen := map[string]bool{}
	if port := c.Network.Proxy.Port(); port > 0 {
		seen[fmt.Sprint(c.Network.Proxy.CIDR, "tcp", port, port)] = true
	}
	own, _ := subnets.ParseVPC(c.Network.CIDR) // refused already when it is wrong
	for i, e := range c.Network.ExtraEgress {
		row := fmt.Sprintf("network.extraEgress[%d].", i)
		if cidr, ok := c.checkReached(p, row+"cidr", e.CIDR); ok && own.IsValid() && inside(cidr, own) {
			p.Add(row+"cidr", e.CIDR, "a range outside the VPC", "the traffic inside is the program's: docs/traffic.md")
		}
		if e.ToPort < e.FromPort && !p.anyRefused(row+"fromPort", row+"toPort") {
			p.Add(row+"toPort", e.ToPort, fmt.Sprintf("at least fromPort, %d", e.FromPort), "")
		}
		same := fmt.Sprint(e.CIDR, e.Protocol, e.FromPort, e.ToPort)
		if seen[same] {
			p.Add(row+"cidr", e.CIDR, "a range and ports that are not allowed already", "AWS refuses the same rule twice")
		}
		seen[same] = true
	}
}

func (c *Config) checkRoutes(p *Problems) {
	routes := c.Network.Routes
	if c.Network.Given() && len(routes) > 0 {
		p.Add("network.routes", len(routes), "left out with network.existing.vpcId",
			"the routes of a given VPC are its owner's")
		return
	}
	own, _ := subnets.ParseVPC(c.Network.CIDR) // refused already when it is wrong
	for i, r := range routes {
		row := fmt.Sprintf("network.routes[%d]", i)
		if cidr, ok := c.checkHosts(p, row+".cidr", r.CIDR); ok && own.IsValid() && inside(cidr, own) {
			p.Add(row+".cidr", r.CIDR, "a range outside the VPC's "+c.Network.CIDR, "AWS refuses a route into the VPC itself")
		}
		if (r.TransitGatewayID == "") == (r.PeeringConnectionID == "") {
			p.Add(row, r, "a route by either transitGatewayId or peeringConnectionId", "")
		}
	}
}

// checkWaysOut looks at how nodes come by their packages and reach the AWS services.
func (c *Config) checkWaysOut(p *Problems) {
	if !c.NoInternet() {
		c.checkPackagePorts(p)
		return
	}
	c.checkWayToAWS(p)
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
		c.warn("morpheus.supplementalUrl", "nodes without a way to the internet need the vendor's supplemental package, "+
			"unless the image has it: without it the appliance fetches what it lacks from the vendor while it is configured")
	}
}

// checkWayToAWS looks for what leads to the AWS services where there are no NAT gateways: the endpoints made here, or
// those of an existing VPC's owner, whose range only the owner knows.
func (c *Config) checkWayToAWS(p *Problems) {
	const key = "network.interfaceEndpoints"
	switch {
	case c.Network.InterfaceEndpoints:
	case !c.Network.Given():
		p.Add(key, false, "true with network.natGateways none", "nothing else leads to AWS's services")
	case !c.allowsEgress(443):
		p.Add(key, false, "true with network.natGateways none, or a row of network.extraEgress to port 443 of your endpoints",
			"the nodes are let out to nothing else that leads to AWS's services")
	}
}

// download is what nodes fetch, and the key that names it; the URL is empty for none.
type download struct{ key, url string }

func (c *Config) downloads() []download {
	return []download{
		{key: "morpheus.packageUrl", url: c.Morpheus.PackageURL},
		{key: "morpheus.supplementalUrl", url: c.Morpheus.SupplementalURL},
	}
}

// checkPackagePorts compares the ports of the packages with those that the nodes may reach.
func (c *Config) checkPackagePorts(p *Problems) {
	for _, d := range c.downloads() {
		u, err := url.Parse(d.url)
		if err != nil || u.Port() == "" || c.Network.Proxy.URL != "" {
			continue
		}
		port, err := strconv.Atoi(u.Port())
		if err == nil && port != 443 && port != 80 && !c.allowsEgress(port) {
			p.Add(d.key, d.url, "a URL on port 443 or 80, or on one in a row of network.extraEgress",
				"the nodes are let out to no other port")
		}
	}
}

// allowsEgress reports whether a row of network.extraEgress has a TCP port.
func (c *Config) allowsEgress(port int) bool {
	return slices.ContainsFunc(c.Network.ExtraEgress, func(e ExtraEgress) bool {
		return e.Protocol == "tcp" && e.FromPort <= port && e.ToPort >= port
	})
}
