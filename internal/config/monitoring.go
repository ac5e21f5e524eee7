package config

import (
	"fmt"
	"regexp"
	"strings"
)

// Monitoring is what alarms.
type Monitoring struct {
	Alarms         string `json:"alarms"`
	ErrorPercent   int    `json:"errorPercent"`
	LatencySeconds int    `json:"latencySeconds"`
	QueuedMessages int    `json:"queuedMessages"`
	// ApplianceErrors and FailedLogins are in five minutes.
	ApplianceErrors int    `json:"applianceErrors"`
	FailedLogins    int    `json:"failedLogins"`
	Dashboard       bool   `json:"dashboard"`
	HealthCheck     bool   `json:"healthCheck"`
	BudgetUSD       int    `json:"budgetUsd"`
	AnomalyMonitor  string `json:"anomalyMonitor"`
	AnomalyUSD      int    `json:"anomalyUsd"`
}

// Values of monitoring.alarms.
const (
	AllAlarms       = "all"
	EssentialAlarms = "essential"
)

// Values of monitoring.anomalyMonitor, beside the ARN of an existing monitor.
const (
	NoAnomalyMonitor  = "none"
	OwnAnomalyMonitor = "own"
)

var anomalyMonitor = regexp.MustCompile(`^(none|own|arn:aws:ce::(\d{12}):anomalymonitor/[0-9a-f-]{36})$`)

var monitoringRows = []Row{
	{
		Key:   "monitoring.alarms",
		Limit: Choice{Values: []string{AllAlarms, EssentialAlarms}, DevelopmentOnly: []string{EssentialAlarms}},
		Why:   "production is watched in every aspect",
	},
	{
		Key:   "monitoring.errorPercent",
		Limit: Range{Min: 1, Max: 50},
		Why:   "above half, the alarm would stay silent while most requests fail",
	},
	{
		Key:   "monitoring.latencySeconds",
		Limit: Range{Min: 1, Max: 60},
		Why:   "browsers and API clients give up after about a minute",
	},
	{
		Key:   "monitoring.queuedMessages",
		Limit: Range{Min: 1, Max: 1_000_000},
		Why:   "the default policies of Amazon MQ refuse messages from 8,000,000 in a queue on",
	},
	{Key: "monitoring.dashboard", Limit: Flag{}},
	{Key: "monitoring.healthCheck", Limit: Flag{}},
	{
		Key:   "monitoring.applianceErrors",
		Limit: Range{Min: 1, Max: 100_000},
		Why:   "some errors are normal, and no appliance logs so many in five minutes",
	},
	{
		Key:   "monitoring.failedLogins",
		Limit: Range{Min: 0, Max: 10_000},
		Why:   "a node with a wrong password tries several times a second",
	},
	{
		Key:   "monitoring.budgetUsd",
		Limit: Range{Min: 0, Max: 10_000_000},
		Why:   "0 is no budget",
	},
	{
		Key:   "monitoring.anomalyMonitor",
		Limit: Text{Is: "none, own, or the ARN of an anomaly monitor", Pattern: anomalyMonitor},
		Why:   "AWS allows one monitor of services in an account, and a monitor of a tag only to the account that pays",
	},
	{
		Key:   "monitoring.anomalyUsd",
		Limit: Range{Min: 1, Max: 1_000_000},
		Why:   "with 0, every detected anomaly would be reported, most of them of cents",
	},
}

var monitoringRules = []Rule{
	{
		Keys:  []string{"monitoring.budgetUsd", "monitoring.anomalyMonitor", "aws.region"},
		Says:  "no budget and no anomaly monitor outside AWS's commercial regions",
		check: (*Config).checkBilling,
	},
	{
		Keys:  []string{"monitoring.anomalyMonitor", "aws.accountId"},
		Says:  "an existing monitor is one of the stack's account",
		check: (*Config).checkAnomalyMonitor,
	},
	{
		Keys:  []string{"monitoring.healthCheck"},
		Needs: []string{"aws.region", "loadBalancer.scheme", "loadBalancer.tlsPolicy", "dns.hostedZoneId"},
		Says: "only for an internet-facing load balancer that accepts TLS 1.2, in AWS's commercial regions; warns without " +
			"dns.hostedZoneId",
		check: (*Config).checkHealthCheck,
	},
}

// CheckerEntries is the weight of AWS's prefix list of the Route 53 health checkers: it counts as so many rules of a
// security group.
// https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
const CheckerEntries = 25

// onlyTLS13 is in the names of the policies that accept nothing older.
const onlyTLS13 = "-TLS13-1-3-"

// checkHealthCheck refuses a health check that cannot succeed or that cannot notify.
func (c *Config) checkHealthCheck(p *Problems) {
	const key = "monitoring.healthCheck"
	policy := c.LoadBalancer.TLSPolicy
	switch {
	case !c.Monitoring.HealthCheck:
	case partitionPrefix(c.AWS.Region) != "":
		p.Add(key, true, "false in "+c.AWS.Region, "the metric of a health check is in us-east-1, and no event crosses partitions; "+
			"monitor "+c.pingURL()+" by a service of your own")
	case c.InternalOnly():
		p.Add(key, true, "false with loadBalancer.scheme internal", "the health checkers are on the internet; monitor "+
			c.pingURL()+" from a network of the clients, such as by a CloudWatch Synthetics canary in a VPC")
	case strings.Contains(policy, onlyTLS13):
		p.Add(key, true, fmt.Sprintf("false with loadBalancer.tlsPolicy %s, or the policy one with TLS 1.2", policy),
			"the health checkers use TLS 1.2 at most")
	case c.DNS.HostedZoneID == "":
		c.warn(key, "the health check fails, and somebody is paged, until the public DNS has the record of dns.hostName, which "+
			"you create without dns.hostedZoneId; turn it on after that")
	}
}

// pingURL is what answers while the appliance serves.
func (c *Config) pingURL() string { return "https://" + c.DNS.HostName + "/ping" }

// checkBilling refuses what other partitions do not have: their bills are elsewhere.
func (c *Config) checkBilling(p *Problems) {
	if partitionPrefix(c.AWS.Region) == "" {
		return
	}
	const why = "AWS Budgets and Cost Explorer of other partitions differ or do not exist"
	if c.Monitoring.BudgetUSD != 0 {
		p.Add("monitoring.budgetUsd", c.Monitoring.BudgetUSD, "0 in "+c.AWS.Region, why)
	}
	if c.Monitoring.AnomalyMonitor != NoAnomalyMonitor {
		p.Add("monitoring.anomalyMonitor", c.Monitoring.AnomalyMonitor, NoAnomalyMonitor+" in "+c.AWS.Region, why)
	}
}

// checkAnomalyMonitor refuses a monitor of another account. A text that is none is refused by its row.
func (c *Config) checkAnomalyMonitor(p *Problems) {
	m := anomalyMonitor.FindStringSubmatch(c.Monitoring.AnomalyMonitor)
	if m == nil || m[2] == "" || m[2] == c.AWS.AccountID {
		return
	}
	p.Add("monitoring.anomalyMonitor", c.Monitoring.AnomalyMonitor, "a monitor of account "+c.AWS.AccountID,
		"a subscription is in the account of its monitors")
}

// LeastNodes is the smallest size that the group may have at any time.
func (c Cluster) LeastNodes() int {
	least := c.MinSize
	for _, s := range c.Schedules {
		least = min(least, s.MinSize)
	}
	return least
}

// MaxConnections that the class takes.
func (d Database) MaxConnections() int { return maxConnections(d.InstanceClass) }
