package database

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/credential"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// administrator gives the cluster its administrator's password. The managed one is RDS's own: it makes the secret and
// rotates it every seven days, but refuses it in a global database, whose members share the password. The other is a
// secret of ours; going from one to the other changes the password in place.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html
func (d *Database) administrator(ctx *pulumi.Context, name string, args *Args, values *rds.ClusterArgs) error {
	if args.Administrator == Managed {
		values.ManageMasterUserPassword = pulumi.Bool(true)
		values.MasterUserSecretKmsKeyId = args.SecretsKeyArn
		return nil
	}
	own, err := credential.New(ctx, naming.Child(name, "administrator"), &credential.Args{
		Description: "Administrator of " + args.Identifier,
		Username:    adminUser,
		KeyArn:      args.SecretsKeyArn,
		Rotation:    args.AdministratorRotation,
		Protection:  args.Protection,
	}, pulumi.Parent(d))
	if err != nil {
		return err
	}
	values.MasterPassword = own.Password
	d.AdminSecretArn = own.SecretArn
	return nil
}

// adminSecretArn of the cluster: the managed secret's when there is no own one.
func (d *Database) adminSecretArn(args *Args, cluster *rds.Cluster) pulumi.StringOutput {
	if args.Administrator == Managed {
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

// global makes the cluster the first, writing member of a global database. Others join it from their own regions.
func (d *Database) global(ctx *pulumi.Context, name string, args *Args, cluster *rds.Cluster) error {
	if args.GlobalIdentifier == "" {
		return nil
	}
	_, err := rds.NewGlobalCluster(ctx, naming.Child(name, "global"), &rds.GlobalClusterArgs{
		GlobalClusterIdentifier:   pulumi.String(args.GlobalIdentifier),
		SourceDbClusterIdentifier: cluster.Arn,
		DeletionProtection:        pulumi.Bool(args.Protection.DeletionProtection),
		// Members that are left are taken out first; they stay as they are, each on its own.
		ForceDestroy: pulumi.Bool(true),
	}, pulumi.Parent(d),
		// A cluster is a member of one global database at a time.
		pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("found the global database: %w", err)
	}
	return nil
}
