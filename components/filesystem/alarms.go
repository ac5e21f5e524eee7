package filesystem

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/backups"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// Roles of the outputs that name the metrics' dimensions.
const (
	fileSystemRole = "fileSystem"
	replicaRole    = "replica"
)

const (
	namespace   = "AWS/EFS"
	metricsPage = "https://docs.aws.amazon.com/efs/latest/ug/efs-metrics.html"
	creditsPage = "https://docs.aws.amazon.com/efs/latest/ug/performance.html"
	recommended = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html"
	replicaPage = "https://docs.aws.amazon.com/efs/latest/ug/efs-replication.html"
	// lowCredits in bytes is a tenth of what a new file system has, 2.1 TiB.
	lowCredits = 215 << 30
	noData     = "EFS sends nothing while no node has it mounted, which filesystem-not-mounted pages"
)

// Alarms of the file system.
func Alarms(settings config.FileSystem, replicated bool, metricNamespace string) alarm.Tier {
	tier := alarm.Tier{
		Name:    "filesystem",
		Facts:   []alarm.Fact{mountFact(), throughputFact(), deniedFact(metricNamespace), backups.CanaryFact(metricNamespace, "CanaryFilesWritten")},
		Filters: filters,
		Events:  []alarm.Event{alarm.Health("the file system", "ELASTICFILESYSTEM")},
		Gaps:    []alarm.Gap{{Aspect: alarm.Latency, Why: "EFS publishes no latency; throughput and limits tell before it grows"}},
	}
	if settings.PerformanceMode == config.GeneralPurpose {
		tier.Facts = append(tier.Facts, limitFact())
	} else {
		tier.Gaps = append(tier.Gaps, alarm.Gap{
			Aspect: alarm.Utilisation, Why: "a file system in the mode maxIO publishes no percentage of a limit",
		})
	}
	if settings.ThroughputMode == config.Bursting {
		tier.Facts = append(tier.Facts, creditFacts()...)
	}
	if replicated {
		tier.Facts = append(tier.Facts, replicaFact())
	} else {
		tier.Gaps = append(tier.Gaps, alarm.Gap{
			Aspect: alarm.Redundancy, Why: "EFS keeps each file in several zones by itself; no replica is configured",
		})
	}
	return tier
}

// Dimensions are the outputs that name the metrics, by role.
func (f *FileSystem) Dimensions() map[string]pulumi.StringInput {
	out := map[string]pulumi.StringInput{fileSystemRole: f.ID}
	if f.ReplicaID != nil {
		out[replicaRole] = f.ReplicaID
	}
	return out
}

func metric(id, name, statistic string) alarm.Metric {
	return alarm.Metric{
		ID: id, Namespace: namespace, Name: name, Statistic: statistic,
		Dimensions: map[string]alarm.Dimension{"FileSystemId": alarm.Of(fileSystemRole)},
	}
}

// mountFact compares with the nodes in service, because scaling changes their number. A node mounts the file system
// before it is in service, and until it is terminated.
func mountFact() alarm.Fact {
	return alarm.Fact{
		Name: "not-mounted", Aspect: alarm.Errors, Severity: alarm.Page, Essential: true,
		Metrics: []alarm.Metric{
			metric("mounted", "ClientConnections", "Sum"), // each client counts once a minute
			{
				ID: "nodes", Namespace: "AWS/AutoScaling", Name: "GroupInServiceInstances", Statistic: "Average",
				Dimensions: map[string]alarm.Dimension{"AutoScalingGroupName": alarm.Of(alarm.GroupRole)},
			},
		},
		Expression: "mounted-nodes", Comparison: alarm.Below, Threshold: 0, Unit: "clients more than nodes in service",
		Window:  alarm.For(10, 60),
		Missing: alarm.Breaching, WhyMissing: "EFS sends nothing without a client",
		Meaning: "A node in service does not have the shared files: uploads, images and deployments fail on it.",
		Action: "Look at the mount targets and the security group of the file system, and in the log stream boot for the step " +
			"storage. On a node, `mount -a` says why it cannot mount.",
		Source: metricsPage,
	}
}

