package awstypes_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

const copiesArn = "arn:aws:backup:" + other + ":123456789012:backup-vault:copies"

// backups adds a vault, a plan and the roles of AWS Backup to the world, and a vault in the other region.
func (w *world) backups() {
	// Every account has these settings, and this world makes them.
	require.NoError(w.t, w.delete(awstypes.RegionSettings, region))
	w.need("vault", awstoken.BackupVault, with(example(awstoken.BackupVault), values{"name": "points"}))
	w.need("plan", awstoken.BackupPlan, with(example(awstoken.BackupPlan), values{"name": "plan"}))
	w.need("backup-role", awstoken.IAMRole, values{"name": "backup", "assumeRolePolicy": trustOfBackup()})
	w.need("backup-policy", awstoken.IAMRolePolicyAttachment, values{
		"role": "${backup-role.name}", "policyArn": "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
	})
	w.need("backups", awstoken.SNSTopic, with(example(awstoken.SNSTopic), values{"name": "backups"}))
	w.need("backups-policy", awstoken.SNSTopicPolicy, values{"arn": "${backups.arn}", "policy": policy(
		with(allow("Service", "backup.amazonaws.com", "sns:Publish"), values{"Resource": "${backups.arn}"}),
	)})
	w.account.Exists(other, awstoken.BackupVault, "copies", values{"name": "copies", "arn": copiesArn})
	w.restoreTests()
}

