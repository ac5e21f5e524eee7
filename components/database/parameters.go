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

// Both lists hold dynamic parameters only, so they are applied immediately. A static one would need "pending-reboot": RDS
// refuses "immediate" for it, and the apply method is compared in every preview.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Reference.ParameterGroups.html
//
// log_bin_trust_function_creators is not among them: without binary logging, which is off here, nobody needs it to make
// the functions and triggers of a schema.
var (
	// clusterParameters are those that AWS knows on a cluster only; on an instance it does not find them.
	clusterParameters = []parameter{
		{"require_secure_transport", "ON"}, // clients without TLS get error 3159; the default is OFF
		{"time_zone", "UTC"},               // Morpheus asks for it
		// The vendor's schema. The server's own default, utf8mb4_0900_ai_ci, makes a comparison with it an error.
		{"character_set_server", "utf8mb4"},
		{"collation_server", "utf8mb4_general_ci"},
		// Exporting a log is not enough: these make the engine write it.
		{"server_audit_logging", "1"},
		{"server_audit_events", "CONNECT,QUERY_DCL,QUERY_DDL"}, // upper case, no spaces; who came, and what they changed
	}
	// instanceParameters differ from one instance to another when somebody tries something; they begin equal.
	// max_connections stays with the default, which follows the memory of the class.
	instanceParameters = []parameter{
		{"slow_query_log", "1"},
		{"long_query_time", "2"}, // seconds; the default of 10 hides what makes a page slow
		{"log_output", "FILE"},   // a table would not be exported
		{"innodb_print_all_deadlocks", "1"},
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
		Description: pulumi.String("Morpheus on " + args.Identifier),
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
		Description: pulumi.String("Instances of Morpheus on " + args.Identifier),
		Family:      pulumi.String(parameterFamily),
		Parameters:  values,
	}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("create the parameter group of the instances: %w", err)
	}
	return group, nil
}
