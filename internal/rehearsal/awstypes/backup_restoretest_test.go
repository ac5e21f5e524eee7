package awstypes_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// restoreTests adds what is backed up, a plan of restore tests and its role to the world.
func (w *world) restoreTests() {
	w.need("selected", awstoken.BackupSelection, with(example(awstoken.BackupSelection), values{
		"name": "selected", "resources": []any{"${files.arn}", "${database.arn}"},
	}))
	w.need("restore-plan", awstoken.BackupRestoreTestPlan, with(example(awstoken.BackupRestoreTestPlan), values{"name": "plan"}))
	w.need("restore-role", awstoken.IAMRole, values{"name": "restores", "assumeRolePolicy": trustOfBackup()})
	w.need("restore-policy", awstoken.IAMRolePolicyAttachment, values{
		"role": "${restore-role.name}", "policyArn": "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores",
	})
}

func pointsOf(changes values) values {
	selection, _ := example(awstoken.BackupRestoreTestPlan)["recoveryPointSelection"].(values)
	return values{"recoveryPointSelection": with(selection, changes)}
}

// restoredDatabase is the selection of a database with changes of its settings.
func restoredDatabase(settings values) values {
	return values{
		"protectedResourceType": "Aurora", "protectedResourceArns": []any{"${database.arn}"},
		"restoreMetadataOverrides": with(values{
			"dbSubnetGroupName": "${db-subnets.name}", "vpcSecurityGroupIds": `["${group.id}"]`, "kmsKeyId": "${key.arn}",
			"dbClusterParameterGroupName": "${cluster-params.name}",
		}, settings),
	}
}

func restoreTestCases() []ruleCase {
	selection := awstoken.BackupRestoreTestSelection
	otherFiles := func(w *world) {
		w.need("other-files", awstoken.EFSFileSystem, values{"creationToken": "other-files", "encrypted": true})
		w.need("other-selected", awstoken.BackupSelection, with(example(awstoken.BackupSelection), values{
			"name": "other", "resources": []any{"${other-files.arn}"},
		}))
	}
	return []ruleCase{
		{rule: "restore-schedule", token: awstoken.BackupRestoreTestPlan, refused: []refusedRequest{
			{why: "both days", changes: values{"scheduleExpression": "cron(0 12 * * MON *)"}, want: "must be ?"},
		}},
		{rule: "restore-points", token: awstoken.BackupRestoreTestPlan, refused: []refusedRequest{
			{why: "a vault that does not exist", changes: pointsOf(values{"includeVaults": []any{copiesArn + "2"}}), want: "no vault"},
			{why: "a vault that nothing fills", changes: pointsOf(values{"includeVaults": []any{copiesArn}}), want: "no plan makes"},
			{
				why: "a window shorter than a day and a job", changes: pointsOf(values{"selectionWindowDays": 1}),
				want: "may be 32 hours old",
			},
			{
				why: "points that nobody makes", changes: pointsOf(values{"recoveryPointTypes": []any{"CONTINUOUS"}}),
				want: "no plan makes continuous",
			},
		}},
		{rule: "restore-role", token: selection, refused: []refusedRequest{
			{why: "a role of the nodes", changes: values{"iamRoleArn": "${role.arn}"}, want: "cannot be assumed by AWS Backup"},
			{why: "the role of the backups", changes: values{"iamRoleArn": "${backup-role.arn}"}, want: "does not have the policy"},
		}},
		{rule: "restore-resources", token: selection, refused: []refusedRequest{
			{why: "a bucket", changes: values{"protectedResourceArns": []any{"${plain.arn}"}, "validationWindowHours": 9}, want: "nothing has the ARN"},
			{
				why: "a database among files", want: "is not of the type EFS",
				changes: values{"protectedResourceArns": []any{"${database.arn}"}, "validationWindowHours": 9},
			},
			{
				why: "files that no plan has", want: "no backup plan selects",
				prepare: func(w *world) {
					w.need("lost", awstoken.EFSFileSystem, values{"creationToken": "lost", "encrypted": true})
				},
				changes: values{"protectedResourceArns": []any{"${lost.arn}"}, "validationWindowHours": 9},
			},
		}},
		{rule: "restore-change", token: selection, updateOnly: true, refused: []refusedRequest{{
			why: "another file system and nothing else", prepare: otherFiles, want: "does not send a change",
			changes: values{"protectedResourceArns": []any{"${other-files.arn}"}},
		}}},
		{rule: "restore-target", token: selection, accepted: restoredDatabase(nil), refused: []refusedRequest{
			{why: "no subnet group", changes: restoredDatabase(values{"dbSubnetGroupName": nil}), want: "No default subnet"},
			{why: "a missing subnet group", changes: restoredDatabase(values{"dbSubnetGroupName": "x"}), want: "subnet group x"},
			{why: "a missing key", changes: restoredDatabase(values{"kmsKeyId": "x"}), want: "KMS key x"},
			{why: "missing parameters", changes: restoredDatabase(values{"dbClusterParameterGroupName": "x"}), want: "group x"},
			{why: "a group that is no list", changes: restoredDatabase(values{"vpcSecurityGroupIds": "sg-1"}), want: "JSON list"},
			{why: "a missing group", changes: restoredDatabase(values{"vpcSecurityGroupIds": `["sg-1"]`}), want: "group sg-1"},
			{why: "a setting of another service", changes: restoredDatabase(values{"performanceMode": "maxIO"}), want: "cannot be"},
		}},
	}
}

func TestAPlanOfRestoreTestsWithASelectionIsNotDeleted(t *testing.T) {
	w := newWorld(t)
	w.need("tested", awstoken.BackupRestoreTestSelection, example(awstoken.BackupRestoreTestSelection))
	assert.ErrorContains(t, w.delete(awstoken.BackupRestoreTestPlan, w.made["restore-plan"].ID), "is in use by",
		"AWS deletes a plan only after its selections")
	w.remove("tested")
	require.NoError(t, w.delete(awstoken.BackupRestoreTestPlan, w.made["restore-plan"].ID))
}
