package awstypes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

func databaseSubnetGroup() Type {
	return Type{
		Token: awstoken.RDSSubnetGroup,
		Simulation: Simulation{
			ID: "{name}", ARN: "rds:{region}:{account}:subgrp:{name}", Unique: "name",
			Duration:   Duration{Create: 2, Update: 1, Delete: 1},
			References: []Reference{toSubnets("subnetIds[]")},
			Rules: []Rule{{
				Name: "db-subnet-group-zones", AWS: Error,
				Refuses: "fewer than two zones",
				Source:  docs + "AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html",
				Check:   subnetGroupZones,
			}},
			Outputs: func(c *Call) {
				c.State["vpcId"] = c.state(awstoken.EC2Subnet, c.Text("subnetIds[]"))["vpcId"]
			},
		},
		Provider: Provider{
			Source:    "rds/subnet_group",
			Autonamed: "name", NameLimit: 255,
			Checks: map[string][]Check{"name": {matches(`^[0-9a-z _.-]+$`)}},
		},
		Permissions: &Permissions{
			Read: actions("rds: DescribeDBSubnetGroups ListTagsForResource"),
			Write: actions("rds: CreateDBSubnetGroup ModifyDBSubnetGroup DeleteDBSubnetGroup AddTagsToResource " +
				"RemoveTagsFromResource"),
		},
		Listing: &Listing{
			Kind: "database subnet group", Service: "rds", Call: "DescribeDBSubnetGroups",
			ID: `<DBSubnetGroupName>([^<]+)`,
		},
		Example: Values{"name": "app", "subnetIds": []any{"${subnet-a.id}", "${subnet-b.id}"}},
	}
}

func subnetGroupZones(c *Call) error {
	zones := c.zonesOf(c.texts("subnetIds[]"))
	if len(slices.Compact(slices.Sorted(slices.Values(zones)))) < 2 {
		return fmt.Errorf("DBSubnetGroupDoesNotCoverEnoughAZs: the DB subnet group doesn't meet Availability "+
			"Zone (AZ) coverage requirement of at least 2, got %v", zones)
	}
	return nil
}

func clusterParameterGroup() Type {
	return Type{
		Token: awstoken.RDSClusterParameterGroup,
		Simulation: Simulation{
			ID: "{name}", ARN: "rds:{region}:{account}:cluster-pg:{name}", Unique: "name",
			Duration: Duration{Create: 2, Update: 2, Delete: 1},
			Rules: []Rule{{
				Name: "cluster-parameters", AWS: Error,
				Refuses: "another family than aurora-mysql8.0",
				Source:  docs + "AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Reference.ParameterGroups.html",
				Check:   clusterParameters,
			}},
		},
		Provider: Provider{
			Source:    "rds/cluster_parameter_group",
			Autonamed: "name", NameLimit: 255,
			IgnoringCase: []string{"parameters.applyMethod"},
			Checks:       map[string][]Check{"name": parameterGroupName},
		},
		Permissions: &Permissions{
			Read: actions("rds: DescribeDBClusterParameterGroups DescribeDBClusterParameters ListTagsForResource"),
			Write: actions("rds: CreateDBClusterParameterGroup ModifyDBClusterParameterGroup " +
				"ResetDBClusterParameterGroup DeleteDBClusterParameterGroup AddTagsToResource RemoveTagsFromResource"),
		},
		Listing: &Listing{
			Kind: "cluster parameter group", Service: "rds", Call: "DescribeDBClusterParameterGroups",
			ID: `<DBClusterParameterGroupName>([^<]+)`,
		},
		Example: Values{"name": "app", "family": "aurora-mysql8.0", "parameters": []any{
			Values{"name": "require_secure_transport", "value": "ON"},
		}},
	}
}

func parameterGroup() Type {
	return Type{
		Token: awstoken.RDSParameterGroup,
		Simulation: Simulation{
			ID: "{name}", ARN: "rds:{region}:{account}:pg:{name}", Unique: "name",
			Duration: Duration{Create: 2, Update: 2, Delete: 1},
			Rules: []Rule{{
				Name: "instance-parameters", AWS: Error,
				Refuses: "a parameter that only clusters have; another family than aurora-mysql8.0",
				Source:  docs + "AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Reference.ParameterGroups.html",
				Check:   instanceParameters,
			}},
		},
		Provider: Provider{
			Source:    "rds/parameter_group",
			Autonamed: "name", NameLimit: 255,
			IgnoringCase: []string{"parameters.applyMethod"},
			Checks:       map[string][]Check{"name": parameterGroupName},
		},
		Permissions: &Permissions{
			Read: actions("rds: DescribeDBParameterGroups DescribeDBParameters ListTagsForResource"),
			Write: actions("rds: CreateDBParameterGroup ModifyDBParameterGroup ResetDBParameterGroup " +
				"DeleteDBParameterGroup AddTagsToResource RemoveTagsFromResource"),
		},
		Listing: &Listing{
			Kind: "database parameter group", Service: "rds", Call: "DescribeDBParameterGroups",
			ID:   `<DBParameterGroupName>([^<]+)`,
			Gone: `Name>default\.`, // AWS creates them with the first instance
		},
		Example: Values{"name": "app", "family": "aurora-mysql8.0", "parameters": []any{
			Values{"name": "max_connections", "value": "1000"},
		}},
	}
}

