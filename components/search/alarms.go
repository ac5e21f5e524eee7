package search

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// Roles of the outputs that name the metrics' dimensions.
const (
	domainRole    = "domain"
	domainArnRole = "domainArn"
)

const (
	recommended = "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/cloudwatch-alarms.html"
	metricsPage = "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-cloudwatchmetrics.html"

	mibPerGiB  = 1024
	domainGone = "the domain sends nothing, which search-nodes tells"
)

// Alarms of the domain.
func Alarms(settings config.Search, metricNamespace string) alarm.Tier {
	tier := alarm.Tier{Name: "search", Events: events(), Queries: queries}
	tier.Facts = append(tier.Facts, statusFacts(settings)...)
	tier.Facts = append(tier.Facts, capacityFacts(settings)...)
	tier.Facts = append(tier.Facts, requestFacts()...)
	tier.Facts = append(tier.Facts, snapshotFact(metricNamespace))
	if settings.DedicatedMasters > 0 {
		tier.Facts = append(tier.Facts, masterFacts()...)
	}
	return tier
}

// Dimensions are the outputs that name the metrics, by role.
func (s *Search) Dimensions() map[string]pulumi.StringInput {
	return map[string]pulumi.StringInput{domainRole: s.DomainName, domainArnRole: s.Arn, slowLogRole: s.slowLog, alarm.AccountRole: s.owner}
}

func metrics(name, statistic string) []alarm.Metric {
	return []alarm.Metric{{
		Namespace: "AWS/ES", Name: name, Statistic: statistic,
		// Without the account id there is no data.
		Dimensions: map[string]alarm.Dimension{"DomainName": alarm.Of(domainRole), "ClientId": alarm.Of(alarm.AccountRole)},
	}}
}

func statusFacts(settings config.Search) []alarm.Fact {
	return []alarm.Fact{
		{
			Name: "red", Aspect: alarm.Errors, Severity: alarm.Page, Essential: true,
			Metrics: metrics("ClusterStatus.red", "Maximum"), Comparison: alarm.AtLeast, Threshold: 1,
			Window: alarm.For(2, 60), Missing: alarm.Unknown, WhyMissing: domainGone,
			Meaning: "An index has lost data: searches fail or lack results. AWS takes no snapshots while the status is red.",
			Action: "See which index is red: `GET _cat/indices?health=red`. A node that comes back heals it; otherwise restore " +
				"the index from the latest snapshot. After 21 days AWS deletes the lost shards.",
			Source: recommended,
		},
		{
			Name: "yellow", Aspect: alarm.Redundancy, Severity: alarm.Ticket,
			Metrics: metrics("ClusterStatus.yellow", "Maximum"), Comparison: alarm.AtLeast, Threshold: 1,
			Window: alarm.For(12, 300), Missing: alarm.Unknown, WhyMissing: domainGone,
			Meaning: "Some index has had no copy for an hour: the loss of a node loses data.",
			Action: "`GET _cluster/allocation/explain` says why. With one data node it never ends: the index needs zero " +
				"replicas. Otherwise a node is missing or full.",
			Source: recommended,
		},
		{
			Name: "nodes", Aspect: alarm.Redundancy, Severity: alarm.Page,
			Metrics: metrics("Nodes", "Minimum"), Comparison: alarm.Below,
			Threshold: float64(settings.InstanceCount + settings.DedicatedMasters), Unit: "nodes",
			Setting: "search.instanceCount", Window: alarm.For(12, 300),
			Missing: alarm.Breaching, WhyMissing: "a domain that runs always sends it",
			Meaning: "A node of the domain has been missing for an hour; AWS replaces it by itself within that time.",
			Action:  "Look at the domain's notifications and at AWS Health; open a case with AWS.",
			Source:  recommended,
		},
		{
			Name: "writes-blocked", Aspect: alarm.Errors, Severity: alarm.Page, Essential: true,
			Metrics: metrics("ClusterIndexWritesBlocked", "Maximum"), Comparison: alarm.AtLeast, Threshold: 1,
			Window: alarm.For(5, 60), Missing: alarm.Unknown, WhyMissing: domainGone,
			Meaning: "The domain takes no writes: it has too little disk or memory. Logs and activity are lost.",
			Action:  "Delete old indexes, or raise search.volumeGiB. It stays blocked for some minutes afterwards.",
			Source:  recommended,
		},
		{
			Name: "snapshot", Aspect: alarm.Errors, Severity: alarm.Ticket,
			Metrics: metrics("AutomatedSnapshotFailure", "Maximum"), Comparison: alarm.AtLeast, Threshold: 1,
			Window: alarm.For(2, 60), Missing: alarm.NotBreaching, WhyMissing: domainGone,
			Meaning: "The hourly snapshot failed.",
			Action:  "Look for an index that is red; without one, take a manual snapshot and open a case with AWS.",
			Source:  recommended,
		},
		{
			Name: "key", Aspect: alarm.Errors, Severity: alarm.Page,
			Metrics: []alarm.Metric{
				with("error", metrics("KMSKeyError", "Maximum")), with("lost", metrics("KMSKeyInaccessible", "Maximum")),
			},
			Expression: "FILL(error,0)+FILL(lost,0)", Comparison: alarm.AtLeast, Threshold: 1,
			Window: alarm.For(2, 60), Missing: alarm.NotBreaching, WhyMissing: "sent only when the key fails",
			Meaning: "The domain cannot use its key. If that lasts, AWS deletes the domain.",
			Action:  "Enable the key of the search tier, or cancel its deletion, at once: `aws kms describe-key`.",
			Source:  recommended,
		},
	}
}

