package database

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/credential"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// administrator gives the cluster its administrator's password. A managed password is made by RDS, which rotates its
// secret every seven days; RDS refuses that in a global database, whose members share the password. Otherwise the
// stack makes the secret. A change from one to the other changes the password in place.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html
func (d *Database) administrator(ctx *pulumi.Context, name string, args *Args, values *rds.ClusterArgs) error {
	if args.Secondary != nil {
		return nil
	}
	if args.Settings.AdministratorSecret == config.AdministratorManaged {
		values.ManageMasterUserPassword = pulumi.Bool(true)
		values.MasterUserSecretKmsKeyId = args.SecretsKeyArn
		return nil
	}
	own, err := credential.New(ctx, naming.Child(name, "administrator"), &credential.Args{
		Description: "Administrator of " + args.Settings.Name,
		Username:    config.DatabaseAdministrator,
		KeyArn:      args.SecretsKeyArn,
		Rotation:    args.Rotation.DatabaseAdministrator,
		Protection:  args.Protection,
		Replica:     args.Replica,
	}, pulumi.Parent(d))
	if err != nil {
		return err
	}
	values.MasterPassword = own.Password
	d.AdminSecretArn = own.SecretArn
	return nil
}

// adminSecretArn is the ARN of the managed secret, or of the stack's own.
func (d *Database) adminSecretArn(args *Args, cluster *rds.Cluster) pulumi.StringOutput {
	if args.Settings.AdministratorSecret == config.AdministratorManaged {
		return cluster.MasterUserSecrets.ApplyT(adminSecret).(pulumi.StringOutput)
	}
	return d.AdminSecretArn
}

// adminSecret is the one managed secret of a cluster. Index would panic on an empty list.
func adminSecret(secrets []rds.ClusterMasterUserSecret) (string, error) {
	if len(secrets) == 0 || secrets[0].SecretArn == nil {
		return "", errors.New("database: RDS names no managed secret of the administrator")
	}
	return *secrets[0].SecretArn, nil
}

// global makes the cluster the primary member of a new global database. Clusters of other regions can join it.
func (d *Database) global(ctx *pulumi.Context, name string, args *Args, cluster *rds.Cluster) error {
	if args.GlobalDatabase == "" {
		return nil
	}
	_, err := rds.NewGlobalCluster(ctx, naming.Child(name, "global"), &rds.GlobalClusterArgs{
		GlobalClusterIdentifier:   pulumi.String(args.GlobalDatabase),
		SourceDbClusterIdentifier: cluster.Arn,
		DeletionProtection:        pulumi.Bool(args.Protection.DeletionProtection),
		// The provider takes the members out first; each stays as a cluster of its own.
		ForceDestroy: pulumi.Bool(true),
	}, pulumi.Parent(d),
		// A cluster is a member of one global database at a time.
		pulumi.DeleteBeforeReplace(true),
		// It founded the global database. After a failover another member is the writer, and this one stays a member.
		pulumi.IgnoreChanges([]string{"sourceDbClusterIdentifier"}))
	if err != nil {
		return fmt.Errorf("create the global database: %w", err)
	}
	return nil
}
