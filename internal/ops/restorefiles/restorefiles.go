// Package restorefiles brings files back from a recovery point of AWS Backup, which restores them into a folder of the
// file system and never in place. Its steps start the job, wait, and let a node move the files to where they were.
package restorefiles

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/nodes"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// Restore is one restore of files. Started again with the same fields, it goes on where it was interrupted.
type Restore struct {
	AWS *account.Account
	// FileSystem is the id of the stack's file system, Vault the name of the vault, Role the ARN of the role of the job.
	FileSystem, Vault, Role string
	// PointArn is the recovery point.
	PointArn string
	// Path is what to restore, from the root of the file system and without a slash in front; empty for everything.
	Path string
	// Overwrite also replaces files that are newer than those of the recovery point.
	Overwrite bool
	// Again starts a new job although one for the same point and path has been completed.
	Again bool
	// OnNode runs the script on a node, with the arguments of move.py after ROOT.
	OnNode func(ctx context.Context, arguments ...string) (output string, err error)

	// Moved is what the last step has moved, once it has run.
	Moved *Moved
	// began is the job that this run has started or taken up.
	began string
}

const (
	// jobLimit is for AWS Backup, which restores 200 MB or 1,500 files a second, whichever is slower:
	// https://docs.aws.amazon.com/efs/latest/ug/awsbackup.html
	jobLimit  = 24 * time.Hour
	moveLimit = 6 * time.Hour
	lookLimit = time.Minute
	// remembered is how far back a job is taken up.
	remembered = 30 * 24 * time.Hour
)

// OnNode returns an OnNode that uses the first node in service.
func OnNode(group *nodes.Group) func(context.Context, ...string) (string, error) {
	return func(ctx context.Context, arguments ...string) (string, error) {
		serving, err := group.Serving(ctx)
		if err != nil {
			return "", err
		}
		if len(serving) == 0 {
			return "", fmt.Errorf("%s has no node in service, and the files can only be reached from one", group.Name)
		}
		limit := moveLimit
		if arguments[0] == "look" {
			limit = lookLimit
		}
		out, err := group.Run(ctx, serving[0].ID, nodes.Script{
			Name: "move restored files: " + arguments[0], Text: Script(), Arguments: arguments, Limit: limit,
		})
		if failed := new(nodes.Failure); errors.As(err, &failed) && failed.Status == "Failed" &&
			(failed.Code == Locked || failed.Code == Refused) {
			return "", errors.New(failed.Last)
		}
		return out.Text, err
	}
}

// CleanPath checks a path of --path and returns it without slashes at its ends.
func CleanPath(given string) (string, error) {
	if given == "" {
		return "", nil
	}
	trimmed := strings.Trim(given, "/")
	if trimmed == "" || path.Clean(trimmed) != trimmed || slices.Contains(strings.Split(trimmed, "/"), "..") {
		return "", fmt.Errorf("--path: must be a path from the root of the file system without . and .., such as "+
			"/uploads/logo.png, got %q: AWS Backup takes no other", given)
	}
	return trimmed, nil
}

// Check refuses what cannot work, before anything is started.
func (r *Restore) Check(ctx context.Context) error {
	if !strings.Contains(r.PointArn, ":recovery-point:") {
		return fmt.Errorf("--recovery-point: must be the ARN of a recovery point of the file system, got %q: "+
			"aws backup list-recovery-points-by-backup-vault --by-resource-type EFS lists them", r.PointArn)
	}
	point, err := r.AWS.Backup().DescribeRecoveryPoint(ctx, &backup.DescribeRecoveryPointInput{
		BackupVaultName: &r.Vault, RecoveryPointArn: &r.PointArn,
	})
	if account.IsCode(err, "ResourceNotFoundException") {
		return fmt.Errorf("--recovery-point: must be in the vault %s of the stack, got %s: AWS Backup restores from a vault of its own "+
			"region and account", r.Vault, r.PointArn)
	}
	if err != nil {
		return fmt.Errorf("describe the recovery point: %w", err)
	}
	of := aws.ToString(point.ResourceArn)
	switch {
	case aws.ToString(point.ResourceType) != "EFS":
		return fmt.Errorf("--recovery-point: must be one of the file system, got one of %s: %s", aws.ToString(point.ResourceType), of)
	case !strings.HasSuffix(of, "/"+r.FileSystem):
		return fmt.Errorf("--recovery-point: must be one of %s, got one of %s: AWS Backup restores into the file system that it has "+
			"backed up, or into a new one", r.FileSystem, of)
	case point.Status != types.RecoveryPointStatusCompleted:
		return fmt.Errorf("--recovery-point: must be COMPLETED, got %s: part of the files may be missing in it", point.Status)
	}
	return nil
}

