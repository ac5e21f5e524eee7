package awstypes

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/cloudwatch"
)

// dimension is what a dimension of a metric names: a property of a resource, the account, or one of some texts. With
// elsewhere the resource is in another region than the alarm.
type dimension struct {
	token, property string
	account         bool
	elsewhere       bool
	texts           []string
}

// published are metrics that a service publishes with exactly these dimensions. An alarm with others never has data.
type published struct {
	// namespace may have a * for what the configuration chooses.
	namespace  string
	names      []string
	dimensions map[string]dimension
	// of is the dimension with the resource that publishes, and absent says why such a resource does not publish a metric.
	of     string
	absent func(metric string, r *Resource) string
	// only is the region of metrics that no other region has, wherever the resource is; empty for that of the resource.
	only string
	// noData is when the service sends no data.
	noData string
	source string
}

var (
	ofBalancer  = dimension{token: awstoken.LBLoadBalancer, property: "arnSuffix"}
	ofTargets   = dimension{token: awstoken.LBTargetGroup, property: "arnSuffix"}
	ofZone      = dimension{token: awstoken.EC2Subnet, property: "availabilityZone"}
	ofGroup     = dimension{token: awstoken.AutoScalingGroup, property: "name"}
	ofEFS       = dimension{token: awstoken.EFSFileSystem, property: "id"}
	ofDBCluster = dimension{token: awstoken.RDSCluster, property: "clusterIdentifier"}
	ofVault     = dimension{token: awstoken.BackupVault, property: "name"}
	// A copy job counts for the vault of the copy. The program copies into another region only.
	ofCopies  = dimension{token: awstoken.BackupVault, property: "name", elsewhere: true}
	ofBackups = dimension{texts: []string{"Aurora", "EFS"}}
	ofDomain  = map[string]dimension{
		"DomainName": {token: awstoken.OpenSearchDomain, property: "domainName"}, "ClientId": {account: true},
	}
)

const (
	albMetrics   = docs + "elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"
	auroraMetric = docs + "AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html"
	agentMetrics = docs + "AmazonCloudWatch/latest/monitoring/metrics-collected-by-CloudWatch-agent.html"
	// The page does not say which dimensions belong together; the sets are those of the list of enriched metrics.
	backupMetrics = docs + "aws-backup/latest/devguide/cloudwatch.html"
	noJob         = "no such job in the five minutes"
	esMetrics     = docs + "opensearch-service/latest/developerguide/managedomains-cloudwatchmetrics.html"
)

