package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/backups"
	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// backedUp are the types that hold data that AWS Backup can take.
var backedUp = []string{awstoken.RDSCluster, awstoken.EFSFileSystem}

func TestEverythingThatAWSBackupTakesIsSelected(t *testing.T) {
	r := deployed(t, "prod")
	selected := r.OfType(awstoken.BackupSelection)
	require.Len(t, selected, 1)
	var want []string
	for _, token := range backedUp {
		for _, res := range r.OfType(token) {
			want = append(want, res.Output("arn"))
		}
	}
	assert.ElementsMatch(t, want, selected[0].Texts("resources"), "a resource that is not selected has no recovery points")
}

// A tier that forgets to declare its data would silently have no backup.
func TestEveryTierSaysWhatOfItIsBackedUp(t *testing.T) {
	named := map[string]bool{}
	for _, tier := range components.Backups {
		named[tier.Name] = true
		assert.NotEmpty(t, tier.Parts, "%s must say what somebody would miss", tier.Name)
		for _, part := range tier.Parts {
			assert.NotEmpty(t, part.Restore, "%s, %s: how does it come back?", tier.Name, part.What)
			assert.True(t, strings.HasPrefix(part.Source, "https://"), "%s, %s has no source", tier.Name, part.What)
			assert.NotEqual(t, part.Service == "", part.WhyNot == "",
				"%s, %s: AWS Backup takes it, or there is a reason", tier.Name, part.What)
			assert.Equal(t, part.Service == "", part.Role == "", "%s, %s: a role for what is selected", tier.Name, part.What)
		}
	}
	for _, tier := range append(slices.Clone(stackconfig.DataTiers), "cluster", "loadbalancer") {
		assert.True(t, named[tier], "%s says nothing about its backups", tier)
	}
	var services []string
	for _, part := range backups.Protected(components.Backups) {
		services = append(services, part.Service)
	}
	assert.Equal(t, []string{"Aurora", "EFS"}, services)
}

func TestNobodyButOneRoleEndsARecoveryPoint(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/deletes-backups"
	for arn, sid := range map[string]string{"": "NobodyEndsARecoveryPoint", role: "OneRoleEndsRecoveryPoints"} {
		r, err := run(t, "prod", overrides{"backup.deletionRoleArn": arn})
		require.NoError(t, err)
		text := fmt.Sprint(r.OfType(awstoken.BackupVaultPolicy)[0].Get("policy"))
		assert.Contains(t, text, sid)
		assert.Contains(t, text, "backup:DeleteRecoveryPoint", "whoever deletes a database deletes its backups next")
		assert.Equal(t, arn != "", strings.Contains(text, "aws:PrincipalArn"), "only the configured role is excepted")
		assert.Equal(t, arn != "", strings.Contains(text, role))
	}
}

func TestNoJobBeginsBeforeTheVaultIsLocked(t *testing.T) {
	r := deployed(t, "prod")
	before := madeBefore(r, r.OfType(awstoken.BackupPlan)[0])
	for _, name := range []string{"backup-vault", "backup-lock", "backup-policy"} {
		assert.True(t, before[name], "a recovery point that is made before %s can be deleted by anybody", name)
	}
	selection := madeBefore(r, r.OfType(awstoken.BackupSelection)[0])
	assert.True(t, selection["backup-role-policy"], "without AWS's policy the first job fails")
}

func TestTheSchedulesAreThoseOfTheConfiguration(t *testing.T) {
	r, err := run(t, "prod", overrides{
		"backup.window": "23:15-01:45", "backup.completionHours": 12, "backup.dailyDays": 14, "backup.weeklyWeeks": 8,
		"backup.monthlyMonths": 0,
	})
	require.NoError(t, err)
	plan := r.OfType(awstoken.BackupPlan)[0]
	for path, want := range map[string][]any{
		"rules.ruleName": {"daily", "weekly"}, "rules.schedule": {"cron(15 23 ? * * *)", "cron(15 23 ? * SUN *)"},
		"rules.startWindow": {150.0, 150.0}, "rules.completionWindow": {720.0, 720.0},
		"rules.lifecycle.deleteAfter": {14.0, 56.0},
	} {
		assert.Equal(t, want, plan.Values(path), "%s; 0 months are no monthly rule", path)
	}
}

