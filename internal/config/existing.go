package config

import (
	"fmt"
	"regexp"

	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// Existing is an existing VPC, used instead of a new one when VpcID is given.
type Existing struct {
	VpcID                string   `json:"vpcId"`
	PublicSubnetIDs      []string `json:"publicSubnetIds"`
	ApplicationSubnetIDs []string `json:"applicationSubnetIds"`
	DataSubnetIDs        []string `json:"dataSubnetIds"`
	Dedicated            bool     `json:"dedicated"`
}

var (
	vpcID    = regexp.MustCompile(`^vpc-[0-9a-f]{8,17}$`)
	subnetID = regexp.MustCompile(`^subnet-[0-9a-f]{8,17}$`)
)

// isSubnet is a subnet of a list, and whyOnce why the list has it once.
var isSubnet = Text{Is: "the id of a subnet, such as subnet-0123456789abcdef0", Pattern: subnetID}

const whySubnetOnce = "each zone has one subnet of each tier"

var existingRows = []Row{
	{
		Key:   "network.existing.vpcId",
		Limit: Text{Is: "the id of a VPC, such as vpc-0123456789abcdef0", Pattern: vpcID},
		Empty: "to have one made",
	},
	{Key: "network.existing.publicSubnetIds", Limit: List{}},
	{Key: "network.existing.publicSubnetIds[]", Limit: isSubnet, Once: "a subnet", WhyOnce: whySubnetOnce},
	{Key: "network.existing.applicationSubnetIds", Limit: List{}},
	{Key: "network.existing.applicationSubnetIds[]", Limit: isSubnet, Once: "a subnet", WhyOnce: whySubnetOnce},
	{Key: "network.existing.dataSubnetIds", Limit: List{}},
	{Key: "network.existing.dataSubnetIds[]", Limit: isSubnet, Once: "a subnet", WhyOnce: whySubnetOnce},
	{Key: "network.existing.dedicated", Limit: Flag{}},
}

var existingRules = []Rule{
	{
		Keys: []string{
			"network.existing.publicSubnetIds", "network.existing.applicationSubnetIds", "network.existing.dataSubnetIds",
		},
		Needs: []string{"network.existing.vpcId", "network.availabilityZones", "loadBalancer.scheme"},
		Says:  "one for each of network.availabilityZones, each in one list only; empty without network.existing.vpcId",
		check: (*Config).checkGivenSubnets,
	},
	{
		Keys:  []string{"network.interfaceEndpoints", "network.existing.dedicated"},
		Needs: []string{"network.existing.vpcId"},
		Says:  "no endpoints in an existing VPC unless network.existing.dedicated says that nothing else is in it",
		check: (*Config).checkDedicated,
	},
}

// Given reports whether the configuration names an existing VPC.
func (n *Network) Given() bool { return n.Existing.VpcID != "" }

// GivenSubnets is a list of subnet IDs in the configuration.
type GivenSubnets struct {
	Layer subnets.Layer
	Key   string
	IDs   []string
}

// GivenSubnets are the lists of subnet IDs of an existing VPC, one for each layer.
func (n *Network) GivenSubnets() []GivenSubnets {
	return []GivenSubnets{
		{Layer: subnets.Public, Key: "network.existing.publicSubnetIds", IDs: n.Existing.PublicSubnetIDs},
		{Layer: subnets.Application, Key: "network.existing.applicationSubnetIds", IDs: n.Existing.ApplicationSubnetIDs},
		{Layer: subnets.Data, Key: "network.existing.dataSubnetIds", IDs: n.Existing.DataSubnetIDs},
	}
}

// checkGivenSubnets looks at the IDs alone; what they stand for is looked up in the account later.
func (c *Config) checkGivenSubnets(p *Problems) {
	listOf := map[string]string{} // the list that has an ID
	for _, t := range c.Network.GivenSubnets() {
		if !c.checkSubnetCount(p, t) {
			continue
		}
		for i, id := range t.IDs {
			other := listOf[id]
			if key := fmt.Sprintf("%s[%d]", t.Key, i); other != "" && other != t.Key && !p.anyRefused(key) {
				p.Add(key, id, "a subnet of this list alone",
					"it is in "+other+" too, and the routes of one are wrong for the other")
			}
			listOf[id] = t.Key
		}
	}
}

// checkSubnetCount reports whether the stack uses the subnets of a list.
func (c *Config) checkSubnetCount(p *Problems, t GivenSubnets) bool {
	switch want := c.zones(); {
	case !c.Network.Given():
		if len(t.IDs) > 0 {
			p.Add(t.Key, t.IDs, "left out without network.existing.vpcId", "the subnets of a new VPC are made with it")
		}
		return false
	case t.Layer == subnets.Public && c.InternalOnly():
		if len(t.IDs) > 0 {
			p.Add(t.Key, t.IDs, "left out with loadBalancer.scheme internal", "nothing would stand in them")
		}
		return false
	case len(t.IDs) != want:
		p.Add(t.Key, t.IDs, fmt.Sprintf("%d subnets, one in each of network.availabilityZones", want), "")
	}
	return true
}

func (c *Config) checkDedicated(p *Problems) {
	const key = "network.existing.dedicated"
	switch dedicated := c.Network.Existing.Dedicated; {
	case dedicated && !c.Network.Given():
		p.Add(key, true, "left out or false without network.existing.vpcId", "a new VPC has nothing else in it")
	case c.Network.Given() && c.Network.InterfaceEndpoints && !dedicated:
		p.Add("network.interfaceEndpoints", true, "false with network.existing.vpcId, unless "+key+" is true",
			"the endpoints answer for every workload in the VPC, but their security group admits this stack's nodes only")
	}
}
