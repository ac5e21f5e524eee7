package tests

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/cloudwatch"
)

// bound is a threshold that somebody else has set.
type bound struct {
	comparison string
	threshold  float64
}

func atLeast(threshold float64) *bound {
	return &bound{comparison: "GreaterThanOrEqualToThreshold", threshold: threshold}
}

func above(threshold float64) *bound {
	return &bound{comparison: "GreaterThanThreshold", threshold: threshold}
}

func below(threshold float64) *bound {
	return &bound{comparison: "LessThanThreshold", threshold: threshold}
}

func atMost(threshold float64) *bound {
	return &bound{comparison: "LessThanOrEqualToThreshold", threshold: threshold}
}

// watchedMetric is a metric that an alarm of prod must read.
type watchedMetric struct {
	name, statistic string
	// bound is nil if it depends on a size or on a key, or if the alarm computes a ratio of several metrics.
	bound *bound
}

// sentByNodes stands for the namespace of what the nodes of the stack send.
const sentByNodes = "the stack's own"

// mustBeWatched is what AWS recommends for the services of the stack, and what the services say that their quotas end in.
// The thresholds are AWS's where it names one. Sources, read on 2026-11-29:
//
//	https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html
//	https://docs.aws.amazon.com/opensearch-service/latest/developerguide/cloudwatch-alarms.html
//	https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/rabbitmq-logging-monitoring.html
//	https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
//	https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html
var mustBeWatched = map[string][]watchedMetric{
	"AWS/ApplicationELB": {
		{name: "HealthyHostCount", statistic: "Minimum", bound: below(1)},
		{name: "RejectedConnectionCount", statistic: "Sum", bound: above(0)},
		{name: "HTTPCode_ELB_5XX_Count", statistic: "Sum"},
		{name: "HTTPCode_Target_5XX_Count", statistic: "Sum"},
		{name: "TargetResponseTime", statistic: "p99"},
		{name: "TargetConnectionErrorCount", statistic: "Sum"},
	},
	"AWS/CertificateManager": {{name: "DaysToExpiry", statistic: "Minimum", bound: atMost(20)}},
	"AWS/AutoScaling":        {{name: "GroupInServiceInstances", statistic: "Average"}},
	"AWS/EC2":                {{name: "CPUUtilization", statistic: "Average"}},
	sentByNodes: {
		{name: "mem_used_percent", statistic: "Maximum"},
		{name: "disk_used_percent", statistic: "Maximum"},
		{name: "CanaryFilesWritten", statistic: "Sum", bound: below(1)},
		{name: "CanaryRowsWritten", statistic: "Sum", bound: below(1)},
		{name: "BrokerDefinitionsKept", statistic: "Sum", bound: below(1)},
		{name: "SearchSnapshotAgeHours", statistic: "Minimum", bound: above(30)},
	},
	"AWS/EFS": {
		{name: "PercentIOLimit", statistic: "Average", bound: atLeast(100)},
		{name: "BurstCreditBalance", statistic: "Average", bound: atMost(0)},
		{name: "ClientConnections", statistic: "Sum"},
		{name: "PermittedThroughput", statistic: "Average"},
	},
	"AWS/RDS": {
		{name: "CPUUtilization", statistic: "Maximum", bound: above(90)},
		{name: "DatabaseConnections", statistic: "Maximum"},
		{name: "FreeableMemory", statistic: "Minimum"},
		{name: "FreeLocalStorage", statistic: "Minimum"},
		{name: "AuroraVolumeBytesLeftTotal", statistic: "Average"},
		{name: "EngineUptime", statistic: "Average", bound: atMost(0)},
		{name: "AuroraReplicaLag", statistic: "Maximum"},
		{name: "Deadlocks", statistic: "Maximum"},
		{name: "CommitLatency", statistic: "Average"},
	},
	"AWS/AmazonMQ": {
		{name: "ConnectionCount", statistic: "Maximum", bound: below(1)},
		{name: "RabbitMQMemUsed", statistic: "Maximum"},
		{name: "RabbitMQDiskFree", statistic: "Minimum"},
		{name: "RabbitMQFdUsed", statistic: "Maximum"},
		{name: "MessageReadyCount", statistic: "Minimum"},
		{name: "MessageUnacknowledgedCount", statistic: "Minimum"},
	},
	"AWS/ES": {
		{name: "ClusterStatus.red", statistic: "Maximum", bound: atLeast(1)},
		{name: "ClusterStatus.yellow", statistic: "Maximum", bound: atLeast(1)},
		{name: "FreeStorageSpace", statistic: "Minimum", bound: atMost(25600)},
		{name: "ClusterIndexWritesBlocked", statistic: "Maximum", bound: atLeast(1)},
		{name: "Nodes", statistic: "Minimum"},
		{name: "AutomatedSnapshotFailure", statistic: "Maximum", bound: atLeast(1)},
		{name: "CPUUtilization", statistic: "Average", bound: atLeast(80)},
		{name: "JVMMemoryPressure", statistic: "Maximum", bound: atLeast(95)},
		{name: "MasterCPUUtilization", statistic: "Maximum", bound: atLeast(50)},
		{name: "MasterJVMMemoryPressure", statistic: "Maximum", bound: atLeast(95)},
		{name: "MasterReachableFromNode", statistic: "Minimum", bound: below(1)},
		{name: "KMSKeyError", statistic: "Maximum", bound: atLeast(1)},
		{name: "KMSKeyInaccessible", statistic: "Maximum", bound: atLeast(1)},
		{name: "ThreadpoolWriteRejected", statistic: "Maximum"},
		{name: "SearchLatency", statistic: "Average"},
	},
	"AWS/NATGateway": {
		{name: "ErrorPortAllocation", statistic: "Sum", bound: above(0)},
		{name: "PacketsDropCount", statistic: "Sum", bound: above(0.01)},
	},
	"AWS/SNS": {{name: "NumberOfNotificationsFailed", statistic: "Sum", bound: above(0)}},
	"AWS/Backup": {
		{name: "NumberOfBackupJobsFailed", statistic: "Sum", bound: above(0)},
		{name: "NumberOfBackupJobsExpired", statistic: "Sum", bound: above(0)},
		{name: "NumberOfBackupJobsCompleted", statistic: "Sum", bound: below(1)},
		{name: "NumberOfCopyJobsFailed", statistic: "Sum", bound: above(0)},
		{name: "NumberOfCopyJobsCompleted", statistic: "Sum", bound: below(1)},
		{name: "NumberOfRestoreJobsFailed", statistic: "Sum", bound: above(0)},
		{name: "NumberOfRestoreJobsCompleted", statistic: "Sum", bound: below(1)},
	},
	"AWS/Route53": {{name: "HealthCheckStatus", statistic: "Minimum", bound: below(1)}},
}

