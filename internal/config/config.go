// Package config is the contract of a stack: the keys of its configuration with their types, ranges and rules, and Load,
// which returns only a configuration that holds together. It imports no Pulumi package, so that commands can read a
// configuration without linking the SDK.
package config

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// Namespace of the configuration: the name of the project.
const Namespace = "morpheus"

// Config is the whole configuration of a stack. Every field is a key of Pulumi.yaml, where its meaning and default stand;
// a test holds the two against each other. Load returns only values that hold together.
type Config struct {
	Environment        lifecycle.Environment `json:"environment"`
	AWS                AWS                   `json:"aws"`
	Network            Network               `json:"network"`
	DNS                DNS                   `json:"dns"`
	LoadBalancer       LoadBalancer          `json:"loadBalancer"`
	Morpheus           Morpheus              `json:"morpheus"`
	FileSystem         FileSystem            `json:"filesystem"`
	Database           Database              `json:"database"`
	Messaging          Messaging             `json:"messaging"`
	Search             Search                `json:"search"`
	Rotation           Rotation              `json:"rotation"`
	Notifications      Notifications         `json:"notifications"`
	Cluster            Cluster               `json:"cluster"`
	NodeTools          NodeTools             `json:"nodeTools"`
	Encryption         Encryption            `json:"encryption"`
	Access             Access                `json:"access"`
	ServiceLinkedRoles ServiceLinkedRoles    `json:"serviceLinkedRoles"`
	Logs               Logs                  `json:"logs"`
	Safety             Safety                `json:"safety"`
	Tags               map[string]string     `json:"tags"`

	// Stack is the name of the stack, and Warnings are what can be deployed but should be known.
	Stack    string   `json:"-"`
	Warnings []string `json:"-"`
	// secret are the top-level keys whose values must not be shown.
	secret map[string]bool `json:"-"`
	// hidden are the texts among them that messages must not name either.
	hidden []string `json:"-"`
}

// AWS is where the stack stands.
type AWS struct {
	Region    string `json:"region"`
	AccountID string `json:"accountId"`
}

// Network is the VPC, who may reach it and what it reaches.
type Network struct {
	CIDR               string        `json:"cidr"`
	AvailabilityZones  []string      `json:"availabilityZones"`
	NATGateways        string        `json:"natGateways"`
	AllowedClientCIDRs []string      `json:"allowedClientCidrs"`
	InterfaceEndpoints bool          `json:"interfaceEndpoints"`
	Proxy              Proxy         `json:"proxy"`
	ExtraEgress        []ExtraEgress `json:"extraEgress"`
	Routes             []Route       `json:"routes"`
	Existing           Existing      `json:"existing"`
}

// Proxy is the filtered way out of the nodes; both keys are given, or none.
type Proxy struct {
	URL  string `json:"url"`
	CIDR string `json:"cidr"`
}

// ExtraEgress allows the nodes a range and its ports, TCP or UDP; ToPort is FromPort when left out.
type ExtraEgress struct {
	CIDR     string `json:"cidr"`
	FromPort int    `json:"fromPort"`
	ToPort   int    `json:"toPort,omitempty"`
	Protocol string `json:"protocol,omitempty"`
	Why      string `json:"why"`
}

// Route leads the nodes to a range, by one of the two.
type Route struct {
	CIDR                string `json:"cidr"`
	TransitGatewayID    string `json:"transitGatewayId,omitempty"`
	PeeringConnectionID string `json:"peeringConnectionId,omitempty"`
}

// Existing is a VPC of others, used instead of a new one when VpcID is given.
type Existing struct {
	VpcID                string   `json:"vpcId"`
	PublicSubnetIDs      []string `json:"publicSubnetIds"`
	ApplicationSubnetIDs []string `json:"applicationSubnetIds"`
	DataSubnetIDs        []string `json:"dataSubnetIds"`
}

// DNS is the name under which users find the appliance.
type DNS struct {
	HostedZoneID string `json:"hostedZoneId"`
	HostName     string `json:"hostName"`
}

// LoadBalancer is how users are let in.
type LoadBalancer struct {
	Scheme                     string `json:"scheme"`
	CertificateArn             string `json:"certificateArn"`
	TLSPolicy                  string `json:"tlsPolicy"`
	IdleTimeoutSeconds         int    `json:"idleTimeoutSeconds"`
	DeregistrationDelaySeconds int    `json:"deregistrationDelaySeconds"`
	RedirectHTTP               bool   `json:"redirectHttp"`
	WebACLArn                  string `json:"webAclArn"`
}

// Morpheus is the package that the nodes run.
type Morpheus struct {
	Version       string `json:"version"`
	PackageURL    string `json:"packageUrl"`
	PackageSHA256 string `json:"packageSha256"`
	// The vendor's package for nodes without the internet; both are given, or none.
	SupplementalURL    string `json:"supplementalUrl"`
	SupplementalSHA256 string `json:"supplementalSha256"`
	// SetupSecretArn is a secret of the user's with the first administrator; empty for none.
	SetupSecretArn string `json:"setupSecretArn"`
}

