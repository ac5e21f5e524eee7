package tests

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// clientList is a managed prefix list of clients, with changes.
func clientList(changes account.Values) account.Values {
	out := account.Values{
		"name": "clients", "ownerId": simaws.AccountID, "maxEntries": 10.0,
		"entries": []any{account.Values{"cidr": "198.51.100.0/24"}},
	}
	maps.Copy(out, changes)
	return out
}

// Whatever the owner of a list puts into it reaches the load balancer, and an appliance that is not set up yet makes an
// administrator of its first visitor.
func TestUnusablePrefixListsOfClientsAreRefused(t *testing.T) {
	entry := func(cidr string) account.Values {
		return account.Values{"entries": []any{account.Values{"cidr": cidr}}}
	}
	for name, c := range map[string]struct {
		state account.Values
		want  string
	}{
		"missing":   {nil, "must be a managed prefix list that the account has or shares in us-east-1"},
		"of AWS":    {clientList(account.Values{"ownerId": "AWS"}), "must be a prefix list of yours, got"},
		"of IPv6":   {clientList(account.Values{"addressFamily": "IPv6"}), "(it is one of IPv6)"},
		"everybody": {clientList(entry("0.0.0.0/0")), "must be a list of ranges of /8 or longer, got"},
		"private":   {clientList(entry("10.1.0.0/16")), "must be a list in which each is a range of public addresses, got"},
		"too many": {clientList(account.Values{"maxEntries": 50.0}),
			"must be lists that may have 25 entries at most together with network.allowedClientCidrs, got"},
	} {
		t.Run(name, func(t *testing.T) {
			a := simaws.NewAccount(simaws.Options{})
			if c.state != nil {
				a.Exists("us-east-1", awstypes.EC2ManagedPrefixList, "pl-1e15710000000000a", c.state)
			}
			r, err := launch{Stack: "prod", Account: a, Config: change(t, loadStack(t, "prod"),
				overrides{"network.allowedClientPrefixLists": []any{"pl-1e15710000000000a"}})}.Start()
			require.ErrorContains(t, err, "network.allowedClientPrefixLists")
			require.ErrorContains(t, err, c.want)
			assert.Empty(t, r.OfType("ec2/vpc:Vpc"), "the look-ups come before any resource")
		})
	}
}

// A list counts as its largest number of entries. With the redirect, each is a rule of both ports, and the list of the
// health checkers takes 25 rules of port 443.
func TestAPrefixListOfClientsNeedsRoomForAllItsEntries(t *testing.T) {
	for _, c := range []struct {
		most                        float64
		redirect, checked, accepted bool
	}{
		{most: 24, redirect: true, accepted: true},
		{most: 25, redirect: true},
		{most: 24, checked: true, accepted: true},
		{most: 25, checked: true},
		{most: 11, redirect: true, checked: true, accepted: true},
		{most: 12, redirect: true, checked: true},
	} {
		a := simaws.NewAccount(simaws.Options{})
		a.Exists("us-east-1", awstypes.EC2ManagedPrefixList, "pl-1e15710000000000a",
			clientList(account.Values{"maxEntries": c.most}))
		_, err := launch{Stack: "prod", Account: a, Config: change(t, loadStack(t, "prod"), overrides{
			"network.allowedClientPrefixLists": []any{"pl-1e15710000000000a"}, "loadBalancer.redirectHttp": c.redirect,
			"monitoring.healthCheck": c.checked,
		})}.Start()
		assert.Equal(t, c.accepted, err == nil, "one range and %v entries (redirect %t, health check %t): %v", c.most, c.redirect,
			c.checked, err)
	}
}

// The zone of the name may be in another account, or not in Route 53.
func TestWithoutAHostedZoneTheUserCreatesTheRecord(t *testing.T) {
	r, err := run(t, "prod", overrides{
		"dns.hostedZoneId": "", "loadBalancer.certificateArn": simaws.CertificateARN("us-east-1"),
	})
	require.NoError(t, err)
	assert.Empty(t, r.OfType("route53/record:Record"))
	assert.Empty(t, r.OfType("acm/certificate:Certificate"))
	balancer := r.OfType("lb/loadBalancer:LoadBalancer")[0]
	for output, want := range map[string]any{
		"loadBalancerDnsName": balancer.Output("dnsName"), "loadBalancerZoneId": balancer.Output("zoneId"),
	} {
		assert.Equal(t, want, r.Exports[output].Value, "%s: the record that the user creates leads there", output)
	}
}
