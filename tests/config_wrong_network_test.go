package tests

import (
	"fmt"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

const transitGateway = "tgw-0123456789abcdef0"

// egress returns a row of network.extraEgress with changes. Nodes reach its public addresses through NAT gateways.
func egress(changes map[string]any) map[string]any {
	out := map[string]any{"cidr": "198.51.100.0/24", "fromPort": 22, "why": "SSH to managed machines"}
	for k, v := range changes {
		out[k] = v
	}
	return out
}

func oneEgress(name, key string, value any, problem string) wrong {
	return one(name, "network.extraEgress", []any{egress(map[string]any{key: value})},
		"network.extraEgress[0]."+key+": must be "+problem)
}

func oneRoute(name string, route map[string]any, problem string) wrong {
	return one(name, "network.routes", []any{route}, "network.routes[0]"+problem)
}

func manyEgress(n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = egress(map[string]any{"fromPort": i + 1})
	}
	return out
}

func manyRoutes(n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = map[string]any{"cidr": fmt.Sprintf("10.50.%d.0/24", i), "transitGatewayId": transitGateway}
	}
	return out
}

func proxy(url, cidr string) overrides {
	return overrides{"network.proxy.url": url, "network.proxy.cidr": cidr}
}

// wrongReach are cases about destinations that nodes reach, and the routes to them.
var wrongReach = []wrong{
	one("scheme", "loadBalancer.scheme", "public",
		`loadBalancer.scheme: must be one of internet-facing, internal, got "public"`),
	{
		name: "internal clients with reserved addresses",
		over: overrides{
			"loadBalancer.scheme":        "internal",
			"monitoring.healthCheck":     false,
			"network.allowedClientCidrs": []any{"10.0.0.0/8", "127.0.0.0/8"},
		},
		problems: []string{
			`network.allowedClientCidrs[1]: must be a range that clients can have addresses of, got "127.0.0.0/8"`,
		},
	},
	{
		name: "internal clients from 0.0.0.0/0",
		over: overrides{
			"loadBalancer.scheme": "internal", "monitoring.healthCheck": false,
			"network.allowedClientCidrs": []any{"0.0.0.0/0"},
		},
		problems: []string{
			`network.allowedClientCidrs[0]: must be a range of /8 or longer, got "0.0.0.0/0"`,
		},
	},

	{name: "no route to the packages", over: overrides{"network.natGateways": "none"}, problems: []string{
		`morpheus.packageUrl: must be s3://<bucket>/<key> with network.natGateways none, got "https://`,
		`cluster.imageId: must be an image of your own with network.natGateways none, unless network.proxy.url is ` +
			`given, got "" (Canonical's`,
	}},
	{
		name: "no route to the supplemental package",
		over: overrides{
			"network.natGateways": "none", "cluster.imageId": simaws.ImageID,
			"morpheus.packageUrl": mirror, "morpheus.supplementalSha256": noDigest,
			"morpheus.supplementalUrl": "https://downloads.example.com/morpheus-appliance-supplemental_8.0.7-1_all.deb",
		},
		problems: []string{
			`morpheus.supplementalUrl: must be s3://<bucket>/<key> with network.natGateways none, got "https://`,
		},
	},
	{
		name: "no route to AWS",
		over: overrides{
			"network.natGateways":        "none",
			"network.interfaceEndpoints": false,
			"cluster.imageId":            simaws.ImageID,
			"morpheus.packageUrl":        mirror,
		},
		problems: []string{
			`network.interfaceEndpoints: must be true with network.natGateways none, got false (nothing else leads to ` +
				`AWS's services)`,
		},
	},
	one("bucket in capitals", "morpheus.packageUrl", "s3://Packages/morpheus-appliance_8.0.7-1_amd64.deb",
		`morpheus.packageUrl: must be s3://<bucket>/<key>, with the name of a bucket`),
	one("object with a wildcard", "morpheus.packageUrl", "s3://packages/*/morpheus-appliance_8.0.7-1_amd64.deb",
		`morpheus.packageUrl: must be s3://<bucket>/<key>, with the name of a bucket`),
	one("object with a version", "morpheus.packageUrl", mirror+"?versionId=1",
		`morpheus.packageUrl: must be s3://<bucket>/<key>, with the name of a bucket`),
	one("object of another release", "morpheus.packageUrl", "s3://packages/morpheus-appliance_8.0.6-1_amd64.deb",
		`morpheus.packageUrl: must be a file of version 8.0.7, got "s3://`),

	{
		name: "proxy without range",
		over: proxy("http://proxy.example.com:3128", ""),
		problems: []string{
			`network.proxy.cidr: must be given with network.proxy.url, got ""`,
		},
	},
	{
		name: "range without proxy",
		over: proxy("", "198.51.100.0/24"),
		problems: []string{
			`network.proxy.url: must be given with network.proxy.cidr, got ""`,
		},
	},
	{
		name: "proxy with a password",
		over: proxy("http://me:secret@proxy.example.com:3128", "198.51.100.0/24"),
		problems: []string{
			`network.proxy.url: must be http://<host>:<port> and nothing more, got "a URL with credentials" (`,
		},
	},
	{
		name: "proxy without port",
		over: proxy("http://proxy.example.com", "198.51.100.0/24"),
		problems: []string{
			`network.proxy.url: must be http://<host>:<port> and nothing more, got "http://proxy.example.com"`,
		},
	},
	{
		name: "proxy with an empty label",
		over: proxy("http://proxy..example.com:3128", "198.51.100.0/24"),
		problems: []string{
			`network.proxy.url: must be http://<host>:<port> and nothing more`,
		},
	},
	{
		name: "proxy with a long name",
		over: proxy("http://"+strings.Repeat(strings.Repeat("p", 60)+".", 5)+"example.com:3128", "198.51.100.0/24"),
		problems: []string{
			`network.proxy.url: must be a URL of at most 256 characters, got "http://ppp`,
		},
	},
	{
		name: "proxy with too high a port",
		over: proxy("http://proxy.example.com:65536", "198.51.100.0/24"),
		problems: []string{
			`network.proxy.url: must be http://<host>:<port> and nothing more`,
		},
	},
	{
		name: "proxy outside its range",
		over: proxy("http://203.0.113.5:3128", "198.51.100.0/24"),
		problems: []string{
			`network.proxy.url: must be an address in network.proxy.cidr 198.51.100.0/24, got "http://203.0.113.5:3128"`,
		},
	},
	{
		name: "proxy without a route",
		over: proxy("http://10.50.0.5:3128", "10.50.0.0/24"),
		problems: []string{
			`network.proxy.cidr: must be a range in one of network.routes, or of public addresses, got "10.50.0.0/24" ` +
				`(NAT gateways do not lead`,
		},
	},
	{
		name: "proxy everywhere",
		over: proxy("http://10.50.0.5:3128", "0.0.0.0/0"),
		problems: []string{
			`network.proxy.cidr: must be a range of /8 or longer, or empty for none, got "0.0.0.0/0"`,
		},
	},

	oneEgress("egress to 0.0.0.0/0", "cidr", "0.0.0.0/0",
		`a range of /8 or longer, got "0.0.0.0/0" (the nodes reach what is named, not everything)`),
	oneEgress("egress to half of all addresses", "cidr", "128.0.0.0/1", `a range of /8 or longer, got "128.0.0.0/1"`),
	oneEgress("egress with host bits", "cidr", "198.51.100.7/24", `198.51.100.0/24, got "198.51.100.7/24"`),
	oneEgress("egress to IPv6", "cidr", "2001:db8::/32", `an IPv4 range such as 10.50.0.0/16, got "2001:db8::/32"`),
	oneEgress("egress to the metadata service", "cidr", "169.254.169.254/32",
		`a range that hosts can have addresses of, got "169.254.169.254/32"`),
	oneEgress("egress into the VPC", "cidr", "10.20.64.0/20",
		`a range outside the VPC, got "10.20.64.0/20" (the traffic inside is the program's`),
	oneEgress("egress without a route", "cidr", "10.50.0.0/16",
		`a range in one of network.routes, or of public addresses, got "10.50.0.0/16"`),
	oneEgress("port 0", "fromPort", 0, `1..65535, got 0`),
	oneEgress("port too high", "fromPort", 65536, `1..65535, got 65536`),
	oneEgress("ports in the wrong order", "toPort", 21, `at least fromPort, 22, got 21`),
	oneEgress("protocol", "protocol", "icmp", `one of tcp, udp, or empty for tcp, got "icmp"`),
	oneEgress("no reason", "why", "", `1..255 letters, digits, spaces`),
	oneEgress("reason with characters that AWS refuses", "why", "Zoë's", `1..255 letters, digits, spaces`),
	one("the same egress twice", "network.extraEgress",
		[]any{egress(nil), egress(map[string]any{"toPort": 22, "protocol": "tcp"})},
		`network.extraEgress[1].cidr: must be a range and ports that are not allowed already`),
	{name: "egress to the proxy", over: overrides{
		"network.proxy.url": "http://198.51.100.5:22", "network.proxy.cidr": "198.51.100.0/24", "network.extraEgress": []any{
			egress(nil),
		},
	}, problems: []string{`network.extraEgress[0].cidr: must be a range and ports that are not allowed already, ` +
		`got "198.51.100.0/24" (AWS refuses the same rule twice)`}},
	one("too many egress rows", "network.extraEgress", manyEgress(41),
		`network.extraEgress: must be at most 40 rows, got 41 (a security group takes 60 rules)`),
	{
		name: "egress without NAT gateways",
		over: overrides{
			"network.natGateways": "none",
			"cluster.imageId":     simaws.ImageID,
			"morpheus.packageUrl": mirror,
			"network.extraEgress": []any{egress(nil)},
		},
		problems: []string{
			`network.extraEgress[0].cidr: must be a range in one of network.routes, got "198.51.100.0/24" (nothing else ` +
				`leads out of a VPC without NAT gateways)`,
		},
	},

	oneRoute("route to everywhere", map[string]any{"cidr": "0.0.0.0/0", "transitGatewayId": transitGateway},
		`.cidr: must be a range of /8 or longer, got "0.0.0.0/0"`),
	oneRoute("route to the VPC", map[string]any{"cidr": "10.20.0.0/16", "transitGatewayId": transitGateway},
		`.cidr: must be a range outside the VPC's 10.20.0.0/16, got "10.20.0.0/16" (AWS refuses`),
	oneRoute("route into the VPC", map[string]any{"cidr": "10.20.4.0/24", "transitGatewayId": transitGateway},
		`.cidr: must be a range outside the VPC's 10.20.0.0/16, got "10.20.4.0/24"`),
	oneRoute("route without a target", map[string]any{"cidr": "10.50.0.0/16"},
		`: must be a route by either transitGatewayId or peeringConnectionId, got {"cidr":"10.50.0.0/16"}`),
	oneRoute("route with two targets", map[string]any{
		"cidr": "10.50.0.0/16", "transitGatewayId": transitGateway, "peeringConnectionId": "pcx-0123456789abcdef0",
	},
		`: must be a route by either`),
	oneRoute("route to a gateway by name", map[string]any{"cidr": "10.50.0.0/16", "transitGatewayId": "hub"},
		`.transitGatewayId: must be the id of a transit gateway, such as tgw-0123456789abcdef0, or empty with `+
			`peeringConnectionId, got "hub"`),
	oneRoute("route to a VPC", map[string]any{"cidr": "10.50.0.0/16", "peeringConnectionId": "vpc-0123456789abcdef0"},
		`.peeringConnectionId: must be the id of a peering connection, such as pcx-0123456789abcdef0, or empty with `+
			`transitGatewayId, got "vpc-`),
	one("route twice", "network.routes", append(manyRoutes(1), manyRoutes(1)...),
		`network.routes[1].cidr: must be a range that is not in the list already`),
	one("too many routes", "network.routes", manyRoutes(41),
		`network.routes: must be at most 40, got 41 (a route table takes 50)`),
}

