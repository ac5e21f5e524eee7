package filesystem

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/backups"
)

// backupRole is the role of the file system's ARN.
const backupRole = "filesystem"

// Backups of the file system.
var Backups = backups.Tier{Name: "filesystem", Parts: []backups.Part{{
	What: "shared files: uploads, images, Git repositories", Service: "EFS", Role: backupRole,
	Besides: "with recovery.mode pilotLight a copy in recovery.region, which follows each deletion",
	Restore: "AWS Backup writes into a new file system or a folder aws-backup-restore_<time>; move the files back from there",
	Source:  "https://docs.aws.amazon.com/efs/latest/ug/awsbackup.html",
}}}

// BackupArns are the ARNs of what is backed up, by role.
func (f *FileSystem) BackupArns() map[string]pulumi.StringInput {
	return map[string]pulumi.StringInput{backupRole: f.Arn}
}

// RestoreTargets are the settings of a file system that a restore test makes, by role. Without a key, EFS takes the
// account's own.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-inferred-metadata.html
func (f *FileSystem) RestoreTargets() map[string]pulumi.StringMapInput {
	return map[string]pulumi.StringMapInput{backupRole: pulumi.StringMap{"kmsKeyId": f.keyArn}}
}
