package regions

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/recovery"
)

// Durations of AWS Backup, which has no bounds for them: they follow the data. These are assumptions for 100 GiB of files
// and as many rows.
const (
	BackupEvery  = 24 * time.Hour
	BackupJob    = time.Hour
	CopyJob      = time.Hour
	RestoreFiles = time.Hour
	RestoreRows  = 30 * time.Minute
)

// Vault is the vault of the copies, and Other the stack that is made of them.
const (
	Vault = "copies-vault"
	Other = "recovery"
)

// point is a copied recovery point, with what was there when its job began.
type point struct {
	arn, kind, of string
	made          time.Time
	items         []item
}

// restoreJob makes a file system.
type restoreJob struct {
	id, fileSystem string
	metadata       map[string]string
	began          time.Time
	failed         bool
	of             *point
}

// NewCopies returns a world in which the primary region serves, and the other one has copies of its recovery points only.
func NewCopies() *World {
	w := New()
	w.copies, w.replication, w.members, w.nextBackup = true, nil, []string{Primary}, w.now
	r := w.regions[Recovery]
	r.FileSystem = ""
	clear(r.files)
	return w
}

// backUp does the jobs that were due. A copy arrives only if the region lives until then.
func (w *World) backUp() {
	p, r := w.regions[Primary], w.regions[Recovery]
	for w.copies && !w.nextBackup.After(w.now) {
		made := w.nextBackup
		w.nextBackup = made.Add(BackupEvery)
		if p.lost {
			continue
		}
		for kind, items := range map[string][]item{"Aurora": p.rows, "EFS": p.files[p.FileSystem]} {
			w.points++
			copied := &point{kind: kind, made: made, items: until(items, made), of: "file-system/" + p.FileSystem}
			copied.arn = fmt.Sprintf("arn:aws:backup:%s:123456789012:recovery-point:%d", Recovery, w.points)
			if kind == "Aurora" {
				copied.arn = fmt.Sprintf("arn:aws:rds:%s:123456789012:cluster-snapshot:awsbackup:copyjob-%d", Recovery, w.points)
				copied.of = ClusterArn(Primary)
			}
			w.after(made.Add(BackupJob+CopyJob).Sub(w.now), "copy of "+copied.arn, func() {
				if !p.lost {
					r.points = append(r.points, copied)
				}
			})
		}
	}
}

type backups struct{ *Region }

func (r backups) ListRecoveryPointsByBackupVault(
	_ context.Context, in *backup.ListRecoveryPointsByBackupVaultInput, _ ...func(*backup.Options),
) (*backup.ListRecoveryPointsByBackupVaultOutput, error) {
	if err := r.asked(); err != nil {
		return nil, err
	}
	out := &backup.ListRecoveryPointsByBackupVaultOutput{}
	for _, p := range r.points {
		if p.kind == aws.ToString(in.ByResourceType) && aws.ToString(in.BackupVaultName) == Vault {
			out.RecoveryPoints = append(out.RecoveryPoints, types.RecoveryPointByBackupVault{
				RecoveryPointArn: &p.arn, ResourceArn: &p.of, CreationDate: &p.made, Status: types.RecoveryPointStatusCompleted,
			})
		}
	}
	return out, nil
}

func (r backups) ListRestoreJobs(
	context.Context, *backup.ListRestoreJobsInput, ...func(*backup.Options),
) (*backup.ListRestoreJobsOutput, error) {
	if err := r.asked(); err != nil {
		return nil, err
	}
	out := &backup.ListRestoreJobsOutput{}
	for _, job := range r.jobs {
		found := types.RestoreJobsListMember{
			RestoreJobId: &job.id, CreationDate: &job.began, RecoveryPointArn: &job.of.arn, Status: types.RestoreJobStatusRunning,
		}
		switch {
		case job.began.Add(RestoreFiles).After(r.world.now):
		case job.failed:
			found.Status, found.StatusMessage = types.RestoreJobStatusFailed, aws.String("the role may not use the key")
		default:
			found.Status = types.RestoreJobStatusCompleted
			found.CreatedResourceArn = aws.String("arn:aws:elasticfilesystem:" + r.Name + ":123456789012:file-system/" + job.fileSystem)
		}
		out.RestoreJobs = append(out.RestoreJobs, found)
	}
	return out, nil
}