const mirror = "s3://packages/morpheus/morpheus-appliance_8.0.7-1_amd64.deb"

// supplemental is the vendor's supplemental package; noDigest has the form of a SHA-256.
const (
	supplemental = "s3://packages/morpheus/morpheus-appliance-supplemental_8.0.7-1_all.deb"
	noDigest     = "0000000000000000000000000000000000000000000000000000000000000000"
)

// existing returns the overrides for prod in an existing VPC, with changes.
func existing(changes overrides) overrides {
	ids := func(tier string) []any {
		return []any{
			simaws.ExistingSubnetID(tier, 'a'), simaws.ExistingSubnetID(tier, 'b'),
			simaws.ExistingSubnetID(tier, 'c'),
		}
	}
	out := overrides{
		"network.cidr": "", "network.natGateways": "existing", "network.existing.vpcId": simaws.ExistingVpcID,
		"network.existing.dedicated":       true,
		"network.existing.publicSubnetIds": ids("public"), "network.existing.applicationSubnetIds": ids("application"),
		"network.existing.dataSubnetIds": ids("data"),
	}
	for k, v := range changes {
		out[k] = v
	}
	return out
}

func oneExisting(name, key string, value any, problems ...string) wrong {
	return wrong{name: name, over: existing(overrides{key: value}), problems: problems}
}

