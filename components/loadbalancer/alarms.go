package loadbalancer

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// Roles of the outputs that name the metrics' dimensions.
const (
	balancerRole    = "loadBalancer"
	targetsRole     = "targetGroup"
	certificateRole = "certificate"
	healthCheckRole = "healthCheck"
)

// tierName is the name of the tier in alarms and their runbooks.
const tierName = "loadbalancer"

const (
	namespace     = "AWS/ApplicationELB"
	metricsPage   = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"
	acmMetricPage = "https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html"

	// fewErrors in a minute are no reason to alarm, whatever percent of the requests they are.
	fewErrors = "10"
	// ACM renews a validated certificate 30 days and more before its end, and an imported one never.
	renewalDays, importedDays = 20, 44

	onlyWithRequests = "reported while there are such requests only"
)

// Alarms of the load balancer, in some zones of a region, with at least so many nodes behind it.
func Alarms(settings config.LoadBalancer, m config.Monitoring, region string, zones []string, nodes int) alarm.Tier {
	tier := alarm.Tier{Name: tierName, Events: events(), Gaps: []alarm.Gap{{
		Aspect: alarm.Utilisation,
		Why:    "AWS adds capacity to a load balancer by itself; the nodes' use is in the tier cluster",
	}}}
	tier.Facts = append(tier.Facts, healthFacts()...)
	tier.Facts = append(tier.Facts, requestFacts(m)...)
	if nodes >= len(zones) {
		for _, zone := range zones {
			tier.Facts = append(tier.Facts, zoneFact(zone))
		}
	}
	tier.Facts = append(tier.Facts, certificateFact(settings))
	if m.HealthCheck {
		tier.Facts = append(tier.Facts, reachFact())
		if region != alarm.GlobalRegion {
			tier.Events = append(tier.Events, reachEvents()...)
		}
	}
	return tier
}

// Dimensions are the outputs that name the metrics, by role.
func (c *LoadBalancer) Dimensions() map[string]pulumi.StringInput {
	out := map[string]pulumi.StringInput{
		balancerRole: c.ArnSuffix, targetsRole: c.TargetGroupArnSuffix, certificateRole: c.CertificateArn,
	}
	if c.healthCheckID != nil {
		out[healthCheckRole] = c.healthCheckID
	}
	return out
}

func ofBalancer() map[string]alarm.Dimension {
	return map[string]alarm.Dimension{"LoadBalancer": alarm.Of(balancerRole)}
}

func ofTargets() map[string]alarm.Dimension {
	return map[string]alarm.Dimension{"LoadBalancer": alarm.Of(balancerRole), "TargetGroup": alarm.Of(targetsRole)}
}

func healthFacts() []alarm.Fact {
	return []alarm.Fact{
		{
			Name: "no-node", Aspect: alarm.Errors, Health: true, Severity: alarm.Page, Outage: true, Essential: true,
			Metrics: []alarm.Metric{{
				Namespace: namespace, Name: "HealthyHostCount", Statistic: "Minimum", Dimensions: ofTargets(),
			}},
			Comparison: alarm.Below, Threshold: 1, Unit: "healthy nodes", Window: alarm.For(3, 60),
			Missing: alarm.Breaching, WhyMissing: "a group without targets has no data",
			Meaning: "No node answers the health check: nobody is served.",
			Action: "Look at which other alarm fired first: a back end that is down takes all nodes with it. If only nodes " +
				"are affected, see docs/nodes.md, \"When a boot fails\" and \"Repair while nobody is served\".",
			Source: metricsPage,
		},
		{
			Name: "connections-refused", Aspect: alarm.Saturation, Severity: alarm.Page,
			Metrics: []alarm.Metric{{
				Namespace: namespace, Name: "RejectedConnectionCount", Statistic: "Sum", Dimensions: ofBalancer(),
			}},
			Comparison: alarm.Above, Threshold: 0, Unit: "connections a minute",
			Window:  alarm.Window{Period: 60, Breaching: 3, Periods: 5},
			Missing: alarm.NotBreaching, WhyMissing: onlyWithRequests,
			Meaning: "The load balancer refuses connections, because it has as many as it takes.",
			Action: "Look in the access logs for one client with most connections, and block its range in " +
				"network.allowedClientCidrs or a web ACL. If the load is real, open a case with AWS for more capacity.",
			Source: metricsPage,
		},
	}
}

// failing is the percent of requests that fail; few errors count as none.
const failing = "IF(FILL(errors,0)>" + fewErrors + ",100*FILL(errors,0)/(FILL(requests,0)+FILL(errors,0)),0)"

