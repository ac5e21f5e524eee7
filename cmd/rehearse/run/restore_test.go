package main

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
)

// snapshotIn returns the last final snapshot that a cloud has kept; empty for none.
func snapshotIn(cloud rehearsal.Cloud) string {
	snapshot := ""
	for _, kept := range cloud.Kept() {
		if name, found := strings.CutPrefix(kept, "database snapshot "); found {
			snapshot = name
		}
	}
	return snapshot
}

// A snapshot is only used when a database is created.
func TestANewDatabaseIsRestoredFromTheEarlierSnapshot(t *testing.T) {
	s, ctx := deployed(t, "prod", rehearsal.Setting{Key: "safety.allowDestroy", Value: "true"})
	_, err := s.Destroy(ctx)
	require.NoError(t, err)
	snapshot := snapshotIn(s.Cloud())
	require.NotEmpty(t, snapshot)
	require.NoError(t, s.SetConfig(rehearsal.Setting{Key: "database.snapshotIdentifier", Value: snapshot}))
	_, err = s.Up(ctx)
	require.NoError(t, err)
	require.NoError(t, s.SetConfig(rehearsal.Setting{Key: "database.snapshotIdentifier", Value: ""}))
	result, err := s.Up(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"database"}, names(result.Changes, apitype.OpUpdate),
		"only the component changes, because the key was removed; no AWS resource changes")
	assert.Len(t, result.Changes, 1)
}

// Restoring into the same stack means a replacement, and a replacement uses the snapshot.
func TestADatabaseIsRestoredIntoTheSameStack(t *testing.T) {
	s, ctx := deployed(t, "prod")
	require.NoError(t, s.SetConfig(rehearsal.Setting{Key: "safety.allowReplace", Value: "[database]"}))
	before, err := s.Up(ctx)
	require.NoError(t, err)
	require.NoError(t, s.SetConfig(rehearsal.Setting{Key: "database.name", Value: "emptied"}))
	_, err = s.Up(ctx)
	require.NoError(t, err, "the accident that left the final snapshot")
	snapshot := snapshotIn(s.Cloud())
	require.NotEmpty(t, snapshot)

	require.NoError(t, s.SetConfig(rehearsal.Setting{Key: "database.snapshotIdentifier", Value: snapshot}))
	result, err := s.Up(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"database", "database-cluster"}, names(result.Changes, apitype.OpUpdate),
		"the snapshot alone changes only the name of the next final snapshot: a restore needs a new name")
	assert.Equal(t, []string{"database-snapshot"}, names(result.Changes, apitype.OpReplace))

	require.NoError(t, s.SetConfig(
		rehearsal.Setting{Key: "database.name", Value: "restored"},
		rehearsal.Setting{Key: "cluster.rolloutGuard", Value: "false"}))
	result, err = s.Up(ctx)
	require.NoError(t, err)
	var from []any
	for _, change := range result.Changes {
		if change.Op == apitype.OpReplace && resource.URN(change.URN).Name() == "database-cluster" {
			from = append(from, change.New["snapshotIdentifier"])
		}
	}
	assert.Equal(t, []any{snapshot}, from, "the new cluster must be created from the snapshot")
	assert.Contains(t, result.Outputs["databaseEndpoint"].Value, "restored.cluster-")
	changed := names(result.Changes, apitype.OpUpdate)
	assert.Contains(t, changed, "cluster-template", "new nodes must get the new host")
	assert.Contains(t, changed, "cluster-group", "they must replace the old nodes")
	assert.Equal(t, before.Outputs["applianceSecretArn"], result.Outputs["applianceSecretArn"],
		"the encryption suffix must stay")
	assert.Equal(t, before.Outputs["databaseSecretArn"], result.Outputs["databaseSecretArn"], "the nodes' user must stay")

	require.NoError(t, s.SetConfig(
		rehearsal.Setting{Key: "database.snapshotIdentifier", Value: ""},
		rehearsal.Setting{Key: "safety.allowReplace", Value: "[]"},
		rehearsal.Setting{Key: "cluster.rolloutGuard", Value: "true"}))
	result, err = s.Up(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"cluster", "cluster-group", "database", "database-cluster"},
		names(result.Changes, apitype.OpUpdate), "the guard and the protection must be on again")
	assert.Equal(t, []string{"database-snapshot"}, names(result.Changes, apitype.OpReplace),
		"the restored database must stay")
}
