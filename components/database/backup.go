package database

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/backups"
)

// backupRole is the role of the cluster's ARN.
const backupRole = "database"

// Backups of the database. Aurora's own backup stays beside them: it alone restores to a point in time.
var Backups = backups.Tier{Name: "database", Parts: []backups.Part{{
	What: "rows: everything that the appliance knows", Service: "Aurora", Role: backupRole, MustOptIn: true,
	Besides: "Aurora, to any second of the last database.backupRetentionDays days; a final snapshot when a production " +
		"stack is destroyed",
	Restore: "docs/restore.md: a point in time of Aurora first, a recovery point if that is too old or gone",
	Source:  "https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-feature-availability.html",
}}}

// BackupArns are the ARNs of what is backed up, by role.
func (d *Database) BackupArns() map[string]pulumi.StringInput {
	return map[string]pulumi.StringInput{backupRole: d.clusterArn}
}

// RestoreTargets are the settings of a cluster that a restore test makes, by role: those of this one. Without them RDS
// looks for a default VPC, and most accounts have none.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-inferred-metadata.html
func (d *Database) RestoreTargets() map[string]pulumi.StringMapInput {
	return map[string]pulumi.StringMapInput{backupRole: d.restored}
}

// restoreSettings are the overrides of Aurora. A list is JSON in a text.
func restoreSettings(args *Args, subnets *rds.SubnetGroup, parameters *rds.ClusterParameterGroup) pulumi.StringMap {
	return pulumi.StringMap{
		"dbSubnetGroupName":           subnets.Name,
		"dbClusterParameterGroupName": parameters.Name,
		"vpcSecurityGroupIds":         pulumi.Sprintf("[%q]", args.SecurityGroupID),
		"kmsKeyId":                    args.KeyArn,
	}
}