func requestFacts(m config.Monitoring) []alarm.Fact {
	window := alarm.Window{Period: 60, Breaching: 3, Periods: 5}
	return []alarm.Fact{
		{
			Name: "own-errors", Aspect: alarm.Errors, Health: true, Severity: alarm.Page, Essential: true,
			Metrics: []alarm.Metric{
				{ID: "errors", Namespace: namespace, Name: "HTTPCode_ELB_5XX_Count", Statistic: "Sum", Dimensions: ofBalancer()},
				{ID: "requests", Namespace: namespace, Name: "RequestCount", Statistic: "Sum", Dimensions: ofBalancer()},
			},
			Expression: failing, Comparison: alarm.Above, Threshold: float64(m.ErrorPercent),
			Unit: "percent of requests, more than " + fewErrors + " of them", Setting: "monitoring.errorPercent",
			Window: window, Missing: alarm.NotBreaching, WhyMissing: onlyWithRequests,
			Meaning: "The load balancer answers with 5xx itself: nodes do not answer, or too late.",
			Action: "Look in the access logs at the status of the target: \"-\" means that no node took the request, 504 that it " +
				"took longer than loadBalancer.idleTimeoutSeconds. Compare with the nodes' CPU and the back ends' alarms.",
			Source: metricsPage,
		},
		{
			Name: "node-errors", Aspect: alarm.Errors, Health: true, Severity: alarm.Page, Essential: true,
			Metrics: []alarm.Metric{
				{ID: "errors", Namespace: namespace, Name: "HTTPCode_Target_5XX_Count", Statistic: "Sum", Dimensions: ofTargets()},
				{ID: "requests", Namespace: namespace, Name: "RequestCount", Statistic: "Sum", Dimensions: ofTargets()},
			},
			Expression: failing, Comparison: alarm.Above, Threshold: float64(m.ErrorPercent),
			Unit: "percent of requests, more than " + fewErrors + " of them", Setting: "monitoring.errorPercent",
			Window: window, Missing: alarm.NotBreaching, WhyMissing: onlyWithRequests,
			Meaning: "Nodes answer with 5xx: the appliance fails.",
			Action: "Run the saved queries failed-requests and appliance-errors from the time of the " +
				"alarm. An error of a back end names the tier; its alarms say more.",
			Source: metricsPage,
		},
		{
			Name: "slow", Aspect: alarm.Latency, Health: true, Severity: alarm.Ticket,
			Metrics: []alarm.Metric{{
				Namespace: namespace, Name: "TargetResponseTime", Statistic: "p99", Dimensions: ofTargets(),
			}},
			Comparison: alarm.Above, Threshold: float64(m.LatencySeconds), Unit: "seconds",
			Setting: "monitoring.latencySeconds", Window: alarm.For(3, 300),
			Missing: alarm.NotBreaching, WhyMissing: onlyWithRequests,
			Meaning: "One request in a hundred takes longer than the stack's goal.",
			Action: "Find the slow paths in the access logs. Compare with the nodes' CPU, and with the commit latency of the " +
				"database and the search latency.",
			Source: metricsPage,
		},
		{
			Name: "node-connections", Aspect: alarm.Errors, Severity: alarm.Ticket,
			Metrics: []alarm.Metric{{
				Namespace: namespace, Name: "TargetConnectionErrorCount", Statistic: "Sum", Dimensions: ofTargets(),
			}},
			Comparison: alarm.Above, Threshold: 5, Unit: "connections a minute", Window: alarm.For(5, 60),
			Missing: alarm.NotBreaching, WhyMissing: onlyWithRequests,
			Meaning: "The load balancer cannot connect to a node that its health check counts as healthy.",
			Action: "Find the node in the access logs. If its nginx has too many connections, add nodes; otherwise terminate the " +
				"node, and the group replaces it.",
			Source: metricsPage,
		},
	}
}

// zoneFact lasts longer than a node takes to be replaced in its zone.
func zoneFact(zone string) alarm.Fact {
	dimensions := ofTargets()
	dimensions["AvailabilityZone"] = alarm.Is(zone)
	return alarm.Fact{
		Name: "zone", Key: zone, Aspect: alarm.Redundancy, Severity: alarm.Page,
		Metrics: []alarm.Metric{{
			Namespace: namespace, Name: "HealthyHostCount", Statistic: "Minimum", Dimensions: dimensions,
		}},
		Comparison: alarm.Below, Threshold: 1, Unit: "healthy nodes", Window: alarm.For(12, 300),
		Missing: alarm.Breaching, WhyMissing: "a zone without targets has no data",
		Meaning: "A zone has had no healthy node for an hour: the loss of another zone takes nodes that are needed.",
		Action: "Look at the activities of the auto scaling group: it says why it launches no node in the zone, such as a lack " +
			"of capacity or a failed boot. AWS Health names a zone that is in trouble.",
		Source: metricsPage,
	}
}

func certificateFact(settings config.LoadBalancer) alarm.Fact {
	days := renewalDays
	if settings.CertificateArn != "" {
		days = importedDays
	}
	return alarm.Fact{
		Name: "certificate", Aspect: alarm.Errors, Severity: alarm.Ticket, Essential: true,
		Metrics: []alarm.Metric{{
			Namespace: "AWS/CertificateManager", Name: "DaysToExpiry", Statistic: "Minimum",
			Dimensions: map[string]alarm.Dimension{"CertificateArn": alarm.Of(certificateRole)},
		}},
		Comparison: alarm.AtMost, Threshold: float64(days), Unit: "days", Window: alarm.For(1, 86400),
		Missing: alarm.Ignore, WhyMissing: "sent twice a day, first within a day of the issue, and no longer after the end",
		Meaning: "The certificate ends soon. After that, no client connects.",
		Action: "ACM renews its own certificate while the validation record exists: run `pulumi refresh`, then `pulumi up`. " +
			"Import a new version of a certificate that ACM does not renew under the same ARN.",
		Source: acmMetricPage,
	}
}
