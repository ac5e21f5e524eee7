package main

import (
	"context"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/adopt"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// The ids of what is in the account before the stack.
const (
	oldCluster    = "orders"
	oldFileSystem = "fs-0a0b0c0d0e0f00001"
	oldMount      = "fsmt-0a0b0c0d0e0f00001"
	oldSubnets    = "orders-subnets"
	oldLogGroup   = "/aws/rds/cluster/orders/error"
)

// adopted is what `ops adopt` finds of it.
var adopted = []adopt.Resource{
	{Type: awstoken.EFSFileSystem, Name: "filesystem-storage", ID: oldFileSystem},
	{Type: awstoken.EFSMountTarget, Name: "filesystem-mount-us-east-1a", ID: oldMount},
	{Type: awstoken.RDSCluster, Name: "database-cluster", ID: oldCluster},
	{Type: awstoken.RDSSubnetGroup, Name: "database-subnets", ID: oldSubnets},
	{Type: awstoken.LogGroup, Name: "database-log-error", ID: oldLogGroup},
}

// toAdopt is a stack in an existing VPC whose account has a database and a file system that something else has made. Its
// configuration describes them.
func toAdopt(t *testing.T, settings ...rehearsal.Setting) (*rehearsal.Session, context.Context) {
	t.Helper()
	s, ctx := undeployed(t, "existing-vpc", append([]rehearsal.Setting{
		{Key: "database.name", Value: oldCluster}, {Key: "filesystem.name", Value: "quickCreated-1"},
		{Key: "encryption.keys.database", Value: simaws.ExistingKeyARN},
		{Key: "encryption.keys.filesystem", Value: simaws.ExistingKeyARN},
	}, settings...)...)
	// Those that `ops adopt --yes` gives them.
	tags := map[string]any{"Project": "morpheus", "Stack": "existing-vpc", "Environment": "production", "ManagedBy": "pulumi"}
	require.NoError(t, s.Cloud().(*simaws.Server).Change("us-east-1", func(store awstypes.Store) error {
		for _, r := range []struct {
			token, id string
			state     awstypes.Values
		}{
			{token: awstoken.RDSSubnetGroup, id: oldSubnets, state: awstypes.Values{
				"name": oldSubnets, "description": "Managed by somebody", "tags": tags, "subnetIds": []any{
					simaws.ExistingSubnetID("data", 'a'), simaws.ExistingSubnetID("data", 'b'), simaws.ExistingSubnetID("data", 'c'),
				},
			}},
			{token: awstoken.RDSClusterParameterGroup, id: "orders-parameters", state: awstypes.Values{
				"name": "orders-parameters", "family": "aurora-mysql8.0",
			}},
			{token: awstoken.RDSCluster, id: oldCluster, state: awstypes.Values{
				"arn":               "arn:aws:rds:us-east-1:123456789012:cluster:" + oldCluster,
				"clusterIdentifier": oldCluster, "engine": "aurora-mysql", "engineVersion": "8.0.mysql_aurora.3.10.4",
				"engineMode": "provisioned", "masterUsername": "admin", "databaseName": "orders", "storageEncrypted": true,
				"kmsKeyId": simaws.ExistingKeyARN, "dbSubnetGroupName": oldSubnets,
				"dbClusterParameterGroupName": "orders-parameters", "backupRetentionPeriod": 1.0, "tags": tags,
				"availabilityZones": []any{"us-east-1a", "us-east-1b", "us-east-1c"}, "port": 3306.0,
				"preferredBackupWindow": "09:00-09:30", "preferredMaintenanceWindow": "mon:10:00-mon:10:30",
			}},
			{token: awstoken.RDSClusterInstance, id: "orders-1", state: awstypes.Values{
				"identifier": "orders-1", "clusterIdentifier": oldCluster, "instanceClass": "db.r6g.large", "engine": "aurora-mysql",
				"dbSubnetGroupName": oldSubnets, "writer": true,
			}},
			{token: awstoken.LogGroup, id: oldLogGroup, state: awstypes.Values{"name": oldLogGroup, "tags": tags}},
			{token: awstoken.EFSFileSystem, id: oldFileSystem, state: awstypes.Values{
				"arn":           "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/" + oldFileSystem,
				"creationToken": "quickCreated-1", "encrypted": true, "kmsKeyId": simaws.ExistingKeyARN, "tags": tags,
				"performanceMode": "generalPurpose", "throughputMode": "elastic",
				"dnsName": oldFileSystem + ".efs.us-east-1.amazonaws.com",
			}},
			{token: awstoken.EFSMountTarget, id: oldMount, state: awstypes.Values{
				"fileSystemId": oldFileSystem, "subnetId": simaws.ExistingSubnetID("data", 'a'), "availabilityZoneName": "us-east-1a",
			}},
		} {
			inputs := awstypes.Values{} // what an import reads; outputs such as the ARN are none
			for name, value := range r.state {
				if contract.Load().Resources[r.token].Inputs[name] != nil {
					inputs[name] = value
				}
			}
			store.Add(&awstypes.Resource{
				Token: r.token, Region: "us-east-1", ID: r.id, Inputs: inputs, State: r.state, Fixture: true,
			})
		}
		return nil
	}))
	return s, ctx
}

// imported writes the file of `ops adopt` and imports it.
func imported(ctx context.Context, t *testing.T, s *rehearsal.Session) {
	t.Helper()
	preview, err := s.ImportFile(ctx)
	require.NoError(t, err, "the program must accept what has its tags")
	text, err := adopt.File(preview, adopted)
	require.NoError(t, err)
	require.NoError(t, s.ImportFrom(ctx, text))
}

// lossy are the operations that lose data.
var lossy = []apitype.OpType{
	apitype.OpDelete, apitype.OpReplace, apitype.OpCreateReplacement, apitype.OpDeleteReplaced, apitype.OpDiscardReplaced,
}

func TestAnExistingDatabaseAndFileSystemAreAdopted(t *testing.T) {
	s, ctx := toAdopt(t)
	imported(ctx, t, s)
	result, err := s.Preview(ctx)
	require.NoError(t, err)
	assert.Empty(t, names(result.Changes, lossy...), "an adoption must replace and delete nothing")
	created := names(result.Changes, apitype.OpCreate)
	changed := map[string][]string{}
	for _, c := range result.Changes {
		if slices.ContainsFunc(adopted, func(r adopt.Resource) bool { return r.Type == c.Type && r.ID == c.ID }) {
			changed[c.ID] = c.Properties
		}
	}
	for _, r := range adopted {
		assert.NotContains(t, created, r.Name, "%s must be %s", r.Name, r.ID)
	}
	// docs/adopt.md lists these. None is one by which AWS or the provider would make it anew.
	assert.Equal(t, map[string][]string{
		oldFileSystem: {"tags", "throughputMode"}, oldMount: {"securityGroups"}, oldSubnets: {"description"},
		oldLogGroup: {"kmsKeyId", "retentionInDays"},
		oldCluster: {
			"applyImmediately", "backupRetentionPeriod", "copyTagsToSnapshot", "dbClusterParameterGroupName", "deletionProtection",
			"enabledCloudwatchLogsExports", "finalSnapshotIdentifier", "iamDatabaseAuthenticationEnabled", "manageMasterUserPassword",
			"masterUserSecretKmsKeyId", "performanceInsightsEnabled", "performanceInsightsKmsKeyId",
			"performanceInsightsRetentionPeriod", "preferredBackupWindow", "preferredMaintenanceWindow", "vpcSecurityGroupIds",
		},
	}, changed)

	_, err = s.Up(ctx)
	require.NoError(t, err)
	made, err := s.State(ctx)
	require.NoError(t, err)
	for _, r := range adopted {
		assert.True(t, slices.ContainsFunc(made, func(m rehearsal.Made) bool {
			return m.Type == r.Type && m.Name == r.Name && m.ID == r.ID
		}), "%s must still be %s after the update", r.Name, r.ID)
	}
	result, err = s.Up(ctx)
	require.NoError(t, err)
	assert.Empty(t, result.Changes, "the second update must change nothing")
}

// A wrong value must not cost the data of what was imported, although the stack has no finished update yet.
func TestAnAdoptionWithAWrongValueIsRefused(t *testing.T) {
	s, ctx := toAdopt(t)
	imported(ctx, t, s)
	require.NoError(t, s.SetConfig(rehearsal.Setting{Key: "filesystem.performanceMode", Value: "maxIO"}))
	_, err := s.Up(ctx)
	require.ErrorContains(t, err, "filesystem-storage")
	left, err := s.State(ctx)
	require.NoError(t, err)
	assert.True(t, slices.ContainsFunc(left, func(m rehearsal.Made) bool { return m.ID == oldFileSystem }))
}
