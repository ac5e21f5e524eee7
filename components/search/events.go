package search

import "github.com/morpheus-ha/morpheus-aws/internal/alarm"

// events of the domain. Auto-Tune and the progress of an update by the deployer are left out: nobody has to act on them.
func events() []alarm.Event {
	return []alarm.Event{
		{
			Name: "notice", Severity: alarm.Ticket, Essential: true,
			Fields: append(alarm.From("aws.es",
				"Amazon OpenSearch Service Software Update Notification",
				"Amazon OpenSearch Service Cluster Status Notification",
				"Amazon OpenSearch Service Node Retirement Notification",
				"Amazon OpenSearch Service Notification",
				"Domain Error Notification"), alarm.About("resources", domainArnRole)),
			Meaning: "OpenSearch Service announces an update or the end of a node, has begun to repair an index, or has a fault " +
				"of the domain.",
			Action: "Read the status in the message. \"Available\" and \"Required\" updates run in the off-peak window after 14 " +
				"days at the latest; start one earlier in the console. For shards that will be deleted, see search-red.",
			Source: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/monitoring-events.html",
		},
		alarm.Health("the search domain", "ES"),
	}
}
