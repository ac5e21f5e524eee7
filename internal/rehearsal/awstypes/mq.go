package awstypes

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

func mqTypes() []Type {
	return []Type{{
		Token: awstoken.MQBroker,
		Simulation: Simulation{
			ID: "b-{uuid}", ARN: "mq:{region}:{account}:broker:{brokerName}:{id}", Unique: "brokerName",
			Duration: Duration{Create: 1080, Update: 600, Delete: 300},
			References: []Reference{
				toSubnets("subnetIds[]"), toSecurityGroups("securityGroups[]"), toKey("encryptionOptions.kmsKeyId"),
			},
			Rules:   brokerRules,
			Outputs: brokerOutputs,
		},
		Provider: Provider{
			Source:    "mq/broker",
			Autonamed: "brokerName", NameLimit: 50,
			IgnoringCase: []string{
				"engineType", "deploymentMode", "authenticationStrategy", "storageType",
				"maintenanceWindowStartTime.dayOfWeek",
			},
			// The schema has the 4 of "4 different characters" as the minimum length.
			WithoutMinimum: []string{"users.password"},
			Checks:         map[string][]Check{"users.password": {brokerPassword}},
		},
		Permissions: &Permissions{
			Read:  actions("mq: DescribeBroker DescribeUser"),
			Write: actions("mq: CreateBroker UpdateBroker RebootBroker DeleteBroker CreateTags DeleteTags"),
			// https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/security-api-authentication-authorization.html
			Dependent: actions("ec2: CreateNetworkInterface CreateNetworkInterfacePermission DeleteNetworkInterface "+
				"DeleteNetworkInterfacePermission DetachNetworkInterface ModifyNetworkInterfaceAttribute "+
				"DescribeNetworkInterfacePermissions CreateSecurityGroup CreateVpcEndpoint DeleteVpcEndpoints",
				"route53: AssociateVPCWithHostedZone", "kms: CreateGrant"),
			NeverCalled: []NeverCalled{{
				Actions: actions("mq: CreateUser DeleteUser UpdateUser"),
				Because: "RabbitMQ stores its users; changes to them are ignored",
			}},
		},
		Listing: &Listing{Kind: "broker", Service: "mq", Call: "/v1/brokers", ID: `"brokerId": ?"([^"]+)`},
		Example: Values{
			"brokerName": "app", "engineType": "RabbitMQ", "engineVersion": "3.13", "hostInstanceType": "mq.m5.large",
			"autoMinorVersionUpgrade": true, "deploymentMode": "CLUSTER_MULTI_AZ",
			"subnetIds":      []any{"${subnet-a.id}", "${subnet-b.id}", "${subnet-c.id}"},
			"securityGroups": []any{"${group.id}"}, "logs": Values{"general": true},
			"users": []any{Values{"username": "morpheus", "password": "aB3dEfGh1jKl"}},
		},
	}}
}

func brokerOutputs(c *Call) {
	host := fmt.Sprintf("%s.mq.%s.on.aws", c.ID, c.Region)
	c.State["instances"] = []any{map[string]any{
		"consoleUrl": "https://" + host, "ipAddress": "", "endpoints": []any{"amqps://" + host + ":5671"},
	}}
	c.fill("authenticationStrategy", "simple")
	c.fill("storageType", "ebs")
	c.fill("pendingDataReplicationMode", "NONE")
}

