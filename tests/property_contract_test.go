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
	for _, c := range []struct {
		mode  string
		keeps overrides
		// without are fields of a mode in which the data follow.
		without []string
	}{
		{mode: "pilotLight", keeps: pilotLight},
		{
			mode: "backup", keeps: inRegion("backup", overrides{"database.administratorSecret": "own"}),
			without: []string{"databaseSecretArn", "databaseAdminSecretArn", "fileSystemId"},
		},
	} {
		t.Run(c.mode, func(t *testing.T) {
			p := newPair(t, c.keeps)
			want := contractOf(t, p.first)
			want["mode"] = c.mode
			for _, key := range c.without {
				want[key] = nil
			}
			offered := p.others["prod"][contract.Output].(map[string]any)
			for _, key := range contract.Keys() {
				if assert.Contains(t, want, key, "say in contractOf what the field is in AWS") {
					assert.Equal(t, fmt.Sprint(want[key]), fmt.Sprint(offered[key]), "the field %s of the contract", key)
				}
			}
			t.Logf("looked at %d fields", len(want))
		})
	}
}

// contractOf is what the contract of a stack must say.
func contractOf(t *testing.T, first *recorder) map[string]any {
	t.Helper()
	there := func(name string) string {
		arn := fmt.Sprint(origin{of: []string{name}, at: "arn"}.value(t, first))
		return strings.Replace(arn, ":us-east-1:", ":us-west-2:", 1)
	}
	secret, err := first.Named("cluster-appliance")
	require.NoError(t, err)
	replicas := secret.Values("replicas.kmsKeyId")
	require.Len(t, replicas, 1, "the secret of the appliance has one replica")
	want := map[string]any{
		"region": "us-east-1", "recoveryRegion": "us-west-2", "recoveryStack": "recovery",
		"databaseVersion":        first.OfType(awstoken.RDSCluster)[0].Get("engineVersion"),
		"applianceSecretArn":     there("cluster-appliance"),
		"databaseSecretArn":      there("database-user-secret"),
		"databaseAdminSecretArn": there("database-administrator-secret"),
		"secretsKeyArn":          replicas[0],
		"copiesVault":            output(t, first, "copies-vault", "name"),
		"restoreRoleArn":         output(t, first, "backup-restore-role", "arn"),
		"filesKeyArn":            output(t, first, "recovery-filesystem", "arn"),
	}
	if replica, err := first.Named("filesystem-replica"); err == nil {
		want["fileSystemId"] = replica.State["destination"].ObjectValue()["fileSystemId"].StringValue()
	}
	return want
}

// output of a resource of a run.
func output(t *testing.T, r *recorder, name string, property resource.PropertyKey) any {
	t.Helper()
	found, err := r.Named(name)
	require.NoError(t, err)
	return found.Output(property)
}