// FileSystem is the shared storage.
type FileSystem struct {
	Name            string `json:"name"`
	PerformanceMode string `json:"performanceMode"`
	ThroughputMode  string `json:"throughputMode"`

	TransitionToIADays int    `json:"transitionToIaDays"`
	ReplicationRegion  string `json:"replicationRegion"`
	ReplicationKeyArn  string `json:"replicationKeyArn"`
}

// Database is the Aurora MySQL cluster.
type Database struct {
	Name                string `json:"name"`
	EngineVersion       string `json:"engineVersion"`
	InstanceClass       string `json:"instanceClass"`
	Instances           int    `json:"instances"`
	BackupRetentionDays int    `json:"backupRetentionDays"`
	BackupWindow        string `json:"backupWindow"`
	MaintenanceWindow   string `json:"maintenanceWindow"`
	ConnectionsPerNode  int    `json:"connectionsPerNode"`
	Insights            string `json:"insights"`
	SnapshotIdentifier  string `json:"snapshotIdentifier"`
	AdministratorSecret string `json:"administratorSecret"`
	GlobalDatabase      string `json:"globalDatabase"`
}

// Messaging is the RabbitMQ broker.
type Messaging struct {
	Name            string `json:"name"`
	EngineVersion   string `json:"engineVersion"`
	InstanceType    string `json:"instanceType"`
	DeploymentMode  string `json:"deploymentMode"`
	MaintenanceDay  string `json:"maintenanceDay"`
	MaintenanceTime string `json:"maintenanceTime"`
}

// Search is the OpenSearch domain.
type Search struct {
	Name               string `json:"name"`
	EngineVersion      string `json:"engineVersion"`
	InstanceType       string `json:"instanceType"`
	InstanceCount      int    `json:"instanceCount"`
	DedicatedMasters   int    `json:"dedicatedMasters"`
	MasterInstanceType string `json:"masterInstanceType"`
	VolumeGiB          int    `json:"volumeGiB"`
	VolumeIops         int    `json:"volumeIops"`
	VolumeThroughput   int    `json:"volumeThroughput"`
	OffPeakStartHour   int    `json:"offPeakStartHour"`
}

// Rotation has a number for each password that the program makes; another number makes another password.
type Rotation struct {
	DatabaseUser          int `json:"databaseUser"`
	DatabaseAdministrator int `json:"databaseAdministrator"`
	Messaging             int `json:"messaging"`
	Search                int `json:"search"`
}

// Notifications is who is told when AWS has something to tell.
type Notifications struct {
	Emails []string `json:"emails"`
}

// Cluster is the application nodes.
type Cluster struct {
	InstanceTypes      []string `json:"instanceTypes"`
	MinSize            int      `json:"minSize"`
	MaxSize            int      `json:"maxSize"`
	RootVolumeGiB      int      `json:"rootVolumeGiB"`
	CPUTargetPercent   int      `json:"cpuTargetPercent"`
	RequestsPerTarget  int      `json:"requestsPerTarget"`
	BootTimeoutMinutes int      `json:"bootTimeoutMinutes"`
	RolloutGuard       bool     `json:"rolloutGuard"`
	ImageParameter     string   `json:"imageParameter"`
	// ImageID of the user's own image; empty for the one behind ImageParameter.
	ImageID   string     `json:"imageId"`
	Schedules []Schedule `json:"schedules"`
}

// Schedule sets the sizes of the group at times; TimeZone is UTC when left out.
type Schedule struct {
	Name       string `json:"name"`
	Recurrence string `json:"recurrence"`
	TimeZone   string `json:"timeZone,omitempty"`
	MinSize    int    `json:"minSize"`
	MaxSize    int    `json:"maxSize"`
}

// Encryption is who makes the keys.
type Encryption struct {
	Keys Keys `json:"keys"`
}

// Keys are the ARNs of existing KMS keys by concern; one that is empty is made by the program.
type Keys struct {
	Database   string `json:"database"`
	FileSystem string `json:"filesystem"`
	Search     string `json:"search"`
	Messaging  string `json:"messaging"`
	Volumes    string `json:"volumes"`
	Secrets    string `json:"secrets"`
	Logs       string `json:"logs"`
	Backup     string `json:"backup"`
}

// Access is what limits the roles that the program makes.
type Access struct {
	PermissionsBoundary string `json:"permissionsBoundary"`
}

// NodeTools are the files of boot.Tools in a bucket of the user's.
type NodeTools struct {
	Bucket                string `json:"bucket"`
	AWSCLISHA256          string `json:"awsCliSha256"`
	EFSUtilsSHA256        string `json:"efsUtilsSha256"`
	CloudWatchAgentSHA256 string `json:"cloudwatchAgentSha256"`
	RDSCASHA256           string `json:"rdsCaSha256"`
}

