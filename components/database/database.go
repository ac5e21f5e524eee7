// Package database is the Aurora MySQL cluster that holds the appliance's data: instances spread over availability
// zones, an administrator, and a user of its own for the application.
package database

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/component"
	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/credential"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
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
	// minZones is CreateDBSubnetGroup's: subnets in at least two availability zones.
	minZones = 2
)

// Args of a Database. All are required.
type Args struct {
	// Settings of the cluster. Its name is fixed, because the names of its log groups follow from it, and they must
	// exist before the cluster does.
	Settings   config.Database
	Logs       config.Logs
	Rotation   config.Rotation
	Access     config.Access
	Location   location.Location
	Protection lifecycle.Protection
	// Subnets in at least two zones. Instances go to them in turn.
	Subnets []connection.Subnet
	// SecurityGroupID of the instances.
	SecurityGroupID pulumi.StringInput
	// DeployedSnapshot is the name that the final snapshot of the deployed cluster would get; empty unless the cluster may
	// be replaced. The new cluster then gets another one, also if nothing in its settings changes.
	DeployedSnapshot string
	// GlobalDatabase is the identifier of the global database of which the cluster is the writer; empty for none.
	GlobalDatabase string
	// Secondary makes the cluster a member of another region's global database; nil for a database of its own.
	Secondary *Secondary
	// KeyArn encrypts storage, snapshots and performance data; a change replaces the cluster.
	KeyArn pulumi.StringInput
	// SecretsKeyArn encrypts the secrets of the administrator and the application's user.
	SecretsKeyArn pulumi.StringInput
	// Replica is the copy of the stack's own secrets in another region; nil for none.
	Replica *credential.Replica
	// LogsKeyArn encrypts the log groups.
	LogsKeyArn pulumi.StringInput
	// TopicArn gets the events about failures, maintenance and changes.
	TopicArn pulumi.StringInput
}

// Secondary is what a member of a global database takes over from its writer: rows, users, and the secrets of the users.
type Secondary struct {
	// Global is the identifier of the global database, and SourceRegion the region that founded it.
	Global, SourceRegion string
	// UserSecretArn and AdminSecretArn are copies in the member's region; SecretsKeyArn encrypts them.
	UserSecretArn, AdminSecretArn, SecretsKeyArn string
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
	// Connection leads to the writer, as the application's user.
	Connection connection.Database

	// logs are the names of the log groups, by kind.
	logs       map[string]pulumi.StringInput
	clusterArn pulumi.StringOutput
	// restored are the settings of a cluster that a restore test makes.
	restored pulumi.StringMap
}

// New makes the cluster, its instances and the secret of the application's user.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Database, error) {
	d := &Database{}
	return component.New(ctx, name, d, component.Shape{
		Token:     token.Database,
		Check:     args.check,
		Inputs:    args.inputs,
		Provision: func() error { return d.provision(ctx, name, args) },
		Outputs:   d.outputs,
	}, opts...)
}

func (a *Args) check() error {
	switch {
	case a == nil || a.Location.Partition == "" || a.Location.Region == "" || a.Location.AccountID == "":
		return errors.New("a location is required")
	case len(a.Subnets) < minZones:
		return fmt.Errorf("subnets in at least %d zones are required, got %d", minZones, len(a.Subnets))
	case a.KeyArn == nil || a.SecretsKeyArn == nil || a.LogsKeyArn == nil:
		return errors.New("the database, secrets and logs keys are required")
	case a.SecurityGroupID == nil || a.TopicArn == nil:
		return errors.New("a security group and a topic are required")
	}
	return nil
}

// inputs leave the rotation out: it changes a secret, not the cluster.
func (a *Args) inputs() pulumi.Map {
	return component.Inputs(a.Settings, pulumi.Map{
		"logs":               component.Inputs(a.Logs, nil),
		"access":             component.Inputs(a.Access, nil),
		"globalDatabase":     pulumi.String(a.GlobalDatabase),
		"zones":              connection.Zones(a.Subnets),
		"keyArn":             a.KeyArn,
		"protect":            pulumi.Bool(a.Protection.Protect),
		"deletionProtection": pulumi.Bool(a.Protection.DeletionProtection),
		"finalSnapshot":      pulumi.Bool(a.Protection.FinalSnapshot),
	})
}

func (d *Database) provision(ctx *pulumi.Context, name string, args *Args) error {
	cluster, err := d.cluster(ctx, name, args)
	if err != nil {
		return err
	}
	instances, err := d.instances(ctx, name, args, cluster)
	if err != nil {
		return err
	}
	if err := errors.Join(d.global(ctx, name, args, cluster), d.events(ctx, name, args)); err != nil {
		return err
	}
	d.ClusterIdentifier, d.ReaderEndpoint, d.clusterArn = cluster.ClusterIdentifier, cluster.ReaderEndpoint, cluster.Arn
	if args.Secondary != nil {
		d.AdminSecretArn = pulumi.String(args.Secondary.AdminSecretArn).ToStringOutput()
		d.Connection = d.connectionTo(args, cluster, pulumi.String(args.Secondary.UserSecretArn),
			pulumi.String(args.Secondary.SecretsKeyArn), instances)
		return nil
	}
	// Not the administrator: Morpheus keeps its password in a file of its own, and would be locked out at the first
	// rotation of the managed secret.
	user, err := credential.New(ctx, naming.Child(name, "user"), &credential.Args{
		Description: "MySQL user of the Morpheus appliance on " + args.Settings.Name,
		Username:    ApplicationUser,
		KeyArn:      args.SecretsKeyArn,
		Rotation:    args.Rotation.DatabaseUser,
		Protection:  args.Protection,
		Replica:     args.Replica,
	}, pulumi.Parent(d))
	if err != nil {
		return err
	}
	d.AdminSecretArn = d.adminSecretArn(args, cluster)
	d.Connection = d.connectionTo(args, cluster, user.SecretArn, args.SecretsKeyArn, append(instances, user.Version))
	return nil
}

func (d *Database) outputs() pulumi.Map {
	return pulumi.Map{
		"clusterIdentifier": d.ClusterIdentifier,
		"readerEndpoint":    d.ReaderEndpoint,
		"writerEndpoint":    d.Connection.Host,
		"adminSecretArn":    d.AdminSecretArn,
		"userSecretArn":     d.Connection.SecretArn,
	}
}

// connectionTo leads to the writer endpoint: it follows the writer to another instance after a failover. A cluster
// without instances has endpoints that nothing answers, so clients wait for the instances. That clients may read the
// administrator's secret is an exception, which docs/decisions/secrets.md explains.
func (d *Database) connectionTo(
	args *Args, cluster *rds.Cluster, secretArn, keyArn pulumi.StringInput, ready []pulumi.Resource,
) connection.Database {
	return connection.Database{
		Connection: connection.Connection{
			Host: cluster.Endpoint,
			Port: Port,
			Statements: append(
				credential.ReadStatements("Database", args.Location.ViaService("secretsmanager"), secretArn, keyArn),
				policy.Statement{
					// The key of this secret is that of the user's secret.
					Sid:       "MakeTheDatabaseUser",
					Actions:   []string{"secretsmanager:GetSecretValue"},
					Resources: policy.On(d.AdminSecretArn),
				}),
			Ready: ready,
		},
		SecretArn:      secretArn,
		AdminSecretArn: d.AdminSecretArn,
		MaxOpen:        args.Settings.ConnectionsPerNode,
	}
}
