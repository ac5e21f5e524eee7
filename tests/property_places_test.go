package tests

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// layout is where the resources of a type must be.
type layout struct {
	layer func(res *registered) subnets.Layer
	// zones is how many zones a list must have of those configured; nil for all.
	zones func(res *registered, configured int) int
	// alone is true for a type with one subnet in each resource, of which one is in each zone.
	alone bool
}

func in(layer subnets.Layer) func(*registered) subnets.Layer {
	return func(*registered) subnets.Layer { return layer }
}

// places has a row for each type with subnets; a route table association is in the layer of its subnet, whichever it
// is.
var places = map[string]layout{
	awstoken.AutoScalingGroup:            {layer: in(subnets.Application)},
	awstoken.EC2NATGateway:               {layer: in(subnets.Public)},
	awstoken.EC2TransitGatewayAttachment: {layer: in(subnets.Application)},
	awstoken.EC2VPCEndpoint:              {layer: in(subnets.Application)},
	awstoken.EFSMountTarget:              {layer: in(subnets.Data), alone: true},
	awstoken.LBLoadBalancer: {layer: func(res *registered) subnets.Layer {
		if res.Get("internal") == true {
			return subnets.Application
		}
		return subnets.Public
	}},
	awstoken.MQBroker: {layer: in(subnets.Data), zones: func(res *registered, configured int) int {
		if res.Get("deploymentMode") == "SINGLE_INSTANCE" {
			return 1
		}
		return configured
	}},
	awstoken.OpenSearchDomain: {layer: in(subnets.Data), zones: func(res *registered, configured int) int {
		nodes, _ := res.Get("clusterConfig.instanceCount").(float64)
		return min(configured, int(nodes), 3)
	}},
	awstoken.RDSSubnetGroup: {layer: in(subnets.Data)},
}

// referring are the paths of a type's properties that name resources of another type.
func referring(token, to string) []string {
	var out []string
	for _, ref := range awstypes.Of(token).Simulation.References {
		if slices.Contains(ref.To, to) {
			out = append(out, strings.ReplaceAll(ref.Path, "[]", ""))
		}
	}
	return out
}

// subnetsByID are the layers of a deployment's subnets: its own, or those that its configuration names.
func (d deployment) subnetsByID(t testing.TB) map[string]subnets.Layer {
	t.Helper()
	out := map[string]subnets.Layer{}
	for _, s := range d.OfType(awstoken.EC2Subnet) {
		layer, _, _ := strings.Cut(strings.TrimPrefix(s.Name, "network-"), "-")
		out[s.ID] = subnets.Layer(layer)
	}
	for layer, ids := range d.network(t).existing() {
		for _, id := range ids {
			out[id] = layer
		}
	}
	return out
}

// networkSection is what the tests read of the configuration's section.
type networkSection struct {
	AvailabilityZones []string
	Existing          struct{ PublicSubnetIDs, ApplicationSubnetIDs, DataSubnetIDs []string }
}

func (d deployment) network(t testing.TB) networkSection {
	t.Helper()
	var out networkSection
	require.NoError(t, json.Unmarshal([]byte(d.config[namespace+":network"]), &out))
	return out
}

func (n networkSection) existing() map[subnets.Layer][]string {
	return map[subnets.Layer][]string{
		subnets.Public: n.Existing.PublicSubnetIDs, subnets.Application: n.Existing.ApplicationSubnetIDs,
		subnets.Data: n.Existing.DataSubnetIDs,
	}
}

// zoneOf is the zone of a subnet in the account.
func (d deployment) zoneOf(t testing.TB, id string) string {
	t.Helper()
	region := d.OfType(harness.AWSProvider)[0].Texts("region")[0]
	found, err := d.Account.Read(account.Request{Region: region, Token: awstoken.EC2Subnet, ID: id})
	require.NoError(t, err, id)
	return found.State["availabilityZone"].(string)
}

func TestEverySubnetIsOfTheLayerOfItsResource(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		layers, zones := d.subnetsByID(t), len(d.network(t).AvailabilityZones)
		alone := map[string]map[string]bool{} // by type, the zones that have one
		for _, res := range d.AWS() {
			for _, path := range referring(res.Token, awstoken.EC2Subnet) {
				ids := res.Texts(path)
				if res.Token == awstoken.EC2RouteTableAssociation || len(ids) == 0 {
					continue
				}
				row, known := places[res.Token]
				if !p.is(known, "%s has subnets and no row in the table `places`: add its layer", res.Token) {
					continue
				}
				want, used := row.layer(res), map[string]bool{}
				for _, id := range ids {
					used[d.zoneOf(t, id)] = true
					p.is(layers[id] == want, "%s: %s has a subnet of the %s layer, want the %s layer: another layer has "+
						"other routes; pass it the subnets of %[4]q", res.Name, path, layers[id], want)
				}
				if row.alone {
					if alone[res.Token] == nil {
						alone[res.Token] = map[string]bool{}
					}
					for zone := range used {
						p.is(!alone[res.Token][zone], "%s: a second %s in its zone, which AWS refuses", res.Name, res.Token)
						alone[res.Token][zone] = true
					}
					continue
				}
				if res.Token == awstoken.EC2NATGateway {
					continue // network.natGateways says in how many zones
				}
				expected := zones
				if row.zones != nil {
					expected = row.zones(res, zones)
				}
				p.is(len(used) == expected && len(ids) == expected, "%s: %s has %d subnets in %d zones, want one in each of %d: "+
					"what is in fewer zones fails with one of them", res.Name, path, len(ids), len(used), expected)
			}
		}
		for token, used := range alone {
			p.is(len(used) == zones, "%s: %d zones of %d have one: clients of the others cross zones, and fail with that zone",
				token, len(used), zones)
		}
	})
}

