// Package subnets divides the address range of a VPC.
package subnets

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
)

// Layer is a kind of subnet. Each availability zone has one subnet of each layer of the network.
type Layer string

// The layers, from the internet to the data.
const (
	// Public is for an internet-facing load balancer and for NAT gateways.
	Public Layer = "public"
	// Application is for nodes, endpoints and an internal load balancer. It may have a route to the internet through NAT
	// gateways.
	Application Layer = "application"
	// Data is for database, broker, search and file system. It has no route out of the VPC.
	Data Layer = "data"
)

// MaxZones is the largest number of availability zones: one layer has four sixteenths of the range.
const MaxZones = 4

// Bounds of the VPC's prefix length. AWS allows /16../28. With more than /22, a subnet (four bits longer) would have
// fewer than the 59 free addresses that nodes, their replacements and OpenSearch's blue/green deployments need.
const (
	MinPrefix = 16
	MaxPrefix = 22
)

// slot is the index of a layer's first sixteenth of the VPC. Sixteenths 12..15 are reserved.
var slot = map[Layer]int{Application: 0, Data: MaxZones, Public: 2 * MaxZones}

// private are the ranges of RFC 1918 and RFC 6598, which do not exist on the internet.
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"),
}

// ParseVPC parses the address range of a VPC and checks it: IPv4, private, masked, /16../22.
func ParseVPC(cidr string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(cidr)
	switch {
	case err != nil:
		return netip.Prefix{}, fmt.Errorf("not an address range such as 10.20.0.0/16")
	case !p.Addr().Is4():
		return netip.Prefix{}, fmt.Errorf("not an IPv4 range")
	case !p.Addr().IsGlobalUnicast() || p.Addr().As4()[0] == 0 || p.Addr().As4()[0] >= 240:
		return netip.Prefix{}, fmt.Errorf("not a range that hosts can have addresses of")
	case !slices.ContainsFunc(private, func(r netip.Prefix) bool { return r.Contains(p.Addr()) }):
		return netip.Prefix{}, fmt.Errorf("not a private range (RFC 1918, or 100.64.0.0/10): " +
			"the nodes would not reach the owners of these public addresses")
	case p.Bits() < MinPrefix || p.Bits() > MaxPrefix:
		return netip.Prefix{}, fmt.Errorf("prefix length /%d is outside /%d../%d", p.Bits(), MinPrefix, MaxPrefix)
	case p != p.Masked():
		return netip.Prefix{}, fmt.Errorf("has host bits set; the range begins at %s", p.Masked())
	}
	return p, nil
}

// Split returns the range of a layer's subnet in the zone with the given index (0..MaxZones-1): a sixteenth of the
// VPC. A zone keeps its range when zones are added, because the index is the zone's position in the configuration.
func Split(vpc netip.Prefix, layer Layer, zone int) (netip.Prefix, error) {
	first, ok := slot[layer]
	if !ok {
		return netip.Prefix{}, fmt.Errorf("unknown subnet layer %q", layer)
	}
	if zone < 0 || zone >= MaxZones {
		return netip.Prefix{}, fmt.Errorf("zone index %d is outside 0..%d", zone, MaxZones-1)
	}
	bits := vpc.Bits() + 4
	base := vpc.Masked().Addr().As4()
	n := binary.BigEndian.Uint32(base[:]) + uint32(first+zone)<<(32-bits) // #nosec G115 -- 0..11
	var out [4]byte
	binary.BigEndian.PutUint32(out[:], n)
	return netip.PrefixFrom(netip.AddrFrom4(out), bits), nil
}