// Two plans would keep, and bill, every file twice, and AWS Backup runs one job of a resource at a time.
func TestFilesAreBackedUpByOnePlan(t *testing.T) {
	for _, enabled := range []bool{true, false} {
		r, err := run(t, "prod", overrides{"backup.enabled": enabled})
		require.NoError(t, err)
		automatic := r.OfType(awstoken.EFSBackupPolicy)[0].Get("backupPolicy.status") == "ENABLED"
		assert.Equal(t, enabled, !automatic, "EFS's own plan is on only if the stack has none")
		assert.Equal(t, enabled, len(r.OfType(awstoken.BackupPlan)) == 1)
		assert.Equal(t, 7.0, r.OfType(awstoken.RDSCluster)[0].Get("backupRetentionPeriod"),
			"Aurora's own backup stays: it alone restores to a point in time")
	}
}

func TestARecoveryPointOutlivesItsProductionStack(t *testing.T) {
	kept := []string{"backup-lock", "backup-policy", "backup-role", "backup-role-policy", "backup-vault"}
	for stack, want := range map[string]bool{"prod": true, "dev": false} {
		r, err := run(t, stack, overrides{"backup.lock.mode": "governance", "backup.lock.minDays": 3})
		require.NoError(t, err)
		for _, name := range kept {
			res, err := r.Named(name)
			require.NoError(t, err)
			assert.Equal(t, want, res.RPC.GetRetainOnDelete(),
				"%s of %s: AWS Backup needs the vault, its settings and the role of the jobs to the end of the last retention",
				name, stack)
		}
		assert.Equal(t, !want, r.OfType(awstoken.BackupVault)[0].Get("forceDestroy"),
			"%s: AWS refuses to delete a vault with recovery points", stack)
	}
}

func TestALockIsReplacedAfterItsEnd(t *testing.T) {
	for _, token := range []string{awstoken.BackupVaultLock, awstoken.BackupVaultNotifications} {
		for _, res := range deployed(t, "prod").OfType(token) {
			assert.True(t, res.RPC.GetDeleteBeforeReplace(),
				"%s: a vault has one, and the deletion of the old one would take away the new one", res.Name)
		}
	}
}

func TestComplianceNeedsTwoConfirmationsAndNamesTheDay(t *testing.T) {
	config := change(t, loadStack(t, "prod"), overrides{
		"backup.lock.mode": "compliance", "backup.lock.graceDays": 30,
		"backup.lock.confirmation": "prod cannot be undone",
	})
	r, err := launch{Stack: "prod", Config: config}.Start()
	require.NoError(t, err)
	assert.Equal(t, 30.0, r.OfType(awstoken.BackupVaultLock)[0].Get("changeableForDays"))
	loaded, err := stackconfig.Load(stackconfig.Source{
		Stack: "prod", Values: config, Today: time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC),
	})
	require.NoError(t, err)
	assert.Contains(t, strings.Join(loaded.Warnings, "\n"), "locked for ever from 2026-12-29 on",
		"whoever sets it must know the day")
	assert.Nil(t, deployed(t, "prod").OfType(awstoken.BackupVaultLock)[0].Get("changeableForDays"),
		"a governance lock never becomes permanent")
}

// AWS Backup skips the database of an account that has not opted in, and says nothing.
func TestAnAccountThatHasNotOptedInIsNotedInThePreview(t *testing.T) {
	out := func(a *account.Account) {
		a.Exists("us-east-1", awstypes.RegionSettings, "us-east-1",
			account.Values{"resourceTypeOptInPreference": map[string]any{"Aurora": false, "EFS": false}})
	}
	check(t, []lacking{{
		name: "no backups of Aurora", prepare: out,
		problem: `backup.enabled: must be false until the account has opted in, got true (the account has not opted in to ` +
			`backups of Aurora in us-east-1, and AWS Backup skips it without a word. The setting is the account's, so its ` +
			`owner decides: aws backup update-region-settings --region us-east-1 --resource-type-opt-in-preference Aurora=true)`,
	}})
	r, err := run(t, "prod", overrides{"backup.enabled": false})
	require.NoError(t, err)
	assert.Empty(t, r.Reads, "a stack without a vault does not ask")
}

