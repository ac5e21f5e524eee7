// Package database is the Aurora MySQL cluster that holds the appliance's data: instances spread over availability
// zones, an administrator whose password AWS rotates, and a user of its own for the application.
package database

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/credential"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

const (
	// Port of MySQL, on every endpoint of the cluster.
	Port = 3306
	// ApplicationUser is the MySQL user of the appliance.
	ApplicationUser = "morpheus"
	// adminUser may not be "admin", the default that everybody tries first (Security Hub RDS.24).
	adminUser = "morpheus_admin"

	minZones     = 2  // CreateDBSubnetGroup: subnets in at least two availability zones
	maxInstances = 15 // the promotion tiers that the instances can tell apart: 1..15
)

// identifierPattern is CreateDBCluster's rule for an identifier; RDS stores it in lower case.
var identifierPattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// Administrator says whose the administrator's password is.
type Administrator string

// The administrator's password.
const (
	Managed Administrator = "managed" // RDS makes it and rotates it every seven days
	Own     Administrator = "own"     // a secret of the stack, as a global database needs it
)

// Args of a Database. All are required but those whose description says what empty means.
type Args struct {
	Location   location.Location
	Protection lifecycle.Protection
	// Identifier of the cluster, such as "morpheus-prod": fixed, because the names of its log groups follow from it and
	// they must exist before it does. A change replaces the cluster.
	Identifier string
	// EngineVersion such as "8.0.mysql_aurora.3.10.4".
	EngineVersion string
	// InstanceClass such as "db.r5.xlarge".
	InstanceClass string
	// Instances is how many run: one writer, the others readers that can take over. 1..15.
	Instances int
	// BackupRetentionDays is how far back a point-in-time restore can go: 1..35.
	BackupRetentionDays int
	// BackupWindow is UTC, "hh:mm-hh:mm"; it may not overlap MaintenanceWindow.
	BackupWindow string
	// MaintenanceWindow is UTC, "ddd:hh:mm-ddd:hh:mm" in lower case, as RDS stores it. Changes that restart an instance
	// wait for it.
	MaintenanceWindow string
	// SnapshotIdentifier, or its ARN, names what a new cluster is restored from; empty for an empty cluster. It means
	// nothing to a cluster that is there.
	SnapshotIdentifier string
	// Administrator is Managed or Own.
	Administrator Administrator
	// GlobalIdentifier of the global database that the cluster founds; empty for none. It needs Own.
	GlobalIdentifier string
	// Insights is Standard, Advanced, or empty for the mode that the cluster has.
	Insights string
	// ConnectionsPerNode is how many connections a node may open at once.
	ConnectionsPerNode int
	// UserRotation and AdministratorRotation make a new password when they change; 1 or more.
	UserRotation, AdministratorRotation int
	// LogRetentionDays is a retention that CloudWatch Logs knows (7, 14, 30, 60, 90 ...).
	LogRetentionDays int
	// Placements are the zones with their subnets, at least two. Instances go to them in turn.
	Placements []connection.Placement
	// SecurityGroupID of the instances.
	SecurityGroupID pulumi.StringInput
	// KeyArn encrypts storage, snapshots and performance data; a change replaces the cluster.
	KeyArn pulumi.StringInput
	// SecretsKeyArn encrypts the secrets of the administrator and the application user.
	SecretsKeyArn pulumi.StringInput
	// LogsKeyArn encrypts the log groups.
	LogsKeyArn pulumi.StringInput
	// TopicArn is told of failures, maintenance and changes.
	TopicArn pulumi.StringInput
	// PermissionsBoundary is the ARN of an IAM policy that limits the monitoring role; empty for none.
	PermissionsBoundary string
}

// Database is the cluster with its instances and users.
type Database struct {
	pulumi.ResourceState

	ClusterIdentifier pulumi.StringOutput `pulumi:"clusterIdentifier"`
	// ReaderEndpoint balances over the readers; Morpheus does not use it, reports and drills can.
	ReaderEndpoint pulumi.StringOutput `pulumi:"readerEndpoint"`
	// AdminSecretArn is the administrator's secret. When RDS manages it, it is rotated every seven days: read it when it
	// is used, never keep a copy.
	AdminSecretArn pulumi.StringOutput `pulumi:"adminSecretArn"`
	// Connection leads to the writer, as the application user.
	Connection connection.Connection
}

// New makes the cluster, its instances and the application user's secret.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Database, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("database %q: %w", name, err)
	}
	d := &Database{}
	if err := ctx.RegisterComponentResourceV2(token.Database, name, args.inputs(), d, opts...); err != nil {
		return nil, fmt.Errorf("database %q: register: %w", name, err)
	}

	cluster, err := d.cluster(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("database %q: %w", name, err)
	}
	instances, err := d.instances(ctx, name, args, cluster)
	if err != nil {
		return nil, fmt.Errorf("database %q: %w", name, err)
	}
	if err := errors.Join(d.global(ctx, name, args, cluster), d.subscribe(ctx, name, args)); err != nil {
		return nil, fmt.Errorf("database %q: %w", name, err)
	}
	// Not the administrator: Morpheus keeps its password in a file of its own, and would be locked out at the first
	// rotation of the managed secret.
	user, err := credential.New(ctx, naming.Child(name, "user"), &credential.Args{
		Description: "MySQL user of the Morpheus appliance on " + args.Identifier,
		Username:    ApplicationUser,
		KeyArn:      args.SecretsKeyArn,
		Rotation:    args.UserRotation,
		Protection:  args.Protection,
	}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("database %q: %w", name, err)
	}

	d.ClusterIdentifier, d.ReaderEndpoint = cluster.ClusterIdentifier, cluster.ReaderEndpoint
	d.AdminSecretArn = d.adminSecretArn(args, cluster)
	d.Connection = d.connect(args, cluster, user, instances)
	if err := ctx.RegisterResourceOutputs(d, pulumi.Map{
		"clusterIdentifier": d.ClusterIdentifier,
		"readerEndpoint":    d.ReaderEndpoint,
		"writerEndpoint":    d.Connection.Host,
		"adminSecretArn":    d.AdminSecretArn,
		"userSecretArn":     user.SecretArn,
	}); err != nil {
		return nil, fmt.Errorf("database %q: outputs: %w", name, err)
	}
	return d, nil
}

