package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// engine of the cluster and of its instances.
const engine = "aurora-mysql"

// logTypes are exported to CloudWatch. Not "general": it has every statement, data included.
var logTypes = []string{"audit", "error", "slowquery"}

// LogGroups are the names of the log groups of a cluster. RDS fixes them.
func LogGroups(cluster string) []string {
	out := make([]string, len(logTypes))
	for i, kind := range logTypes {
		out[i] = logGroup(cluster, kind)
	}
	return out
}

func logGroup(cluster, kind string) string { return "/aws/rds/cluster/" + cluster + "/" + kind }

func (d *Database) cluster(ctx *pulumi.Context, name string, args *Args) (*rds.Cluster, error) {
	logs, err := d.logGroups(ctx, name, args)
	if err != nil {
		return nil, err
	}
	subnets, err := rds.NewSubnetGroup(ctx, naming.Child(name, "subnets"), &rds.SubnetGroupArgs{
		Description: pulumi.String("Data subnets of " + args.Settings.Name),
		SubnetIds:   connection.SubnetIDs(args.Subnets),
		// An adopted group keeps its name, which Pulumi has not made.
	}, pulumi.Parent(d), pulumi.IgnoreChanges([]string{"name"}))
	if err != nil {
		return nil, fmt.Errorf("create the subnet group: %w", err)
	}
	group, err := d.clusterParameterGroup(ctx, name, args)
	if err != nil {
		return nil, err
	}
	d.restored = restoreSettings(args, subnets, group)
	snapshot, err := d.finalSnapshot(ctx, name, args)
	if err != nil {
		return nil, err
	}
	s := args.Settings
	values := &rds.ClusterArgs{
		ClusterIdentifier: pulumi.String(s.Name),
		Engine:            pulumi.String(engine),
		EngineVersion:     pulumi.String(s.EngineVersion),
		// DatabaseName is left unset: the first node creates the schema and names its collation. RDS would take the
		// collation from the parameter group only if that had existed for five minutes.
		// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBClusterParameterGroup.html
		// AvailabilityZones is left unset: RDS fills a shorter list up to three, and the next preview would then replace
		// the cluster. Storage is in three zones anyway; the subnet group and the instances decide the rest.
		DbClusterParameterGroupName: group.Name,
		DbSubnetGroupName:           subnets.Name,
		VpcSecurityGroupIds:         pulumi.StringArray{args.SecurityGroupID},
		Port:                        pulumi.Int(Port),

		MasterUsername:                   pulumi.String(config.DatabaseAdministrator),
		IamDatabaseAuthenticationEnabled: pulumi.Bool(true),
		StorageEncrypted:                 pulumi.Bool(true),
		KmsKeyId:                         args.KeyArn,

		BackupRetentionPeriod:      pulumi.Int(s.BackupRetentionDays),
		PreferredBackupWindow:      pulumi.String(s.BackupWindow),
		PreferredMaintenanceWindow: pulumi.String(s.MaintenanceWindow),
		CopyTagsToSnapshot:         pulumi.Bool(true),
		DeletionProtection:         pulumi.Bool(args.Protection.DeletionProtection),
		SkipFinalSnapshot:          pulumi.Bool(!args.Protection.FinalSnapshot),
		FinalSnapshotIdentifier:    snapshot,

		EnabledCloudwatchLogsExports: pulumi.ToStringArray(logTypes),
		// A change that restarts the database waits for the maintenance window; a preview shows it until then.
		ApplyImmediately: pulumi.Bool(false),
	}
	if s.SnapshotIdentifier != "" {
		values.SnapshotIdentifier = pulumi.String(s.SnapshotIdentifier)
	}
	if err := d.administrator(ctx, name, args, values); err != nil {
		return nil, err
	}
	args.join(values)
	args.insights(values)
	cluster, err := rds.NewCluster(ctx, naming.Child(name, "cluster"), values, clusterOptions(args, d, logs)...)
	if err != nil {
		return nil, fmt.Errorf("create the cluster: %w", err)
	}
	return cluster, nil
}

