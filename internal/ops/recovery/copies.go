package recovery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// Copies are what the recovery region has of a stack with recovery.mode backup.
type Copies struct {
	// Vault is the name of the vault with the copied recovery points.
	Vault string
	// RoleArn is the role of restore jobs, and FilesKeyArn the key of the file system that one makes.
	RoleArn, FilesKeyArn string
	// Stack is the name of the stack that is made of the copies.
	Stack string
	// Origin is kept from one run to the next.
	Origin Origin
}

// Origin is what a stack of the recovery region is made of: the ARN of the copied snapshot and the id of the restored file
// system, both empty before they are known. Its stack file has them, so that a run that goes on, maybe days later, takes no
// newer recovery point: when the first region is back, its stack makes and copies recovery points of old rows again.
type Origin interface {
	Read(ctx context.Context) (snapshot, fileSystem string, err error)
	SetSnapshot(ctx context.Context, arn string) error
	SetFileSystem(ctx context.Context, id string) error
}

// Types of recovery points.
const (
	rowPoints  = "Aurora"
	filePoints = "EFS"
)

const (
	// restoreLimit is for AWS Backup, which restores 200 MB or 1,500 files a second, whichever is slower:
	// https://docs.aws.amazon.com/efs/latest/ug/awsbackup.html
	restoreLimit = 24 * time.Hour
	// remembered is how far back a restore job is taken up.
	remembered = 30 * 24 * time.Hour
)

// failoverFromCopies makes a region serve from what was copied to it.
func (m *Move) failoverFromCopies(ctx context.Context) ([]steps.Result, error) {
	if !m.Unplanned {
		return nil, fmt.Errorf("a failover from copies is unplanned: what was written since the newest copy would be lost, " +
			"although the first region still has it")
	}
	rows, err := m.chooseRows(ctx)
	if err != nil {
		return nil, err
	}
	files, err := m.restoreFiles(ctx)
	if err != nil {
		return nil, err
	}
	all := []steps.Step{m.fence(m.From, "stop the nodes of the old region"), rows, files, m.takeFiles()}
	for i, arn := range m.To.Secrets {
		all = append(all, m.promoteSecret(m.To, arn, i))
	}
	return m.run(ctx, append(all, m.serve(), m.release(), m.inService(), m.moveName()))
}

// newest returns the newest completed recovery point of a type in the vault of the copies.
func (m *Move) newest(ctx context.Context, kind string) (*types.RecoveryPointByBackupVault, error) {
	pages := backup.NewListRecoveryPointsByBackupVaultPaginator(m.To.API.Backups, &backup.ListRecoveryPointsByBackupVaultInput{
		BackupVaultName: &m.Copies.Vault, ByResourceType: &kind,
	})
	var found *types.RecoveryPointByBackupVault
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the recovery points in %s: %w", m.Copies.Vault, err)
		}
		for _, p := range page.RecoveryPoints {
			isNewer := found == nil || aws.ToTime(p.CreationDate).After(aws.ToTime(found.CreationDate))
			if p.Status == types.RecoveryPointStatusCompleted && isNewer {
				found = &p
			}
		}
	}
	if found == nil {
		return nil, fmt.Errorf("the vault %s in %s has no completed recovery point of type %s: there is nothing to restore from",
			m.Copies.Vault, m.To.Region, kind)
	}
	return found, nil
}

// of says which recovery point is meant, and how much is lost with it.
func (m *Move) of(p *types.RecoveryPointByBackupVault) string {
	made := aws.ToTime(p.CreationDate)
	return fmt.Sprintf("%s of %s; what was written in the last %s is lost", aws.ToString(p.RecoveryPointArn),
		made.UTC().Format("2006-01-02 15:04 UTC"), m.clock().Now().Sub(made).Round(time.Minute))
}

// chooseRows writes the newest copied snapshot to the stack file. The update of the stack restores it.
func (m *Move) chooseRows(ctx context.Context) (steps.Step, error) {
	step := steps.Step{
		Name: "choose the rows", Limit: shortLimit,
		Done: func(ctx context.Context) (bool, error) {
			snapshot, _, err := m.Copies.Origin.Read(ctx)
			return snapshot != "", err
		},
	}
	chosen, _, err := m.Copies.Origin.Read(ctx)
	if err != nil {
		return step, err
	}
	if chosen != "" {
		step.Does = "restore the database from " + chosen + ", which an earlier run chose"
		return step, nil
	}
	point, err := m.newest(ctx, rowPoints)
	if err != nil {
		return step, err
	}
	step.Does = "restore the database from " + m.of(point)
	step.Do = func(ctx context.Context) error {
		return m.Copies.Origin.SetSnapshot(ctx, aws.ToString(point.RecoveryPointArn))
	}
	return step, nil
}

// mark begins the creation token of the file system: that of a restore for the same stack and rows, and no other. A file
// system that somebody restored to look into it is not taken.
func (m *Move) mark(snapshot string) string {
	digest := sha256.Sum256([]byte(m.Copies.Stack + "\n" + snapshot))
	return "morpheus-" + hex.EncodeToString(digest[:12]) + "-"
}