func (r backups) GetRestoreJobMetadata(
	_ context.Context, in *backup.GetRestoreJobMetadataInput, _ ...func(*backup.Options),
) (*backup.GetRestoreJobMetadataOutput, error) {
	i := slices.IndexFunc(r.jobs, func(j *restoreJob) bool { return j.id == aws.ToString(in.RestoreJobId) })
	if i < 0 {
		return nil, &types.ResourceNotFoundException{Message: in.RestoreJobId}
	}
	return &backup.GetRestoreJobMetadataOutput{Metadata: r.jobs[i].metadata}, nil
}

func (r backups) StartRestoreJob(
	_ context.Context, in *backup.StartRestoreJobInput, _ ...func(*backup.Options),
) (*backup.StartRestoreJobOutput, error) {
	if err := r.changed("StartRestoreJob"); err != nil {
		return nil, err
	}
	of := r.point(aws.ToString(in.RecoveryPointArn))
	token := aws.ToString(in.IdempotencyToken)
	switch {
	case of == nil:
		return nil, &types.ResourceNotFoundException{Message: in.RecoveryPointArn}
	case in.Metadata["newFileSystem"] != "true" || in.Metadata["CreationToken"] != token:
		return nil, &types.InvalidParameterValueException{Message: aws.String("the file system of the backup is in another region")}
	case in.Metadata["file-system-id"] != strings.TrimPrefix(of.of, "file-system/"):
		return nil, &types.InvalidParameterValueException{Message: aws.String("the recovery point is of another file system")}
	}
	for _, job := range r.jobs {
		if job.metadata["CreationToken"] == token {
			return &backup.StartRestoreJobOutput{RestoreJobId: &job.id}, nil
		}
	}
	job := &restoreJob{
		id: fmt.Sprintf("job-%d", len(r.jobs)+1), began: r.world.now, of: of, fileSystem: r.newFileSystem(true),
		metadata: maps.Clone(in.Metadata), failed: r.world.FailingRestores > 0,
	}
	r.jobs = append(r.jobs, job)
	if job.failed {
		r.world.FailingRestores--
		delete(r.files, job.fileSystem)
		return &backup.StartRestoreJobOutput{RestoreJobId: &job.id}, nil
	}
	r.world.after(RestoreFiles, job.id, func() { r.files[job.fileSystem] = slices.Clone(of.items) })
	return &backup.StartRestoreJobOutput{RestoreJobId: &job.id}, nil
}

func (r *Region) point(arn string) *point {
	for _, p := range r.points {
		if p.arn == arn {
			return p
		}
	}
	return nil
}

// MadeOf tells the world what the stack of the recovery region is made of, by its stack file.
func (w *World) MadeOf(snapshot, fileSystem string) { w.snapshot, w.restored = snapshot, fileSystem }

// serveCopies deploys the stack of the recovery region, which the program refuses without rows and files.
func (r *Region) serveCopies(ctx context.Context) error {
	w := r.world
	rows, files := r.point(w.snapshot), r.files[w.restored]
	if rows == nil || files == nil || r.secrets[SecretArn(r.Name, 0)] == nil {
		return fmt.Errorf("refused: there is no snapshot %q or no file system %q", w.snapshot, w.restored)
	}
	if err := w.Sleep(ctx, RestoreRows+DeployServe); err != nil {
		return err
	}
	if !r.hasGroup {
		r.rows, r.FileSystem = slices.Clone(rows.items), w.restored
		r.deployServing()
		r.scale(MinSize, MaxSize)
	}
	return nil
}

// origin is the stack file of the other stack.
type origin struct{ world *World }

var _ recovery.Origin = origin{}

func (o origin) Read(context.Context) (snapshot, fileSystem string, err error) {
	return o.world.snapshot, o.world.restored, nil
}

func (o origin) SetSnapshot(_ context.Context, arn string) error {
	return o.set("set database.snapshotIdentifier", &o.world.snapshot, arn)
}

func (o origin) SetFileSystem(_ context.Context, id string) error {
	return o.set("set recovery.fileSystemId", &o.world.restored, id)
}

func (o origin) set(call string, into *string, value string) error {
	o.world.Calls++
	if o.world.Stop != nil {
		if err := o.world.Stop(call); err != nil {
			return err
		}
	}
	*into = value
	return nil
}
