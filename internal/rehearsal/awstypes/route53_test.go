package awstypes_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// named makes a load balancer with changes, and a record for it.
func named(name string, changes values) func(*world) {
	return func(w *world) {
		w.need(name, awstoken.LBLoadBalancer, with(example(awstoken.LBLoadBalancer), with(values{"name": name}, changes)))
		w.need(name+"-record", awstoken.Route53Record, values{
			"zoneId": simaws.HostedZoneID, "name": name + ".example.com", "type": "A",
			"aliases": []any{values{
				"name": "${" + name + ".dnsName}", "zoneId": "${" + name + ".zoneId}", "evaluateTargetHealth": true,
			}},
		})
	}
}

// Without the list, the health check of a closed load balancer fails; with it, or an open port, it does not.
func TestAHealthCheckNeedsARuleForItsCheckers(t *testing.T) {
	for peer, changes := range map[string]values{
		"the prefix list": {
			"cidrIpv4": nil, "prefixListId": awstypes.PrefixListID(region, "com.amazonaws."+region+".route53-healthchecks"),
		},
		"everybody": {"cidrIpv4": "0.0.0.0/0"},
	} {
		w := newWorld(t)
		named("open", nil)(w)
		w.need("rule", awstoken.EC2SecurityGroupIngressRule, with(example(awstoken.EC2SecurityGroupIngressRule), changes))
		_, err := w.create(awstoken.Route53HealthCheck,
			with(example(awstoken.Route53HealthCheck), values{"fqdn": "open.example.com"}))
		assert.NoError(t, err, peer)
	}
}

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
		{rule: "health-check-arguments", token: awstoken.Route53HealthCheck, refused: []refusedRequest{
			{why: "no endpoint", changes: values{"fqdn": nil}, want: "Either IPAddress or FullyQualifiedDomainName"},
			{
				why: "a text to find in a check that looks for none", changes: values{"searchString": "PING"},
				want: "SearchString and the type HTTPS do not fit",
			},
		}},
		{rule: "health-check-reach", token: awstoken.Route53HealthCheck, refused: []refusedRequest{
			{
				why: "a load balancer that lets nobody in", changes: values{"fqdn": "shut.example.com"},
				prepare: named("shut", nil), want: "lets the prefix list route53-healthchecks in",
			},
			{
				why: "an internal load balancer", changes: values{"fqdn": "inside.example.com"},
				prepare: named("inside", values{"internal": true}), want: "is an internal load balancer",
			},
			{
				why: "a listener with TLS 1.3 alone", changes: values{"fqdn": "modern.example.com"},
				prepare: func(w *world) {
					named("modern", nil)(w)
					w.need("modern-listener", awstoken.LBListener, with(example(awstoken.LBListener), values{
						"loadBalancerArn": "${modern.arn}", "sslPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06",
					}))
				},
				want: "accepts TLS 1.3 only",
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
