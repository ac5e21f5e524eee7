package cluster

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

const (
	groupMetricsPage = "https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html"
	recommended      = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/" +
		"Best_Practice_Recommended_Alarms_AWS_Services.html"
	agentMetricsPage = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/metrics-collected-by-CloudWatch-agent.html"

	// slackMinutes are added to the time of a boot, for its launch and its first health checks.
	slackMinutes = 10
	collected    = "AWS collects the metrics of the group each minute"
	agentIsDown  = "the agents of all nodes have stopped"
)

// Alarms of the nodes, whose agents send their metrics to a namespace.
func Alarms(settings config.Cluster, m config.Monitoring, metricNamespace string) alarm.Tier {
	return alarm.Tier{
		Name:    "cluster",
		Facts:   slices.Concat(groupFacts(settings), nodeFacts(metricNamespace), logFacts(m, metricNamespace)),
		Events:  events(),
		Filters: filters,
		Queries: queries,
		Gaps: []alarm.Gap{{
			Aspect: alarm.Latency, Why: "the load balancer measures how fast nodes answer: loadbalancer-slow",
		}},
	}
}

// Dimensions are the outputs that name the metrics, by role.
func (c *Cluster) Dimensions() map[string]pulumi.StringInput {
	return map[string]pulumi.StringInput{alarm.GroupRole: c.AutoScalingGroupName, alarm.NodeLogsRole: c.LogGroupName}
}

func ofGroup() map[string]alarm.Dimension {
	return map[string]alarm.Dimension{"AutoScalingGroupName": alarm.Of(alarm.GroupRole)}
}

func groupMetric(id, name, statistic string) alarm.Metric {
	return alarm.Metric{ID: id, Namespace: "AWS/AutoScaling", Name: name, Statistic: statistic, Dimensions: ofGroup()}
}

func groupFacts(settings config.Cluster) []alarm.Fact {
	replaced := settings.BootTimeoutMinutes + slackMinutes
	return []alarm.Fact{
		{
			Name: "too-few-nodes", Aspect: alarm.Redundancy, Severity: alarm.Page, Essential: true,
			Metrics:    []alarm.Metric{groupMetric("", "GroupInServiceInstances", "Average")},
			Comparison: alarm.Below, Threshold: float64(settings.LeastNodes()), Unit: "nodes",
			Setting: "cluster.minSize", Window: alarm.For(replaced, 60),
			Missing: alarm.Breaching, WhyMissing: collected,
			Meaning: "The group has had fewer nodes than its minimum for longer than a replacement takes: new nodes fail.",
			Action:  "Read the report of the failed boot; docs/nodes.md, \"When a boot fails\", has the commands.",
			Source:  recommended,
		},
		{
			Name: "pending-too-long", Aspect: alarm.Errors, Severity: alarm.Ticket,
			Metrics:    []alarm.Metric{groupMetric("", "GroupPendingInstances", "Minimum")},
			Comparison: alarm.Above, Threshold: 0, Unit: "nodes", Window: alarm.For(2*replaced, 60),
			Missing: alarm.NotBreaching, WhyMissing: collected + "; too-few-nodes fires without data",
			Meaning: "Some node has been booting for twice the time of a boot: nodes fail and are launched again.",
			Action:  "Read the report of the failed boot; docs/nodes.md, \"When a boot fails\", has the commands.",
			Source:  groupMetricsPage,
		},
		{
			Name: "at-maximum", Aspect: alarm.Saturation, Severity: alarm.Ticket,
			Metrics: []alarm.Metric{
				groupMetric("wanted", "GroupDesiredCapacity", "Average"), groupMetric("most", "GroupMaxSize", "Average"),
				groupMetric("least", "GroupMinSize", "Average"),
			},
			// A group of a fixed size is always at its maximum.
			Expression: "IF(most>least,wanted-most,0-1)", Comparison: alarm.AtLeast, Threshold: 0, Unit: "nodes over the maximum",
			Window: alarm.For(30, 60), Missing: alarm.Unknown, WhyMissing: collected,
			Meaning: "Scaling wants as many nodes as cluster.maxSize allows, and cannot add more.",
			Action: "Look at the requests and the CPU of the last week. If the load is real, raise cluster.maxSize; the " +
				"database must take the connections (database.connectionsPerNode).",
			Source: groupMetricsPage,
		},
	}
}

func nodeFacts(metricNamespace string) []alarm.Fact {
	root := ofGroup()
	root["path"] = alarm.Is("/")
	return []alarm.Fact{
		{
			Name: "cpu", Aspect: alarm.Utilisation, Severity: alarm.Ticket,
			Metrics: []alarm.Metric{{
				Namespace: "AWS/EC2", Name: "CPUUtilization", Statistic: "Average", Dimensions: ofGroup(),
			}},
			Comparison: alarm.Above, Threshold: 90, Unit: "percent", Window: alarm.For(6, 300),
			Missing: alarm.Unknown, WhyMissing: "no node runs, which other alarms page",
			Meaning: "The nodes are busy, although scaling should have added some.",
			Action: "Look whether the group is at its maximum or its launches fail. Otherwise find the process with " +
				"`aws ssm start-session` and `top`.",
			Source: recommended,
		},
		{
			Name: "memory", Aspect: alarm.Saturation, Severity: alarm.Ticket,
			Metrics: []alarm.Metric{{
				Namespace: metricNamespace, Name: "mem_used_percent", Statistic: "Maximum", Dimensions: ofGroup(),
			}},
			Comparison: alarm.Above, Threshold: 95, Unit: "percent", Window: alarm.For(15, 60),
			Missing: alarm.Breaching, WhyMissing: agentIsDown,
			Meaning: "A node has little memory left: the kernel may end the appliance.",
			Action: "Find the node and the process (`aws ssm start-session`, then `free -m` and `top`). A larger instance type " +
				"helps for good; a new node for some days.",
			Source: agentMetricsPage,
		},
		{
			Name: "disk", Aspect: alarm.Utilisation, Severity: alarm.Page, Essential: true,
			Metrics: []alarm.Metric{{
				Namespace: metricNamespace, Name: "disk_used_percent", Statistic: "Maximum", Dimensions: root,
			}},
			Comparison: alarm.Above, Threshold: 85, Unit: "percent", Window: alarm.For(5, 60),
			Missing: alarm.Breaching, WhyMissing: agentIsDown,
			Meaning: "The root volume of a node is nearly full; a full one stops the appliance.",
			Action: "Find what grows (`aws ssm start-session`, then `sudo du -xh / --max-depth=3 | sort -h`). A larger " +
				"cluster.rootVolumeGiB replaces the nodes one by one.",
			Source: agentMetricsPage,
		},
	}
}
