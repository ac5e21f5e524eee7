package backup

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/backups"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// Roles of the outputs that name the metrics' dimensions. The vault of a copy job is that of the copy.
const (
	vaultRole  = "backupVault"
	copiesRole = "backupCopies"
	testsRole  = "restoreTests"
)

const (
	metricsPage = "https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html"

	restoresPage = "https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing.html"

	hour  = 3600
	day   = 24
	week  = 7 * day // CloudWatch looks back so many hours at most
	noJob = "AWS Backup publishes a metric only while it is not zero"
)

// Alarms of the backups. copiedTo is the region of the copies; empty for no copies.
func Alarms(settings config.Backup, copiedTo string, tiers []backups.Tier) alarm.Tier {
	tier := alarm.Tier{Name: "backup", Gaps: []alarm.Gap{
		{Aspect: alarm.Utilisation, Why: "a vault has no limit of its size"},
		{Aspect: alarm.Latency, Why: "AWS Backup ends a job that takes too long and counts it as failed"},
		{Aspect: alarm.Saturation, Why: "AWS Backup counts a job that waits too long as expired"},
	}}
	if !settings.Enabled {
		why := "the stack has no vault: backup.enabled is false"
		tier.Gaps = append(tier.Gaps, alarm.Gap{Aspect: alarm.Errors, Why: why}, alarm.Gap{Aspect: alarm.Redundancy, Why: why})
		return tier
	}
	tier.Facts = []alarm.Fact{failedFact(), expiredFact()}
	for _, part := range backups.Protected(tiers) {
		tier.Facts = append(tier.Facts, ageFact(settings, part.Service))
	}
	if settings.TestsRestores() {
		tier.Facts = append(tier.Facts, restoreFailedFact())
		for _, part := range backups.Protected(tiers) {
			tier.Facts = append(tier.Facts, restoreAgeFact(settings, part.Service))
		}
		tier.Events = []alarm.Event{restoredEvent()}
	}
	if copiedTo == "" {
		return tier
	}
	tier.Facts = append(tier.Facts, copyFailedFact(copiedTo))
	for _, part := range backups.Protected(tiers) {
		tier.Facts = append(tier.Facts, copyAgeFact(settings, copiedTo, part.Service))
	}
	return tier
}

// Dimensions are the outputs that name the metrics, by role. Without a vault there are none.
func (b *Backup) Dimensions() map[string]pulumi.StringInput {
	if b == nil {
		return nil
	}
	out := map[string]pulumi.StringInput{vaultRole: b.VaultName}
	if b.CopiesVault != nil {
		out[copiesRole] = b.CopiesVault
	}
	if b.tests != nil {
		out[testsRole] = b.tests
	}
	return out
}

// ofVault is a metric of the vault that has the role.
func ofVault(role, name string) []alarm.Metric {
	return []alarm.Metric{{
		Namespace: "AWS/Backup", Name: name, Statistic: "Sum",
		Dimensions: map[string]alarm.Dimension{"BackupVaultName": alarm.Of(role)},
	}}
}

// jobsFact fires when any job ended as the metrics count.
func jobsFact(name string, metrics []alarm.Metric, meaning, action string) alarm.Fact {
	return alarm.Fact{
		Name: name, Aspect: alarm.Errors, Severity: alarm.Ticket,
		Metrics:    metrics,
		Comparison: alarm.Above, Threshold: 0, Unit: "jobs", Window: alarm.For(1, hour),
		Missing: alarm.NotBreaching, WhyMissing: noJob,
		Meaning: meaning, Action: action, Source: metricsPage,
	}
}

func failedFact() alarm.Fact {
	return jobsFact("failed", ofVault(vaultRole, "NumberOfBackupJobsFailed"),
		"A backup job failed: today has no recovery point of that tier.",
		"Read why: `aws backup list-backup-jobs --by-state FAILED`. Repair it and start the job again: `aws backup "+
			"start-backup-job`.")
}

func expiredFact() alarm.Fact {
	return jobsFact("expired", ofVault(vaultRole, "NumberOfBackupJobsExpired"),
		"A backup job could not start within its window: today has no recovery point of that tier.",
		"Look for what ran at that time: `aws backup list-backup-jobs --by-state EXPIRED`. AWS Backup runs one job of a "+
			"resource at a time. A longer backup.window helps against a queue.")
}

func copyFailedFact(region string) alarm.Fact {
	return jobsFact("copy-failed", ofVault(copiesRole, "NumberOfCopyJobsFailed"),
		"A recovery point was not copied to "+region+": it is lost with the region of the stack.",
		"Read why: `aws backup list-copy-jobs --by-state FAILED`. Copy the recovery point again: `aws backup "+
			"start-copy-job`.")
}