var (
	applicationA = simaws.ExistingSubnetID("application", 'a')
	dataA        = simaws.ExistingSubnetID("data", 'a')
)

// wrongExisting are cases about an existing VPC.
var wrongExisting = []wrong{
	one("subnets without their VPC", "network.existing.dataSubnetIds", []any{dataA},
		`network.existing.dataSubnetIds: must be left out without network.existing.vpcId, got ["`+dataA+`"] (the `+
			`subnets of a new VPC are made with it)`),
	oneExisting("VPC by name", "network.existing.vpcId", "main",
		`network.existing.vpcId: must be the id of a VPC, such as vpc-0123456789abcdef0, or empty to have one made, `+
			`got "main"`),
	oneExisting("endpoints for a whole VPC", "network.existing.dedicated", false,
		`network.interfaceEndpoints: must be false with network.existing.vpcId, unless network.existing.dedicated is true, `+
			`got true (the endpoints answer for every workload in the VPC, but their security group admits this stack's `+
			`nodes only)`),
	one("a new VPC that is dedicated", "network.existing.dedicated", true,
		`network.existing.dedicated: must be left out or false without network.existing.vpcId, got true (a new VPC has `+
			`nothing else in it)`),
	oneExisting("range of an existing VPC", "network.cidr", "10.80.0.0/16",
		`network.cidr: must be left out or empty with network.existing.vpcId, got "10.80.0.0/16" (the given VPC has `+
			`its range)`),
	oneExisting("gateways in an existing VPC", "network.natGateways", "per-zone",
		`network.natGateways: must be one of existing, none, got "per-zone" (the ways out of a given VPC are its owner's)`),
	oneExisting("routes in an existing VPC", "network.routes", manyRoutes(1),
		`network.routes: must be left out with network.existing.vpcId, got 1 (the routes of a given VPC are its owner's)`),
	oneExisting("too few subnets", "network.existing.dataSubnetIds", []any{dataA},
		`network.existing.dataSubnetIds: must be 3 subnets, one in each of network.availabilityZones, got ["`+dataA+`"]`),
	oneExisting("no subnets", "network.existing.applicationSubnetIds", []any{},
		`network.existing.applicationSubnetIds: must be 3 subnets, one in each of network.availabilityZones, got []`),
	oneExisting("subnet by name", "network.existing.dataSubnetIds",
		[]any{dataA, "data-b", simaws.ExistingSubnetID("data", 'c')},
		`network.existing.dataSubnetIds[1]: must be the id of a subnet, such as subnet-0123456789abcdef0, got "data-b"`),
	oneExisting("subnet twice", "network.existing.dataSubnetIds",
		[]any{dataA, dataA, simaws.ExistingSubnetID("data", 'c')},
		`network.existing.dataSubnetIds[1]: must be a subnet that is not in the list already, got "`+dataA+`"`),
	oneExisting("subnet of two tiers", "network.existing.dataSubnetIds",
		[]any{dataA, simaws.ExistingSubnetID("data", 'b'), applicationA},
		`network.existing.dataSubnetIds[2]: must be a subnet of this list alone, got "`+applicationA+`" (it is in `+
			`network.existing.applicationSubnetIds too`),
	{name: "no route to AWS from an existing VPC", over: existing(overrides{
		"network.natGateways": "none", "network.interfaceEndpoints": false,
		"cluster.imageId": simaws.ImageID, "morpheus.packageUrl": mirror,
		"network.extraEgress": []any{egress(nil)},
	}), problems: []string{"network.interfaceEndpoints: must be true with network.natGateways none, or a row of " +
		"network.extraEgress to port 443 of your endpoints, got false"}},
	{
		name: "public subnets of an internal load balancer",
		over: existing(overrides{"loadBalancer.scheme": "internal", "monitoring.healthCheck": false}),
		problems: []string{
			`network.existing.publicSubnetIds: must be left out with loadBalancer.scheme internal, got [`,
		},
	},
}
