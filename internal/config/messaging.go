package config

import (
	"regexp"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// Messaging is the RabbitMQ broker.
type Messaging struct {
	Name            string `json:"name"`
	EngineVersion   string `json:"engineVersion"`
	InstanceType    string `json:"instanceType"`
	DeploymentMode  string `json:"deploymentMode"`
	MaintenanceDay  string `json:"maintenanceDay"`
	MaintenanceTime string `json:"maintenanceTime"`
}

// Values of messaging.deploymentMode.
const (
	ClusterMultiAZ = "CLUSTER_MULTI_AZ" // always three nodes behind one endpoint
	SingleInstance = "SINGLE_INSTANCE"
)

var (
	brokerName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,50}$`)
	brokerType = regexp.MustCompile(`^mq\.(m5\.(large|[24]?xlarge)|m7g\.(large|(2|4|8|12|16)?xlarge))$`)
	clockTime  = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)
	weekdays   = []string{"MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"}
)

var messagingRows = []Row{
	{
		Key:   "messaging.name",
		Limit: Text{Is: "1..50 letters, digits, dashes and underscores", Pattern: brokerName},
		Empty: "for morpheus-<stack>-rabbitmq",
	},
	{Key: "messaging.engineVersion", Limit: Version{versions.RabbitMQ}},
	{
		Key:   "messaging.instanceType",
		Limit: Text{Is: "mq.m5.large or larger, or mq.m7g.large or larger", Pattern: brokerType},
		Why:   "the types that Amazon MQ makes RabbitMQ brokers of",
	},
	{
		Key:           "messaging.deploymentMode",
		Limit:         Choice{Values: []string{ClusterMultiAZ, SingleInstance}, DevelopmentOnly: []string{SingleInstance}},
		WhyProduction: "a single broker is down in every maintenance window",
	},
	{Key: "messaging.maintenanceDay", Limit: Choice{Values: weekdays}},
	{Key: "messaging.maintenanceTime", Limit: Text{Is: "a time such as 05:00, in UTC", Pattern: clockTime}},
}

var messagingRules = []Rule{
	{
		Keys:  []string{"messaging.instanceType"},
		Says:  "mq.m7g warns of its small disk",
		check: (*Config).warnOfBrokerDisk,
	},
}

func (c *Config) warnOfBrokerDisk(*Problems) {
	if strings.HasPrefix(c.Messaging.InstanceType, "mq.m7g.") {
		c.warn("messaging.instanceType", c.Messaging.InstanceType+
			" has a tenth of the disk of mq.m5 with RabbitMQ 3.13 (15 GB on large); a full disk blocks publishers")
	}
}
