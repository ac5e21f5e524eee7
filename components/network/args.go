package network

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/component"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// Args of a Network.
type Args struct {
	Settings config.Network
	Logs     config.Logs
	Access   config.Access
	Location location.Location
	// Existing is the VPC to use, as the account has it; nil to make one.
	Existing *Existing
	// InternetFacing is true when the load balancer is in public subnets.
	InternetFacing bool
	// RedirectHTTP lets clients reach port 80 of the load balancer, which redirects them to HTTPS.
	RedirectHTTP bool
	// S3PrefixListID is the prefix list of S3 in the region; required without a way to the internet.
	S3PrefixListID string
	// CheckersListID is the prefix list of the Route 53 health checkers, which reach the load balancer; empty for none.
	CheckersListID string
	// LogsKeyArn encrypts the flow logs; required for a new VPC.
	LogsKeyArn pulumi.StringInput
}

// Existing is a VPC that is not managed by this stack.
type Existing struct {
	VpcID string
	// Subnets are the ids of its subnets, by layer and zone.
	Subnets map[subnets.Layer]map[string]string
}

func (a *Args) check() error {
	switch {
	case a == nil || a.Location.AccountID == "":
		return errors.New("a location is required")
	case a.Settings.NATGateways == config.NATNone && a.S3PrefixListID == "":
		return errors.New("without a way to the internet the prefix list of S3 is required")
	case a.Existing == nil && a.LogsKeyArn == nil:
		return errors.New("the key of the flow logs is required")
	case a.Existing == nil && a.Settings.Given():
		return errors.New("the existing VPC is required")
	case a.Existing != nil && !a.Settings.Given():
		return errors.New("there is an existing VPC, but the configuration has a new one")
	}
	return a.checkExisting()
}

// checkExisting returns an error for a zone without a subnet that a tier needs.
func (a *Args) checkExisting() error {
	if a.Existing == nil {
		return nil
	}
	layers := []subnets.Layer{subnets.Application, subnets.Data}
	if a.InternetFacing {
		layers = append(layers, subnets.Public)
	}
	for _, layer := range layers {
		for _, zone := range a.Settings.AvailabilityZones {
			if a.Existing.Subnets[layer][zone] == "" {
				return fmt.Errorf("the existing VPC has no %s subnet in %s", layer, zone)
			}
		}
	}
	return nil
}

func (a *Args) inputs() pulumi.Map {
	return component.Inputs(a.Settings, pulumi.Map{
		"logs":           component.Inputs(a.Logs, nil),
		"access":         component.Inputs(a.Access, nil),
		"internetFacing": pulumi.Bool(a.InternetFacing),
		"redirectHttp":   pulumi.Bool(a.RedirectHTTP),
	})
}

// hasGateways says whether the network has NAT gateways of its own.
func (a *Args) hasGateways() bool {
	return a.Settings.NATGateways == config.NATPerZone || a.Settings.NATGateways == config.NATSingle
}

// hasInternet says whether nodes have a way to the internet.
func (a *Args) hasInternet() bool { return a.Settings.NATGateways != config.NATNone }

// hasPublicLayer says whether anything in the VPC is public: only then are there public subnets and an internet
// gateway.
func (a *Args) hasPublicLayer() bool { return a.InternetFacing || a.hasGateways() }