// ageFact counts the hours in which no job has completed: there is no metric of an age. Two jobs may be a day apart, and
// the second as late and as long as it is allowed.
func ageFact(settings config.Backup, service string) alarm.Fact {
	done := ofVault(vaultRole, "NumberOfBackupJobsCompleted")
	done[0].Dimensions["ResourceType"] = alarm.Is(service)
	return alarm.Fact{
		Name: "age", Key: strings.ToLower(service), Aspect: alarm.Redundancy, Severity: alarm.Ticket,
		Metrics:    done,
		Comparison: alarm.Below, Threshold: 1, Unit: "completed jobs", Setting: "backup.completionHours",
		Window:  alarm.For(min(day+longestJob(settings), week), hour),
		Missing: alarm.Breaching, WhyMissing: noJob + "; a new stack has the alarm until its first job is done",
		Meaning: "The newest recovery point is older than a day and the longest job.",
		Action: "Look at the last jobs: `aws backup list-backup-jobs --by-resource-type " + service + "`. If there are none, the " +
			"account may have opted out: `aws backup describe-region-settings`.",
		Source: metricsPage,
	}
}

// copyAgeFact is like ageFact for the copies. A copy begins when its backup job is done, and may take as long.
func copyAgeFact(settings config.Backup, region, service string) alarm.Fact {
	fact := ageFact(settings, service)
	fact.Name = "copy-age"
	fact.Metrics = ofVault(copiesRole, "NumberOfCopyJobsCompleted")
	fact.Metrics[0].Dimensions["ResourceType"] = alarm.Is(service)
	fact.Window = alarm.For(min(fact.Window.Periods+settings.CompletionHours, week), hour)
	fact.Meaning = "The newest copy in " + region + " is older than a day and the longest job and copy."
	fact.Action = "Look at the last copies: `aws backup list-copy-jobs --by-resource-type " + service + "`."
	return fact
}

// longestRestore are the hours in which a test has restored the files at the latest. AWS Backup writes 1,500 files or
// 200 MB a second, whichever is slower: https://docs.aws.amazon.com/efs/latest/ug/awsbackup.html
const longestRestore = day

func restoreFailedFact() alarm.Fact {
	fact := jobsFact("restore-failed", ofVault(vaultRole, "NumberOfRestoreJobsFailed"),
		"A recovery point could not be restored: the stack may have backups that are of no use.",
		"Read why: `aws backup list-restore-jobs --by-status FAILED`. Restore an older recovery point by hand to learn since "+
			"when: docs/restore.md.")
	fact.Source = restoresPage
	return fact
}

// restoreAgeFact counts the hours in which no restore has completed, as ageFact does for jobs.
func restoreAgeFact(settings config.Backup, service string) alarm.Fact {
	test := settings.RestoreTest
	fact := ageFact(settings, service)
	fact.Name, fact.Setting, fact.Unit = "restore-age", "backup.restoreTest.days", "completed restores"
	fact.Metrics[0].Name = "NumberOfRestoreJobsCompleted"
	hours := test.LongestPause()*day + int(test.StartWindow().Length.Hours()) + longestRestore
	fact.Window = alarm.For(min(hours, week), hour)
	fact.WhyMissing = noJob + "; a new stack has the alarm until its first test"
	fact.Meaning = "The last restore test that worked is too long ago. AWS Backup reports nothing if it finds no recovery " +
		"point to test."
	fact.Action = "Look at the last tests: `aws backup list-restore-jobs --by-resource-type " + service + "`. If there are none, " +
		"the vault has no recovery point of the last days: see the alarm age."
	fact.Source = restoresPage
	return fact
}

// restoredEvent asks for the check of a test, which has a result only if somebody looks at what was restored.
func restoredEvent() alarm.Event {
	return alarm.Event{
		Name: "restored", Severity: alarm.Ticket,
		Fields: append(alarm.From("aws.backup", "Restore Job State Change"),
			alarm.Having("detail.status", "COMPLETED"), alarm.About("detail.restoreTestingPlanArn", testsRole)),
		Meaning: "A restore test has restored a recovery point, and keeps it for backup.restoreTest.validationHours. Nobody has " +
			"looked into it yet.",
		Action: "Read the canary and report the result, as docs/restore.md says under \"Check a restore test\". Without a result " +
			"the test proves only that AWS can read the recovery point.",
		Source: "https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-validation.html",
	}
}
