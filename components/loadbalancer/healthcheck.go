package loadbalancer

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// pingPath is what the appliance answers while it serves.
const pingPath = "/ping"

// checkerRegions are on three continents: while one is cut off, the others still reach the name. A name is healthy if
// more than 18 percent of the checkers reach it.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
var checkerRegions = []string{"us-west-1", "eu-west-1", "ap-southeast-1"}

const (
	// checkInterval in seconds is that of each checker. They do not coordinate, so that a request comes every few seconds.
	checkInterval = 30
	// checkFailures in a row make the name unhealthy for a checker.
	checkFailures = 3
)

// healthCheck asks the appliance under its name, from the internet. It does not check the certificate: an expired one
// does not fail it.
func (c *LoadBalancer) healthCheck(ctx *pulumi.Context, name string, args *Args) error {
	if !args.HealthCheck {
		return nil
	}
	needs := slices.Concat(c.Ready, args.Entrance)
	made, err := route53.NewHealthCheck(ctx, naming.Child(name, "health-check"), &route53.HealthCheckArgs{
		Type:             pulumi.String("HTTPS"),
		Fqdn:             pulumi.String(args.DNS.HostName),
		EnableSni:        pulumi.Bool(true),
		Port:             pulumi.Int(Port),
		ResourcePath:     pulumi.String(pingPath),
		RequestInterval:  pulumi.Int(checkInterval),
		FailureThreshold: pulumi.Int(checkFailures),
		Regions:          pulumi.ToStringArray(checkerRegions),
		// The console shows health checks by this tag.
		Tags: pulumi.StringMap{"Name": pulumi.String(args.DNS.HostName)},
	}, pulumi.Parent(c), pulumi.DependsOn(needs))
	if err != nil {
		return fmt.Errorf("create the health check: %w", err)
	}
	c.healthCheckID = made.ID().ToStringOutput()
	return nil
}

const (
	healthCheckPage = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-health-checks.html"
	stateChangePage = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"
)

// unreachable is the name of the alarm on the health check.
const unreachable = "unreachable"

// reachFact pages when nobody on the internet is served.
func reachFact() alarm.Fact {
	return alarm.Fact{
		Name: unreachable, Aspect: alarm.Errors, Health: true, Severity: alarm.Page, Outage: true, Essential: true,
		Global: true,
		Metrics: []alarm.Metric{{
			Namespace: "AWS/Route53", Name: "HealthCheckStatus", Statistic: "Minimum",
			Dimensions: map[string]alarm.Dimension{"HealthCheckId": alarm.Of(healthCheckRole)},
		}},
		Comparison: alarm.Below, Threshold: 1, Unit: "status, 1 is healthy and 0 is not", Window: alarm.For(3, 60),
		Missing: alarm.Unknown, WhyMissing: "the health check is disabled, or Route 53 does not measure",
		Meaning: "The appliance does not answer at its name from the internet.",
		Action: "Open https://<dns.hostName>/ping from outside your network. If loadbalancer-no-node is on too, follow " +
			"it. If not, the way is broken: compare the DNS record with the load balancer, look for its events in AWS " +
			"Health, and check that the web ACL and the security group let the health checkers in. " +
			"`aws route53 get-health-check-last-failure-reason` tells what each checker got.",
		Source: healthCheckPage,
	}
}

// reachEvents are what the alarm on the health check sends from another region.
func reachEvents() []alarm.Event {
	action := reachFact().Action
	return []alarm.Event{
		{
			Name: "not-reached", Severity: alarm.Page, Essential: true,
			Fields: alarm.StateChange(alarm.StateRole(tierName, unreachable), "ALARM"),
			Meaning: "The appliance does not answer at its name from the internet: the alarm in " + alarm.GlobalRegion +
				" is on.",
			Action: action,
			Source: stateChangePage,
		},
		{
			Name: "reached-again", Severity: alarm.Page, Essential: true,
			// A new alarm becomes OK too, which is no news.
			Fields: alarm.StateChange(alarm.StateRole(tierName, unreachable), "OK", "ALARM"),
			Meaning: "The appliance answers at its name from the internet again: the alarm in " + alarm.GlobalRegion +
				" is off.",
			Action: "Close the incident.",
			Source: stateChangePage,
		},
	}
}