// The tables of the documents are generated from the program, so they cannot tell that an alarm is missing.
func TestEveryMetricThatMustBeWatchedHasItsAlarm(t *testing.T) {
	r, err := run(t, "prod", inRegion("backup", nil))
	if !assert.NoError(t, err) {
		return
	}
	var alarms []cloudwatch.Alarm
	for _, alarm := range r.OfType(awstoken.CloudWatchAlarm) {
		alarms = append(alarms, read(t, alarm))
	}
	looked := 0
	for namespace, metrics := range mustBeWatched {
		if namespace == sentByNodes {
			namespace = load(t, "prod", nil).MetricNamespace()
		}
		for _, want := range metrics {
			looked++
			var near []string
			found := false
			for _, alarm := range alarms {
				for _, m := range alarm.Metrics {
					if m.Namespace != namespace || m.Name != want.name {
						continue
					}
					near = append(near, m.Statistic+" "+alarm.Comparison)
					found = found || m.Statistic == want.statistic && (want.bound == nil ||
						*want.bound == bound{comparison: alarm.Comparison, threshold: alarm.Threshold})
				}
			}
			assert.True(t, found, "no alarm of prod reads %s of %s as %s%s; alarms that read the metric: %v", want.name, namespace,
				want.statistic, boundText(want.bound), near)
		}
	}
	t.Logf("looked at %d metrics and %d alarms", looked, len(alarms))
}

func boundText(b *bound) string {
	if b == nil {
		return ""
	}
	return fmt.Sprintf(", %s %v", b.comparison, b.threshold)
}
