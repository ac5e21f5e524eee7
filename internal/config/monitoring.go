package config

// Monitoring is what alarms.
type Monitoring struct {
	Alarms         string `json:"alarms"`
	ErrorPercent   int    `json:"errorPercent"`
	LatencySeconds int    `json:"latencySeconds"`
	QueuedMessages int    `json:"queuedMessages"`
	// ApplianceErrors and FailedLogins are in five minutes.
	ApplianceErrors int `json:"applianceErrors"`
	FailedLogins    int `json:"failedLogins"`
}

// Values of monitoring.alarms.
const (
	AllAlarms       = "all"
	EssentialAlarms = "essential"
)

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