// connect hands on the writer endpoint: it follows the writer to another instance when one fails over. A cluster
// without instances has endpoints that nobody answers, so clients wait for the instances. That clients may read the
// administrator's secret is an exception, which docs/decisions/secrets.md explains.
func (d *Database) connect(
	args *Args, cluster *rds.Cluster, user *credential.Credential, instances []pulumi.Resource,
) connection.Connection {
	return connection.Connection{
		Name:      "database",
		Host:      cluster.Endpoint,
		Port:      Port,
		MaxOpen:   args.ConnectionsPerNode,
		SecretArn: user.SecretArn.ToStringPtrOutput(),
		// Its key is that of the user's secret.
		AdminSecretArn: d.AdminSecretArn.ToStringPtrOutput(),
		Statements: append(user.ReadStatements("Database", args.Location.ViaService("secretsmanager")), policy.Statement{
			Sid:       "MakeTheDatabaseUser",
			Actions:   []string{"secretsmanager:GetSecretValue"},
			Resources: policy.On(d.AdminSecretArn),
		}),
		Ready: append(instances, user.Version),
	}
}

func (a *Args) inputs() pulumi.Map {
	zones := make(pulumi.StringArray, len(a.Placements))
	for i, p := range a.Placements {
		zones[i] = pulumi.String(p.Zone)
	}
	return pulumi.Map{
		"identifier":          pulumi.String(a.Identifier),
		"engineVersion":       pulumi.String(a.EngineVersion),
		"instanceClass":       pulumi.String(a.InstanceClass),
		"instances":           pulumi.Int(a.Instances),
		"backupRetentionDays": pulumi.Int(a.BackupRetentionDays),
		"backupWindow":        pulumi.String(a.BackupWindow),
		"maintenanceWindow":   pulumi.String(a.MaintenanceWindow),
		"administrator":       pulumi.String(a.Administrator),
		"globalIdentifier":    pulumi.String(a.GlobalIdentifier),
		"insights":            pulumi.String(a.Insights),
		"connectionsPerNode":  pulumi.Int(a.ConnectionsPerNode),
		"logRetentionDays":    pulumi.Int(a.LogRetentionDays),
		"zones":               zones,
		"keyArn":              a.KeyArn,
		"protect":             pulumi.Bool(a.Protection.Protect),
		"deletionProtection":  pulumi.Bool(a.Protection.DeletionProtection),
		"finalSnapshot":       pulumi.Bool(a.Protection.FinalSnapshot),
	}
}

func (a *Args) validate() error {
	switch {
	case a == nil:
		return errors.New("arguments are required")
	case a.Location.Partition == "" || a.Location.Region == "" || a.Location.AccountID == "":
		return errors.New("a location is required")
	case len(a.Identifier) > naming.DBIdentifierMax || !identifierPattern.MatchString(a.Identifier):
		return fmt.Errorf("the identifier must have 1..%d lower-case letters, digits and single hyphens, "+
			"and begin with a letter, got %q", naming.DBIdentifierMax, a.Identifier)
	case a.EngineVersion == "" || a.InstanceClass == "":
		return errors.New("an engine version and an instance class are required")
	case a.Instances < 1 || a.Instances > maxInstances:
		return fmt.Errorf("there must be 1..%d instances, got %d", maxInstances, a.Instances)
	case a.BackupRetentionDays < 1 || a.BackupWindow == "" || a.MaintenanceWindow == "" || a.LogRetentionDays < 1:
		return errors.New("backup retention, backup window, maintenance window and log retention are required")
	case a.Administrator != Managed && a.Administrator != Own:
		return fmt.Errorf("the administrator's password must be %s or %s, got %q", Managed, Own, a.Administrator)
	case a.GlobalIdentifier != "" && a.Administrator == Managed:
		return errors.New("a global database needs an own password of the administrator: RDS does not manage it there")
	case a.Insights != "" && a.Insights != Standard && (a.Insights != Advanced || !HasInsights(a.InstanceClass)):
		return fmt.Errorf("insights must be %s, or %s on a class that has them, got %q on %s", Standard, Advanced, a.Insights, a.InstanceClass)
	case a.ConnectionsPerNode < 1 || a.UserRotation < 1 || a.AdministratorRotation < 1:
		return errors.New("connections for each node and rotations of 1 or more are required")
	case len(a.Placements) < minZones:
		return fmt.Errorf("placements in at least %d zones are required, got %d", minZones, len(a.Placements))
	case a.SecurityGroupID == nil || a.KeyArn == nil || a.SecretsKeyArn == nil || a.LogsKeyArn == nil || a.TopicArn == nil:
		return errors.New("a security group, the database, secrets and logs keys and a topic are required")
	}
	return nil
}