// metrics has a row for each metric that an alarm may be about.
var metrics = []published{
	{
		namespace: "AWS/ApplicationELB", names: []string{"HealthyHostCount", "UnHealthyHostCount"},
		dimensions: map[string]dimension{"LoadBalancer": ofBalancer, "TargetGroup": ofTargets},
		noData:     "no target is registered", source: albMetrics,
	},
	{
		namespace: "AWS/ApplicationELB", names: []string{"HealthyHostCount", "UnHealthyHostCount"},
		dimensions: map[string]dimension{
			"LoadBalancer": ofBalancer, "TargetGroup": ofTargets, "AvailabilityZone": ofZone,
		},
		noData: "no target is registered in the zone", source: albMetrics,
	},
	{
		namespace:  "AWS/ApplicationELB",
		names:      []string{"RequestCount", "HTTPCode_Target_5XX_Count", "TargetResponseTime", "TargetConnectionErrorCount"},
		dimensions: map[string]dimension{"LoadBalancer": ofBalancer, "TargetGroup": ofTargets},
		noData:     "no such requests", source: albMetrics,
	},
	{
		namespace: "AWS/ApplicationELB",
		names: []string{
			"RequestCount", "HTTPCode_ELB_5XX_Count", "RejectedConnectionCount", "ConsumedLCUs",
		},
		dimensions: map[string]dimension{"LoadBalancer": ofBalancer},
		noData:     "no such requests", source: albMetrics,
	},
	{
		namespace: "AWS/CertificateManager", names: []string{"DaysToExpiry"},
		dimensions: map[string]dimension{"CertificateArn": {token: awstoken.ACMCertificate, property: "arn"}},
		noData:     "sent twice a day, and not after the end", source: docs + "acm/latest/userguide/cloudwatch-metrics.html",
	},
	{
		namespace: "AWS/AutoScaling",
		names: []string{
			"GroupInServiceInstances", "GroupPendingInstances", "GroupDesiredCapacity", "GroupMaxSize", "GroupMinSize",
		},
		dimensions: map[string]dimension{"AutoScalingGroupName": ofGroup},
		of:         "AutoScalingGroupName", absent: withoutGroupMetrics,
		noData: "the group does not collect it; otherwise best effort",
		source: docs + "autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html",
	},
	{
		namespace: "AWS/EC2", names: []string{"CPUUtilization"},
		dimensions: map[string]dimension{"AutoScalingGroupName": ofGroup},
		noData:     "no instance runs", source: docs + "AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html",
	},
	{
		namespace: "Morpheus/*", names: []string{"mem_used_percent"},
		dimensions: map[string]dimension{"AutoScalingGroupName": ofGroup},
		noData:     "no agent runs", source: agentMetrics,
	},
	{
		namespace: "Morpheus/*", names: []string{"disk_used_percent"},
		dimensions: map[string]dimension{
			"AutoScalingGroupName": ofGroup, "path": {texts: []string{"/", "/var/opt/morpheus/morpheus-ui"}},
		},
		noData: "no agent runs", source: agentMetrics,
	},
	{
		namespace: "Morpheus/*",
		names: []string{
			"BrokerDefinitionsKept", "CanaryFilesWritten", "CanaryRowsWritten", "SearchSnapshotAgeHours",
		},
		dimensions: map[string]dimension{},
		noData:     "no node in service has written it", source: docs + "cli/latest/reference/cloudwatch/put-metric-data.html",
	},
	{
		namespace:  "AWS/EFS",
		names:      []string{"ClientConnections", "MeteredIOBytes", "PermittedThroughput", "PercentIOLimit", "BurstCreditBalance"},
		dimensions: map[string]dimension{"FileSystemId": ofEFS},
		of:         "FileSystemId", absent: withoutFileSystemMetrics,
		noData: "no client is connected", source: docs + "efs/latest/ug/efs-metrics.html",
	},
	{
		namespace: "AWS/EFS", names: []string{"TimeSinceLastSync"},
		dimensions: map[string]dimension{
			"FileSystemId":            ofEFS,
			"DestinationFileSystemId": {token: awstoken.EFSReplication, property: "destination.fileSystemId"},
		},
		noData: "no replication", source: docs + "efs/latest/ug/efs-metrics.html",
	},
	{
		namespace: "AWS/RDS",
		names: []string{
			"CPUUtilization", "DatabaseConnections", "FreeableMemory", "FreeLocalStorage", "AuroraReplicaLag", "Deadlocks",
			"CommitLatency", "AuroraVolumeBytesLeftTotal", "EngineUptime",
		},
		dimensions: map[string]dimension{"DBClusterIdentifier": ofDBCluster},
		noData:     "no instance runs", source: auroraMetric,
	},
	{
		namespace: "AWS/RDS", names: []string{"CPUUtilization", "DatabaseConnections", "CommitLatency", "EngineUptime"},
		dimensions: map[string]dimension{
			"DBClusterIdentifier": ofDBCluster, "Role": {texts: []string{"WRITER", "READER"}},
		},
		noData: "no instance has the role", source: auroraMetric,
	},
	{
		namespace: "AWS/AmazonMQ",
		names: []string{
			"ConnectionCount", "MessageReadyCount", "MessageUnacknowledgedCount", "RabbitMQMemUsed", "RabbitMQMemLimit",
			"RabbitMQDiskFree", "RabbitMQDiskFreeLimit", "RabbitMQFdUsed",
		},
		dimensions: map[string]dimension{"Broker": {token: awstoken.MQBroker, property: "brokerName"}},
		noData:     "the broker does not run",
		source:     docs + "amazon-mq/latest/developer-guide/rabbitmq-logging-monitoring.html",
	},
	{
		namespace: "AWS/ES",
		names: []string{
			"ClusterStatus.red", "ClusterStatus.yellow", "ClusterIndexWritesBlocked", "Nodes", "AutomatedSnapshotFailure",
			"KMSKeyError", "KMSKeyInaccessible", "FreeStorageSpace", "CPUUtilization", "JVMMemoryPressure",
			"ThreadpoolWriteRejected", "SearchLatency", "MasterCPUUtilization", "MasterJVMMemoryPressure",
			"MasterReachableFromNode",
		},
		dimensions: ofDomain, of: "DomainName", absent: withoutMasterMetrics,
		noData: "the domain does not run; KMSKey* only while the key fails", source: esMetrics,
	},
	{
		namespace: "AWS/NATGateway",
		names: []string{
			"ErrorPortAllocation", "PacketsDropCount", "PacketsInFromSource", "PacketsInFromDestination",
			"BytesOutToDestination",
		},
		dimensions: map[string]dimension{"NatGatewayId": {token: awstoken.EC2NATGateway, property: "id"}},
		noData:     "no traffic", source: docs + "vpc/latest/userguide/metrics-dimensions-nat-gateway.html",
	},
	{
		namespace: "AWS/Backup",
		names: []string{
			"NumberOfBackupJobsCompleted", "NumberOfBackupJobsFailed", "NumberOfBackupJobsExpired",
			"NumberOfRestoreJobsCompleted", "NumberOfRestoreJobsFailed",
		},
		dimensions: map[string]dimension{"BackupVaultName": ofVault, "ResourceType": ofBackups},
		noData:     noJob, source: backupMetrics,
	},
	{
		namespace: "AWS/Backup",
		names: []string{
			"NumberOfBackupJobsFailed", "NumberOfBackupJobsExpired", "NumberOfRestoreJobsFailed",
			"NumberOfRecoveryPointsExpired",
		},
		dimensions: map[string]dimension{"BackupVaultName": ofVault}, noData: noJob, source: backupMetrics,
	},
	{
		namespace: "AWS/Backup", names: []string{"NumberOfCopyJobsCompleted", "NumberOfCopyJobsFailed"},
		dimensions: map[string]dimension{"BackupVaultName": ofCopies, "ResourceType": ofBackups},
		noData:     noJob, source: backupMetrics,
	},
	{
		namespace: "AWS/Backup", names: []string{"NumberOfCopyJobsFailed"},
		dimensions: map[string]dimension{"BackupVaultName": ofCopies}, noData: noJob, source: backupMetrics,
	},
	{
		namespace: "AWS/Billing", names: []string{"EstimatedCharges"}, only: globalRegion,
		dimensions: map[string]dimension{"Currency": {texts: []string{"USD"}}},
		noData:     "billing alerts are not turned on; each six hours otherwise",
		source:     docs + "AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html",
	},
	{
		namespace: "AWS/Route53", names: []string{"HealthCheckStatus", "HealthCheckPercentageHealthy"}, only: globalRegion,
		dimensions: map[string]dimension{"HealthCheckId": {token: awstoken.Route53HealthCheck, property: "id"}},
		noData:     "the health check is disabled", source: docs + "Route53/latest/DeveloperGuide/monitoring-health-checks.html",
	},
	{
		namespace: "AWS/SNS", names: []string{"NumberOfNotificationsFailed"},
		dimensions: map[string]dimension{"TopicName": {token: awstoken.SNSTopic, property: "name"}},
		noData:     "no message failed", source: docs + "sns/latest/dg/sns-monitoring-using-cloudwatch.html",
	},
}

