package tests

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/contract"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

const (
	restoredFiles = "fs-0a1b2c3d4e5f60718"
	copiedRows    = "arn:aws:rds:us-west-2:123456789012:cluster-snapshot:awsbackup:copyjob-4f4a6e0c-0000-4000-8000-000000000001"
)

// restored makes the stack of the recovery region from copies of recovery points.
var restored = overrides{
	"recovery.mode": "restored", "recovery.fileSystemId": restoredFiles, "database.snapshotIdentifier": copiedRows,
}

// newCopies is prod with copies of its recovery points only, and what AWS has made of them in the other region.
func newCopies(t *testing.T) pair {
	t.Helper()
	p := newPair(t, inRegion("backup", nil))
	p.first.Account.Exists("us-west-2", awstoken.EFSFileSystem, restoredFiles, account.Values{
		"arn": "arn:aws:elasticfilesystem:us-west-2:123456789012:file-system/" + restoredFiles, "encrypted": true,
		"dnsName": restoredFiles + ".efs.us-west-2.amazonaws.com",
	})
	p.first.Account.Exists("us-west-2", awstypes.RDSClusterSnapshot, copiedRows, account.Values{"arn": copiedRows})
	return p
}

func TestAStackIsMadeOfCopiesOfRecoveryPoints(t *testing.T) {
	r, err := newCopies(t).follow(t, restored)
	require.NoError(t, err)
	for _, token := range serving {
		assert.NotEmpty(t, r.OfType(token), "users need %s", token)
	}
	cluster, err := r.Named("database-cluster")
	require.NoError(t, err)
	assert.Equal(t, copiedRows, cluster.Get("snapshotIdentifier"))
	assert.Empty(t, cluster.Values("globalClusterIdentifier"), "the first stack has no global database")
	assert.Contains(t, cluster.Get("kmsKeyId"), ":us-west-2:", "the rows must be readable without the first region")
	assert.Empty(t, r.OfType(awstoken.EFSFileSystem), "AWS Backup made the file system")
	targets := r.OfType(awstoken.EFSMountTarget)
	assert.Len(t, targets, 3)
	for _, target := range targets {
		assert.Equal(t, restoredFiles, target.Get("fileSystemId"))
	}
	for _, name := range []string{"cluster-appliance", "loadbalancer-record", "loadbalancer-validation"} {
		_, err := r.Named(name)
		assert.Error(t, err, "%s is that of the first stack", name)
	}
	_, err = r.Named("database-user-secret")
	require.NoError(t, err, "the user of the snapshot gets a second password, as with any snapshot")
	for _, name := range []string{"database-cluster", "messaging-broker", "search-domain"} {
		res, err := r.Named(name)
		require.NoError(t, err)
		assert.True(t, res.RPC.GetProtect(), "%s: the stack never stands by, it serves until it is destroyed", name)
	}
}

// Without the suffix of the first region nobody can read the rows, and without the move the appliance has no files.
func TestANodeOfARestoredStackHasTheFormerSuffixAndFiles(t *testing.T) {
	p := newCopies(t)
	r, err := p.follow(t, restored)
	require.NoError(t, err)
	output := p.others["prod"][contract.Output].(map[string]any)
	for _, key := range []string{"applianceSecretArn", "secretsKeyArn"} {
		arn, _ := output[key].(string)
		require.Contains(t, arn, ":us-west-2:", key)
		node, err := r.Named("cluster-node")
		require.NoError(t, err)
		text, _ := node.Get("policy").(string)
		assert.Contains(t, text, arn, "the role of the nodes names no %s", key)
	}
	assert.Equal(t, "yes", nodeSettings(t, r)["FILES_RESTORED"], "the files are in a folder of AWS Backup")
	plain, err := run(t, "prod", nil)
	require.NoError(t, err)
	assert.NotContains(t, nodeSettings(t, plain), "FILES_RESTORED", "a folder there is that of `ops restore files`")
}