func limitFact() alarm.Fact {
	return alarm.Fact{
		Name: "operations", Aspect: alarm.Utilisation, Severity: alarm.Ticket,
		Metrics:    []alarm.Metric{metric("", "PercentIOLimit", "Average")},
		Comparison: alarm.AtLeast, Threshold: 100, Unit: "percent", Window: alarm.For(15, 60),
		Missing: alarm.NotBreaching, WhyMissing: noData,
		Meaning: "The file system does as many operations as its performance mode allows; the others wait.",
		Action: "Find who reads or writes many small files, such as a backup or an antivirus scan of the shared folder. The " +
			"performance mode cannot be changed.",
		Source: recommended,
	}
}

func throughputFact() alarm.Fact {
	return alarm.Fact{
		Name: "throughput", Aspect: alarm.Saturation, Severity: alarm.Ticket,
		Metrics: []alarm.Metric{
			metric("used", "MeteredIOBytes", "Sum"), metric("permitted", "PermittedThroughput", "Average"),
		},
		Expression: "100*(used/PERIOD(used))/permitted", Comparison: alarm.Above, Threshold: 80, Unit: "percent",
		Window: alarm.For(15, 60), Missing: alarm.NotBreaching, WhyMissing: noData,
		Meaning: "The nodes read and write nearly as much as the file system allows.",
		Action: "If it lasts, set filesystem.throughputMode to elastic: it is changed in place, and each gigabyte that is " +
			"read or written then has a price.",
		Source: metricsPage,
	}
}

func creditFacts() []alarm.Fact {
	return []alarm.Fact{
		{
			Name: "credits-low", Aspect: alarm.Saturation, Severity: alarm.Ticket,
			Metrics:    []alarm.Metric{metric("", "BurstCreditBalance", "Average")},
			Comparison: alarm.Below, Threshold: lowCredits, Unit: "bytes, a tenth of what a new file system has",
			Window: alarm.For(3, 300), Missing: alarm.Unknown, WhyMissing: noData,
			Meaning: "The file system uses more throughput than its size earns, and its credits end soon.",
			Action:  "Set filesystem.throughputMode to elastic before the credits are gone; it is changed in place.",
			Source:  creditsPage,
		},
		{
			Name: "credits-gone", Aspect: alarm.Saturation, Severity: alarm.Page, Essential: true,
			Metrics:    []alarm.Metric{metric("", "BurstCreditBalance", "Average")},
			Comparison: alarm.AtMost, Threshold: 0, Unit: "bytes", Window: alarm.For(15, 60),
			Missing: alarm.Unknown, WhyMissing: noData,
			Meaning: "The file system has no burst credits left: it is as slow as its size allows, 50 KiB/s for each GiB.",
			Action:  "Set filesystem.throughputMode to elastic; it is changed in place and helps at once.",
			Source:  recommended,
		},
	}
}

func replicaFact() alarm.Fact {
	replica := metric("", "TimeSinceLastSync", "Maximum")
	replica.Dimensions["DestinationFileSystemId"] = alarm.Of(replicaRole)
	return alarm.Fact{
		Name: "replica-late", Aspect: alarm.Redundancy, Severity: alarm.Ticket,
		Metrics: []alarm.Metric{replica}, Comparison: alarm.Above, Threshold: 3600, Unit: "seconds",
		Window: alarm.For(3, 300), Missing: alarm.Breaching, WhyMissing: "sent for as long as the replication runs",
		Meaning: "The copy in the other region is more than an hour old; EFS aims at 15 minutes.",
		Action:  "Look at the state of the replication: `aws efs describe-replication-configurations`.",
		Source:  replicaPage,
	}
}
