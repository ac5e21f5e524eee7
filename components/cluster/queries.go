package cluster

import "github.com/morpheus-ha/morpheus-aws/internal/alarm"

var ofNodes = []alarm.Dimension{alarm.Of(alarm.NodeLogsRole)}

// queries of the nodes, for docs/nodes.md and the first steps of the alarms.
var queries = []alarm.Query{
	{
		Name: "failed-boots", Question: "Which boots failed, at which step, and why?", Groups: ofNodes,
		Text: `fields @timestamp, @logStream, @message
| filter @message like "boot FAILED at step"
| sort @timestamp desc
| limit 50`,
	},
	{
		Name: "boot-steps", Question: "How long did each step of a boot take?", Groups: ofNodes,
		Text: `fields @timestamp, @logStream
| filter @logStream like "/boot"
| parse @message "step *: done in * s" as step, seconds
| filter ispresent(seconds)
| stats max(seconds) as slowest, avg(seconds) as usual, count(*) as boots by step
| sort slowest desc`,
	},
	{
		Name: "appliance-errors", Question: "Which errors does the appliance log most?", Groups: ofNodes,
		Text: `fields @timestamp, @logStream, @message
| filter @logStream like "/morpheus-ui" and @message like " ERROR "
| parse @message " ERROR * - *" as class, text
| stats count(*) as errors, latest(@timestamp) as last by class
| sort errors desc
| limit 50`,
	},
	{
		Name: "failed-requests", Question: "Which requests does nginx answer with 5xx?", Groups: ofNodes,
		Text: `fields @timestamp, @logStream, @message
| filter @logStream like "/nginx" and @message like /" 5\d\d /
| parse @message /"(?<method>[A-Z]+) (?<path>[^ ?"]+)[^"]*" (?<status>5\d\d) /
| stats count(*) as requests by status, method, path
| sort requests desc
| limit 50`,
	},
	{
		Name: "who-logged-in", Question: "Who opened a shell or used sudo on a node?", Groups: ofNodes,
		Text: `fields @timestamp, @logStream, @message
| filter @logStream like "/auth" and (@message like "session opened" or @message like "COMMAND=")
| sort @timestamp desc
| limit 100`,
	},
}
