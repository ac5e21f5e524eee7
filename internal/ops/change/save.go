package change

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	backuptypes "github.com/aws/aws-sdk-go-v2/service/backup/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

const (
	// fresh is the age up to which a saved copy counts for a change that is about to begin: what was written since is lost
	// on the way back.
	fresh = 6 * time.Hour
	// snapshotLimit and filesLimit are for AWS: both copy what has changed since the last copy.
	snapshotLimit = 4 * time.Hour
	filesLimit    = 12 * time.Hour
)

// snapshotTime is the end of the name of a snapshot. It keeps two attempts apart.
const snapshotTime = "200601021504"

// unfit are what an identifier of RDS may not have.
var unfit = regexp.MustCompile(`[^a-zA-Z0-9]+`)

// snapshotPrefix begins the names of the snapshots before a change of a cluster to a version.
func snapshotPrefix(cluster, to string) string {
	return naming.Fit(naming.DBIdentifierMax-len(snapshotTime)-1, cluster, "before", unfit.ReplaceAllString(to, "-")) + "-"
}

// saved returns the newest snapshot of the cluster before a change to a version; nil for none.
func (s *Subject) saved(ctx context.Context, cluster, to string) (*rdstypes.DBClusterSnapshot, error) {
	var newest *rdstypes.DBClusterSnapshot
	pages := rds.NewDescribeDBClusterSnapshotsPaginator(s.Account.RDS(), &rds.DescribeDBClusterSnapshotsInput{
		DBClusterIdentifier: &cluster, SnapshotType: aws.String("manual"),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, one := range page.DBClusterSnapshots {
			name := aws.ToString(one.DBClusterSnapshotIdentifier)
			if strings.HasPrefix(name, snapshotPrefix(cluster, to)) &&
				(newest == nil || name > aws.ToString(newest.DBClusterSnapshotIdentifier)) {
				newest = &one
			}
		}
	}
	return newest, nil
}

// savedAt is the time of a snapshot, by its name: AWS gives none while it makes one. It is zero for another name.
func savedAt(one *rdstypes.DBClusterSnapshot) time.Time {
	name := aws.ToString(one.DBClusterSnapshotIdentifier)
	made, _ := time.Parse(snapshotTime, name[max(0, len(name)-len(snapshotTime)):])
	return made
}

// saving is a snapshot of the rows before a change.
type saving struct {
	// cluster is saved, and to is what it changes to.
	cluster, to string
	// begun reports that the change has begun: a snapshot would have what the change has done.
	begun func(context.Context) (bool, error)
	// since is the time of the oldest snapshot that counts; zero for some hours ago.
	since time.Time
}

// counts reports whether a snapshot is young enough.
func (s *Subject) counts(v saving, one *rdstypes.DBClusterSnapshot) bool {
	since := v.since
	if since.IsZero() {
		since = s.clock().Now().Add(-fresh)
	}
	return one != nil && !savedAt(one).Before(since)
}

// snapshot saves the rows of a cluster. Once the change has begun, none is made.
func (s *Subject) snapshot(v saving) steps.Step {
	return steps.Step{
		Name: "snapshot", Limit: snapshotLimit,
		Does: "a snapshot of the database " + v.cluster + ", named " + snapshotPrefix(v.cluster, v.to) + "<time>, is available",
		Done: func(ctx context.Context) (bool, error) {
			if yes, err := v.begun(ctx); yes || err != nil {
				return yes, err
			}
			one, err := s.saved(ctx, v.cluster, v.to)
			if err != nil || !s.counts(v, one) {
				return false, err
			}
			return isAvailable(one)
		},
		Do: func(ctx context.Context) error {
			if one, err := s.saved(ctx, v.cluster, v.to); err != nil || s.counts(v, one) {
				return err // an earlier run has begun it
			}
			name := snapshotPrefix(v.cluster, v.to) + s.clock().Now().UTC().Format(snapshotTime)
			_, err := s.Account.RDS().CreateDBClusterSnapshot(ctx, &rds.CreateDBClusterSnapshotInput{
				DBClusterIdentifier: &v.cluster, DBClusterSnapshotIdentifier: &name,
			})
			return err
		},
	}
}

// isAvailable reports whether a snapshot can be used; the error is about one that never can.
func isAvailable(one *rdstypes.DBClusterSnapshot) (bool, error) {
	switch status := aws.ToString(one.Status); status {
	case "available":
		return true, nil
	case "creating", "copying":
		return false, nil
	default:
		return false, fmt.Errorf("the snapshot %s is %s: delete it", aws.ToString(one.DBClusterSnapshotIdentifier), status)
	}
}

// files are what AWS Backup needs to save the file system of a stack.
type files struct{ arn, vault, role string }

// filesOf finds them in the state of the stack; false if the stack has no vault.
func (s *Subject) filesOf(ctx context.Context) (f files, hasVault bool, err error) {
	state, err := stack.ReadState(ctx, s.Pulumi, s.Stack)
	if err != nil {
		return files{}, false, err
	}
	for _, r := range state.Of(awstoken.EFSFileSystem) {
		f.arn, _ = r.Outputs["arn"].(string)
	}
	for _, r := range state.Of(awstoken.BackupVault) {
		if r.Name() == "backup-vault" {
			f.vault = r.ID
		}
	}
	for _, r := range state.Of(awstoken.IAMRole) {
		if r.Name() == "backup-role" {
			f.role, _ = r.Outputs["arn"].(string)
		}
	}
	if f.vault == "" {
		return files{}, false, nil
	}
	if f.arn == "" || f.role == "" {
		return files{}, false, errors.New("the state of the stack has a vault, but no file system or no role backup-role: " +
			"run pulumi up")
	}
	return f, true, nil
}

// saveFiles makes a recovery point of the shared files.
func (s *Subject) saveFiles(f files, begun func(context.Context) (bool, error)) steps.Step {
	return steps.Step{
		Name: "files", Does: "a recovery point of the shared files in the vault " + f.vault + " is complete", Limit: filesLimit,
		Done: func(ctx context.Context) (bool, error) {
			if yes, err := begun(ctx); yes || err != nil {
				return yes, err
			}
			job, err := s.filesJob(ctx, f)
			return job != nil && job.State == backuptypes.BackupJobStateCompleted, err
		},
		Do: func(ctx context.Context) error {
			if job, err := s.filesJob(ctx, f); err != nil || job != nil {
				return err // an earlier run, or the plan of the stack, has begun it
			}
			_, err := s.Account.Backup().StartBackupJob(ctx, &backup.StartBackupJobInput{
				BackupVaultName: &f.vault, ResourceArn: &f.arn, IamRoleArn: &f.role,
			})
			return err
		},
	}
}

// filesJob returns the newest job of the files that has begun in the last hours and has not failed; nil for none.
func (s *Subject) filesJob(ctx context.Context, f files) (newest *backuptypes.BackupJob, err error) {
	after := s.clock().Now().Add(-fresh)
	pages := backup.NewListBackupJobsPaginator(s.Account.Backup(), &backup.ListBackupJobsInput{
		ByResourceArn: &f.arn, ByBackupVaultName: &f.vault, ByCreatedAfter: &after,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, job := range page.BackupJobs {
			switch job.State {
			case backuptypes.BackupJobStateCreated, backuptypes.BackupJobStatePending, backuptypes.BackupJobStateRunning,
				backuptypes.BackupJobStateCompleted:
				if newest == nil || aws.ToTime(job.CreationDate).After(aws.ToTime(newest.CreationDate)) {
					newest = &job
				}
			}
		}
	}
	return newest, nil
}

// kept is a copy that the nodes make each hour, and the metric by which they report it.
type kept struct {
	what, metric string
	// oldest is the largest value of the metric, in hours; zero for a metric that only has to have data.
	oldest float64
	// window is how far back the metric must have data.
	window time.Duration
}

// keptCopy is the step that a copy of the nodes' hourly task is young enough. It makes none: the nodes alone may.
func (s *Subject) keptCopy(k kept, begun func(context.Context) (bool, error)) steps.Step {
	return steps.Step{
		Name: "copy", Does: "the nodes have kept " + k.what,
		Done: func(ctx context.Context) (bool, error) {
			if yes, err := begun(ctx); yes || err != nil {
				return yes, err
			}
			c, err := s.config()
			if err != nil {
				return false, err
			}
			namespace, now := c.MetricNamespace(), s.clock().Now()
			from := now.Add(-k.window)
			got, err := s.Account.CloudWatch().GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
				Namespace: &namespace, MetricName: &k.metric, StartTime: &from, EndTime: &now,
				Period: aws.Int32(int32(k.window.Seconds())), Statistics: []cwtypes.Statistic{cwtypes.StatisticMinimum},
			})
			if err != nil {
				return false, err
			}
			const look = "read the log stream keep of the nodes (docs/backups.md, \"What the nodes keep\")"
			if len(got.Datapoints) == 0 {
				return false, fmt.Errorf("nothing has been changed: no node has reported %s in the last %s: %s", k.what,
					k.window, look)
			}
			for _, point := range got.Datapoints {
				if value := aws.ToFloat64(point.Minimum); k.oldest == 0 || value <= k.oldest {
					return true, nil
				}
			}
			return false, fmt.Errorf("nothing has been changed: %s is older than %.0f hours: %s", k.what, k.oldest, look)
		},
		Do: func(context.Context) error { return nil },
	}
}
