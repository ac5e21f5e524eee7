package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/network"
	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// networkVariant is a form of the network; stands are the conditions of the table that are true in it.
type networkVariant struct {
	name, stack string
	over        overrides
	stands      []network.When
	outsiders   map[string]network.Group // by address range, in addition to the fixture's clients
}

// privateOnly returns the overrides for prod without public resources.
func privateOnly(changes overrides) overrides {
	out := overrides{
		"loadBalancer.scheme": "internal", "monitoring.healthCheck": false,
		"network.natGateways": "none", "morpheus.packageUrl": mirror,
		"network.allowedClientCidrs": []any{"10.0.0.0/8"}, "dns.hostedZoneId": simaws.PrivateZoneID,
		"loadBalancer.certificateArn": simaws.CertificateARN("us-east-1"), "cluster.imageId": simaws.ImageID,
	}
	for k, v := range changes {
		out[k] = v
	}
	return out
}

var reach = overrides{
	"network.routes": []any{
		map[string]any{"cidr": "10.0.0.0/8", "transitGatewayId": simaws.TransitGatewayID},
		map[string]any{"cidr": "172.16.0.0/12", "peeringConnectionId": simaws.PeeringConnectionID},
	},
	"network.extraEgress": []any{
		map[string]any{"cidr": "10.50.0.0/16", "fromPort": 22, "why": "SSH to hypervisors"},
		map[string]any{"cidr": "10.50.0.0/16", "fromPort": 5985, "toPort": 5986, "why": "WinRM"},
		map[string]any{"cidr": "172.16.0.0/12", "fromPort": 161, "protocol": "udp", "why": "SNMP"},
	},
	"network.proxy.url": "http://10.60.0.5:3128", "network.proxy.cidr": "10.60.0.0/24",
}

var beyond = map[string]network.Group{"10.60.0.0/24": network.Proxy, "10.50.0.0/16": network.Networks,
	"172.16.0.0/12": network.Networks}

func both(a, b overrides) overrides {
	out := overrides{}
	for _, o := range []overrides{a, b} {
		for k, v := range o {
			out[k] = v
		}
	}
	return out
}

var networkVariants = []networkVariant{
	{name: "dev", stack: "dev", stands: []network.When{network.Always, network.WithInternet}},
	{name: "prod", stack: "prod", stands: []network.When{network.Always, network.WithInternet, network.WithServices, network.WithCheckers}},
	{
		name: "redirect", stack: "prod", over: overrides{"loadBalancer.redirectHttp": true},
		stands: []network.When{network.Always, network.WithInternet, network.WithServices, network.WithRedirect, network.WithCheckers},
	},
	{
		name: "two clients", stack: "prod",
		over:      overrides{"network.allowedClientCidrs": []any{"203.0.113.0/24", "198.51.100.0/24"}},
		stands:    []network.When{network.Always, network.WithInternet, network.WithServices, network.WithCheckers},
		outsiders: map[string]network.Group{"198.51.100.0/24": network.Clients},
	},
	{
		name: "clients of a prefix list", stack: "prod",
		over: overrides{
			"network.allowedClientCidrs":       []any{},
			"network.allowedClientPrefixLists": []any{simaws.ClientsPrefixListID},
		},
		stands:    []network.When{network.Always, network.WithInternet, network.WithServices, network.WithCheckers},
		outsiders: map[string]network.Group{simaws.ClientsPrefixListID: network.Clients},
	},
	{
		name: "reach", stack: "prod", over: reach,
		stands: []network.When{network.Always, network.WithInternet, network.WithServices, network.WithProxy,
			network.WithNetworks, network.WithCheckers}, outsiders: beyond,
	},
	{
		name: "existing", stack: "prod", over: existing(nil),
		stands: []network.When{network.Always, network.WithInternet, network.WithServices, network.WithCheckers},
	},
	{
		name: "existing with its own endpoints", stack: "prod",
		over:   existing(overrides{"network.interfaceEndpoints": false}),
		stands: []network.When{network.Always, network.WithInternet, network.WithCheckers},
	},
	{
		name: "existing private only", stack: "prod",
		over:      existing(privateOnly(overrides{"network.existing.publicSubnetIds": []any{}})),
		stands:    []network.When{network.Always, network.NoInternet, network.WithServices},
		outsiders: map[string]network.Group{"10.0.0.0/8": network.Clients},
	},
	{
		name: "private only", stack: "prod", over: privateOnly(nil),
		stands:    []network.When{network.Always, network.NoInternet, network.WithServices},
		outsiders: map[string]network.Group{"10.0.0.0/8": network.Clients},
	},
	{
		name: "private only with reach", stack: "prod",
		over: both(privateOnly(overrides{"network.allowedClientCidrs": []any{"192.168.0.0/16"}}), reach),
		stands: []network.When{network.Always, network.NoInternet, network.WithServices, network.WithProxy,
			network.WithNetworks},
		outsiders: both2(beyond, "192.168.0.0/16", network.Clients),
	},
	{
		name: "internal with NAT", stack: "prod", over: overrides{"loadBalancer.scheme": "internal", "monitoring.healthCheck": false},
		stands: []network.When{network.Always, network.WithInternet, network.WithServices},
	},
	{
		name: "public without NAT", stack: "prod",
		over:   overrides{"network.natGateways": "none", "morpheus.packageUrl": mirror, "cluster.imageId": simaws.ImageID},
		stands: []network.When{network.Always, network.NoInternet, network.WithServices, network.WithCheckers},
	},
}