// globalRegion is the region of the metrics of services without regions.
const globalRegion = "us-east-1"

func withoutGroupMetrics(metric string, r *Resource) string {
	if slices.Contains(Texts(r.State, "enabledMetrics[]"), metric) {
		return ""
	}
	return "the group does not collect it: enabledMetrics"
}

func withoutFileSystemMetrics(metric string, r *Resource) string {
	switch {
	case metric == "BurstCreditBalance" && r.State["throughputMode"] == "elastic":
		return "a file system with elastic throughput has no credits"
	case metric == "PercentIOLimit" && r.State["performanceMode"] == "maxIO":
		return "a file system in the mode maxIO has no such limit"
	}
	return ""
}

func withoutMasterMetrics(metric string, r *Resource) string {
	masters := slices.Contains(at(r.State, "clusterConfig.dedicatedMasterEnabled"), any(true))
	if strings.HasPrefix(metric, "Master") && !masters {
		return "the domain has no dedicated masters"
	}
	return ""
}

// unpublished returns why nothing in the account publishes a metric with exactly its dimensions; "" if something does.
func (c *Call) unpublished(m cloudwatch.Metric) string {
	given := slices.Sorted(maps.Keys(m.Dimensions))
	if len(given) == 0 && len(c.filtersOf(m)) > 0 {
		return ""
	}
	var sets []string
	for _, row := range metrics {
		inNamespace, err := path.Match(row.namespace, m.Namespace)
		if err != nil || !inNamespace || !slices.Contains(row.names, m.Name) {
			continue
		}
		want := slices.Sorted(maps.Keys(row.dimensions))
		if !slices.Equal(given, want) {
			sets = append(sets, strings.Join(want, ", "))
			continue
		}
		if row.only != "" && row.only != c.Region {
			return fmt.Sprintf("it is in %s only, not in %s", row.only, c.Region)
		}
		for _, name := range want {
			r, found := c.publisher(row.dimensions[name], m.Dimensions[name])
			if !found {
				return fmt.Sprintf("nothing in the account has the %s %q", name, m.Dimensions[name])
			}
			if name == row.of {
				if why := row.absent(m.Name, r); why != "" {
					return why
				}
			}
		}
		return ""
	}
	if len(sets) > 0 {
		return fmt.Sprintf("it has the dimensions %s, not %s", strings.Join(sets, " or "), strings.Join(given, ", "))
	}
	return "no service publishes it: the table of metrics has no row for it, and no metric filter makes it"
}

