package tests

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/contract"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

// pair is prod and the stack that takes over its data, in one account.
type pair struct {
	first  *recorder
	config map[string]string
	others map[string]map[string]any
}

// newPair deploys the first stack with what it keeps in the other region.
func newPair(t *testing.T, keeps overrides) pair {
	t.Helper()
	first, err := run(t, "prod", keeps)
	require.NoError(t, err)
	config, err := harness.Load("recovery", nil)
	require.NoError(t, err)
	text, err := json.Marshal(first.Exports[contract.Output].Value)
	require.NoError(t, err)
	var output map[string]any
	require.NoError(t, json.Unmarshal(text, &output))
	return pair{first, config, map[string]map[string]any{"prod": {contract.Output: output}}}
}

// follow deploys the recovery stack in the account of the first one.
func (p pair) follow(t *testing.T, over overrides) (*recorder, error) {
	t.Helper()
	return launch{
		Stack: "recovery", Config: change(t, p.config, over), Account: p.first.Account, Others: p.others,
	}.Start()
}

// serving are the types that only a stack that serves users has.
var serving = []string{
	awstoken.MQBroker, awstoken.OpenSearchDomain, awstoken.LBLoadBalancer, awstoken.AutoScalingGroup, awstoken.BackupVault,
}

func TestAPilotLightFollowsTheDataAndServesNobody(t *testing.T) {
	p := newPair(t, pilotLight)
	r, err := p.follow(t, nil)
	require.NoError(t, err)
	for _, token := range serving {
		assert.Empty(t, r.OfType(token), "nothing of %s is needed before a failover", token)
	}
	assert.Empty(t, r.OfType(awstoken.EFSFileSystem), "the copy is AWS's: as a resource it could not be refreshed")
	replica, err := p.first.Named("filesystem-replica")
	require.NoError(t, err)
	targets := r.OfType(awstoken.EFSMountTarget)
	assert.Len(t, targets, 3)
	for _, target := range targets {
		assert.Equal(t, replica.State["destination"].ObjectValue()["fileSystemId"].StringValue(), target.Get("fileSystemId"))
	}
	cluster, err := r.Named("database-cluster")
	require.NoError(t, err)
	assert.Equal(t, "morpheus-prod-global", cluster.Get("globalClusterIdentifier"))
	assert.Equal(t, "us-east-1", cluster.Get("sourceRegion"), "RDS needs it for an encrypted member")
	for _, input := range []string{"masterUsername", "masterPassword", "manageMasterUserPassword"} {
		assert.Empty(t, cluster.Values(input), "a member has the users of the writer")
	}
	assert.Contains(t, cluster.Get("kmsKeyId"), ":us-west-2:", "the rows must be readable without the first region")
	assert.Contains(t, cluster.RPC.GetIgnoreChanges(), "replicationSourceIdentifier", "clearing it detaches the member")
	assert.Len(t, r.OfType(awstoken.RDSClusterInstance), 1, "a member without an instance cannot become the writer")
}

func TestAnActiveRecoveryStackServesWithWhatWasReplicated(t *testing.T) {
	p := newPair(t, pilotLight)
	before, err := p.follow(t, nil)
	require.NoError(t, err)
	r, err := launch{
		Stack: "recovery", Config: change(t, p.config, overrides{"recovery.mode": "active"}), Over: before, Deployed: before,
		Others: p.others,
	}.Start()
	require.NoError(t, err, "what follows must be able to serve")
	for _, token := range serving {
		assert.NotEmpty(t, r.OfType(token), "users need %s", token)
	}
	for _, res := range r.AWS() {
		if old := before.ByURN[res.URN]; old != nil {
			diff := provider.DiffResource(res.Token, old.Checked, old.State, res.Checked)
			assert.False(t, diff.Replaces(), "%s is replaced: the failover would lose what has followed", res.Name)
		}
	}
	for _, name := range []string{"cluster-appliance", "database-user-secret", "loadbalancer-record", "loadbalancer-validation"} {
		_, err := r.Named(name)
		assert.Error(t, err, "%s is that of the first stack", name)
	}
	for _, name := range []string{"messaging-broker", "search-domain", "loadbalancer-alb"} {
		res, err := r.Named(name)
		require.NoError(t, err)
		assert.False(t, res.RPC.GetProtect(), "%s goes when the first region serves again", name)
	}
}