// jobs returns the newest restore job of this move, nil for none, and how many there were.
func (m *Move) jobs(ctx context.Context) (newest *types.RestoreJobsListMember, n int, err error) {
	snapshot, _, err := m.Copies.Origin.Read(ctx)
	if err != nil || snapshot == "" {
		return nil, 0, err
	}
	after := m.clock().Now().Add(-remembered)
	kind := filePoints
	pages := backup.NewListRestoreJobsPaginator(m.To.API.Backups, &backup.ListRestoreJobsInput{
		ByResourceType: &kind, ByCreatedAfter: &after,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, 0, fmt.Errorf("list the restore jobs: %w", err)
		}
		for _, job := range page.RestoreJobs {
			got, err := m.To.API.Backups.GetRestoreJobMetadata(ctx, &backup.GetRestoreJobMetadataInput{
				RestoreJobId: job.RestoreJobId,
			})
			if err != nil {
				return nil, 0, fmt.Errorf("read what the restore job %s makes: %w", aws.ToString(job.RestoreJobId), err)
			}
			if !strings.HasPrefix(creationToken(got.Metadata), m.mark(snapshot)) {
				continue
			}
			if n++; newest == nil || aws.ToTime(job.CreationDate).After(aws.ToTime(newest.CreationDate)) {
				newest = &job
			}
		}
	}
	return newest, n, nil
}

// creationToken of the metadata of a job: AWS does not document in which case it returns the names.
func creationToken(metadata map[string]string) string {
	for key, value := range metadata {
		if strings.EqualFold(key, "CreationToken") {
			return value
		}
	}
	return ""
}

// restoreFiles makes a file system of the newest copied recovery point. AWS Backup restores into the file system that it has
// backed up, which is lost, or into a new one; the nodes move the files to its root when they boot.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartRestoreJob.html
func (m *Move) restoreFiles(ctx context.Context) (steps.Step, error) {
	step := steps.Step{Name: "restore the files", Limit: restoreLimit, Does: "AWS Backup restores the files, as an earlier run began"}
	began := ""
	step.Done = func(ctx context.Context) (bool, error) {
		_, fileSystem, err := m.Copies.Origin.Read(ctx)
		if err != nil || fileSystem != "" {
			return err == nil, err
		}
		job, _, err := m.jobs(ctx)
		if err != nil || job == nil {
			return false, err
		}
		id := aws.ToString(job.RestoreJobId)
		if id == began && (job.Status == types.RestoreJobStatusFailed || job.Status == types.RestoreJobStatusAborted) {
			return false, fmt.Errorf("the restore job %s is %s: %s", id, job.Status, aws.ToString(job.StatusMessage))
		}
		return job.Status == types.RestoreJobStatusCompleted, nil
	}
	if isSo, err := step.Done(ctx); err != nil || isSo {
		return step, err
	}
	point, err := m.newest(ctx, filePoints)
	if err != nil {
		return step, err
	}
	if job, _, err := m.jobs(ctx); err != nil || !underWay(job) {
		step.Does = "AWS Backup makes a file system of " + m.of(point)
	}
	step.Do = func(ctx context.Context) error {
		job, n, err := m.jobs(ctx)
		if err != nil {
			return err
		}
		if underWay(job) {
			began = aws.ToString(job.RestoreJobId)
			return nil
		}
		snapshot, _, err := m.Copies.Origin.Read(ctx)
		if err != nil {
			return err
		}
		kind, token := filePoints, m.mark(snapshot)+strconv.Itoa(n)
		started, err := m.To.API.Backups.StartRestoreJob(ctx, &backup.StartRestoreJobInput{
			RecoveryPointArn: point.RecoveryPointArn, IamRoleArn: &m.Copies.RoleArn, ResourceType: &kind, IdempotencyToken: &token,
			Metadata: map[string]string{
				"file-system-id": afterSlash(aws.ToString(point.ResourceArn)), "newFileSystem": "true", "CreationToken": token,
				"Encrypted": "true", "KmsKeyId": m.Copies.FilesKeyArn, "PerformanceMode": "generalPurpose",
			},
		})
		if err != nil {
			return err
		}
		began = aws.ToString(started.RestoreJobId)
		return nil
	}
	return step, nil
}

// takeFiles writes the restored file system to the stack file.
func (m *Move) takeFiles() steps.Step {
	return steps.Step{
		Name: "take the restored files", Does: "write the restored file system to the stack file of " + m.Copies.Stack,
		Limit: shortLimit,
		Done: func(ctx context.Context) (bool, error) {
			_, fileSystem, err := m.Copies.Origin.Read(ctx)
			return fileSystem != "", err
		},
		Do: func(ctx context.Context) error {
			job, _, err := m.jobs(ctx)
			if err != nil {
				return err
			}
			if job == nil || aws.ToString(job.CreatedResourceArn) == "" {
				return fmt.Errorf("no restore job of %s names a file system", m.Copies.Stack)
			}
			return m.Copies.Origin.SetFileSystem(ctx, afterSlash(*job.CreatedResourceArn))
		},
	}
}

func underWay(job *types.RestoreJobsListMember) bool {
	return job != nil && (job.Status == types.RestoreJobStatusPending || job.Status == types.RestoreJobStatusRunning)
}

func afterSlash(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