// with returns the only metric of a list with an ID for an expression.
func with(id string, m []alarm.Metric) alarm.Metric {
	m[0].ID = id
	return m[0]
}

func capacityFacts(settings config.Search) []alarm.Fact {
	return []alarm.Fact{
		{
			Name: "storage", Aspect: alarm.Saturation, Severity: alarm.Page, Essential: true,
			Metrics: metrics("FreeStorageSpace", "Minimum"), Comparison: alarm.AtMost,
			Threshold: float64(settings.VolumeGiB*mibPerGiB) / 4, Unit: "MiB, a quarter of a node's volume",
			Setting: "search.volumeGiB", Window: alarm.For(3, 60), Missing: alarm.Unknown, WhyMissing: domainGone,
			Meaning: "The fullest node is near 20 percent of free space, where the domain stops taking writes.",
			Action:  "Delete old indexes, or raise search.volumeGiB: a larger volume is made in place.",
			Source:  recommended,
		},
		{
			Name: "cpu", Aspect: alarm.Utilisation, Severity: alarm.Ticket,
			Metrics: metrics("CPUUtilization", "Average"), Comparison: alarm.AtLeast, Threshold: 80, Unit: "percent",
			Window: alarm.For(3, 900), Missing: alarm.Unknown, WhyMissing: domainGone,
			Meaning: "The data nodes are busy.",
			Action:  "Run the saved query search-slow. More or larger nodes (search.instanceCount, search.instanceType) help.",
			Source:  recommended,
		},
		{
			Name: "heap", Aspect: alarm.Saturation, Severity: alarm.Page,
			Metrics: metrics("JVMMemoryPressure", "Maximum"), Comparison: alarm.AtLeast, Threshold: 95, Unit: "percent",
			Window: alarm.For(3, 60), Missing: alarm.Unknown, WhyMissing: domainGone,
			Meaning: "A data node has nearly no heap left; above 92 percent for half an hour, AWS blocks writes.",
			Action:  "Stop large searches (`GET _tasks`). Then take larger nodes: search.instanceType.",
			Source:  recommended,
		},
	}
}

