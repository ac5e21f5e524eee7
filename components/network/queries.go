package network

import "github.com/morpheus-ha/morpheus-aws/internal/alarm"

// flowLogsRole is the role of the name of the flow logs' group.
const flowLogsRole = "flowLogs"

var queries = []alarm.Query{
	{
		Name: "network-destinations", Question: "Which destinations have most connections and bytes?",
		Groups: []alarm.Dimension{alarm.Of(flowLogsRole)},
		Text: `filter action = "ACCEPT"
| stats count(*) as records, sum(bytes) as volume by srcAddr, dstAddr, dstPort
| sort records desc
| limit 50`,
	},
	{
		Name: "network-refused", Question: "Which connections do the security groups refuse?",
		Groups: []alarm.Dimension{alarm.Of(flowLogsRole)},
		Text: `filter action = "REJECT"
| stats count(*) as records by srcAddr, dstAddr, dstPort
| sort records desc
| limit 50`,
	},
}
