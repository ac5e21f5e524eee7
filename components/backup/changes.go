package backup

import (
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/changes"
)

const (
	losesPoints = "replaces the vault - its recovery points are lost"
	newLock     = "replaces the lock of the vault, which has none for a moment; after its grace time AWS refuses it"
)

// Changes lists what a change of a property does to the recovery points.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Operations.html: a vault has no update.
var Changes = changes.Table{
	{
		Token: awstoken.BackupVault, Property: "kmsKeyArn", Effect: changes.DataLoss,
		Risk: losesPoints, Input: "keyArn", Keys: "encryption.keys.backup",
	},
	{Token: awstoken.BackupVault, Property: "name", Effect: changes.DataLoss, Risk: losesPoints},
	{
		Token: awstoken.BackupVaultLock, Property: "minRetentionDays", Effect: changes.Replacement,
		Risk: newLock, Input: "lock", Keys: "backup.lock.mode, backup.lock.minDays, backup.lock.maxDays, backup.lock.graceDays",
	},
	{
		Token: awstoken.BackupVaultLock, Property: "maxRetentionDays", Effect: changes.Replacement,
		Risk: newLock, Keys: "backup.lock.maxDays",
	},
	{
		Token: awstoken.BackupVaultLock, Property: "changeableForDays", Effect: changes.Replacement,
		Risk: newLock, Keys: "backup.lock.mode, backup.lock.graceDays",
	},
	{
		Token: awstoken.BackupSelection, Property: "resources", Effect: changes.Replacement,
		Risk: "replaces the selection; recovery points stay", Keys: "database.name",
	},
	{
		Token: awstoken.BackupSelection, Property: "iamRoleArn", Effect: changes.Replacement,
		Risk: "replaces the selection; recovery points stay",
	},
	{
		Token: awstoken.BackupRestoreTestSelection, Property: "protectedResourceArns", Effect: changes.Replacement,
		Risk: "replaces the selection of a restore test", Keys: "database.name",
	},
	{
		Token: awstoken.BackupRestoreTestPlan, Property: "name", Effect: changes.Replacement,
		Risk: "replaces the plan of the restore tests",
	},
}
