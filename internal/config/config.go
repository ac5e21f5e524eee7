// Package config is the contract of a stack: the keys of its configuration with their types, ranges and rules, and
// Load, which returns only a configuration that fits together. Each section has a file with its struct, its rows and
// its rules. The package imports no Pulumi package, so that commands can read a configuration without linking the SDK.
package config

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// Namespace of the configuration: the name of the project.
const Namespace = "morpheus"

// Config is the whole configuration of a stack. Every field is a key of Pulumi.yaml, which has its description and
// default; a test compares the two. Load returns only values that fit together.
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
	Backup             Backup                `json:"backup"`
	Recovery           Recovery              `json:"recovery"`
	Notifications      Notifications         `json:"notifications"`
	Webhooks           Webhooks              `json:"webhooks"`
	Monitoring         Monitoring            `json:"monitoring"`
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
	// today is the day that end dates are compared with.
	today time.Time `json:"-"`
	// secret are the top-level keys whose values must not be shown.
	secret map[string]bool `json:"-"`
}

var environmentRows = []Row{
	{
		Key:   "environment",
		Limit: Choice{Values: lifecycle.Environments},
		Why:   "it decides how data is protected",
	},
}

// DataTiers are the tiers that hold data, in the order of the deployment.
var DataTiers = []string{"filesystem", "database", "messaging", "search"}

var stackName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// maxStackName leaves room in physical names for what stands beside the stack, in characters.
const maxStackName = 20

func (c *Config) refuseStackName(p *Problems) {
	if !stackName.MatchString(c.Stack) || len(c.Stack) > maxStackName {
		p.say(fmt.Sprintf("the stack name %q must be 1..%d lower-case letters, digits and single dashes, a letter first: "+
			"it is part of physical names", c.Stack, maxStackName))
	}
}

func (c *Config) production() bool { return c.Environment == lifecycle.Production }

// inProduction picks what a message says in the configured environment.
func (c *Config) inProduction(production, development string) string {
	if c.production() {
		return production
	}
	return development
}

// Protection of everything stateful, from the environment.
func (c *Config) Protection() (lifecycle.Protection, error) {
	p, err := lifecycle.For(c.Environment)
	if c.Safety.AllowDestroy {
		p.Protect, p.DeletionProtection = false, false
	}
	return p, err
}

// ProtectionOf a tier: that of the environment, unless safety.allowReplace names the tier, or the tier comes and goes with
// recovery.mode.
func (c *Config) ProtectionOf(tier string) (lifecycle.Protection, error) {
	p, err := c.Protection()
	if slices.Contains(c.Safety.AllowReplace, tier) || c.standsBy(tier) {
		p.Protect, p.DeletionProtection = false, false
	}
	if c.standsBy(tier) {
		p.SecretRecoveryDays = 0 // the next failover makes secrets of the same names
	}
	if !c.Recovery.Serves() {
		p.FinalSnapshot = false // RDS makes none of a cluster that only follows
	}
	return p, err
}

// DefaultNames are the names of a stack's data tiers by key, where the configuration has none. AWS or the nodes need
// them fixed; they carry the stack, so that two stacks in one account and region never collide.
func DefaultNames(stack string) map[string]string {
	if !stackName.MatchString(stack) {
		stack = "x" // the stack name is the problem, not every name with it
	}
	return map[string]string{
		"filesystem.name": naming.Fit(naming.CreationTokenMax, "morpheus", stack, "shared-storage"),
		"database.name":   naming.Fit(naming.DBIdentifierMax, "morpheus", stack),
		"messaging.name":  naming.Fit(naming.BrokerMax, "morpheus", stack, "rabbitmq"),
		"search.name":     naming.Fit(naming.DomainMax, "morpheus", stack, "logs"),
	}
}

// setDefaultNames sets the names that the configuration does not.
func (c *Config) setDefaultNames() {
	names := DefaultNames(c.Stack)
	for key, into := range map[string]*string{
		"filesystem.name": &c.FileSystem.Name, "database.name": &c.Database.Name,
		"messaging.name": &c.Messaging.Name, "search.name": &c.Search.Name,
	} {
		if *into == "" {
			*into = names[key]
		}
	}
}

// GroupName is the fixed name of the auto scaling group: policies of other tiers name it before it exists.
func (c *Config) GroupName() string { return naming.Fit(naming.AutoScalingMax, "morpheus", c.Stack) }

// NodeLogGroup is the fixed name of the nodes' log group.
func (c *Config) NodeLogGroup() string { return "/morpheus/" + c.Stack + "/nodes" }

// MetricNamespace is the CloudWatch namespace of the nodes' metrics.
func (c *Config) MetricNamespace() string { return "Morpheus/" + c.Stack }