// filtersOf are the metric filters of log groups that make a metric.
func (c *Call) filtersOf(m cloudwatch.Metric) []*Resource {
	return c.Find(awstoken.LogMetricFilter, func(r *Resource) bool {
		return slices.Contains(Texts(r.State, "metricTransformation.namespace"), m.Namespace) &&
			slices.Contains(Texts(r.State, "metricTransformation.name"), m.Name)
	})
}

// publisher finds what a dimension names.
func (c *Call) publisher(d dimension, value string) (*Resource, bool) {
	switch {
	case d.account:
		return nil, value == c.AccountID
	case d.token == "":
		return nil, slices.Contains(d.texts, value)
	}
	found := slices.DeleteFunc(c.Store.Resources(d.token, ""), func(r *Resource) bool {
		return r.Region != "" && (r.Region != c.Region) != d.elsewhere ||
			(d.property != "id" || r.ID != value) && !slices.Contains(Texts(r.State, d.property), value)
	})
	if len(found) == 0 {
		return nil, false
	}
	return found[0], true
}

// alarmQueries refuses what PutMetricAlarm refuses of metrics and expressions.
func alarmQueries(c *Call) error {
	if _, err := cloudwatch.Parse(c.In); err != nil {
		return fmt.Errorf("ValidationError: %w", err)
	}
	return nil
}

// alarmMetric refuses an alarm on a metric that nothing publishes. AWS creates it, and it never has data.
func alarmMetric(c *Call) error {
	alarm, err := cloudwatch.Parse(c.In)
	if err != nil {
		return nil // another rule says it
	}
	for _, m := range alarm.Metrics {
		if why := c.unpublished(m); why != "" {
			return fmt.Errorf("the alarm never has data of %s %s: %s", m.Namespace, m.Name, why)
		}
	}
	return nil
}

// alarmAction refuses an action on a topic that CloudWatch may not publish to, or whose key it may not use. AWS takes it,
// and nobody is notified.
func alarmAction(c *Call) error {
	for _, property := range []string{"alarmActions[]", "okActions[]", "insufficientDataActions[]"} {
		for _, arn := range c.texts(property) {
			if why := c.cannotPublish("cloudwatch.amazonaws.com", arn); why != "" {
				return fmt.Errorf("nobody is notified: %s", why)
			}
		}
	}
	return nil
}

// alarmActionRegion refuses an action on a topic of another region.
func alarmActionRegion(c *Call) error {
	for _, property := range []string{"alarmActions[]", "okActions[]", "insufficientDataActions[]"} {
		for _, arn := range c.texts(property) {
			if region := regionOf(arn); region != c.Region {
				return fmt.Errorf("ValidationError: Invalid region %s specified. Only %s is supported", region, c.Region)
			}
		}
	}
	return nil
}

// regionOf is the region in an ARN.
func regionOf(arn string) string {
	const part = 3
	if parts := strings.Split(arn, ":"); len(parts) > part {
		return parts[part]
	}
	return ""
}