// clusterParameterNames are parameters that only a cluster has.
var clusterParameterNames = []string{
	"require_secure_transport",
	"server_audit_logging",
	"server_audit_events",
	"character_set_server",
	"collation_server",
	"binlog_format",
	"time_zone",
}

// staticParameters are some parameters that only take effect at a restart.
var staticParameters = []string{
	"binlog_format", "gtid-mode", "innodb_ft_min_token_size", "lower_case_table_names", "performance_schema",
	"tls_version",
}

func clusterParameters(c *Call) error {
	if family := c.Text("family"); family != "aurora-mysql8.0" {
		return fmt.Errorf("InvalidParameterValue: ParameterGroupFamily %s is not a valid parameter group "+
			"family", family)
	}
	for _, p := range at(c.In, "parameters[]") {
		values, _ := p.(map[string]any)
		name, _ := values["name"].(string)
		// The provider's default of the method is "immediate".
		if method, _ := values["applyMethod"].(string); slices.Contains(staticParameters, name) &&
			method != "pending-reboot" {
			return fmt.Errorf("InvalidParameterCombination: cannot use immediate apply method for static "+
				"parameter %s", name)
		}
	}
	return nil
}

func instanceParameters(c *Call) error {
	for _, name := range c.texts("parameters[].name") {
		if slices.Contains(clusterParameterNames, name) {
			return fmt.Errorf("InvalidParameterValue: Could not find parameter with name: %s", name)
		}
	}
	return clusterParameters(c)
}

func eventSubscription() Type {
	return Type{
		Token: awstoken.RDSEventSubscription,
		Simulation: Simulation{
			ID: "{name}", ARN: "rds:{region}:{account}:es:{name}", Unique: "name",
			Duration:   Duration{Create: 20, Update: 10, Delete: 10},
			References: []Reference{toTopic("snsTopic")},
			Rules: []Rule{
				{
					Name: "event-categories", AWS: Error,
					Refuses: "a category that the source does not have",
					Source:  docs + "AmazonRDS/latest/AuroraUserGuide/USER_Events.Messages.html",
					Check:   eventCategories,
				},
				{
					Name: "event-topic", AWS: ErrorOrQuiet,
					Refuses: "a topic whose policy or key does not allow RDS",
					Source:  docs + "AmazonRDS/latest/AuroraUserGuide/USER_Events.GrantingPermissions.html",
					Check:   eventTopic,
				},
			},
			Outputs: func(c *Call) { c.State["customerAwsId"] = c.AccountID },
		},
		Provider: Provider{Source: "rds/event_subscription", Autonamed: "name", NameLimit: 255},
		Permissions: &Permissions{
			Read: actions("rds: DescribeEventSubscriptions ListTagsForResource"),
			Write: actions("rds: CreateEventSubscription ModifyEventSubscription DeleteEventSubscription " +
				"AddSourceIdentifierToSubscription RemoveSourceIdentifierFromSubscription AddTagsToResource " +
				"RemoveTagsFromResource"),
		},
		Listing: &Listing{
			Kind: "database event subscription", Service: "rds", Call: "DescribeEventSubscriptions",
			ID: `<CustSubscriptionId>([^<]+)`,
		},
		Example: Values{
			"name": "app", "snsTopic": "${topic.arn}", "sourceType": "db-cluster",
			"eventCategories": []any{"failure", "maintenance"},
		},
	}
}

// categories are the event categories of the source types that the program subscribes to.
var categories = map[string][]string{
	"db-cluster": {
		"configuration change", "creation", "deletion", "failover", "failure", "global-failover", "maintenance",
		"migration",
		"notification", "serverless",
	},
	"db-instance": {
		"availability", "backup", "configuration change", "creation", "deletion", "failover", "failure", "low storage",
		"maintenance", "notification", "read replica", "recovery", "restoration", "security", "security patching",
	},
	"db-parameter-group": {"configuration change"},
	"db-security-group":  {"configuration change", "failure"},
}

func eventCategories(c *Call) error {
	source := c.Text("sourceType")
	for _, category := range c.texts("eventCategories[]") {
		if known := categories[source]; known != nil && !slices.Contains(known, category) {
			return fmt.Errorf("SubscriptionCategoryNotFound: %s has no category %q; it has %s",
				source, category, strings.Join(known, ", "))
		}
	}
	return nil
}

// rdsEvents is the service principal that publishes RDS events.
const rdsEvents = "events.rds.amazonaws.com"

// eventTopic refuses a topic to which RDS may not publish. If the topic's policy does not allow it, RDS returns an
// error. If the key does not allow it, RDS returns no error and the events are lost.
func eventTopic(c *Call) error {
	arn := c.Text("snsTopic")
	for _, policy := range c.FindBy(awstoken.SNSTopicPolicy, "arn", arn) {
		if !c.mayAll(policy.State["policy"], caller{principal: rdsEvents, resource: arn}, "sns:Publish") {
			return fmt.Errorf("SNSNoAuthorization: RDS is not authorized to publish to the topic %s", arn)
		}
	}
	keyARN, _ := c.state(awstoken.SNSTopic, arn)["kmsMasterKeyId"].(string)
	for _, key := range c.FindBy(awstoken.KMSKey, "arn", keyARN) {
		for _, action := range []string{"kms:GenerateDataKey", "kms:Decrypt"} {
			if !c.mayAll(key.State["policy"], caller{principal: rdsEvents, resource: keyARN}, action) {
				return fmt.Errorf("%s has no %s on the key of the topic, so that every event is lost",
					rdsEvents, action)
			}
		}
	}
	return nil
}
