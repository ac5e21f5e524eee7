package network

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

const natMetricsPage = "https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html"

// Alarms of the network: those of the NAT gateways that the stack has.
func Alarms(settings config.Network) alarm.Tier {
	tier := alarm.Tier{Name: "network", Gaps: []alarm.Gap{
		{Aspect: alarm.Utilisation, Why: "a NAT gateway has no limit that traffic of nodes comes near: it scales to 100 Gbit/s"},
		{Aspect: alarm.Latency, Why: "AWS publishes no latency of a VPC; the tiers measure that of their own calls"},
		{Aspect: alarm.Redundancy, Why: "AWS replaces the machines of a NAT gateway by itself and publishes no number of them"},
	}}
	if !settings.Given() { // the owner of an existing VPC has its flow logs
		tier.Queries = queries
	}
	zones := natZones(settings)
	for _, zone := range zones {
		tier.Facts = append(tier.Facts, natFacts(zone)...)
	}
	if len(zones) == 0 {
		why := "the stack has no NAT gateway"
		tier.Gaps = append(tier.Gaps, alarm.Gap{Aspect: alarm.Errors, Why: why}, alarm.Gap{Aspect: alarm.Saturation, Why: why})
	}
	return tier
}

// natZones are the zones with a NAT gateway of the stack.
func natZones(settings config.Network) []string {
	switch {
	case settings.Given():
		return nil
	case settings.NATGateways == config.NATPerZone:
		return settings.AvailabilityZones
	case settings.NATGateways == config.NATSingle:
		return settings.AvailabilityZones[:1]
	}
	return nil
}

// Dimensions are the outputs that name the metrics, by role.
func (n *Network) Dimensions() map[string]pulumi.StringInput {
	out := map[string]pulumi.StringInput{}
	for zone, id := range n.gateways {
		out[gatewayRole(zone)] = id
	}
	if n.flowLogGroup != nil {
		out[flowLogsRole] = n.flowLogGroup
	}
	return out
}

func gatewayRole(zone string) string { return "natGateway " + zone }

func natFacts(zone string) []alarm.Fact {
	metric := func(id, name string) alarm.Metric {
		return alarm.Metric{
			ID: id, Namespace: "AWS/NATGateway", Name: name, Statistic: "Sum",
			Dimensions: map[string]alarm.Dimension{"NatGatewayId": alarm.Of(gatewayRole(zone))},
		}
	}
	return []alarm.Fact{
		{
			Name: "nat-ports", Key: zone, Aspect: alarm.Saturation, Severity: alarm.Ticket,
			Metrics:    []alarm.Metric{metric("", "ErrorPortAllocation")},
			Comparison: alarm.Above, Threshold: 0, Unit: "failed connections a minute",
			Window:  alarm.Window{Period: 60, Breaching: 5, Periods: 15},
			Missing: alarm.NotBreaching, WhyMissing: "AWS calls missing data of this metric normal",
			Meaning: "Nodes open more connections to one destination than a NAT gateway has ports for: 55,000.",
			Action: "Find the destination with the saved query network-destinations. Let the nodes reuse connections, or " +
				"reach an AWS service through an endpoint (network.interfaceEndpoints).",
			Source: natMetricsPage,
		},
		{
			Name: "nat-drops", Key: zone, Aspect: alarm.Errors, Severity: alarm.Ticket,
			Metrics: []alarm.Metric{
				metric("dropped", "PacketsDropCount"), metric("out", "PacketsInFromSource"),
				metric("back", "PacketsInFromDestination"),
			},
			Expression: "100*dropped/(out+back)", Comparison: alarm.Above, Threshold: 0.01, Unit: "percent of the packets",
			Window: alarm.For(5, 60), Missing: alarm.NotBreaching, WhyMissing: "no packets",
			Meaning: "A NAT gateway drops packets: connections to the internet are slow or fail.",
			Action:  "Look at AWS Health. If it shows nothing, open a case with AWS with the id of the gateway.",
			Source:  natMetricsPage,
		},
	}
}
