package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// parameterFamily of both groups: Aurora MySQL 3 is MySQL 8.0, the newest that Morpheus supports.
const parameterFamily = "aurora-mysql8.0"

type parameter struct{ name, value string }

// Both lists have dynamic parameters only, so they are applied immediately. A static one would need "pending-reboot":
// RDS refuses "immediate" for it, and the apply method is compared in every preview.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Reference.ParameterGroups.html
//
// log_bin_trust_function_creators is not among them: without binary logging, which is off here, it is not needed to
// create the functions and triggers of a schema.
var (
	// clusterParameters exist on a cluster only.
	clusterParameters = []parameter{
		{name: "require_secure_transport", value: "ON"}, // clients without TLS get error 3159; the default is OFF
		{name: "time_zone", value: "UTC"},               // Morpheus requires it
		// The vendor's schema. The server's own default, utf8mb4_0900_ai_ci, makes a comparison with it an error.
		{name: "character_set_server", value: "utf8mb4"},
		{name: "collation_server", value: "utf8mb4_general_ci"},
		// Exporting a log is not enough: these make the engine write it.
		{name: "server_audit_logging", value: "1"},
		// Upper case, no spaces: who connected, and what they changed.
		{name: "server_audit_events", value: "CONNECT,QUERY_DCL,QUERY_DDL"},
	}
	// instanceParameters can be changed on one instance for a test; at first all instances have the same.
	// max_connections keeps its default, which depends on the memory of the class.
	instanceParameters = []parameter{
		// 64 MiB, as the vendor sets it for its own MySQL: Morpheus writes scripts and task output as one value.
		{name: "max_allowed_packet", value: "67108864"},
		{name: "slow_query_log", value: "1"},
		{name: "long_query_time", value: "2"}, // seconds; the default of 10 hides what makes a page slow
		{name: "log_output", value: "FILE"},   // a table would not be exported
		{name: "innodb_print_all_deadlocks", value: "1"},
	}
)

func (d *Database) clusterParameterGroup(
	ctx *pulumi.Context, name string, args *Args,
) (*rds.ClusterParameterGroup, error) {
	values := make(rds.ClusterParameterGroupParameterArray, len(clusterParameters))
	for i, p := range clusterParameters {
		values[i] = rds.ClusterParameterGroupParameterArgs{
			Name:        pulumi.String(p.name),
			Value:       pulumi.String(p.value),
			ApplyMethod: pulumi.String("immediate"),
		}
	}
	group, err := rds.NewClusterParameterGroup(ctx, naming.Child(name, "parameters"), &rds.ClusterParameterGroupArgs{
		Description: pulumi.String("Morpheus on " + args.Settings.Name),
		Family:      pulumi.String(parameterFamily),
		Parameters:  values,
	}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("create the parameter group of the cluster: %w", err)
	}
	return group, nil
}

func (d *Database) instanceParameterGroup(ctx *pulumi.Context, name string, args *Args) (*rds.ParameterGroup, error) {
	values := make(rds.ParameterGroupParameterArray, len(instanceParameters))
	for i, p := range instanceParameters {
		values[i] = rds.ParameterGroupParameterArgs{
			Name:        pulumi.String(p.name),
			Value:       pulumi.String(p.value),
			ApplyMethod: pulumi.String("immediate"),
		}
	}
	group, err := rds.NewParameterGroup(ctx, naming.Child(name, "instance", "parameters"), &rds.ParameterGroupArgs{
		Description: pulumi.String("Instances of Morpheus on " + args.Settings.Name),
		Family:      pulumi.String(parameterFamily),
		Parameters:  values,
	}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("create the parameter group of the instances: %w", err)
	}
	return group, nil
}