var brokerRules = []Rule{
	{
		Name: "broker-type-zone", AWS: Error,
		Refuses: "a type that the zone of a subnet does not offer",
		Source:  docs + "amazon-mq/latest/api-reference/broker-instance-options.html",
		Check: func(c *Call) error {
			return c.notOffered("BadRequestException", c.Text("hostInstanceType"), c.zonesOf(c.texts("subnetIds[]")))
		},
	},
	{
		Name: "rabbitmq-version", AWS: Error,
		Refuses: "a version other than 3.13, 4.2, 4.3, such as 3.10.10 or any patch number",
		Source:  docs + "amazon-mq/latest/developer-guide/rabbitmq-version-management.html",
		Check: func(c *Call) error {
			// A creation accepts only these major.minor versions, and no patch number.
			if v := c.Text("engineVersion"); rabbit(c) && !slices.Contains([]string{"3.13", "4.2", "4.3"}, v) {
				return fmt.Errorf("BadRequestException: Broker engine version [%s] is invalid. Valid values: "+
					"[4.3, 4.2, 3.13]", v)
			}
			return nil
		},
	},
	{
		Name: "rabbitmq-downgrade", AWS: Error,
		Refuses: "a version that is older than the broker's",
		Source:  docs + "amazon-mq/latest/developer-guide/upgrading-brokers.html",
		Check: func(c *Call) error {
			if old, wanted := c.OldIn["engineVersion"], c.Text("engineVersion"); versions.Lowered(old, wanted) {
				return fmt.Errorf("BadRequestException: Broker engine version can't be downgraded from %s to %s", old, wanted)
			}
			return nil
		},
	},
	{
		Name: "rabbitmq-auto-minor-upgrade", AWS: Error,
		Refuses: "minor upgrades off, which is the provider's default",
		Source:  docs + "amazon-mq/latest/api-reference/brokers.html",
		Check: func(c *Call) error {
			if rabbit(c) && !c.isTrue("autoMinorVersionUpgrade") {
				return fmt.Errorf("BadRequestException: autoMinorVersionUpgrade must be true for RabbitMQ %s",
					c.Text("engineVersion"))
			}
			return nil
		},
	},
	{
		Name: "rabbitmq-no-audit-log", AWS: Error,
		Refuses: "an audit log",
		Source:  docs + "amazon-mq/latest/developer-guide/rabbitmq-logging-monitoring.html",
		Check: func(c *Call) error {
			if rabbit(c) && c.isTrue("logs.audit") {
				return fmt.Errorf("BadRequestException: logs.audit: can not be configured when engine is RabbitMQ")
			}
			return nil
		},
	},
	{
		Name: "rabbitmq-one-user", AWS: Error,
		Refuses: "no user or several",
		Source:  docs + "amazon-mq/latest/api-reference/brokers.html",
		Check: func(c *Call) error {
			if n := len(at(c.In, "users[]")); rabbit(c) && n != 1 {
				return fmt.Errorf("BadRequestException: Specify exactly one user for engine type [RABBITMQ], "+
					"got %d", n)
			}
			return nil
		},
	},
	{
		Name: "rabbitmq-user-name", AWS: Error,
		Refuses: "guest, a tilde, fewer than 2 or more than 100 characters",
		Source:  docs + "amazon-mq/latest/developer-guide/rabbitmq-simple-auth-broker-users.html",
		Check: func(c *Call) error {
			for _, name := range c.texts("users[].username") {
				if !regexp.MustCompile(`^[A-Za-z0-9._-]{2,100}$`).MatchString(name) || name == "guest" {
					return fmt.Errorf("BadRequestException: the username %q must be 2..100 letters, digits, or "+
						"- . _ and not guest", name)
				}
			}
			return nil
		},
	},
	{
		Name: "rabbitmq-password", AWS: Error,
		Refuses: "`, : =`, fewer than 4 different characters, a length outside 12..250",
		Source:  docs + "amazon-mq/latest/api-reference/brokers.html",
		Check: func(c *Call) error {
			for _, p := range c.texts("users[].password") {
				distinct := map[rune]bool{}
				for _, r := range p {
					distinct[r] = true
				}
				if len(p) < 12 || len(p) > 250 || len(distinct) < 4 || strings.ContainsAny(p, ",:=") {
					return fmt.Errorf("BadRequestException: the password must be 12..250 characters, at least 4 " +
						"of them unique, without , : =")
				}
			}
			return nil
		},
	},
	{
		Name: "rabbitmq-subnets", AWS: ErrorOrQuiet,
		Refuses: "two subnets in a zone, or several for a single instance (error); one subnet for a " +
			"Multi-AZ cluster (quiet)",
		Source: docs + "amazon-mq/latest/developer-guide/configuring-private-broker.html",
		Check: func(c *Call) error {
			zones := c.zonesOf(c.texts("subnetIds[]"))
			distinct := slices.Compact(slices.Sorted(slices.Values(zones)))
			switch {
			case len(distinct) < len(zones):
				return fmt.Errorf("BadRequestException: the subnets must be in different Availability Zones, "+
					"got %v", zones)
			case strings.EqualFold(c.Text("deploymentMode"), "SINGLE_INSTANCE") && len(zones) > 1:
				return fmt.Errorf("BadRequestException: specify exactly one subnet for deployment mode "+
					"[SINGLE_INSTANCE], got %d", len(zones))
			case strings.EqualFold(c.Text("deploymentMode"), "CLUSTER_MULTI_AZ") && !c.isTrue("publiclyAccessible") &&
				len(zones) < 2:
				// AWS accepts one subnet, but then clients reach the cluster in one zone only, which defeats
				// Multi-AZ.
				return fmt.Errorf("a Multi-AZ cluster with %d subnet is reachable in one Availability Zone "+
					"only", len(zones))
			}
			return nil
		},
	},
	{
		Name: "rabbitmq-instance-type", AWS: Error,
		Refuses: "a type that RabbitMQ, or this version of it, does not support",
		Source:  docs + "amazon-mq/latest/developer-guide/rmq-broker-instance-types.html",
		Check: func(c *Call) error {
			t := c.Text("hostInstanceType")
			switch {
			case !rabbit(c):
			case t == "mq.t3.micro":
				return fmt.Errorf("BadRequestException: instance type [%s] can no longer be created", t)
			case !regexp.MustCompile(`^mq\.(m5|m7g)\.\w+$`).MatchString(t):
				return fmt.Errorf("BadRequestException: instance type [%s] is not valid for RabbitMQ", t)
			case strings.HasPrefix(c.Text("engineVersion"), "4.") && !strings.HasPrefix(t, "mq.m7g."):
				return fmt.Errorf("BadRequestException: RabbitMQ %s runs on mq.m7g only, not on [%s]",
					c.Text("engineVersion"), t)
			}
			return nil
		},
	},
}

func rabbit(c *Call) bool { return strings.EqualFold(c.Text("engineType"), "RabbitMQ") }

// mq/broker.go, ValidBrokerPassword.
var brokerPassword = onText(func(s string) string {
	different := map[rune]bool{}
	for _, r := range s {
		different[r] = true
	}
	switch {
	case len(s) < 12 || len(s) > 250:
		return "must have 12..250 characters"
	case len(different) < 4:
		return "must have at least 4 different characters"
	case strings.Contains(s, ","):
		return "cannot have a comma"
	}
	return ""
})
