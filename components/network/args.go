package network

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// NATGateways says how many ways out of the application subnets there are.
type NATGateways string

// The choices. One gateway is one zone: when it fails, no node reaches the internet.
const (
	NATPerZone NATGateways = "per-zone"
	NATSingle  NATGateways = "single"
	// NATNone: no node has a way to the internet.
	NATNone NATGateways = "none"
	// NATExisting: the given VPC has its own ways out.
	NATExisting NATGateways = "existing"
)

// Args of a Network.
type Args struct {
	Location location.Location
	// CIDR of the VPC to make, from subnets.ParseVPC; not with Existing.
	CIDR netip.Prefix
	// Existing is the VPC to use; nil to make one.
	Existing *Existing
	// Zones are the plain names of the availability zones, in their order in the configuration.
	Zones []string
	NAT   NATGateways
	// InternetFacing is true when the load balancer stands in public subnets.
	InternetFacing bool
	// ClientCIDRs are the only sources that reach the load balancer.
	ClientCIDRs []string
	// InterfaceEndpoints lead to the AWS services that nodes call, inside the VPC.
	InterfaceEndpoints bool
	// Proxy is the filtered way out of the nodes; nil for none.
	Proxy *ProxyRange
	// ExtraEgress are the ranges that Morpheus manages, and Routes what leads there.
	ExtraEgress []Egress
	Routes      []Route
	// S3PrefixListID is the prefix list of S3 in the region; required with NATNone.
	S3PrefixListID string
	// LogRetentionDays and LogsKeyArn are of the flow logs, which a VPC has that is made here.
	LogRetentionDays int
	LogsKeyArn       pulumi.StringInput
	// PermissionsBoundary of the roles; empty for none.
	PermissionsBoundary string
}

// Existing is a VPC that others made, with its subnets by tier and zone.
type Existing struct {
	VpcID   string
	Subnets map[subnets.Tier]map[string]string
}

// ProxyRange is where a proxy listens.
type ProxyRange struct {
	CIDR string
	Port int
}

// Egress allows the nodes one range and its ports.
type Egress struct {
	CIDR             string
	FromPort, ToPort int
	Protocol         string // "tcp" or "udp"
	Why              string
}

// Route leads the nodes to a range, by a transit gateway or by a peering connection.
type Route struct {
	CIDR                string
	TransitGatewayID    string
	PeeringConnectionID string
}

// hasGateways says whether the network has NAT gateways of its own.
func (a *Args) hasGateways() bool { return a.NAT == NATPerZone || a.NAT == NATSingle }

// hasPublicTier says whether anything in the VPC is public: only then are there public subnets and an internet gateway.
func (a *Args) hasPublicTier() bool { return a.InternetFacing || a.hasGateways() }

func (a *Args) validate() error {
	switch {
	case a == nil || len(a.Zones) < 2:
		return errors.New("at least two zones are required")
	case a.Location.AccountID == "":
		return errors.New("a location is required")
	case a.NAT == NATNone && a.S3PrefixListID == "":
		return errors.New("without a way to the internet the prefix list of S3 is required")
	case a.Existing == nil && !a.CIDR.IsValid():
		return errors.New("an address range is required")
	case a.Existing == nil && (a.LogsKeyArn == nil || a.LogRetentionDays < 1):
		return errors.New("a key and a retention of the flow logs are required")
	case a.Existing == nil && a.NAT == NATExisting:
		return errors.New("a new VPC has no NAT gateways yet")
	case a.Existing != nil && (a.hasGateways() || len(a.Routes) > 0 || a.CIDR.IsValid()):
		return errors.New("an existing VPC has its range, NAT gateways and routes already")
	}
	return a.validateExisting()
}

func (a *Args) validateExisting() error {
	if a.Existing == nil {
		return nil
	}
	tiers := []subnets.Tier{subnets.Application, subnets.Data}
	if a.InternetFacing {
		tiers = append(tiers, subnets.Public)
	}
	for _, tier := range tiers {
		for _, zone := range a.Zones {
			if a.Existing.Subnets[tier][zone] == "" {
				return fmt.Errorf("the existing VPC has no %s subnet in %s", tier, zone)
			}
		}
	}
	return nil
}

// inputs are what previews show of the decisions.
func (a *Args) inputs() pulumi.Map {
	in := pulumi.Map{
		"zones":              pulumi.ToStringArray(a.Zones),
		"nat":                pulumi.String(a.NAT),
		"internetFacing":     pulumi.Bool(a.InternetFacing),
		"interfaceEndpoints": pulumi.Bool(a.InterfaceEndpoints),
		"clientCidrs":        pulumi.ToStringArray(a.ClientCIDRs),
	}
	if a.Existing != nil {
		in["existingVpcId"] = pulumi.String(a.Existing.VpcID)
	} else {
		in["cidr"] = pulumi.String(a.CIDR.String())
	}
	if a.Proxy != nil {
		in["proxyCidr"] = pulumi.String(a.Proxy.CIDR)
	}
	return in
}
