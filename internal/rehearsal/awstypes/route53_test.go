package awstypes_test

import (
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

func route53Cases() []ruleCase {
	return []ruleCase{
		{rule: "record-in-zone", token: awstoken.Route53Record, refused: []refusedRequest{
			{
				why:     "a name of another domain",
				changes: values{"name": "app.example.org"},
				want:    "not permitted in zone example.com",
			},
			{
				why:     "a domain with the zone's name as a mere suffix",
				changes: values{"name": "myexample.com"},
				want:    "not permitted in zone example.com",
			},
		}},
		{rule: "zone-association-private", token: awstoken.Route53ZoneAssociation, refused: []refusedRequest{
			{why: "a public zone", changes: values{"zoneId": simaws.HostedZoneID}, want: "PublicZoneVPCAssociation"},
			{
				why:     "a missing VPC",
				changes: values{"vpcId": "vpc-gone"},
				want:    "the VPC vpc-gone does not exist",
			},
		}},
	}
}