func requestFacts() []alarm.Fact {
	rejected := with("rejected", metrics("ThreadpoolWriteRejected", "Maximum"))
	return []alarm.Fact{
		{
			Name: "rejected-writes", Aspect: alarm.Errors, Severity: alarm.Ticket,
			Metrics: []alarm.Metric{rejected},
			// The metric counts from the start of a node, so that its growth matters.
			Expression: "DIFF(rejected)", Comparison: alarm.Above, Threshold: 0, Unit: "more writes than before",
			Window:  alarm.Window{Period: 60, Breaching: 3, Periods: 5},
			Missing: alarm.NotBreaching, WhyMissing: domainGone,
			Meaning: "The domain rejects writes, because its queues are full.",
			Action:  "Look at the CPU and the heap of the data nodes; add nodes with search.instanceCount.",
			Source:  metricsPage,
		},
		{
			Name: "slow", Aspect: alarm.Latency, Severity: alarm.Ticket, Metrics: metrics("SearchLatency", "Average"),
			Comparison: alarm.Above, Threshold: 1000, Unit: "milliseconds", Window: alarm.For(3, 300),
			Missing: alarm.NotBreaching, WhyMissing: "no searches",
			Meaning: "Searches of a shard take longer than a second.",
			Action:  "Read the log search-slow of the domain; compare with the CPU and the heap.",
			Source:  metricsPage,
		},
	}
}

func masterFacts() []alarm.Fact {
	return []alarm.Fact{
		{
			Name: "master-cpu", Aspect: alarm.Utilisation, Severity: alarm.Ticket,
			Metrics: metrics("MasterCPUUtilization", "Maximum"), Comparison: alarm.AtLeast, Threshold: 50, Unit: "percent",
			Window: alarm.For(3, 900), Missing: alarm.Unknown, WhyMissing: domainGone,
			Meaning: "A dedicated master is busy.",
			Action:  "Count the shards (`GET _cat/shards`): many small ones cost most. Or take a larger search.masterInstanceType.",
			Source:  recommended,
		},
		{
			Name: "master-heap", Aspect: alarm.Saturation, Severity: alarm.Ticket,
			Metrics: metrics("MasterJVMMemoryPressure", "Maximum"), Comparison: alarm.AtLeast, Threshold: 95, Unit: "percent",
			Window: alarm.For(3, 60), Missing: alarm.Unknown, WhyMissing: domainGone,
			Meaning: "A dedicated master has nearly no heap left.",
			Action:  "Count the shards (`GET _cat/shards`), or take a larger search.masterInstanceType.",
			Source:  recommended,
		},
		{
			Name: "master-lost", Aspect: alarm.Errors, Severity: alarm.Page,
			Metrics: metrics("MasterReachableFromNode", "Minimum"), Comparison: alarm.Below, Threshold: 1,
			Window: alarm.For(5, 60), Missing: alarm.Unknown, WhyMissing: domainGone,
			Meaning: "Data nodes do not reach the master: the domain takes neither writes nor changes.",
			Action:  "Look at AWS Health and open a case with AWS: nobody else can restart a master.",
			Source:  recommended,
		},
	}
}

// snapshotFact is about the age that a node measures each hour: OpenSearch has no metric of snapshots in a bucket.
func snapshotFact(metricNamespace string) alarm.Fact {
	const dayAndNight = 30
	return alarm.Fact{
		Name: "snapshot-age", Aspect: alarm.Redundancy, Severity: alarm.Ticket,
		Metrics: []alarm.Metric{{
			Namespace: metricNamespace, Name: "SearchSnapshotAgeHours", Statistic: "Minimum",
			Dimensions: map[string]alarm.Dimension{},
		}},
		Comparison: alarm.Above, Threshold: dayAndNight, Unit: "hours", Window: alarm.For(6, 3600),
		Missing: alarm.Breaching, WhyMissing: "no node has found a snapshot; a new stack has the alarm until its first night",
		Meaning: "The newest snapshot of the domain in the stack's bucket is older than a day.",
		Action: "Read the log stream keep of the nodes for the step that failed. `GET _plugins/_sm/policies/morpheus/_explain` " +
			"says why OpenSearch took none.",
		Source: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshot-mgmt.html",
	}
}