func TestEachRecoveryPointIsCopiedUnderAKeyOfTheOtherRegion(t *testing.T) {
	r, err := run(t, "prod", inRegion("backup", nil))
	require.NoError(t, err)
	vault, err := r.Named("copies-vault")
	require.NoError(t, err)
	key, err := r.Named("copies-key")
	require.NoError(t, err)
	assert.Equal(t, "morpheus:backup:Copies", r.ByURN[vault.Parent].Token)
	assert.Contains(t, vault.Output("arn"), ":us-west-2:", "a copy must outlive the region")
	assert.Equal(t, key.Output("arn"), vault.Get("kmsKeyArn"), "without a key of that region Aurora's copies fail")
	plan := r.OfType(awstoken.BackupPlan)[0]
	arn := vault.Output("arn")
	assert.Equal(t, []any{arn, arn, arn}, plan.Values("rules.copyActions.destinationVaultArn"),
		"each schedule has its copies")
	assert.Equal(t, plan.Values("rules.lifecycle.deleteAfter"), plan.Values("rules.copyActions.lifecycle.deleteAfter"),
		"a copy without a lifecycle is kept for ever")
	before := madeBefore(r, plan)
	assert.True(t, before["copies-lock"] && before["copies-policy"], "a copy before the lock can be deleted by anybody")
	for _, name := range []string{"copies-vault", "copies-lock", "copies-policy"} {
		res, err := r.Named(name)
		require.NoError(t, err)
		assert.True(t, res.RPC.GetRetainOnDelete(), "%s outlives the stack, as the vault does", name)
	}
	names := []string{}
	for _, res := range r.OfType(awstoken.CloudWatchAlarm) {
		names = append(names, res.Name)
	}
	for _, name := range []string{"copy-failed", "copy-age-aurora", "copy-age-efs"} {
		assert.Contains(t, names, "monitoring-backup-"+name, "a copy that is missing must be noticed")
	}
}

func TestTheRegionOfTheCopiesIsNotGivenUpByOneValue(t *testing.T) {
	before, err := run(t, "prod", inRegion("backup", nil))
	require.NoError(t, err)
	for region, mode := range map[string]string{"": "none", "us-east-2": "backup"} {
		config := change(t, loadStack(t, "prod"), overrides{"recovery.mode": mode, "recovery.region": region})
		_, err := launch{Stack: "prod", Config: config, Deployed: before, Account: before.Account, Preview: true}.Start()
		assert.ErrorContains(t, err, `recovery.region: must be "us-west-2" as it is deployed, unless safety.allowReplace has `+
			`"backup"`, "the key of the copies would be deleted, and they could not be read")
	}
}

func TestAVaultIsNotGivenUpByOneValue(t *testing.T) {
	before := deployed(t, "prod")
	attempt := func(over overrides) error {
		config := change(t, loadStack(t, "prod"), over)
		_, err := launch{Stack: "prod", Config: config, Deployed: before, Account: before.Account, Preview: true}.Start()
		return err
	}
	assert.ErrorContains(t, attempt(overrides{"backup.enabled": false}),
		`backup.enabled: must be true as it is deployed, unless safety.allowReplace has "backup", got false`,
		"recovery points must not go with a value")
	assert.NoError(t, attempt(overrides{"backup.enabled": false, "safety.allowReplace": []string{"backup"}}))
	assert.NoError(t, attempt(overrides{"backup.dailyDays": 30}), "a retention may change at any time")
}