// What a failover needs when the region is gone is there before, and the contract names it.
func TestTheContractOfCopiesNamesWhatAFailoverNeeds(t *testing.T) {
	p := newCopies(t)
	output := p.others["prod"][contract.Output].(map[string]any)
	vault, err := p.first.Named("copies-vault")
	require.NoError(t, err)
	role, err := p.first.Named("backup-restore-role")
	require.NoError(t, err)
	key, err := p.first.Named("recovery-filesystem")
	require.NoError(t, err)
	assert.Equal(t, []any{"backup", vault.Output("name"), role.Output("arn"), key.Output("arn")},
		[]any{output["mode"], output["copiesVault"], output["restoreRoleArn"], output["filesKeyArn"]})
	for _, missing := range []string{"fileSystemId", "databaseSecretArn", "databaseAdminSecretArn"} {
		assert.NotContains(t, output, missing, "nothing follows")
	}

	noTests, err := run(t, "prod", inRegion("backup", overrides{"backup.restoreTest.enabled": false}))
	require.NoError(t, err)
	_, err = noTests.Named("backup-restore-role")
	assert.NoError(t, err, "without restore tests too: IAM may not answer when the region is lost")
}

func TestARestoredStackRefusesWhatItCannotBeMadeOf(t *testing.T) {
	p := newCopies(t)
	for _, c := range []struct {
		why  string
		over overrides
		with map[string]any
		want []string
	}{
		{why: "nothing is restored yet", over: overrides{"recovery.fileSystemId": "", "database.snapshotIdentifier": ""},
			want: []string{
				`recovery.fileSystemId: must be the file system that AWS Backup has restored, with recovery.mode restored, got ""`,
				`database.snapshotIdentifier: must be the copied snapshot of the cluster, with recovery.mode restored, got ""`,
			}},
		{why: "a first stack whose data follow", with: map[string]any{"mode": "pilotLight"},
			want: []string{`recovery.mode: must be pilotLight or active while recovery.mode of the stack prod is pilotLight, got ` +
				`"restored" (the rows and files that follow are newer`}},
		{why: "another version of the database", with: map[string]any{"databaseVersion": "8.0.mysql_aurora.3.10.9"},
			want: []string{`database.engineVersion: must be "8.0.mysql_aurora.3.10.9" as the stack prod has it`}},
		{why: "a contract of an older program", with: map[string]any{"version": 1.0, "applianceSecretArn": nil},
			want: []string{`recovery.mode: must be left out until the stack prod is deployed with this program, got "restored" (its ` +
				`contract has the version 1 and names no copied secret)`}},
		{why: "a snapshot of the first region", over: overrides{
			"database.snapshotIdentifier": strings.Replace(copiedRows, "us-west-2", "us-east-1", 1),
		}, want: []string{`database.snapshotIdentifier: must be a snapshot in us-west-2`}},
	} {
		output := map[string]any{}
		for key, value := range p.others["prod"][contract.Output].(map[string]any) {
			output[key] = value
		}
		for key, value := range c.with {
			output[key] = value
		}
		changed := pair{p.first, p.config, map[string]map[string]any{"prod": {contract.Output: output}}}
		r, err := changed.follow(t, both(restored, c.over))
		for _, want := range c.want {
			assert.ErrorContains(t, err, want, c.why)
		}
		assert.Empty(t, r.All(), "%s: nothing may be registered", c.why)
	}
}

func TestARestoredStackKeepsItsDataByAnyValue(t *testing.T) {
	p := newCopies(t)
	before, err := p.follow(t, restored)
	require.NoError(t, err)
	attempt := func(over overrides) error {
		_, err := launch{Stack: "recovery", Config: change(t, p.config, both(restored, over)), Deployed: before,
			Account: before.Account, Others: p.others, Preview: true, Previous: outputsOf(before)}.Start()
		return err
	}
	require.NoError(t, attempt(nil))
	assert.ErrorContains(t, attempt(overrides{
		"recovery.mode": "active", "recovery.fileSystemId": "", "database.snapshotIdentifier": "",
	}), `recovery.mode: must be "restored" as it is deployed, got "active" (its rows are its own, made of a snapshot`)
	assert.ErrorContains(t, attempt(overrides{"recovery.fileSystemId": "fs-0a1b2c3d4e5f60719"}),
		`recovery.fileSystemId: must be "`+restoredFiles+`" as it is deployed, unless safety.allowReplace has "filesystem"`)

	follows := newPair(t, pilotLight)
	light, err := follows.follow(t, nil)
	require.NoError(t, err)
	_, err = launch{Stack: "recovery", Config: change(t, follows.config, restored), Deployed: light, Account: light.Account,
		Others: follows.others, Preview: true}.Start()
	assert.ErrorContains(t, err, `recovery.mode: must be pilotLight or active, as it is deployed, got "restored" (its rows are `+
		`those of a global database, and newer)`)
}
