package operator

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

// restoreJob has made a file system: no step waits for it, package regions has the times.
type restoreJob struct {
	region, id, arn string
	metadata        map[string]string
	began           time.Time
}

// Point is a recovery point that AWS Backup has copied into a vault.
type Point struct {
	// Kind is the type of what was backed up, Aurora or EFS, and Of its ARN.
	Kind, Of, Arn, Vault string
	Made                 time.Time
}

// Copied puts a recovery point into the account. One of a database is a snapshot as well.
func (o *Operator) Copied(region string, p Point) error {
	return o.account.Change(region, func(store awstypes.Store) error {
		store.Add(&awstypes.Resource{
			Token: awstypes.RecoveryPoint, Region: region, ID: p.Arn, Fixture: true, State: awstypes.Values{
				"backupVaultName": p.Vault, "kind": p.Kind, "of": p.Of, "made": p.Made.Format(time.RFC3339),
			},
		})
		if p.Kind == "Aurora" {
			store.Add(&awstypes.Resource{
				Token: awstypes.RDSClusterSnapshot, Region: region, ID: p.Arn, Fixture: true, State: awstypes.Values{"arn": p.Arn},
			})
		}
		return nil
	})
}

type backups struct{ *inRegion }

func (b backups) ListRecoveryPointsByBackupVault(
	_ context.Context, in *backup.ListRecoveryPointsByBackupVaultInput, _ ...func(*backup.Options),
) (*backup.ListRecoveryPointsByBackupVaultOutput, error) {
	out := &backup.ListRecoveryPointsByBackupVaultOutput{}
	return out, b.call(func(store awstypes.Store) error {
		for _, p := range store.Resources(awstypes.RecoveryPoint, b.region) {
			if p.State["backupVaultName"] != aws.ToString(in.BackupVaultName) || p.State["kind"] != aws.ToString(in.ByResourceType) {
				continue
			}
			made, err := time.Parse(time.RFC3339, text(p.State, "made"))
			if err != nil {
				return err
			}
			out.RecoveryPoints = append(out.RecoveryPoints, types.RecoveryPointByBackupVault{
				RecoveryPointArn: aws.String(p.ID), ResourceArn: aws.String(text(p.State, "of")), CreationDate: &made,
				Status: types.RecoveryPointStatusCompleted,
			})
		}
		return nil
	})
}

func (b backups) ListRestoreJobs(
	context.Context, *backup.ListRestoreJobsInput, ...func(*backup.Options),
) (*backup.ListRestoreJobsOutput, error) {
	out := &backup.ListRestoreJobsOutput{}
	return out, b.call(func(awstypes.Store) error {
		for _, job := range b.jobs {
			if job.region == b.region {
				out.RestoreJobs = append(out.RestoreJobs, types.RestoreJobsListMember{
					RestoreJobId: &job.id, CreationDate: &job.began, Status: types.RestoreJobStatusCompleted, CreatedResourceArn: &job.arn,
				})
			}
		}
		return nil
	})
}

func (b backups) GetRestoreJobMetadata(
	_ context.Context, in *backup.GetRestoreJobMetadataInput, _ ...func(*backup.Options),
) (*backup.GetRestoreJobMetadataOutput, error) {
	for _, job := range b.jobs {
		if job.id == aws.ToString(in.RestoreJobId) {
			return &backup.GetRestoreJobMetadataOutput{Metadata: job.metadata}, nil
		}
	}
	return nil, &types.ResourceNotFoundException{Message: in.RestoreJobId}
}

// StartRestoreJob makes a file system, under a key that must exist, with a role that must exist.
func (b backups) StartRestoreJob(
	_ context.Context, in *backup.StartRestoreJobInput, _ ...func(*backup.Options),
) (*backup.StartRestoreJobOutput, error) {
	job := &restoreJob{region: b.region, metadata: in.Metadata, began: time.Now()}
	err := b.call(func(store awstypes.Store) error {
		role, key := aws.ToString(in.IamRoleArn), in.Metadata["KmsKeyId"]
		switch {
		case named(store, awstoken.IAMRole, "", "arn", role) == nil:
			return &types.InvalidParameterValueException{Message: aws.String("there is no role " + role)}
		case named(store, awstoken.KMSKey, b.region, "arn", key) == nil:
			return &types.InvalidParameterValueException{Message: aws.String("there is no key " + key)}
		case in.Metadata["newFileSystem"] != "true":
			return &types.InvalidParameterValueException{Message: aws.String("the file system of the backup is elsewhere")}
		}
		id := "fs-" + store.NewDigits(17) //nolint:mnd // as EFS names them
		arn := strings.Split(role, ":")
		job.arn = fmt.Sprintf("arn:%s:elasticfilesystem:%s:%s:file-system/%s", arn[1], b.region, arn[4], id)
		store.Add(&awstypes.Resource{
			Token: awstoken.EFSFileSystem, Region: b.region, ID: id, Fixture: true, State: awstypes.Values{
				"arn": job.arn, "dnsName": id + ".efs." + b.region + "." + awstypes.DNSSuffix(arn[1]), "encrypted": true, "kmsKeyId": key,
			},
		})
		job.id = fmt.Sprintf("job-%d", len(b.jobs)+1)
		b.jobs = append(b.jobs, job)
		return nil
	})
	return &backup.StartRestoreJobOutput{RestoreJobId: &job.id}, err
}
