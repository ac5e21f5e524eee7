package database

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/backups"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// clusterRole is the role of the cluster's identifier, which names the metrics' dimensions.
const clusterRole = "databaseCluster"

const (
	metricsPage = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html"
	recommended = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/" +
		"Best_Practice_Recommended_Alarms_AWS_Services.html"
	connectionsPage = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Managing.Performance.html"

	gib = 1 << 30
	// maxVolume is the largest Aurora volume in bytes.
	maxVolume = 128 << 40

	instancesGone = "the instances send nothing, which database-writer pages"
)

// Alarms of the database. They are about the cluster: with Maximum or Minimum over its instances they survive the
// replacement of an instance, and fire once for a fault that all instances have.
func Alarms(settings config.Database, m config.Monitoring, metricNamespace string) alarm.Tier {
	tier := alarm.Tier{Name: "database", Events: events(settings), Filters: filters, Queries: queries}
	tier.Facts = append(tier.Facts, availabilityFacts(settings)...)
	tier.Facts = append(tier.Facts, loadFacts(settings)...)
	tier.Facts = append(tier.Facts, spaceFacts(settings)...)
	tier.Facts = append(tier.Facts, loginFact(m, metricNamespace), backups.CanaryFact(metricNamespace, "CanaryRowsWritten"))
	if settings.Instances > 1 {
		tier.Facts = append(tier.Facts, lagFact())
	}
	return tier
}

// Dimensions are the outputs that name the metrics, by role.
func (d *Database) Dimensions() map[string]pulumi.StringInput {
	return map[string]pulumi.StringInput{
		clusterRole: d.ClusterIdentifier, administratorRole: d.AdminSecretArn, auditRole: d.logs["audit"],
		errorLogRole: d.logs["error"], slowLogRole: d.logs["slowquery"],
	}
}

func ofCluster(name, statistic string) []alarm.Metric {
	return []alarm.Metric{{
		Namespace: "AWS/RDS", Name: name, Statistic: statistic,
		Dimensions: map[string]alarm.Dimension{"DBClusterIdentifier": alarm.Of(clusterRole)},
	}}
}

func ofWriter(name, statistic string) []alarm.Metric {
	metrics := ofCluster(name, statistic)
	metrics[0].Dimensions["Role"] = alarm.Is("WRITER")
	return metrics
}

func availabilityFacts(settings config.Database) []alarm.Fact {
	return []alarm.Fact{
		{
			Name: "writer", Aspect: alarm.Errors, Severity: alarm.Page, Essential: true,
			Metrics:    ofWriter("EngineUptime", "Average"),
			Comparison: alarm.AtMost, Threshold: 0, Unit: "seconds", Window: alarm.For(3, 60),
			Missing: alarm.Breaching, WhyMissing: "a cluster without a writer has no data",
			Meaning: "The database has had no writer for longer than a failover takes.",
			Action: "Look at the events: `aws rds describe-events --source-type db-cluster --duration 60`. A failover ends by " +
				"itself; if it cannot, see docs/restore.md.",
			Source: recommended,
		},
		{
			// CloudWatch has no number of instances; each sends one value a minute.
			Name: "instances", Aspect: alarm.Redundancy, Severity: alarm.Page,
			Metrics:    ofCluster("CPUUtilization", "SampleCount"),
			Comparison: alarm.Below, Threshold: float64(settings.Instances), Unit: "instances that send values",
			Setting: "database.instances", Window: alarm.For(15, 60),
			Missing: alarm.Breaching, WhyMissing: "a cluster without instances has no data",
			Meaning: "An instance has not reported for a quarter of an hour: a failover may have no target.",
			Action: "Look at the instances' states: `aws rds describe-db-instances`. Aurora restarts a failed instance by " +
				"itself; run `pulumi up` if one was deleted.",
			Source: metricsPage,
		},
		{
			Name: "deadlocks", Aspect: alarm.Errors, Severity: alarm.Ticket,
			Metrics:    ofCluster("Deadlocks", "Maximum"),
			Comparison: alarm.Above, Threshold: 0.1, Unit: "deadlocks a second", Window: alarm.For(15, 60),
			Missing: alarm.NotBreaching, WhyMissing: instancesGone,
			Meaning: "Transactions wait for each other, and the database ends some of them.",
			Action:  "Run the saved query database-deadlocks, or read the latest in `SHOW ENGINE INNODB STATUS`, and report it to HPE with the appliance's version.",
			Source:  metricsPage,
		},
	}
}