func clusterOptions(args *Args, parent pulumi.Resource, logs []pulumi.Resource) []pulumi.ResourceOption {
	ignored := []string{
		// The cluster was made from it. Removing the key from the configuration afterwards, as one should, would replace
		// the cluster by an empty one.
		"snapshotIdentifier",
		// RDS sets it when a global database is made of the cluster; the provider would take the cluster out again.
		"globalClusterIdentifier",
		// RDS sets it on the members of a global database that follow, also on a former writer; to clear it would make the
		// member a cluster of its own. https://github.com/hashicorp/terraform-provider-aws/issues/40921
		"replicationSourceIdentifier",
		// AWS cannot change it. An adopted cluster keeps the administrator that it has: docs/adopt.md
		"masterUsername",
	}
	return []pulumi.ResourceOption{
		pulumi.Parent(parent), pulumi.Protect(args.Protection.Protect), pulumi.DependsOn(logs),
		// A cluster that is made from a snapshot takes the longest.
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "120m", Update: "120m", Delete: "120m"}),
		pulumi.IgnoreChanges(ignored),
	}
}

// logGroups exist before the cluster: otherwise RDS makes them itself, unencrypted and kept for ever, and creating
// them here would then collide.
func (d *Database) logGroups(ctx *pulumi.Context, name string, args *Args) ([]pulumi.Resource, error) {
	groups := make([]pulumi.Resource, 0, len(logTypes))
	d.logs = map[string]pulumi.StringInput{}
	for _, kind := range logTypes {
		group, err := cloudwatch.NewLogGroup(ctx, naming.Child(name, "log", kind), &cloudwatch.LogGroupArgs{
			Name:            pulumi.String(logGroup(args.Settings.Name, kind)),
			KmsKeyId:        args.LogsKeyArn,
			RetentionInDays: pulumi.Int(args.Logs.RetentionDays),
		}, pulumi.Parent(d))
		if err != nil {
			return nil, fmt.Errorf("create the %s log group: %w", kind, err)
		}
		d.logs[kind] = group.Name
		groups = append(groups, group)
	}
	return groups, nil
}

// finalSnapshot is the name of the snapshot that outlives the cluster, or nil when none is kept. Its random end
// differs between clusters of the same identifier, so that destroying the second does not collide with the snapshot
// of the first. It changes with everything that replaces the cluster: its settings, and while it may be replaced, with
// every update.
func (d *Database) finalSnapshot(ctx *pulumi.Context, name string, args *Args) (pulumi.StringPtrInput, error) {
	if !args.Protection.FinalSnapshot {
		return nil, nil
	}
	keepers := pulumi.StringMap{
		"identifier": pulumi.String(args.Settings.Name),
		"key":        args.KeyArn,
	}
	if args.DeployedSnapshot != "" {
		keepers["after"] = pulumi.String(args.DeployedSnapshot)
	}
	suffix, err := random.NewRandomId(ctx, naming.Child(name, "snapshot"), &random.RandomIdArgs{
		ByteLength: pulumi.Int(4),
		// A cluster that gets the name of an earlier one of the stack must not leave a snapshot of the same name.
		Keepers: keepers,
	}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("name the final snapshot: %w", err)
	}
	return pulumi.Sprintf("%s-final-%s", args.Settings.Name, suffix.Hex).ToStringPtrOutput(), nil
}

// join makes the cluster a member of a global database, which has the users of the writer.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database-attaching.html
func (a *Args) join(values *rds.ClusterArgs) {
	if a.Secondary == nil {
		return
	}
	values.MasterUsername = nil
	values.GlobalClusterIdentifier = pulumi.String(a.Secondary.Global)
	values.SourceRegion = pulumi.String(a.Secondary.SourceRegion)
}
