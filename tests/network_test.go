package tests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/network"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

func TestNothingIsPublicButTheLoadBalancer(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		for _, res := range r.All() {
			for _, flag := range []string{
				"publiclyAccessible", "mapPublicIpOnLaunch", "networkInterfaces.associatePublicIpAddress",
				"assignIpv6AddressOnCreation", "associatePublicIpAddress",
			} {
				for _, v := range res.Values(flag) {
					assert.Contains(t, []any{false, "false"}, v, "%s: %s", res.Name, flag)
				}
			}
		}
		for token, flag := range map[string]string{
			"ec2/launchTemplate:LaunchTemplate":   "networkInterfaces.associatePublicIpAddress",
			"ec2/subnet:Subnet":                   "mapPublicIpOnLaunch",
			"mq/broker:Broker":                    "publiclyAccessible",
			"opensearch/domain:Domain":            "vpcOptions.subnetIds",
			"rds/clusterInstance:ClusterInstance": "publiclyAccessible",
		} {
			for _, res := range r.OfType(token) {
				assert.NotEmpty(t, res.Values(flag), "%s: without a value AWS chooses, perhaps public", res.Name)
			}
		}

		balancers := r.OfType("lb/loadBalancer:LoadBalancer")
		require.Len(t, balancers, 1)
		assert.Equal(t, false, balancers[0].Get("internal"))
		gateways := r.OfType("ec2/natGateway:NatGateway")
		assert.Len(t, r.OfType("ec2/eip:Eip"), len(gateways), "the only public addresses are those of the NAT gateways")
	})
}

func TestOnlyPublicSubnetsHaveAnInternetGatewayAndDataSubnetsNoRouteOut(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		routes := map[string][]string{} // route table -> the targets of its routes
		for _, route := range r.OfType("ec2/route:Route") {
			assert.Equal(t, "0.0.0.0/0", route.Get("destinationCidrBlock"), route.Name)
			target := "NAT gateway"
			if route.Get("gatewayId") != nil {
				target = "internet gateway"
			}
			table, _ := route.Get("routeTableId").(string)
			routes[table] = append(routes[table], target)
		}
		names := map[string]string{}
		for _, subnet := range r.OfType("ec2/subnet:Subnet") {
			names[subnet.ID] = subnet.Name
		}
		tiers := map[string][]string{"network-public": {"internet gateway"}, "network-application": {"NAT gateway"},
			"network-data": nil}
		associations := r.OfType("ec2/routeTableAssociation:RouteTableAssociation")
		assert.Len(t, associations, len(names), "a subnet without its own route table gets the main one")
		for _, a := range associations {
			subnet, _ := a.Get("subnetId").(string)
			table, _ := a.Get("routeTableId").(string)
			for tier, want := range tiers {
				if strings.HasPrefix(names[subnet], tier+"-") {
					assert.Equal(t, want, routes[table], "%s", names[subnet])
				}
			}
		}
	})
}

func TestTheTrafficTableHasReasons(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range network.Traffic {
		assert.NotEmpty(t, row.Why, row.Name())
		assert.NotEmpty(t, row.When, row.Name())
		assert.False(t, seen[row.Name()], "%s: AWS refuses the same rule twice", row.Name())
		seen[row.Name()] = true
	}
}

func TestRulesAreSeparateResources(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		for _, res := range r.All() {
			if strings.HasPrefix(res.Token, "aws:ec2/") {
				assert.Empty(t, append(res.Values("ingress"), res.Values("egress")...),
					"%s: inline rules remove the separate ones", res.Name)
			}
			assert.NotEqual(t, "aws:ec2/securityGroupRule:SecurityGroupRule", res.Token,
				"%s: use the newer rule resources", res.Name)
		}
		assert.Len(t, r.OfType("ec2/defaultSecurityGroup:DefaultSecurityGroup"), 1,
			"the default group must have no rules: by default its members may connect to each other")
	})
}

func TestOutsidersReachOnlyTheLoadBalancer(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		groups := map[string]string{}
		for _, g := range r.OfType("ec2/securityGroup:SecurityGroup") {
			groups[g.ID] = g.Name
		}
		var open []string
		for _, rule := range r.OfType("vpc/securityGroupIngressRule:SecurityGroupIngressRule") {
			assert.Empty(t, rule.Values("cidrIpv6"), rule.Name)
			for _, outsider := range append(rule.Texts("cidrIpv4"), rule.Texts("prefixListId")...) {
				own, _ := rule.Get("securityGroupId").(string)
				open = append(open, fmt.Sprint(groups[own], " ", rule.Get("toPort"), " ", outsider))
			}
		}
		want := []string{"network-loadbalancer 443 203.0.113.0/24"}
		if len(r.OfType(awstoken.Route53HealthCheck)) > 0 {
			want = append(want, "network-loadbalancer 443 "+
				awstypes.PrefixListID("us-east-1", "com.amazonaws.us-east-1.route53-healthchecks"))
		}
		assert.ElementsMatch(t, want, open,
			"before the setup, the first visitor of an appliance can become its administrator")
		for _, l := range r.OfType("lb/listener:Listener") {
			assert.Equal(t, "HTTPS", l.Get("protocol"), "a password must not cross the internet in plain text")
		}
	})
}