// AWS Backup starts the test of a type that has no selection, or finds no recovery point, and says nothing.
func TestEachTypeOfARecoveryPointIsRestoredInATest(t *testing.T) {
	r := deployed(t, "prod")
	plan := r.OfType(awstoken.BackupRestoreTestPlan)
	require.Len(t, plan, 1)
	assert.Equal(t, "cron(0 12 ? * MON,THU *)", plan[0].Get("scheduleExpression"))
	assert.Equal(t, []any{r.OfType(awstoken.BackupVault)[0].Output("arn")},
		plan[0].Values("recoveryPointSelection.includeVaults"), "the vault of this stack alone")
	var tested, selected []string
	for _, res := range r.OfType(awstoken.BackupRestoreTestSelection) {
		tested = append(tested, res.Texts("protectedResourceArns")...)
		assert.True(t, res.RPC.GetDeleteBeforeReplace(), "%s: a plan has a name once", res.Name)
		assert.Equal(t, []string{"protectedResourceArns"}, res.RPC.GetReplaceOnChanges(),
			"%s: the provider does not send this change, so the former resource would be tested", res.Name)
		before := madeBefore(r, res)
		assert.True(t, before["backup-restore-role-policy"] && before["backup-tiers"],
			"%s: without AWS's policy, or recovery points, the first test fails", res.Name)
	}
	for _, res := range r.OfType(awstoken.BackupSelection) {
		selected = append(selected, res.Texts("resources")...)
	}
	assert.ElementsMatch(t, selected, tested, "what is backed up must be restored in a test")
	role, err := r.Named("backup-restore-role")
	require.NoError(t, err)
	assert.False(t, role.RPC.GetRetainOnDelete(), "nothing needs the role of the tests after the stack")
}

func TestARestoreTestMakesItsClusterInTheNetworkOfTheStack(t *testing.T) {
	r := deployed(t, "prod")
	made, err := r.Named("backup-restore-aurora")
	require.NoError(t, err)
	cluster := r.OfType(awstoken.RDSCluster)[0]
	for override, property := range map[string]string{
		"dbSubnetGroupName": "dbSubnetGroupName", "dbClusterParameterGroupName": "dbClusterParameterGroupName",
		"kmsKeyId": "kmsKeyId",
	} {
		assert.Equal(t, cluster.Get(property), made.Get("restoreMetadataOverrides."+override),
			"without %s the cluster is made in a default VPC, under another key or with other settings", override)
	}
	assert.Equal(t, fmt.Sprintf("[%q]", cluster.Texts("vpcSecurityGroupIds")[0]),
		made.Get("restoreMetadataOverrides.vpcSecurityGroupIds"), "AWS takes a list as JSON in a text")
	files, err := r.Named("backup-restore-efs")
	require.NoError(t, err)
	assert.Equal(t, r.OfType(awstoken.EFSFileSystem)[0].Get("kmsKeyId"), files.Get("restoreMetadataOverrides.kmsKeyId"))
}

func TestThePauseBetweenRestoreTestsFitsTheAlarm(t *testing.T) {
	for days, want := range map[string]int{
		"mon,thu": 4, "thu,mon": 4, "sat,sun": 6, "mon,tue,wed,thu,fri,sat,sun": 1, "sun,mon": 6, "tue,fri": 4,
	} {
		test := stackconfig.RestoreTest{Days: days}
		assert.Equal(t, want, test.LongestPause(), days)
	}
	for _, stack := range []string{"prod", "dev"} {
		r := deployed(t, stack)
		alarms := 0
		for _, res := range r.OfType(awstoken.CloudWatchAlarm) {
			if strings.HasPrefix(res.Name, "monitoring-backup-restore-") {
				alarms++
			}
		}
		assert.Equal(t, map[string]int{"prod": 3, "dev": 0}[stack], alarms, "%s: development tests no restores", stack)
	}
}

func TestProductionWithoutRestoreTestsIsWarned(t *testing.T) {
	for _, tests := range []bool{true, false} {
		loaded, err := stackconfig.Load(stackconfig.Source{
			Stack: "prod", Values: change(t, loadStack(t, "prod"), overrides{"backup.restoreTest.enabled": tests}),
		})
		require.NoError(t, err)
		assert.Equal(t, !tests, strings.Contains(strings.Join(loaded.Warnings, "\n"), "nothing proves that the recovery points"))
	}
}
