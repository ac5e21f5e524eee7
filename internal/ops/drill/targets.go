package drill

import (
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// Measures of a drill.
const (
	measureOutage     = "longest time without an answer of /ping"
	measureRedundancy = "time until the spare is back"
)

// aim is the source of a target that nobody outside this project has stated.
const aim = "aim of this project"

// Target is what a drill is compared with.
type Target struct {
	Drill, Measure string
	// Limit is the most that meets the target; Of computes it from the configuration instead.
	Limit time.Duration
	Of    func(*config.Config) time.Duration
	// Means says what the limit is, and Source who states it.
	Means, Source string
}

func (t Target) limit(c *config.Config) time.Duration {
	if t.Of != nil {
		return t.Of(c)
	}
	return t.Limit
}

// Targets of all drills: for each the longest outage and the redundancy.
var Targets = []Target{
	{
		Drill: Node, Measure: measureOutage, Limit: 30 * time.Second, Means: "30 s",
		Source: aim + ": other nodes answer, and the load balancer's health check needs 90 s to drop a node that hangs",
	},
	{
		Drill: Node, Measure: measureRedundancy, Means: "`cluster.bootTimeoutMinutes` + 10 min",
		Of: func(c *config.Config) time.Duration {
			return time.Duration(c.Cluster.BootTimeoutMinutes+10) * time.Minute
		},
		Source: "the alarm cluster-too-few-nodes fires after it",
	},
	{
		Drill: Database, Measure: measureOutage, Limit: time.Minute, Means: "60 s",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html",
	},
	{
		Drill: Database, Measure: measureRedundancy, Limit: 15 * time.Minute, Means: "15 min",
		Source: "the alarm database-instances fires after it",
	},
	{
		Drill: Broker, Measure: measureOutage, Limit: 30 * time.Second, Means: "30 s",
		Source: aim + ": AWS keeps two of three nodes running during maintenance, and nodes reconnect",
	},
	{
		Drill: Broker, Measure: measureRedundancy, Limit: 30 * time.Minute, Means: "30 min",
		Source: aim + ": AWS states no time for a reboot",
	},
	{
		Drill: Search, Measure: measureOutage, Limit: 30 * time.Second, Means: "30 s",
		Source: aim + ": each index has a copy on another node",
	},
	{
		Drill: Search, Measure: measureRedundancy, Limit: time.Hour, Means: "60 min",
		Source: "the alarms search-yellow and search-nodes fire after it",
	},
	{
		Drill: Zone, Measure: measureOutage, Limit: 10 * time.Second, Means: "10 s",
		Source: aim + ": the nodes of the zone are healthy, only new clients go elsewhere",
	},
	{
		Drill: Zone, Measure: measureRedundancy, Limit: 10 * time.Minute, Means: "10 min after the shift ends",
		Source: aim + ": AWS says that traffic takes some minutes to move",
	},
}

// targetOf returns the target of a drill.
func targetOf(drill, measure string) Target {
	for _, t := range Targets {
		if t.Drill == drill && t.Measure == measure {
			return t
		}
	}
	return Target{}
}
