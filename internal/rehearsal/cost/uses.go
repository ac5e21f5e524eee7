package cost

import (
	"fmt"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// The assumed use of one resource a month: that of a small production stack. It is no measurement.
const (
	natGB             = 50
	endpointGB        = 10
	zoneGB            = 100
	internetGB        = 50
	capacityUnits     = 1
	databaseGB        = 50
	databaseMillions  = 100
	extraBackupGB     = 20
	monitoringGB      = 0.5
	brokerGB          = 10
	brokerLogGB       = 1
	filesGB           = 50
	bucketGB          = 5
	logGB             = 2
	flowLogGB         = 20
	keyTenThousands   = 5
	transitGB         = 50
	detailedMetrics   = 7
	agentMetricsANode = 3
	agentMetricsGroup = 4
	nodeMetrics       = 4 // of keep.sh
)

// weeksAMonth are 52 weeks in twelve months.
const weeksAMonth = 52.0 / 12

// compressed is the share of log data that is stored, by AWS's own estimate in the price page's examples.
const compressed = 0.15

// only is a fixed quantity of one price.
func only(price string, quantity float64) func(Resource, []Resource) []use {
	return func(Resource, []Resource) []use { return []use{{price: price, quantity: quantity}} }
}

// group prices the nodes at the group's smallest size, with the volumes of the launch template beside it.
func group(r Resource, all []Resource) []use {
	nodes := number(r.Inputs, "minSize")
	instanceType := text(r.Inputs, "mixedInstancesPolicy.launchTemplate.overrides.instanceType")
	var out []use
	for _, template := range all {
		if template.Token != awstoken.EC2LaunchTemplate || template.Tier != r.Tier {
			continue
		}
		if instanceType == "" {
			instanceType = text(template.Inputs, "instanceType")
		}
		for _, volume := range list(template.Inputs, "blockDeviceMappings.ebs") {
			out = append(out, use{
				price: "ebs/" + text(volume, "volumeType"), quantity: nodes * number(volume, "volumeSize"),
			})
		}
		if isTrue(template.Inputs, "monitoring.enabled") {
			out = append(out, use{price: "ec2/detailed-monitoring", quantity: nodes * detailedMetrics})
		}
	}
	return append(out,
		use{price: "ec2/" + instanceType, quantity: nodes * HoursAMonth},
		use{price: "cloudwatch/metric", quantity: nodes*agentMetricsANode + agentMetricsGroup + nodeMetrics,
			assumption: fmt.Sprintf("the nodes send %d metrics of each node and %d of the stack", agentMetricsANode,
				agentMetricsGroup+nodeMetrics)},
		use{price: "ec2/between-zones", quantity: 2 * nodes * zoneGB,
			assumption: fmt.Sprintf("%d GB of each node, charged in both directions", zoneGB)},
	)
}

func alarm(r Resource, _ []Resource) []use {
	metrics := 0.0
	for _, query := range list(r.Inputs, "metricQueries") {
		if len(list(query, "metric")) > 0 {
			metrics++
		}
	}
	return []use{{price: "cloudwatch/alarm", quantity: max(metrics, 1)}}
}

// healthCheck is priced as one of an endpoint in AWS. Each option costs the same: HTTPS, the fast interval, a text to find
// and the latency.
func healthCheck(r Resource, _ []Resource) []use {
	const fastSeconds = 10
	options := 0.0
	for _, has := range []bool{
		strings.HasPrefix(text(r.Inputs, "type"), "HTTPS"), strings.HasSuffix(text(r.Inputs, "type"), "_STR_MATCH"),
		number(r.Inputs, "requestInterval") == fastSeconds, isTrue(r.Inputs, "measureLatency"),
	} {
		if has {
			options++
		}
	}
	return []use{{price: "route53/health-check", quantity: 1}, {price: "route53/health-check-option", quantity: options}}
}

func logGroup(r Resource, _ []Resource) []use {
	gb := float64(logGB)
	if strings.Contains(text(r.Inputs, "name")+r.Name, "flow") {
		gb = flowLogGB
	}
	return logs(gb, number(r.Inputs, "retentionInDays"))
}

// logs that are taken in and stored for some days; 0 days are a year.
func logs(gb, days float64) []use {
	if days == 0 {
		days = 365
	}
	return []use{
		{price: "logs/ingest", quantity: gb, assumption: fmt.Sprintf("%v GB of each group", gb)},
		{price: "logs/storage", quantity: gb * compressed * days * 12 / 365,
			assumption: fmt.Sprintf("for %v days, compressed to %v %%", days, 100*compressed)},
	}
}

func nat(Resource, []Resource) []use {
	return []use{
		{price: "nat/hour", quantity: HoursAMonth},
		{price: "nat/traffic", quantity: natGB, assumption: fmt.Sprintf("%d GB through each gateway", natGB)},
	}
}

func transit(Resource, []Resource) []use {
	return []use{
		{price: "transit/hour", quantity: HoursAMonth},
		{price: "transit/traffic", quantity: transitGB, assumption: fmt.Sprintf("%d GB", transitGB)},
	}
}

func endpoint(r Resource, _ []Resource) []use {
	if text(r.Inputs, "vpcEndpointType") != "Interface" {
		return nil // gateway endpoints cost nothing
	}
	return []use{
		{price: "endpoint/hour", quantity: float64(len(list(r.Inputs, "subnetIds"))) * HoursAMonth},
		{price: "endpoint/traffic", quantity: endpointGB, assumption: fmt.Sprintf("%d GB through each endpoint", endpointGB)},
	}
}

func fileSystem(r Resource, _ []Resource) []use {
	out := []use{{price: "efs/storage", quantity: filesGB, assumption: fmt.Sprintf("%d GB", filesGB)}}
	if mode := text(r.Inputs, "throughputMode"); mode != "" && mode != "bursting" {
		out = append(out, use{price: "EFS throughput, " + mode})
	}
	return out
}

func fileBackups(r Resource, _ []Resource) []use {
	if text(r.Inputs, "backupPolicy.status") != "ENABLED" {
		return nil
	}
	return []use{{price: "efs/backup", quantity: filesGB, assumption: fmt.Sprintf("%d GB", filesGB)}}
}

// backups prices what a plan keeps. A snapshot of Aurora that is older than the cluster's own backups is billed in full;
// backups of EFS are incremental.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-storage-backup.html
func backups(r Resource, _ []Resource) []use {
	points := 0.0
	for _, rule := range list(r.Inputs, "rules") {
		days := number(rule, "lifecycle.deleteAfter")
		switch text(rule, "ruleName") {
		case "weekly":
			points += days / 7
		case "monthly":
			points += days / 30
		default:
			points += days
		}
	}
	out := []use{
		{price: "aurora/backup", quantity: points * databaseGB,
			assumption: fmt.Sprintf("%.0f snapshots of %d GB, each billed in full", points, databaseGB)},
		{price: "efs/backup", quantity: filesGB, assumption: fmt.Sprintf("%d GB of files that hardly change", filesGB)},
	}
	if len(list(r.Inputs, "rules.copyActions")) > 0 {
		// The table has no price for it, so that the report names it.
		out = append(out, use{price: "backup/copies in another region", quantity: 1})
	}
	return out
}

// restoreTests prices what the tests of a month restore, and its storage until it is deleted.
func restoreTests(r Resource, all []Resource) []use {
	const fee = "; without AWS's fee for each test, which is not known"
	tests := 0.0
	for _, plan := range all {
		if plan.Token == awstoken.BackupRestoreTestPlan && plan.Tier == r.Tier {
			days := strings.Count(text(plan.Inputs, "scheduleExpression"), ",") + 1
			tests += float64(days) * weeksAMonth
		}
	}
	kept := tests * number(r.Inputs, "validationWindowHours") / HoursAMonth
	if text(r.Inputs, "protectedResourceType") == "EFS" {
		return []use{
			{price: "efs/restore", quantity: tests * filesGB, assumption: fmt.Sprintf("%.1f tests of %d GB", tests, filesGB) + fee},
			{price: "efs/storage", quantity: kept * filesGB, assumption: "until the tests end"},
		}
	}
	return []use{{
		price: "aurora/storage", quantity: kept * databaseGB,
		assumption: fmt.Sprintf("%.1f tests of %d GB", tests, databaseGB) + fee,
	}}
}

func key(Resource, []Resource) []use {
	return []use{
		{price: "kms/key", quantity: 1},
		{price: "kms/requests", quantity: keyTenThousands,
			assumption: fmt.Sprintf("%d0,000 requests of each key, without the free ones", keyTenThousands)},
	}
}

// balancer has an address in each of its subnets if it is in the internet.
func balancer(r Resource, _ []Resource) []use {
	out := []use{
		{price: "alb/hour", quantity: HoursAMonth},
		{price: "alb/lcu", quantity: capacityUnits * HoursAMonth, assumption: fmt.Sprintf("%d unit on average", capacityUnits)},
		{price: "ec2/to-internet", quantity: internetGB, assumption: fmt.Sprintf("%d GB, without the free ones", internetGB)},
	}
	if !isTrue(r.Inputs, "internal") {
		out = append(out, use{
			price: "vpc/public-ipv4", quantity: float64(len(list(r.Inputs, "subnets"))) * HoursAMonth,
		})
	}
	return out
}

func broker(r Resource, _ []Resource) []use {
	nodes := 1.0
	if text(r.Inputs, "deploymentMode") == "CLUSTER_MULTI_AZ" {
		nodes = 3
	}
	return append([]use{
		{price: "mq/" + text(r.Inputs, "hostInstanceType"), quantity: nodes * HoursAMonth},
		{price: "mq/storage", quantity: nodes * brokerGB, assumption: fmt.Sprintf("%d GB in each node", brokerGB)},
	}, logs(brokerLogGB, 0)...)
}

// domain prices the volumes without extra I/O: gp3 includes what the defaults configure.
func domain(r Resource, _ []Resource) []use {
	data := number(r.Inputs, "clusterConfig.instanceCount")
	out := []use{
		{price: "search/" + text(r.Inputs, "clusterConfig.instanceType"), quantity: data * HoursAMonth},
		{price: "search/" + text(r.Inputs, "ebsOptions.volumeType"), quantity: data * number(r.Inputs, "ebsOptions.volumeSize")},
	}
	const includedIOPS, includedMiB = 3000, 125
	if number(r.Inputs, "ebsOptions.iops") > includedIOPS || number(r.Inputs, "ebsOptions.throughput") > includedMiB {
		out = append(out, use{price: "OpenSearch volumes with more than 3,000 IOPS or 125 MiB/s"})
	}
	if isTrue(r.Inputs, "clusterConfig.dedicatedMasterEnabled") {
		out = append(out, use{
			price:    "search/" + text(r.Inputs, "clusterConfig.dedicatedMasterType"),
			quantity: number(r.Inputs, "clusterConfig.dedicatedMasterCount") * HoursAMonth,
		})
	}
	return out
}

// database prices what the cluster stores, and the administrator's secret, which RDS makes.
func database(r Resource, _ []Resource) []use {
	out := []use{
		{price: "aurora/storage", quantity: databaseGB, assumption: fmt.Sprintf("%d GB", databaseGB)},
		{price: "aurora/io", quantity: databaseMillions, assumption: fmt.Sprintf("%d million requests", databaseMillions)},
		{price: "aurora/backup", quantity: extraBackupGB, assumption: fmt.Sprintf("%d GB", extraBackupGB)},
	}
	if isTrue(r.Inputs, "manageMasterUserPassword") {
		out = append(out, use{price: "secrets/secret", quantity: 1})
	}
	return out
}

func databaseInstance(r Resource, _ []Resource) []use {
	out := []use{{price: "aurora/" + text(r.Inputs, "instanceClass"), quantity: HoursAMonth}}
	if number(r.Inputs, "monitoringInterval") > 0 {
		out = append(out, use{
			price: "logs/ingest", quantity: monitoringGB,
			assumption: fmt.Sprintf("enhanced monitoring: %v GB of each instance", monitoringGB),
		})
	}
	return out
}

func bucket(Resource, []Resource) []use {
	return []use{{price: "s3/storage", quantity: bucketGB, assumption: fmt.Sprintf("%d GB in each bucket", bucketGB)}}
}

// secrets prices a secret and each of its copies in other regions as one.
func secrets(r Resource, _ []Resource) []use {
	return []use{{price: "secrets/secret", quantity: float64(1 + len(list(r.Inputs, "replicas")))}}
}
