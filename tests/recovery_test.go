package tests

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

// copiedSecrets are those without which the rows cannot be used in another region.
var copiedSecrets = []string{"cluster-appliance", "database-user-secret", "database-administrator-secret"}

func TestTheSecretsOfTheRowsAreCopiedUnderAKeyOfTheOtherRegion(t *testing.T) {
	r, err := run(t, "prod", pilotLight)
	require.NoError(t, err)
	key, err := r.Named("recovery-secrets")
	require.NoError(t, err)
	assert.Contains(t, key.Output("arn"), ":us-west-2:", "the copies must be readable without the stack's region")
	var copied []string
	for _, secret := range r.OfType(awstoken.SecretsManagerSecret) {
		if len(secret.Values("replicas")) == 0 {
			continue
		}
		copied = append(copied, secret.Name)
		assert.Equal(t, []any{"us-west-2"}, secret.Values("replicas.region"), secret.Name)
		assert.Equal(t, []any{key.Output("arn")}, secret.Values("replicas.kmsKeyId"), "%s: AWS's own key cannot be "+
			"given to another principal", secret.Name)
	}
	assert.ElementsMatch(t, copiedSecrets, copied, "broker and search get new users; everything else opens the rows")
	replica, err := r.Named("filesystem-replica")
	require.NoError(t, err)
	files, err := r.Named("recovery-filesystem")
	require.NoError(t, err)
	assert.Equal(t, []any{files.Output("arn")}, replica.Values("destination.kmsKeyId"))
	assert.Equal(t, []any{"us-west-2"}, replica.Values("destination.region"))
	assert.Empty(t, replica.Values("destination.fileSystemId"), "AWS makes the copy: as a resource of the stack it could not "+
		"be refreshed while it is a copy")
}

// A promoted copy has newer values than the original.
func TestNoSecretIsEverWrittenOverAnotherOne(t *testing.T) {
	looked := 0
	for _, d := range deployments(t) {
		for _, secret := range d.OfType(awstoken.SecretsManagerSecret) {
			looked++
			assert.NotContains(t, secret.Values("forceOverwriteReplicaSecret"), true, "%s: %s", d.name, secret.Name)
		}
	}
	assert.Positive(t, looked)
}

func TestAStackGainsASecondRegionWithoutLosingData(t *testing.T) {
	own := overrides{"database.administratorSecret": "own"}
	plain, err := run(t, "prod", own)
	require.NoError(t, err)
	for _, mode := range []string{"backup", "pilotLight"} {
		after, err := launch{Stack: "prod", Config: change(t, loadStack(t, "prod"), inRegion(mode, own)), Over: plain,
			Deployed: plain}.Start()
		require.NoError(t, err)
		for _, res := range after.AWS() {
			old := plain.ByURN[res.URN]
			if old == nil {
				continue
			}
			diff := provider.DiffResource(res.Token, old.Checked, old.State, res.Checked)
			assert.False(t, diff.Replaces(), "%s: %s is replaced: what is deployed must stay", mode, res.Name)
		}
		_, err = after.Named("recovery-secrets")
		require.NoError(t, err)
	}
}

// The steps of a failover set the sizes of the group to 0, and the state of the stack still has 3 nodes: the provider
// would wait for them.
func TestAnUpdateAfterAFailoverWaitsForNoNode(t *testing.T) {
	before, err := run(t, "prod", pilotLight)
	require.NoError(t, err)
	for _, size := range []string{"minSize", "maxSize", "desiredCapacity"} {
		_, err = before.Account.Drift(awstoken.AutoScalingGroup, size, 0.0)
		require.NoError(t, err)
	}
	after, err := launch{
		Stack: "prod", Config: change(t, loadStack(t, "prod"), both(pilotLight, overrides{"recovery.failedOver": true})),
		Account: before.Account, Preview: true, Deployed: before, Previous: map[string]any{"autoScalingGroupName": "morpheus-prod"},
	}.Start()
	require.NoError(t, err)
	group, err := after.Named("cluster-group")
	require.NoError(t, err)
	assert.EqualValues(t, 0, group.Get("desiredCapacity"), "the update must name what the group has")
}

func TestAfterAFailoverNothingIsCopiedOverTheOtherRegion(t *testing.T) {
	before, err := run(t, "prod", pilotLight)
	require.NoError(t, err)
	again := func(over overrides) (*recorder, error) {
		return launch{Stack: "prod", Config: change(t, loadStack(t, "prod"), both(pilotLight, over)), Over: before,
			Deployed: before}.Start()
	}
	after, err := again(overrides{"recovery.failedOver": true})
	require.NoError(t, err)
	_, err = after.Named("filesystem-replica")
	require.Error(t, err, "a new replication would overwrite the files that were written since the failover")
	group, err := after.Named("cluster-group")
	require.NoError(t, err)
	assert.Equal(t, []any{0.0, 0.0}, []any{group.Get("minSize"), group.Get("maxSize")}, "a node there would write old rows")
	record, err := after.Named("loadbalancer-record")
	require.NoError(t, err)
	assert.Contains(t, record.RPC.GetIgnoreChanges(), "aliases", "the name leads to the other region")
	cluster, err := after.Named("database-cluster")
	require.NoError(t, err)
	assert.Contains(t, cluster.RPC.GetIgnoreChanges(), "replicationSourceIdentifier",
		"the former writer follows the new one, and clearing it would detach it")
	for _, name := range copiedSecrets {
		secret, err := after.Named(name)
		require.NoError(t, err)
		assert.Contains(t, secret.RPC.GetIgnoreChanges(), "replicas", "%s: the promoted copy stays as it is", name)
	}

	// Without the switch, AWS refuses: the names belong to the promoted copies.
	appliance, err := before.Named("cluster-appliance")
	require.NoError(t, err)
	a := before.Account
	for _, copied := range a.Resources(awstypes.SecretReplica, "us-west-2") {
		copied.State["promoted"] = true
	}
	_, err = a.Update(account.Request{
		Region: "us-east-1", Token: awstoken.SecretsManagerSecret, ID: appliance.ID, Inputs: provider.Plain(appliance.Checked),
	})
	assert.ErrorContains(t, err, "a secret with the name", "a promoted copy must not be replaced by the older original")
}