func both2(of map[string]network.Group, cidr string, group network.Group) map[string]network.Group {
	out := map[string]network.Group{cidr: group}
	for k, v := range of {
		out[k] = v
	}
	return out
}

func onVariants(t *testing.T, test func(t *testing.T, v networkVariant, r *recorder)) {
	t.Helper()
	for _, v := range networkVariants {
		t.Run(v.name, func(t *testing.T) {
			r, err := run(t, v.stack, v.over)
			require.NoError(t, err, "AWS must accept each valid configuration")
			test(t, v, r)
		})
	}
}

// recordedRule is a registered rule, with the names of the table.
type recordedRule struct {
	direction, protocol string
	from, to            network.Group
	fromPort, toPort    int
	cidr, why           string
}

// rules returns the registered rules of the security groups.
func rules(t *testing.T, r *recorder, v networkVariant) []recordedRule {
	t.Helper()
	groups := map[string]network.Group{}
	for _, g := range r.OfType("ec2/securityGroup:SecurityGroup") {
		groups[g.ID] = network.Group(strings.TrimPrefix(g.Name, "network-"))
	}
	outsiders := map[string]network.Group{
		"0.0.0.0/0": network.Internet, "203.0.113.0/24": network.Clients,
		awstypes.PrefixListID("us-east-1", "com.amazonaws.us-east-1.s3"):                   network.S3,
		awstypes.PrefixListID("us-east-1", "com.amazonaws.us-east-1.route53-healthchecks"): network.Checkers,
	}
	for cidr, group := range v.outsiders {
		outsiders[cidr] = group
	}
	var out []recordedRule
	for direction, token := range map[string]string{
		"ingress": "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
		"egress":  "vpc/securityGroupEgressRule:SecurityGroupEgressRule",
	} {
		for _, res := range r.OfType(token) {
			rule := recordedRule{direction: direction, protocol: res.Texts("ipProtocol")[0], why: res.Texts("description")[0]}
			rule.fromPort, rule.toPort = int(res.Get("fromPort").(float64)), int(res.Get("toPort").(float64))
			require.Empty(t, res.Texts("cidrIpv6"), res.Name)
			var peer network.Group
			for _, id := range res.Texts("referencedSecurityGroupId") {
				peer = groups[id]
			}
			for _, given := range append(res.Texts("cidrIpv4"), res.Texts("prefixListId")...) {
				require.Contains(t, outsiders, given, "%s has an address range that is not configured", res.Name)
				rule.cidr, peer = given, outsiders[given]
			}
			own := groups[res.Texts("securityGroupId")[0]]
			rule.from, rule.to = peer, own
			if direction == "egress" {
				rule.from, rule.to = own, peer
			}
			out = append(out, rule)
		}
	}
	return out
}

