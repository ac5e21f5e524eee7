package tests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/contract"
)

// A stack of the other region that got the wrong secret would start nodes that cannot read a row.
func TestEveryFieldOfTheContractIsThePropertyOfItsResource(t *testing.T) {
	p := newPair(t, nil)
	there := func(name string) string {
		arn := fmt.Sprint(origin{of: []string{name}, at: "arn"}.value(t, p.first))
		return strings.Replace(arn, ":us-east-1:", ":us-west-2:", 1)
	}
	secret, err := p.first.Named("cluster-appliance")
	require.NoError(t, err)
	replicas := secret.Values("replicas.kmsKeyId")
	require.Len(t, replicas, 1, "the secret of the appliance has one replica")
	replica, err := p.first.Named("filesystem-replica")
	require.NoError(t, err)
	want := map[string]any{
		"region": "us-east-1", "recoveryRegion": "us-west-2", "recoveryStack": "recovery", "mode": "pilotLight",
		"databaseVersion":        p.first.OfType(awstoken.RDSCluster)[0].Get("engineVersion"),
		"fileSystemId":           replica.State["destination"].ObjectValue()["fileSystemId"].StringValue(),
		"applianceSecretArn":     there("cluster-appliance"),
		"databaseSecretArn":      there("database-user-secret"),
		"databaseAdminSecretArn": there("database-administrator-secret"),
		"secretsKeyArn":          replicas[0],
		"copiesVault":            output(t, p.first, "copies-vault", "name"),
		"restoreRoleArn":         output(t, p.first, "backup-restore-role", "arn"),
		"filesKeyArn":            output(t, p.first, "recovery-filesystem", "arn"),
	}
	offered := p.others["prod"][contract.Output].(map[string]any)
	for _, key := range contract.Keys() {
		if assert.Contains(t, want, key, "say here what the field is in AWS") {
			assert.Equal(t, fmt.Sprint(want[key]), fmt.Sprint(offered[key]), "the field %s of the contract", key)
		}
	}
	t.Logf("looked at %d fields", len(want))
}

// output of a resource of a run.
func output(t *testing.T, r *recorder, name string, property resource.PropertyKey) any {
	t.Helper()
	found, err := r.Named(name)
	require.NoError(t, err)
	return found.Output(property)
}