// A node that boots there must be able to read, by its role, what the first region has encrypted.
func TestANodeOfTheRecoveryStackReadsTheReplicatedSecrets(t *testing.T) {
	p := newPair(t, pilotLight)
	r, err := p.follow(t, overrides{"recovery.mode": "active"})
	require.NoError(t, err)
	output := p.others["prod"][contract.Output].(map[string]any)
	for _, key := range []string{"applianceSecretArn", "databaseSecretArn", "databaseAdminSecretArn", "secretsKeyArn"} {
		arn, _ := output[key].(string)
		require.Contains(t, arn, ":us-west-2:", key)
		found := false
		for _, name := range []string{"cluster-backends", "cluster-node"} {
			res, err := r.Named(name)
			require.NoError(t, err)
			text, _ := res.Get("policy").(string)
			found = found || strings.Contains(text, arn)
		}
		assert.True(t, found, "the role of the nodes names no %s", key)
	}
}

func TestARecoveryStackRefusesWhatItCannotTakeOver(t *testing.T) {
	p := newPair(t, pilotLight)
	for _, c := range []struct {
		why  string
		over overrides
		with map[string]any
		want string
	}{
		{why: "another region than that of the copies", over: overrides{
			"aws.region": "us-east-2", "network.availabilityZones": []any{"us-east-2a", "us-east-2b", "us-east-2c"},
		}, want: `aws.region: must be "us-west-2" as the stack prod has it, got "us-east-2" (its copies are there)`},
		{why: "another region than the first stack's", over: overrides{"recovery.primaryRegion": "eu-west-1"},
			want: `recovery.primaryRegion: must be "us-east-1" as the stack prod has it, got "eu-west-1"`},
		{why: "a second stack that claims the copies", with: map[string]any{"recoveryStack": "other"},
			want: `the name of the stack: must be "other" as the stack prod has it, got "recovery" (two stacks that take over`},
		{why: "a stack that keeps copies only", with: map[string]any{"mode": "backup"},
			want: `recovery.mode: must be restored while recovery.mode of the stack prod is backup, got "pilotLight" (there are no ` +
				`files and rows to take over, only copies of recovery points)`},
		{why: "a stack that keeps nothing", with: map[string]any{"mode": "none"},
			want: `recovery.mode: must be left out while recovery.mode of the stack prod is none`},
		{why: "another version of the database", with: map[string]any{"databaseVersion": "8.0.mysql_aurora.3.10.9"},
			want: `database.engineVersion: must be "8.0.mysql_aurora.3.10.9" as the stack prod has it`},
		{why: "a contract of a newer program", with: map[string]any{"version": 9.0, "readable": 9.0},
			want: "use a newer program here"},
		{why: "a stack that does not exist", over: overrides{"recovery.primaryStack": "gone"}, want: `unknown stack "gone"`},
	} {
		output := map[string]any{}
		for key, value := range p.others["prod"][contract.Output].(map[string]any) {
			output[key] = value
		}
		for key, value := range c.with {
			output[key] = value
		}
		changed := pair{p.first, p.config, map[string]map[string]any{"prod": {contract.Output: output}}}
		r, err := changed.follow(t, c.over)
		assert.ErrorContains(t, err, c.want, c.why)
		assert.Empty(t, r.All(), "%s: nothing may be registered", c.why)
	}
}

func TestAStackThatServesIsNotStoodDownByOneValue(t *testing.T) {
	p := newPair(t, pilotLight)
	before, err := p.follow(t, overrides{"recovery.mode": "active"})
	require.NoError(t, err)
	attempt := func(over overrides) error {
		_, err := launch{Stack: "recovery", Config: change(t, p.config, over), Deployed: before, Account: before.Account,
			Others: p.others, Preview: true}.Start()
		return err
	}
	assert.ErrorContains(t, attempt(nil), `recovery.mode: must be "active" as it is deployed, unless safety.allowReplace has `+
		`messaging and search, got "pilotLight"`)
	assert.NoError(t, attempt(overrides{"safety.allowReplace": []string{"messaging", "search"}}))
	assert.ErrorContains(t, attempt(overrides{
		"recovery.role": "primary", "recovery.mode": "none", "recovery.primaryStack": "", "recovery.primaryRegion": "",
	}), `recovery.role: must be "recovery" as it is deployed`)
}