// Each rule must have a row, and each row must create a rule.
func TestTheRulesAreTheTrafficTable(t *testing.T) {
	walked := 0
	onVariants(t, func(t *testing.T, v networkVariant, r *recorder) {
		made := map[string]bool{}
		for _, rule := range rules(t, r, v) {
			walked++
			row := slices.IndexFunc(network.Traffic, func(row network.Row) bool {
				return row.From == rule.from && row.To == rule.to && slices.Contains(v.stands, row.When) &&
					(row.Port == 0 || row.Port == rule.fromPort && row.Port == rule.toPort && rule.protocol == "tcp" &&
						row.Why == rule.why)
			})
			if assert.GreaterOrEqual(t, row, 0, "%+v has no row in the table", rule) {
				made[rule.direction+network.Traffic[row].Name()] = true
			}
		}
		for _, row := range network.Traffic {
			stands := slices.Contains(v.stands, row.When)
			assert.Equal(t, stands && !row.To.Outsider(), made["ingress"+row.Name()],
				"%s must have an ingress rule exactly if its condition is true", row.Name())
			assert.Equal(t, stands && !row.From.Outsider(), made["egress"+row.Name()],
				"%s must have an egress rule exactly if its condition is true", row.Name())
		}
	})
	t.Logf("%d rules of %d networks, %d rows", walked, len(networkVariants), len(network.Traffic))
}

func TestConfiguredRangesGetTheirPortsAndNoOthers(t *testing.T) {
	r, err := run(t, "prod", reach)
	require.NoError(t, err)
	var got []string
	for _, rule := range rules(t, r, networkVariant{outsiders: beyond}) {
		if rule.to == network.Networks || rule.to == network.Proxy {
			got = append(got, fmt.Sprintf("%s %s %d-%d %s", rule.cidr, rule.protocol, rule.fromPort, rule.toPort, rule.why))
		}
	}
	assert.ElementsMatch(t, []string{
		"10.50.0.0/16 tcp 22-22 SSH to hypervisors", "10.50.0.0/16 tcp 5985-5986 WinRM", "172.16.0.0/12 udp 161-161 SNMP",
		"10.60.0.0/24 tcp 3128-3128 the way out that the proxy filters",
	}, got)
}

func TestOnlyTheNodesReachDestinationsOutsideTheVPC(t *testing.T) {
	onVariants(t, func(t *testing.T, v networkVariant, r *recorder) {
		for _, rule := range rules(t, r, v) {
			if rule.direction != "egress" {
				continue
			}
			assert.Contains(t, []network.Group{network.LoadBalancer, network.Application}, rule.from,
				"data tiers have no egress rules")
			if rule.cidr == "0.0.0.0/0" {
				assert.True(t, slices.Contains(v.stands, network.WithInternet) && (rule.toPort == 443 || rule.toPort == 80),
					"%+v: only web traffic of nodes with internet access may have the destination 0.0.0.0/0", rule)
			}
		}
	})
}

// Two flows with the same name would be one resource.
func TestEveryRuleHasAUniqueName(t *testing.T) {
	args := network.Args{Settings: stackconfig.Network{
		AllowedClientCIDRs: []string{"10.0.0.0/8", "10.0.0.0/16"}, InterfaceEndpoints: true,
		AllowedClientLists: []string{"pl-0", "pl-1"},
		Proxy:              stackconfig.Proxy{CIDR: "10.0.0.0/8", URL: "http://10.0.0.1:22"},
		ExtraEgress: []stackconfig.ExtraEgress{
			{CIDR: "10.0.0.0/8", FromPort: 22, ToPort: 22, Protocol: "tcp"},
			{CIDR: "10.0.0.0/8", FromPort: 22, ToPort: 22, Protocol: "udp"},
			{CIDR: "10.0.0.0/8", FromPort: 22, ToPort: 23, Protocol: "tcp"},
			{CIDR: "10.0.0.0/16", FromPort: 22, ToPort: 22, Protocol: "tcp"},
		},
	}}
	flows := args.Flows()
	seen := map[string]bool{}
	for _, flow := range flows {
		assert.False(t, seen[flow.Name()], flow.Name())
		seen[flow.Name()] = true
	}
	assert.Len(t, flows, 18, "4 for clients, 9 for groups and the internet, 1 for the proxy, 4 for networks")
}