func loadFacts(settings config.Database) []alarm.Fact {
	return []alarm.Fact{
		{
			Name: "cpu", Aspect: alarm.Utilisation, Severity: alarm.Ticket,
			Metrics:    ofCluster("CPUUtilization", "Maximum"),
			Comparison: alarm.Above, Threshold: 90, Unit: "percent", Window: alarm.For(15, 60),
			Missing: alarm.Unknown, WhyMissing: instancesGone,
			Meaning: "An instance is busy: queries take longer.",
			Action: "Find the queries with most load in Performance Insights, or with the saved query database-slow. A larger " +
				"database.instanceClass restarts the instances.",
			Source: recommended,
		},
		{
			Name: "connections", Aspect: alarm.Saturation, Severity: alarm.Page, Essential: true,
			Metrics:    ofCluster("DatabaseConnections", "Maximum"),
			Comparison: alarm.Above, Threshold: 0.9 * float64(settings.MaxConnections()),
			Unit:    "connections, nine tenths of what the class takes",
			Setting: "database.instanceClass", Window: alarm.For(5, 60),
			Missing: alarm.Unknown, WhyMissing: instancesGone,
			Meaning: "The database has nearly as many connections as its class takes; then nodes cannot connect.",
			Action: "See who is connected: `SELECT user, host, COUNT(*) FROM information_schema.processlist GROUP BY user, " +
				"host`. Lower database.connectionsPerNode or take a larger class.",
			Source: connectionsPage,
		},
		{
			Name: "commits", Aspect: alarm.Latency, Severity: alarm.Ticket,
			Metrics:    ofWriter("CommitLatency", "Average"),
			Comparison: alarm.Above, Threshold: 50, Unit: "milliseconds", Window: alarm.For(10, 60),
			Missing: alarm.NotBreaching, WhyMissing: "no commits, or no writer, which database-writer pages",
			Meaning: "Commits take long: users wait for each change.",
			Action: "Compare with the CPU and with AWS Health. Many small transactions of one job are the usual cause: find " +
				"them in Performance Insights.",
			Source: metricsPage,
		},
	}
}

func spaceFacts(settings config.Database) []alarm.Fact {
	return []alarm.Fact{
		{
			// Aurora uses most of the memory for its buffers, so AWS's 25 percent would always fire.
			Name: "memory", Aspect: alarm.Saturation, Severity: alarm.Ticket,
			Metrics:    ofCluster("FreeableMemory", "Minimum"),
			Comparison: alarm.Below, Threshold: float64(memoryGiB(settings.InstanceClass) * gib / 20),
			Unit: "bytes, a twentieth of the class's memory", Setting: "database.instanceClass", Window: alarm.For(15, 60),
			Missing: alarm.Unknown, WhyMissing: instancesGone,
			Meaning: "An instance has little memory left: the database may restart.",
			Action:  "Look at the connections and at the largest queries; then take a larger database.instanceClass.",
			Source:  recommended,
		},
		{
			Name: "local-storage", Aspect: alarm.Saturation, Severity: alarm.Ticket,
			Metrics:    ofCluster("FreeLocalStorage", "Minimum"),
			Comparison: alarm.Below, Threshold: 5 * gib, Unit: "bytes", Window: alarm.For(5, 60),
			Missing: alarm.Unknown, WhyMissing: instancesGone,
			Meaning: "The local disk for sorts, temporary tables and changes of tables is nearly full; such queries then fail.",
			Action:  "Find the query in Performance Insights and end it. A larger class has a larger local disk.",
			Source:  recommended,
		},
		{
			Name: "volume", Aspect: alarm.Saturation, Severity: alarm.Ticket,
			Metrics:    ofCluster("AuroraVolumeBytesLeftTotal", "Average"),
			Comparison: alarm.Below, Threshold: maxVolume / 10, Unit: "bytes, a tenth of the largest volume",
			Window: alarm.For(5, 60), Missing: alarm.Unknown, WhyMissing: instancesGone,
			Meaning: "The volume of the cluster is near its largest size.",
			Action:  "Find the largest tables in information_schema.tables; delete old history in the appliance.",
			Source:  recommended,
		},
	}
}

func lagFact() alarm.Fact {
	return alarm.Fact{
		Name: "reader-lag", Aspect: alarm.Redundancy, Severity: alarm.Ticket,
		Metrics:    ofCluster("AuroraReplicaLag", "Maximum"),
		Comparison: alarm.Above, Threshold: 2000, Unit: "milliseconds", Window: alarm.For(10, 60),
		Missing: alarm.NotBreaching, WhyMissing: "sent by readers only; database-instances fires when one is gone",
		Meaning: "A reader is far behind the writer; Aurora restarts a reader that stays behind.",
		Action:  "Compare the reader's CPU and memory with the writer's: both must have the same class.",
		Source:  metricsPage,
	}
}

// memoryGiB of a class: 16 for each large of the families r, and half for the burstable ones.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.DBInstanceClass.Summary.html
func memoryGiB(class string) int {
	parts := strings.Split(class, ".")
	if len(parts) != 3 {
		return 0
	}
	larges := map[string]int{
		"large": 1, "xlarge": 2, "2xlarge": 4, "4xlarge": 8, "8xlarge": 16, "12xlarge": 24, "16xlarge": 32,
		"24xlarge": 48, "32xlarge": 64, "48xlarge": 96,
	}[parts[2]]
	switch {
	case parts[2] == "medium":
		return 4
	case strings.HasPrefix(parts[1], "t"):
		return 8 * larges
	}
	return 16 * larges
}