// Steps of the restore.
func (r *Restore) Steps() []steps.Step {
	what := "all files"
	if r.Path != "" {
		what = "/" + r.Path
	}
	keep := "files that are newer than the recovery point stay"
	if r.Overwrite {
		keep = "newer files are replaced, too"
	}
	return []steps.Step{
		{
			Name: "restore into a folder", Limit: jobLimit,
			Does: "AWS Backup restores " + what + " into a folder aws-backup-restore_<time> of " + r.FileSystem,
			Done: r.restored, Do: r.start,
		},
		{
			Name: "move the files back", Does: "a node moves what is in the folder to where it was; " + keep, Limit: moveLimit,
			Done: r.moved, Do: r.move,
		},
	}
}

// job returns the newest job of this restore; nil for none.
func (r *Restore) job(ctx context.Context) (*types.RestoreJobsListMember, error) {
	after := time.Now().Add(-remembered)
	pages := backup.NewListRestoreJobsPaginator(r.AWS.Backup(), &backup.ListRestoreJobsInput{
		ByResourceType: aws.String("EFS"), ByCreatedAfter: &after,
	})
	var newest *types.RestoreJobsListMember
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the restore jobs: %w", err)
		}
		for _, job := range page.RestoreJobs {
			isOurs, err := r.isOurs(ctx, job)
			if err != nil {
				return nil, err
			}
			if isOurs && (newest == nil || aws.ToTime(job.CreationDate).After(aws.ToTime(newest.CreationDate))) {
				newest = &job
			}
		}
	}
	return newest, nil
}

// isOurs reports whether a job restores the same point and path into the existing file system.
func (r *Restore) isOurs(ctx context.Context, job types.RestoreJobsListMember) (bool, error) {
	id := aws.ToString(job.RestoreJobId)
	if r.began != "" {
		return id == r.began, nil
	}
	if aws.ToString(job.RecoveryPointArn) != r.PointArn || job.CreatedBy != nil && job.CreatedBy.RestoreTestingPlanArn != nil {
		return false, nil
	}
	got, err := r.AWS.Backup().GetRestoreJobMetadata(ctx, &backup.GetRestoreJobMetadataInput{RestoreJobId: &id})
	if err != nil {
		return false, fmt.Errorf("read what the job %s restores: %w", id, err)
	}
	// AWS does not document in which case it returns the names.
	has := map[string]string{}
	for key, value := range got.Metadata {
		has[strings.ToLower(key)] = value
	}
	wanted := r.metadata("")
	return strings.EqualFold(has["newfilesystem"], "false") && has["file-system-id"] == r.FileSystem &&
		has[strings.ToLower(items)] == wanted[items], nil
}

const items = "ItemsToRestore"

// metadata of the job. https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartRestoreJob.html
func (r *Restore) metadata(token string) map[string]string {
	out := map[string]string{
		"file-system-id": r.FileSystem, "newFileSystem": "false", "Encrypted": "true", "PerformanceMode": "generalPurpose",
		"CreationToken": token,
	}
	if r.Path != "" {
		list, _ := json.Marshal([]string{"/" + r.Path}) // a text is always JSON
		out[items] = string(list)
	}
	return out
}

