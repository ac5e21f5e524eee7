package config

import "regexp"

// Proxy is the filtered way out of the nodes; both keys are given, or none.
type Proxy struct {
	URL  string `json:"url"`
	CIDR string `json:"cidr"`
}

// ExtraEgress allows the nodes a range and its ports, TCP or UDP; ToPort is FromPort when it is left out.
type ExtraEgress struct {
	CIDR     string `json:"cidr"`
	FromPort int    `json:"fromPort"`
	ToPort   int    `json:"toPort,omitempty"`
	Protocol string `json:"protocol,omitempty"`
	Why      string `json:"why"`
}

// Route leads the nodes to a range, by one of the two.
type Route struct {
	CIDR                string `json:"cidr"`
	TransitGatewayID    string `json:"transitGatewayId,omitempty"`
	PeeringConnectionID string `json:"peeringConnectionId,omitempty"`
}

const maxPort = 65535

var (
	proxyURL = regexp.MustCompile(`^http://([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?` +
		`(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*):(\d{1,5})$`)
	// ruleText is what a rule of a security group takes as its description.
	ruleText  = regexp.MustCompile(`^[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}$`)
	transitID = regexp.MustCompile(`^tgw-[0-9a-f]{8,17}$`)
	peeringID = regexp.MustCompile(`^pcx-[0-9a-f]{8,17}$`)
)

// reached is a range that the nodes reach.
var reached = IPv4Range{
	Example: "10.50.0.0/16", MinPrefix: 8,
	WhyPrefix: "the nodes reach what is named, not everything",
}

var reachRows = []Row{
	{
		Key:   "network.proxy.url",
		Limit: Text{Is: "http://<host>:<port> and nothing more", Form: proxyURL}, // checkProxy hides passwords
		Empty: "for none",
	},
	{Key: "network.proxy.cidr", Limit: reached, Empty: "for none"},
	{
		// Leaves room below the 60 outbound rules of a security group.
		Key:   "network.extraEgress",
		Limit: List{Max: 40, Of: "rows"},
		Why:   "a security group takes 60 rules",
	},
	{Key: "network.extraEgress[].cidr", Limit: reached},
	{Key: "network.extraEgress[].fromPort", Limit: Range{Min: 1, Max: maxPort}},
	{Key: "network.extraEgress[].toPort", Limit: Range{Min: 1, Max: maxPort}, Empty: "for fromPort"},
	{Key: "network.extraEgress[].protocol", Limit: Choice{Values: []string{"tcp", "udp"}}, Empty: "for tcp"},
	{
		Key:   "network.extraEgress[].why",
		Limit: Text{Is: "1..255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*", Pattern: ruleText},
		Why:   "it is the description of the rule",
	},
	{
		// Leaves room below the 50 routes of a route table.
		Key:   "network.routes",
		Limit: List{Max: 40},
		Why:   "a route table takes 50",
	},
	{Key: "network.routes[].cidr", Limit: reached, Once: "a range", WhyOnce: "a route table has one route to a range"},
	{
		Key:   "network.routes[].transitGatewayId",
		Limit: Text{Is: "the id of a transit gateway, such as tgw-0123456789abcdef0", Pattern: transitID},
		Empty: "with peeringConnectionId",
	},
	{
		Key:   "network.routes[].peeringConnectionId",
		Limit: Text{Is: "the id of a peering connection, such as pcx-0123456789abcdef0", Pattern: peeringID},
		Empty: "with transitGatewayId",
	},
}

var reachRules = []Rule{
	{
		Keys:  []string{"network.proxy"},
		Needs: []string{"network"},
		Says:  "url and cidr are given together, and the proxy is in its range",
		check: (*Config).checkProxy,
	},
	{
		Keys:  []string{"network.extraEgress"},
		Needs: []string{"network"},
		Says:  "ranges outside the VPC that NAT gateways or network.routes lead to, each with its ports once",
		check: (*Config).checkExtraEgress,
	},
	{
		Keys:  []string{"network.routes"},
		Needs: []string{"network"},
		Says: "ranges outside the VPC, each by one of transitGatewayId and peeringConnectionId; " +
			"none with network.existing.vpcId",
		check: (*Config).checkRoutes,
	},
	{
		Keys:  []string{"network.interfaceEndpoints", "cluster.imageId", "morpheus.packageUrl", "morpheus.supplementalUrl"},
		Needs: []string{"network", "morpheus"},
		Says:  "with network.natGateways none, nodes come by packages and AWS services without the internet",
		check: (*Config).checkWaysOut,
	},
}
