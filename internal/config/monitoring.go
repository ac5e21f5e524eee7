package config

import "regexp"

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
}

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
