package cluster

import (
	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

const filterPage = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html"

var filters = []alarm.Filter{
	// What boot/parts/diagnostics.sh logs once for each boot that fails.
	{Name: "cluster-boots-failed", Group: alarm.Of(alarm.NodeLogsRole), Pattern: `"boot FAILED at step"`},
	// The level in a line of the appliance, which its logging library sets between spaces. The lines of a stack trace do
	// not have it.
	{Name: "cluster-appliance-errors", Group: alarm.Of(alarm.NodeLogsRole), Pattern: `" ERROR "`},
}

func logFacts(m config.Monitoring, metricNamespace string) []alarm.Fact {
	return []alarm.Fact{
		{
			Name: "boot-failed", Aspect: alarm.Errors, Severity: alarm.Ticket, Essential: true,
			Metrics:    alarm.Logged(metricNamespace, filters[0].Name),
			Comparison: alarm.Above, Threshold: 0, Unit: "failed boots in five minutes", Window: alarm.For(1, 300),
			Missing: alarm.NotBreaching, WhyMissing: "no node logs anything, which loadbalancer-no-node pages",
			Meaning: "The boot of a node has failed. The group replaces it; cluster-too-few-nodes pages if that does not help.",
			Action: "Run the saved query failed-boots, or read the report; docs/nodes.md, \"When a boot fails\", has the " +
				"commands.",
			Source: filterPage,
		},
		{
			Name: "appliance-errors", Aspect: alarm.Errors, Severity: alarm.Ticket,
			Metrics:    alarm.Logged(metricNamespace, filters[1].Name),
			Comparison: alarm.Above, Threshold: float64(m.ApplianceErrors), Unit: "errors in five minutes",
			Setting: "monitoring.applianceErrors", Window: alarm.For(3, 300),
			Missing: alarm.NotBreaching, WhyMissing: "no node logs anything, which loadbalancer-no-node pages",
			Meaning: "The appliance logs many errors for a quarter of an hour.",
			Action: "Run the saved query appliance-errors: it counts them by their class. One class is usually a cloud or an " +
				"integration that does not answer; all together point at a back end.",
			Source: filterPage,
		},
	}
}