// Checksums by the name of the tool, of those that have one.
func (n NodeTools) Checksums() map[string]string {
	out := map[string]string{
		"aws-cli": n.AWSCLISHA256, "efs-utils": n.EFSUtilsSHA256, "cloudwatch-agent": n.CloudWatchAgentSHA256, "rds-ca": n.RDSCASHA256,
	}
	maps.DeleteFunc(out, func(_, sum string) bool { return sum == "" })
	return out
}

// ServiceLinkedRoles says who makes the roles that AWS services use: "create" or "existing".
type ServiceLinkedRoles struct {
	AutoScaling string `json:"autoscaling"`
	OpenSearch  string `json:"opensearch"`
}

// Logs is how long log groups keep their events.
type Logs struct {
	RetentionDays int `json:"retentionDays"`
}

// Safety guards the stack against its operators.
type Safety struct {
	AllowDestroy bool     `json:"allowDestroy"`
	AllowReplace []string `json:"allowReplace"`
}

// Source is the configuration of a stack as the engine hands it to the program.
type Source struct {
	// Stack is the name of the stack.
	Stack string
	// Values are the configuration by full key, such as "morpheus:database": text, or JSON for anything else. The engine
	// has filled in the defaults of Pulumi.yaml.
	Values map[string]string
	// Secrets are the full keys of the values that must not be shown.
	Secrets map[string]bool
}

// Load reads and checks the configuration before anything is registered. The error names every problem at once, each with
// its key, what was given, what is allowed and why.
func Load(source Source) (*Config, error) {
	config := &Config{Stack: source.Stack}
	problems := &Problems{secret: map[string]bool{}}
	for key := range source.Values {
		problems.secret[strings.TrimPrefix(key, Namespace+":")] = source.Secrets[key]
	}
	decode(config, source.Values, problems)
	config.secret, config.hidden = problems.secret, problems.hidden
	config.withNames()
	config.Network.withDefaults()
	config.validate(problems, time.Now())
	if !problems.None() {
		return nil, problems
	}
	return config, nil
}

// NewProblems collects what turns out to be wrong with a configuration that Load has returned. Registered says what was
// made before, such as "nothing but the provider"; secrets of the configuration stay hidden.
func (c *Config) NewProblems(registered string) *Problems {
	return &Problems{secret: c.secret, hidden: c.hidden, registered: registered}
}

// IsSecret says whether a section was given with --secret.
func (c *Config) IsSecret(section string) bool { return c.secret[section] }

// Protection of everything stateful, from the environment.
func (c *Config) Protection() (lifecycle.Protection, error) {
	p, err := lifecycle.For(c.Environment)
	if c.Safety.AllowDestroy {
		p.Protect, p.DeletionProtection = false, false
	}
	return p, err
}

// ProtectionOf a data tier: that of the environment, unless its data may be lost.
func (c *Config) ProtectionOf(tier string) (lifecycle.Protection, error) {
	p, err := c.Protection()
	if slices.Contains(c.Safety.AllowReplace, tier) {
		p.Protect, p.DeletionProtection = false, false
	}
	return p, err
}

// withNames gives names to what AWS or the nodes know by a fixed one, when the configuration does not: they carry the
// stack, so that two stacks in one account and region never collide.
func (c *Config) withNames() {
	stack := c.Stack
	if !stackName.MatchString(stack) {
		stack = "x" // the name of the stack is the problem, not every name with it
	}
	for _, n := range []struct {
		into  *string
		limit int
		role  string
	}{
		{&c.FileSystem.Name, naming.CreationTokenMax, "shared-storage"},
		{&c.Database.Name, naming.DBIdentifierMax, ""},
		{&c.Messaging.Name, naming.BrokerMax, "rabbitmq"},
		{&c.Search.Name, naming.DomainMax, "logs"},
	} {
		if *n.into == "" {
			*n.into = naming.Fit(n.limit, "morpheus", stack, n.role)
		}
	}
}

// GroupName is the fixed name of the auto scaling group: other tiers' policies name it before it exists.
func (c *Config) GroupName() string { return naming.Fit(naming.AutoScalingMax, "morpheus", c.Stack) }

// NodeLogGroup is the fixed name of the nodes' own log group.
func (c *Config) NodeLogGroup() string { return "/morpheus/" + c.Stack + "/nodes" }

// MetricNamespace is where the nodes put their metrics.
func (c *Config) MetricNamespace() string { return "Morpheus/" + c.Stack }

// DefaultTags of every resource.
func (c *Config) DefaultTags() map[string]string {
	tags := map[string]string{
		"Project":     "morpheus",
		"Stack":       c.Stack,
		"Environment": string(c.Environment),
		"ManagedBy":   "pulumi",
	}
	for k, v := range c.Tags {
		tags[k] = v
	}
	return tags
}
