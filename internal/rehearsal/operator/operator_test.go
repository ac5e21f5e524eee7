package operator_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	efstypes "github.com/aws/aws-sdk-go-v2/service/efs/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/operator"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

const (
	first  = "us-east-1"
	second = "us-west-2"
	secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:appliance"
	copied = "arn:aws:secretsmanager:us-west-2:123456789012:secret:appliance"
)

// twoRegions is an account with a global database, files in both regions and a secret with a copy.
func twoRegions() *account.Account {
	a := account.New("123456789012", "aws", 0)
	for region, arn := range map[string]string{first: "arn:one", second: "arn:two"} {
		a.Exists(region, awstoken.RDSCluster, arn, account.Values{"arn": arn})
		a.Exists(region, awstoken.EFSFileSystem, "fs-"+region, account.Values{"id": "fs-" + region})
	}
	a.Exists(first, awstoken.RDSGlobalCluster, "world", account.Values{
		"globalClusterIdentifier": "world", "globalClusterMembers": []any{
			map[string]any{"dbClusterArn": "arn:one", "isWriter": true}, map[string]any{"dbClusterArn": "arn:two", "isWriter": false},
		},
	})
	a.Exists(first, awstoken.SecretsManagerSecret, secret, account.Values{"arn": secret, "replicas": []any{"one"}})
	a.Exists(second, awstypes.SecretReplica, copied, account.Values{"arn": copied, "of": secret})
	return a
}

func state(t *testing.T, a *account.Account, region, token, id string) account.Values {
	t.Helper()
	found, err := a.Read(account.Request{Region: region, Token: token, ID: id})
	require.NoError(t, err)
	return found.State
}

func TestALostRegionAnswersNobody(t *testing.T) {
	a := twoRegions()
	a.Lose(first)
	_, err := operator.New(a).In(first).Databases.DescribeGlobalClusters(t.Context(),
		&rds.DescribeGlobalClustersInput{GlobalClusterIdentifier: aws.String("world")})
	assert.True(t, steps.Unreachable(err), "the steps must see that nobody answers, not an answer: %v", err)
	_, err = a.Read(account.Request{Region: first, Token: awstoken.RDSCluster, ID: "arn:one"})
	require.ErrorContains(t, err, "i/o timeout", "a provider of the region gets no answer either")
	require.ErrorContains(t, a.Delete(account.Request{Region: first, Token: awstoken.RDSCluster, ID: "arn:one"}), "i/o timeout")
	_, err = a.Invoke(first, "aws:index/getRegion:getRegion", nil)
	require.ErrorContains(t, err, "i/o timeout")
	state(t, a, second, awstoken.RDSCluster, "arn:two") // the other region answers

	a.Return(first)
	state(t, a, first, awstoken.RDSCluster, "arn:one")
}

// The provider would detach a follower whose source the program clears, so the account must show what RDS writes there.
func TestAFormerWriterFollowsTheNewOne(t *testing.T) {
	a := twoRegions()
	_, err := operator.New(a).In(second).Databases.FailoverGlobalCluster(t.Context(), &rds.FailoverGlobalClusterInput{
		GlobalClusterIdentifier: aws.String("world"), TargetDbClusterIdentifier: aws.String("arn:two"),
	})
	require.NoError(t, err)
	assert.Equal(t, "arn:two", state(t, a, first, awstoken.RDSCluster, "arn:one")["replicationSourceIdentifier"])
	assert.Empty(t, state(t, a, second, awstoken.RDSCluster, "arn:two")["replicationSourceIdentifier"])
	assert.Equal(t, []any{
		map[string]any{"dbClusterArn": "arn:one", "isWriter": false}, map[string]any{"dbClusterArn": "arn:two", "isWriter": true},
	}, state(t, a, first, awstoken.RDSGlobalCluster, "world")["globalClusterMembers"])

	_, err = operator.New(a).In(second).Databases.SwitchoverGlobalCluster(t.Context(), &rds.SwitchoverGlobalClusterInput{
		GlobalClusterIdentifier: aws.String("world"), TargetDbClusterIdentifier: aws.String("arn:three"),
	})
	assert.ErrorContains(t, err, "InvalidGlobalClusterStateFault", "only a member can become the writer")
}

func TestFilesAreOnlyOverwrittenWithoutProtectionAndStayWhileInUse(t *testing.T) {
	a := twoRegions()
	back := &efs.CreateReplicationConfigurationInput{
		SourceFileSystemId: aws.String("fs-" + second),
		Destinations: []efstypes.DestinationToCreate{{
			FileSystemId: aws.String("fs-" + first), Region: aws.String(first),
		}},
	}
	there, here := operator.New(a).In(second).Files, operator.New(a).In(first).Files
	_, err := there.CreateReplicationConfiguration(t.Context(), back)
	require.ErrorContains(t, err, "overwrite protection", "EFS protects a file system with data")
	_, err = here.UpdateFileSystemProtection(t.Context(), &efs.UpdateFileSystemProtectionInput{
		FileSystemId: aws.String("fs-" + first), ReplicationOverwriteProtection: efstypes.ReplicationOverwriteProtectionDisabled,
	})
	require.NoError(t, err)
	_, err = there.CreateReplicationConfiguration(t.Context(), back)
	require.NoError(t, err)
	_, err = there.DeleteFileSystem(t.Context(), &efs.DeleteFileSystemInput{FileSystemId: aws.String("fs-" + second)})
	require.ErrorContains(t, err, "replication", "a file system that is copied is in use")

	// Only the half of the copy is deleted while the other region is gone.
	_, err = here.DeleteReplicationConfiguration(t.Context(), &efs.DeleteReplicationConfigurationInput{
		SourceFileSystemId: aws.String("fs-" + second), DeletionMode: efstypes.DeletionModeLocalConfigurationOnly,
	})
	require.NoError(t, err)
	_, err = here.DescribeReplicationConfigurations(t.Context(),
		&efs.DescribeReplicationConfigurationsInput{FileSystemId: aws.String("fs-" + first)})
	assert.ErrorAs(t, err, new(*efstypes.ReplicationNotFound), "the copy knows nothing of it any more")
	left, err := there.DescribeReplicationConfigurations(t.Context(),
		&efs.DescribeReplicationConfigurationsInput{FileSystemId: aws.String("fs-" + second)})
	require.NoError(t, err, "the original still has its half")
	assert.Equal(t, efstypes.ReplicationStatusError, left.Replications[0].Destinations[0].Status)
}

func TestAPromotedSecretIsNoCopyAnyMore(t *testing.T) {
	a := twoRegions()
	secrets := operator.New(a).In(second).Secrets
	id := aws.String(copied)
	_, err := secrets.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: id, SecretString: aws.String("new")})
	require.ErrorContains(t, err, "the secret is a copy", "only the original can be written")
	found, err := secrets.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: id})
	require.NoError(t, err)
	assert.Equal(t, first, aws.ToString(found.PrimaryRegion))

	_, err = secrets.StopReplicationToReplica(t.Context(), &secretsmanager.StopReplicationToReplicaInput{SecretId: id})
	require.NoError(t, err)
	_, err = secrets.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: id, SecretString: aws.String("new")})
	require.NoError(t, err)
	assert.NotContains(t, state(t, a, first, awstoken.SecretsManagerSecret, secret), "replicas", "the original has no copy")
}
