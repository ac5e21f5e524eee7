package validate

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

func (s *Subject) backupChecks() []check.Check {
	const group = "backups"
	return []check.Check{
		{
			ID: "backup-points", Group: group, Severity: check.Error,
			Asks: "have the database and the files a recovery point of today?",
			Do:   "read why the last job failed: docs/monitoring.md, \"backup-age\"",
			Run:  s.recoveryPoints,
		},
		{
			ID: "backup-jobs", Group: group, Severity: check.Error,
			Asks: "has every backup job of the last two days succeeded?",
			Do:   "repair the cause and start the job again: docs/monitoring.md, \"backup-failed\"",
			Run:  s.backupJobs,
		},
		{
			ID: "backup-lock", Group: group, Severity: check.Error,
			Asks: "is the vault locked as configured?",
			Do:   "run pulumi up: somebody has removed the lock",
			Run:  s.vaultLock,
		},
		{
			ID: "restore-test", Group: group, Severity: check.Warning,
			Asks: "was a restore tested in the last 35 days?",
			Do:   "restore a recovery point into a test: docs/restore.md",
			Run:  s.restoreTest,
		},
	}
}

const (
	day = 24 * time.Hour
	// jobDays is how far back jobs are looked at, and testDays how old a tested restore may be.
	jobDays, testDays = 2, 35
)

// protectedARNs are what AWS Backup keeps copies of, by tier.
func (s *Subject) protectedARNs() map[string]string {
	out := map[string]string{}
	for tier, token := range map[string]string{"database": awstoken.RDSCluster, "filesystem": awstoken.EFSFileSystem} {
		for _, r := range s.State.Of(token) {
			if arn, _ := r.Outputs["arn"].(string); arn != "" {
				out[tier] = arn
			}
		}
	}
	return out
}

// vaults of the stack by name.
func (s *Subject) vaults() []string {
	var out []string
	for _, r := range s.State.Of(awstoken.BackupVault) {
		out = append(out, r.ID)
	}
	return out
}

const noBackup = "backup.enabled is false"

func (s *Subject) recoveryPoints(ctx context.Context) (check.Result, error) {
	if !s.Config.Backup.Enabled {
		return check.Skip(noBackup), nil
	}
	limit := day + time.Duration(s.Config.Backup.CompletionHours)*time.Hour
	arns := s.protectedARNs()
	if len(arns) == 0 {
		return check.Finding("the state of the stack has nothing to back up"), nil
	}
	var problems, seen []string
	for tier, arn := range arns {
		newest := time.Time{}
		pages := backup.NewListRecoveryPointsByResourcePaginator(s.Account.Backup(),
			&backup.ListRecoveryPointsByResourceInput{ResourceArn: &arn})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return check.Result{}, err
			}
			for _, point := range page.RecoveryPoints {
				if at := aws.ToTime(point.CreationDate); point.Status == types.RecoveryPointStatusCompleted && at.After(newest) {
					newest = at
				}
			}
		}
		age := s.Now.Sub(newest).Round(time.Hour)
		switch {
		case newest.IsZero():
			problems = append(problems, tier+" has no recovery point")
		case age > limit:
			problems = append(problems, fmt.Sprintf("the newest recovery point of %s is %s old", tier, age))
		default:
			seen = append(seen, fmt.Sprintf("%s %s", tier, age))
		}
	}
	return check.Judge(problems, "age of the newest recovery points: %s", strings.Join(distinct(seen), ", ")), nil
}

func (s *Subject) backupJobs(ctx context.Context) (check.Result, error) {
	if !s.Config.Backup.Enabled {
		return check.Skip(noBackup), nil
	}
	after, done := s.Now.Add(-jobDays*day), 0
	var problems []string
	for _, vault := range s.vaults() {
		pages := backup.NewListBackupJobsPaginator(s.Account.Backup(), &backup.ListBackupJobsInput{
			ByBackupVaultName: &vault, ByCreatedAfter: &after,
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return check.Result{}, err
			}
			for _, job := range page.BackupJobs {
				switch job.State {
				case types.BackupJobStateFailed, types.BackupJobStateExpired, types.BackupJobStateAborted,
					types.BackupJobStatePartial:
					problems = append(problems, fmt.Sprintf("the job of %s is %s", aws.ToString(job.ResourceType), job.State))
				case types.BackupJobStateCompleted:
					done++
				}
			}
		}
	}
	return check.Judge(problems, "%d jobs in %d days have succeeded", done, jobDays), nil
}

func (s *Subject) vaultLock(ctx context.Context) (check.Result, error) {
	if !s.Config.Backup.Enabled || s.Config.Backup.Lock.Mode == config.LockNone {
		return check.Skip("the configuration has no lock"), nil
	}
	vaults := s.vaults()
	if len(vaults) == 0 {
		return check.Finding("the state of the stack has no vault"), nil
	}
	var problems []string
	for _, vault := range vaults {
		found, err := s.Account.Backup().DescribeBackupVault(ctx, &backup.DescribeBackupVaultInput{BackupVaultName: &vault})
		if err != nil {
			return check.Result{}, err
		}
		if !aws.ToBool(found.Locked) {
			problems = append(problems, vault+" is not locked")
		}
	}
	return check.Judge(problems, "%s is locked", strings.Join(vaults, ", ")), nil
}

func (s *Subject) restoreTest(ctx context.Context) (check.Result, error) {
	if !s.Config.Backup.Enabled {
		return check.Skip(noBackup), nil
	}
	after := s.Now.Add(-testDays * day)
	newest := time.Time{}
	pages := backup.NewListRestoreJobsPaginator(s.Account.Backup(), &backup.ListRestoreJobsInput{
		ByCreatedAfter: &after, ByStatus: types.RestoreJobStatusCompleted,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return check.Result{}, err
		}
		for _, job := range page.RestoreJobs {
			if at := aws.ToTime(job.CompletionDate); at.After(newest) {
				newest = at
			}
		}
	}
	if newest.IsZero() {
		return check.Finding("no restore was completed in the last %d days", testDays), nil
	}
	return check.Pass("a restore was completed %d days ago", int(s.Now.Sub(newest)/day)), nil
}