func trustOfBackup() string {
	return policy(values{
		"Effect": "Allow", "Principal": values{"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole",
	})
}

// rule is the example's rule with changes.
func backupRule(changes values) values {
	rule, _ := example(awstoken.BackupPlan)["rules"].([]any)[0].(values)
	return values{"rules": []any{with(rule, changes)}}
}

func copyTo(arn string, lifecycle any) values {
	return backupRule(values{"copyActions": []any{with(values{"destinationVaultArn": arn}, values{"lifecycle": lifecycle})}})
}

func lockedVault(changes values) func(*world) {
	return func(w *world) {
		w.need("lock", awstoken.BackupVaultLock, with(example(awstoken.BackupVaultLock), changes))
	}
}

func backupCases() []ruleCase {
	twice, _ := example(awstoken.BackupPlan)["rules"].([]any)
	return []ruleCase{
		{rule: "vault-policy", token: awstoken.BackupVaultPolicy, refused: []refusedRequest{
			{why: "everybody", changes: values{"policy": policy(allow("AWS", "*", "backup:*"))}, want: "everybody in the world"},
			{
				why: "a missing role", want: "Invalid principal",
				changes: values{"policy": policy(allow("AWS", "arn:aws:iam::${account}:role/gone", "backup:*"))},
			},
			{
				why: "another vault", want: "is not this vault",
				changes: values{"policy": policy(with(allow("AWS", "${root}", "backup:*"), values{"Resource": copiesArn}))},
			},
			{why: "no statement", changes: values{"policy": "{}"}, want: "Invalid policy"},
		}},
		{rule: "vault-lock", token: awstoken.BackupVaultLock, refused: []refusedRequest{
			{why: "a minimum above the maximum", changes: values{"minRetentionDays": 400}, want: "is more than"},
			{
				why: "no limit", want: "must be given",
				changes: values{"minRetentionDays": nil, "maxRetentionDays": nil},
			},
			{why: "two days to change it", changes: values{"changeableForDays": 2}, want: "must be 3 or more"},
		}},
		{rule: "vault-events", token: awstoken.BackupVaultNotifications, refused: []refusedRequest{
			{
				why: "a topic that only alarms may use", changes: values{"snsTopicArn": "${alarms.arn}"},
				want: "does not let backup.amazonaws.com publish",
			},
			{
				why: "an event that is never sent", want: "does not list it",
				changes: values{"backupVaultEvents": []any{"BACKUP_PLAN_CREATED"}},
			},
		}},
		{rule: "backup-rules", token: awstoken.BackupPlan, refused: []refusedRequest{
			{why: "five fields", changes: backupRule(values{"schedule": "cron(0 5 * * *)"}), want: "six fields"},
			{
				why:     "both days",
				changes: backupRule(values{"schedule": "cron(0 5 * * * *)"}), want: "must be ?",
			},
			{why: "a short start window", changes: backupRule(values{"startWindow": 30}), want: "60 minutes or more"},
			{
				why: "a completion window like the start window", want: "an hour longer",
				changes: backupRule(values{"startWindow": 120, "completionWindow": 120}),
			},
			{why: "two rules of a name", changes: values{"rules": []any{twice[0], twice[0]}}, want: "Duplicate rule name"},
			{
				why: "cold storage for 30 days", want: "90 days more",
				changes: backupRule(values{"lifecycle": values{"coldStorageAfter": 30, "deleteAfter": 60}}),
			},
		}},
		{
			rule: "backup-copies", token: awstoken.BackupPlan, accepted: copyTo(copiesArn, values{"deleteAfter": 35}),
			refused: []refusedRequest{
				{
					why:     "another partition",
					changes: copyTo("arn:aws-cn:backup:cn-north-1:123456789012:backup-vault:copies", values{"deleteAfter": 35}),
					want:    "is not in the partition",
				},
				{
					why: "a vault that does not exist", changes: copyTo(copiesArn+"2", values{"deleteAfter": 35}),
					want: "there is no vault",
				},
				{why: "no end", changes: copyTo(copiesArn, nil), want: "for ever"},
			},
		},
		{
			rule: "backup-retention", token: awstoken.BackupPlan, accepted: copyTo(copiesArn, values{"deleteAfter": 35}),
			refused: []refusedRequest{
				{
					why: "shorter than the lock", prepare: lockedVault(values{"minRetentionDays": 7}),
					changes: backupRule(values{"lifecycle": values{"deleteAfter": 6}}), want: "not within the lock",
				},
				{
					why: "longer than the lock", prepare: lockedVault(values{"maxRetentionDays": 40}),
					changes: backupRule(values{"lifecycle": values{"deleteAfter": 41}}), want: "not within the lock",
				},
				{
					why: "a copy that is shorter than the lock of its vault", want: "not within the lock",
					prepare: func(w *world) {
						w.account.Exists(other, awstoken.BackupVaultLock, "copies",
							values{"backupVaultName": "copies", "minRetentionDays": 7.0})
					},
					changes: copyTo(copiesArn, values{"deleteAfter": 6}),
				},
			},
		},
		{rule: "backup-role", token: awstoken.BackupSelection, refused: []refusedRequest{
			{why: "a role of the nodes", changes: values{"iamRoleArn": "${role.arn}"}, want: "cannot be assumed by AWS Backup"},
			{why: "a role without the policy", removed: "backup-policy", want: "does not have the policy"},
		}},
		{rule: "backup-resources", token: awstoken.BackupSelection, refused: []refusedRequest{
			{why: "a bucket", changes: values{"resources": []any{"${plain.arn}"}}, want: "nothing has the ARN"},
			{
				why: "a database in an account that has opted out", want: "has not opted in to Aurora",
				prepare: func(w *world) {
					w.account.Exists(region, awstypes.RegionSettings, region,
						values{"resourceTypeOptInPreference": values{"Aurora": false, "EFS": false}})
				},
				changes: values{"resources": []any{"${database.arn}"}},
			},
		}},
	}
}

func TestAVaultWithRecoveryPointsIsNotDeletedByAccident(t *testing.T) {
	w := newWorld(t)
	made := w.need("full", awstoken.BackupVault, with(example(awstoken.BackupVault), values{"name": "full"}))
	w.account.Exists(region, awstypes.RecoveryPoint, "point", values{"backupVaultName": "full"})
	assert.ErrorContains(t, w.delete(awstoken.BackupVault, made.ID), "contains recovery points",
		"AWS refuses to delete a vault that is not empty")

	_, err := w.update(awstoken.BackupVault, made.ID, with(example(awstoken.BackupVault),
		values{"name": "full", "forceDestroy": true}))
	require.NoError(t, err)
	lock := w.need("lock-of-full", awstoken.BackupVaultLock,
		with(example(awstoken.BackupVaultLock), values{"backupVaultName": "full"}))
	assert.ErrorContains(t, w.delete(awstoken.BackupVault, made.ID), "is locked",
		"the provider deletes the recovery points first, which a lock refuses")
	require.NoError(t, w.delete(awstoken.BackupVaultLock, lock.ID))
	assert.NoError(t, w.delete(awstoken.BackupVault, made.ID), "without a lock they are deleted with the vault")
}

func TestAPlanWithASelectionIsNotDeleted(t *testing.T) {
	w := newWorld(t)
	w.need("selected", awstoken.BackupSelection, example(awstoken.BackupSelection))
	assert.ErrorContains(t, w.delete(awstoken.BackupPlan, w.made["plan"].ID), "is in use by",
		"AWS deletes a plan only after its selections")
}
