package awstypes

import (
	"fmt"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// Route53Zone is the type of the hosted zones that exist before the first deployment; the program creates none.
const Route53Zone = "aws:route53/zone:Zone"

// hostedZones are listed because the listings of records and associations need them.
var hostedZones = &Listing{
	Service: "route53", Call: "/2013-04-01/hostedzone", ID: `<Id>/hostedzone/([^<]+)`,
}

func route53Types() []Type {
	toZone := Reference{Path: "zoneId", To: []string{Route53Zone}, By: "id", NotFound: "NoSuchHostedZone"}
	return []Type{
		{Token: Route53Zone, Simulation: Simulation{Global: true, ID: "Z{hex16}"}},
		{
			Token: awstoken.Route53Record,
			Simulation: Simulation{
				Global: true, ID: "{zoneId}_{name}_{type}",
				Duration:   Duration{Create: 40, Update: 40, Delete: 40},
				References: []Reference{toZone},
				Rules: []Rule{{
					Name: "record-in-zone", AWS: Error,
					Refuses: "a name outside the hosted zone",
					Source:  docs + "Route53/latest/APIReference/API_ChangeResourceRecordSets.html",
					Check:   recordInZone,
				}},
				Outputs: func(c *Call) { c.State["fqdn"] = strings.TrimSuffix(c.Text("name"), ".") },
			},
			Provider: Provider{Source: "route53/record"},
			Permissions: &Permissions{
				Read:  actions("route53: GetHostedZone ListResourceRecordSets"),
				Write: actions("route53: ChangeResourceRecordSets GetChange"),
			},
			Listing: &Listing{
				Kind: "record", Service: "route53", Call: "/2013-04-01/hostedzone/{of}/rrset",
				ID: `<ResourceRecordSet>\s*<Name>([^<]+)</Name>\s*<Type>([^<]+)`, Each: hostedZones,
			},
			Example: Values{
				"zoneId": "${hosted-zone}", "name": "app.example.com", "type": "A", "ttl": 60,
				"records": []any{"10.0.0.1"},
			},
		},
		{
			Token: awstoken.Route53ZoneAssociation,
			Simulation: Simulation{
				Global: true, ID: "{zoneId}:{vpcId}",
				Duration:   Duration{Create: 30, Update: 1, Delete: 30},
				References: []Reference{toZone},
				Rules: []Rule{{
					Name: "zone-association-private", AWS: Error,
					Refuses: "a public hosted zone, or a missing VPC",
					Source:  docs + "Route53/latest/APIReference/API_AssociateVPCWithHostedZone.html",
					Check:   privateZone,
				}},
				Outputs: func(c *Call) { c.State["owningAccount"] = c.AccountID },
			},
			Provider: Provider{Source: "route53/zone_association"},
			Permissions: &Permissions{
				Read:  actions("route53: ListHostedZonesByVPC"),
				Write: actions("route53: AssociateVPCWithHostedZone DisassociateVPCFromHostedZone GetChange"),
			},
			Listing: &Listing{
				Kind: "zone association", Service: "route53", Call: "/2013-04-01/hostedzone/{of}",
				ID:   `<VPCId>([^<]+)`,
				Each: hostedZones,
			},
			Example: Values{"zoneId": "${private-zone}", "vpcId": "${vpc.id}"},
		},
		healthCheckType(),
	}
}

func recordInZone(c *Call) error {
	domain := strings.TrimSuffix(fmt.Sprint(c.state(Route53Zone, c.Text("zoneId"))["name"]), ".")
	if name := strings.TrimSuffix(c.Text("name"), "."); name != domain && !strings.HasSuffix(name, "."+domain) {
		return fmt.Errorf("InvalidChangeBatch: RRSet with DNS name %s is not permitted in zone %s", name, domain)
	}
	return nil
}

func privateZone(c *Call) error {
	if c.state(Route53Zone, c.Text("zoneId"))["privateZone"] != true {
		return fmt.Errorf("PublicZoneVPCAssociation: %s is a public hosted zone", c.Text("zoneId"))
	}
	for _, vpc := range c.Store.Resources(awstoken.EC2VPC, "") {
		if vpc.ID == c.Text("vpcId") {
			return nil
		}
	}
	return fmt.Errorf("InvalidVPCId: the VPC %s does not exist", c.Text("vpcId"))
}

var route53LookUps = []LookUp{{
	Token:  "aws:route53/getZone:getZone",
	Source: "route53/zone_data_source",
	Permissions: &Permissions{
		Read: actions("route53: GetHostedZone ListHostedZones ListResourceRecordSets ListTagsForResource"),
	},
	Answer: hostedZone,
}}

// hostedZone finds a zone like the provider: by its id, or otherwise by its name. privateZone selects private zones.
func hostedZone(c *Call) (Values, error) {
	id, name := c.Text("zoneId"), c.Text("name")
	if (id == "") == (name == "") {
		return nil, fmt.Errorf("one of zoneId and name must be given")
	}
	found := c.Find(Route53Zone, func(r *Resource) bool {
		isPrivate := r.State["privateZone"] == true
		hasName := strings.TrimSuffix(fmt.Sprint(r.State["name"]), ".") == strings.TrimSuffix(name, ".")
		return r.ID == id || id == "" && isPrivate == c.isTrue("privateZone") && hasName
	})
	if len(found) != 1 {
		return nil, fmt.Errorf("no matching Route 53 Hosted Zone found")
	}
	zone := found[0]
	return Values{
		"id": zone.ID, "zoneId": zone.ID, "name": zone.State["name"], "privateZone": zone.State["privateZone"] == true,
		"arn": c.Expand("arn:{partition}:route53:::hostedzone/" + zone.ID),
	}, nil
}