// A layer is what its routes are: a subnet of data with a route to the internet is no subnet of data.
func TestEverySubnetHasTheRoutesOfItsLayer(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		layers := d.subnetsByID(t)
		leads := map[string]map[string]bool{} // route table -> what its routes lead to
		for _, route := range d.OfType(awstoken.EC2Route) {
			table := route.Get("routeTableId").(string)
			if leads[table] == nil {
				leads[table] = map[string]bool{}
			}
			for _, target := range []string{"gatewayId", "natGatewayId", "transitGatewayId", "vpcPeeringConnectionId"} {
				if route.Get(target) != nil {
					leads[table][target] = true
				}
			}
		}
		for _, endpoint := range d.OfType(awstoken.EC2VPCEndpoint) {
			for _, table := range endpoint.Texts("routeTableIds") {
				if leads[table] == nil {
					leads[table] = map[string]bool{}
				}
				leads[table]["endpoint"] = true
			}
		}
		with := map[string]bool{}
		for _, a := range d.OfType(awstoken.EC2RouteTableAssociation) {
			id := a.Get("subnetId").(string)
			with[id] = true
			to := leads[a.Get("routeTableId").(string)]
			switch layers[id] {
			case subnets.Public:
				p.is(to["gatewayId"] && len(to) == 1, "%s: a public subnet must have a route to the internet gateway, and no "+
					"other; give it the public route table", a.Name)
			case subnets.Application:
				p.is(!to["gatewayId"] && to["endpoint"], "%s: an application subnet must have no route to the internet "+
					"gateway, and the route to the endpoint of S3; give it the table of its zone", a.Name)
			case subnets.Data:
				p.is(len(to) == 0, "%s: a data subnet must have no route out of the VPC; give it the data table",
					a.Name)
			default:
				p.is(false, "%s: a subnet of no layer: its name must begin with that of a layer", a.Name)
			}
		}
		for _, s := range d.OfType(awstoken.EC2Subnet) {
			p.is(with[s.ID], "%s has no route table of its own: AWS gives it the main one; associate one with it", s.Name)
		}
	})
}

// groupOf is the security group of a tier, where it is not named after the tier.
var groupOf = map[string]string{"cluster": "network-application", "network": "network-endpoints"}

// rulesOfGroups name two groups each; TestTheRulesAreTheTrafficTable is about them.
var rulesOfGroups = []string{awstoken.EC2SecurityGroupIngressRule, awstoken.EC2SecurityGroupEgressRule}

func TestEverySecurityGroupIsThatOfItsTier(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		names := map[string]string{}
		for _, g := range d.OfType(awstoken.EC2SecurityGroup) {
			names[g.ID] = g.Name
		}
		for _, res := range d.AWS() {
			paths := referring(res.Token, awstoken.EC2SecurityGroup)
			if len(paths) == 0 || slices.Contains(rulesOfGroups, res.Token) ||
				res.Token == awstoken.EC2VPCEndpoint && res.Get("vpcEndpointType") == "Gateway" { // has routes, no interface
				continue
			}
			want := groupOf[tierOf(d.recorder, res)]
			if want == "" {
				want = "network-" + tierOf(d.recorder, res)
			}
			given := 0
			for _, path := range paths {
				for _, id := range res.Texts(path) {
					given++
					p.is(names[id] == want, "%s: %s has the group %s, want %s: another group has the rules of another tier; "+
						"pass it the group of its tier", res.Name, path, names[id], want)
				}
			}
			p.is(given == 1, "%s has %d security groups, want 1: without one AWS takes the default group, and two add their "+
				"rules", res.Name, given)
		}
	})
}

// The properties above are found by the records. This finds the places by their values, so that a record lacks none.
func TestEveryPlaceOfASubnetOrGroupIsKnownToTheRecords(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		of := map[string]string{}
		for id := range d.subnetsByID(t) {
			of[id] = awstoken.EC2Subnet
		}
		for _, g := range d.OfType(awstoken.EC2SecurityGroup) {
			of[g.ID] = awstoken.EC2SecurityGroup
		}
		for _, res := range d.AWS() {
			eachText("", provider.Plain(res.Checked), func(path, text string) {
				if to := of[text]; to != "" {
					p.is(slices.Contains(referring(res.Token, to), path), "%s.%s names a resource of type %s: add the reference "+
						"to the record of its type in internal/rehearsal/awstypes, so that its place is checked", res.Token, path, to)
				}
			})
		}
	})
}

// eachText visits every text in a value, with its path as harness.Resource.Values takes it.
func eachText(path string, value any, visit func(path, text string)) {
	switch v := value.(type) {
	case string:
		visit(path, v)
	case []any:
		for _, item := range v {
			eachText(path, item, visit)
		}
	case map[string]any:
		for name, item := range v {
			eachText(strings.TrimPrefix(path+"."+name, "."), item, visit)
		}
	}
}
