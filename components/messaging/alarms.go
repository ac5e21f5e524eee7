package messaging

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// brokerRole is the role of the broker's name, which names the metrics' dimensions.
const brokerRole = "broker"

const (
	metricsPage = "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/rabbitmq-logging-monitoring.html"
	limitsPage  = "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/rabbitmq-defaults.html"
	memoryPage  = "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/troubleshooting-action-required-codes-rabbitmq-memory-alarm.html"

	brokerGone = "the broker sends nothing, which messaging-no-clients pages"
	clusterOf  = 3
)

// Alarms of the broker. The values of a cluster are those of all its nodes together, so that only shares of a limit and
// counts of messages and connections mean something.
func Alarms(settings config.Messaging, m config.Monitoring, metricNamespace string) alarm.Tier {
	return alarm.Tier{
		Name:  "messaging",
		Facts: append(append(brokerFacts(settings), queueFacts(m)...), definitionsFact(metricNamespace)),
		// Amazon MQ sends no events of its own: it announces its maintenance through AWS Health.
		Events: []alarm.Event{alarm.Health("the broker", "MQ")},
		Gaps: []alarm.Gap{{
			Aspect: alarm.Redundancy,
			Why:    "Amazon MQ publishes no number of running nodes; it replaces a failed node by itself",
		}},
	}
}

// Dimensions are the outputs that name the metrics, by role.
func (m *Messaging) Dimensions() map[string]pulumi.StringInput {
	return map[string]pulumi.StringInput{brokerRole: m.BrokerName}
}

func metric(id, name, statistic string) alarm.Metric {
	return alarm.Metric{
		ID: id, Namespace: "AWS/AmazonMQ", Name: name, Statistic: statistic,
		Dimensions: map[string]alarm.Dimension{"Broker": alarm.Of(brokerRole)},
	}
}

func brokerFacts(settings config.Messaging) []alarm.Fact {
	return []alarm.Fact{
		{
			Name: "no-clients", Aspect: alarm.Errors, Severity: alarm.Page, Essential: true,
			Metrics:    []alarm.Metric{metric("", "ConnectionCount", "Maximum")},
			Comparison: alarm.Below, Threshold: 1, Unit: "connections", Window: alarm.For(10, 60),
			Missing: alarm.Breaching, WhyMissing: "a broker that is down sends nothing",
			Meaning: "No node is connected to the queue: jobs and console sessions stop.",
			Action: "Look at the broker's state: `aws mq describe-broker`. It restarts in its maintenance window for some " +
				"minutes. If it runs, look for authentication errors in the log of the broker and of the nodes.",
			Source: metricsPage,
		},
		{
			Name: "memory", Aspect: alarm.Saturation, Severity: alarm.Page, Essential: true,
			Metrics: []alarm.Metric{
				metric("used", "RabbitMQMemUsed", "Maximum"), metric("most", "RabbitMQMemLimit", "Minimum"),
			},
			Expression: "100*used/most", Comparison: alarm.Above, Threshold: 80, Unit: "percent of the limit",
			Window: alarm.For(5, 60), Missing: alarm.Unknown, WhyMissing: brokerGone,
			Meaning: "The broker is near its memory limit; at the limit it stops taking messages from all nodes.",
			Action: "Look at the queues in the management console (output messagingManagementUrl). Consume or purge what " +
				"nobody needs; a larger messaging.instanceType restarts the broker.",
			Source: memoryPage,
		},
		{
			Name: "disk", Aspect: alarm.Saturation, Severity: alarm.Page,
			Metrics: []alarm.Metric{
				metric("free", "RabbitMQDiskFree", "Minimum"), metric("least", "RabbitMQDiskFreeLimit", "Maximum"),
			},
			Expression: "free/least", Comparison: alarm.Below, Threshold: 2, Unit: "times the limit",
			Window: alarm.For(5, 60), Missing: alarm.Unknown, WhyMissing: brokerGone,
			Meaning: "The broker is near its limit of free disk; at the limit it stops taking messages from all nodes.",
			Action:  "Consume or purge the queues that hold most, in the management console (output messagingManagementUrl).",
			Source:  metricsPage,
		},
		{
			Name: "descriptors", Aspect: alarm.Saturation, Severity: alarm.Ticket,
			Metrics:    []alarm.Metric{metric("", "RabbitMQFdUsed", "Maximum")},
			Comparison: alarm.Above, Threshold: 0.8 * float64(connectionLimit(settings)),
			Unit:    "file descriptors, four fifths of the connections that the broker takes",
			Setting: "messaging.instanceType", Window: alarm.For(15, 60),
			Missing: alarm.Unknown, WhyMissing: brokerGone,
			Meaning: "Connections take most of the broker's file descriptors; then it refuses connections.",
			Action:  "Find the client with most connections in the management console, and restart its node.",
			Source:  limitsPage,
		},
	}
}

func queueFacts(m config.Monitoring) []alarm.Fact {
	return []alarm.Fact{
		{
			Name: "ready", Aspect: alarm.Utilisation, Severity: alarm.Ticket,
			Metrics:    []alarm.Metric{metric("", "MessageReadyCount", "Minimum")},
			Comparison: alarm.Above, Threshold: float64(m.QueuedMessages), Unit: "messages",
			Setting: "monitoring.queuedMessages", Window: alarm.For(15, 60),
			Missing: alarm.Unknown, WhyMissing: brokerGone,
			Meaning: "Messages arrive faster than the nodes take them.",
			Action: "Find the queue in the management console. A queue without consumers needs a restart of the appliance on a " +
				"node; one with consumers needs more nodes.",
			Source: metricsPage,
		},
		{
			Name: "unacknowledged", Aspect: alarm.Latency, Severity: alarm.Ticket,
			Metrics:    []alarm.Metric{metric("", "MessageUnacknowledgedCount", "Minimum")},
			Comparison: alarm.Above, Threshold: float64(m.QueuedMessages), Unit: "messages",
			Setting: "monitoring.queuedMessages", Window: alarm.For(15, 60),
			Missing: alarm.Unknown, WhyMissing: brokerGone,
			Meaning: "Nodes have taken messages and do not finish them.",
			Action:  "Read the log stream morpheus-ui of the nodes for jobs that wait; compare with the database's latency.",
			Source:  metricsPage,
		},
	}
}

// connectionLimit is AWS's for the large type of the family, the smallest that the configuration takes.
func connectionLimit(settings config.Messaging) int {
	limit := 15000
	if strings.HasPrefix(settings.InstanceType, "mq.m7g.") {
		limit = 5000
	}
	if settings.DeploymentMode == config.SingleInstance {
		limit /= clusterOf
	}
	return limit
}

// definitionsFact counts the hours in which a node has kept the definitions.
func definitionsFact(metricNamespace string) alarm.Fact {
	return alarm.Fact{
		Name: "definitions-age", Aspect: alarm.Errors, Severity: alarm.Ticket,
		Metrics: []alarm.Metric{{
			Namespace: metricNamespace, Name: "BrokerDefinitionsKept", Statistic: "Sum",
			Dimensions: map[string]alarm.Dimension{},
		}},
		Comparison: alarm.Below, Threshold: 1, Unit: "copies", Window: alarm.For(6, 3600),
		Missing: alarm.Breaching, WhyMissing: "no node has written a copy",
		Meaning: "The copy of the broker's definitions is older than six hours.",
		Action:  "Read the log stream keep of the nodes for the step that failed, and look at the broker's management API.",
		Source:  "https://docs.aws.amazon.com/amazon-mq/latest/migration-guide/rabbitmq-migration-guide.html",
	}
}