func (r *Restore) restored(ctx context.Context) (bool, error) {
	job, err := r.job(ctx)
	if err != nil || job == nil || r.Again && r.began == "" {
		return false, err
	}
	switch job.Status {
	case types.RestoreJobStatusCompleted:
		return true, nil
	case types.RestoreJobStatusFailed, types.RestoreJobStatusAborted:
		if r.began != "" {
			return false, fmt.Errorf("the restore job %s is %s: %s", aws.ToString(job.RestoreJobId), job.Status,
				aws.ToString(job.StatusMessage))
		}
	}
	return false, nil
}

// start begins a job, unless one is under way. Of two folders nobody could say which is of this job.
func (r *Restore) start(ctx context.Context) error {
	job, err := r.job(ctx)
	if err != nil {
		return err
	}
	last := ""
	if job != nil {
		if job.Status == types.RestoreJobStatusPending || job.Status == types.RestoreJobStatusRunning {
			r.began = aws.ToString(job.RestoreJobId)
			return nil
		}
		if job.Status == types.RestoreJobStatusCompleted && !r.Again {
			return nil // it has ended since the last look
		}
		last = aws.ToString(job.RestoreJobId)
	}
	folders, err := r.folders(ctx)
	if err != nil {
		return err
	}
	if len(folders) > 0 {
		return fmt.Errorf("the file system has the folder %s of another restore: finish that one, or delete the folder on a node",
			strings.Join(folders, ", "))
	}
	// The same call twice starts one job; after one that has ended it starts the next.
	digest := sha256.Sum256([]byte(strings.Join([]string{r.FileSystem, r.PointArn, r.Path, last}, "\n")))
	token := hex.EncodeToString(digest[:])
	started, err := r.AWS.Backup().StartRestoreJob(ctx, &backup.StartRestoreJobInput{
		RecoveryPointArn: &r.PointArn, IamRoleArn: &r.Role, ResourceType: aws.String("EFS"), IdempotencyToken: &token,
		Metadata: r.metadata(token),
	})
	if err != nil {
		return err
	}
	r.began = aws.ToString(started.RestoreJobId)
	return nil
}

func (r *Restore) folders(ctx context.Context) ([]string, error) {
	text, err := r.OnNode(ctx, "look")
	if err != nil {
		return nil, err
	}
	var got struct{ Folders []string }
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		return nil, fmt.Errorf("a node's answer is no list of folders: %w", err)
	}
	return got.Folders, nil
}

// moved is true when the job is completed and its folder is gone.
func (r *Restore) moved(ctx context.Context) (bool, error) {
	if isSo, err := r.restored(ctx); err != nil || !isSo {
		return false, err
	}
	folders, err := r.folders(ctx)
	return err == nil && len(folders) == 0, err
}

func (r *Restore) move(ctx context.Context) error {
	folders, err := r.folders(ctx)
	if err != nil || len(folders) == 0 {
		return err
	}
	if len(folders) > 1 {
		return fmt.Errorf("the file system has %d folders of restores, and nobody can say which is of this one: %s; delete the others on a node",
			len(folders), strings.Join(folders, ", "))
	}
	arguments := []string{"move", folders[0], "newer"}
	if r.Overwrite {
		arguments[2] = "nothing"
	}
	if r.Path != "" {
		arguments = append(arguments, r.Path)
	}
	text, err := r.OnNode(ctx, arguments...)
	if err != nil {
		return err
	}
	r.Moved = &Moved{}
	if err := json.Unmarshal([]byte(text), r.Moved); err != nil {
		return fmt.Errorf("a node's answer is not what was moved: %w", err)
	}
	if r.Moved.ConflictCount > 0 {
		return fmt.Errorf("%s; %d names stay in the folder %s: look at them on a node, and delete the folder: %s", r.Moved,
			r.Moved.ConflictCount, folders[0], strings.Join(r.Moved.Conflicts, ", "))
	}
	return nil
}

// String says what was moved.
func (m *Moved) String() string {
	return fmt.Sprintf("%d files were moved back, %d have replaced another, %d newer ones were kept", m.Moved, m.Replaced, m.Kept)
}
