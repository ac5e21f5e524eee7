package command

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

// TestARestoreOfTheDatabaseShowsWhatItWouldDo: a person reads it before the rows of the last hours are given up.
func TestARestoreOfTheDatabaseShowsWhatItWouldDo(t *testing.T) {
	g := opstest.NewAccount(t)
	g.NewGroup(t, "morpheus-prod", 3)
	databases, name := rds.NewFromConfig(g.Direct), "morpheus-prod"
	_, err := databases.CreateDBCluster(t.Context(), &rds.CreateDBClusterInput{
		DBClusterIdentifier: &name, Engine: aws.String("aurora-mysql"), EngineVersion: aws.String("8.0.mysql_aurora.3.10.4"),
		MasterUsername: aws.String("root"), MasterUserPassword: aws.String("of-the-test"),
	})
	require.NoError(t, err)
	_, err = databases.CreateDBClusterSnapshot(t.Context(), &rds.CreateDBClusterSnapshotInput{
		DBClusterIdentifier: &name, DBClusterSnapshotIdentifier: aws.String("before"),
	})
	require.NoError(t, err)
	described := opstest.Stub{Call: "rds DescribeDBClusterSnapshots", Answer: m{"DBClusterSnapshots": l{m{
		"DBClusterSnapshotIdentifier": "before", "DBClusterIdentifier": name, "Engine": "aurora-mysql", "Status": "available",
		"EngineVersion": "8.0.mysql_aurora.3.10.4", "SnapshotType": "manual", "SnapshotCreateTime": time.Now().Add(-90 * time.Minute),
	}}}}
	none := opstest.Stub{Call: "autoscaling DescribeInstanceRefreshes", Answer: m{"InstanceRefreshes": l{}}}
	changed := ""
	pulumi := func(string) stack.Run {
		answers := stateOf(m{"morpheusVersion": "8.0.7", "databaseEndpoint": "morpheus-prod.cluster-1"}, resourceOf(awstoken.RDSCluster,
			"database-cluster", name, m{"deletionProtection": true}))("")
		return func(ctx context.Context, arguments ...string) ([]byte, error) {
			if arguments[0] != "stack" {
				changed = arguments[0]
			}
			return answers(ctx, arguments...)
		}
	}
	for text, c := range map[string]struct {
		arguments []string
		want      int
		says      []string
	}{
		"list":           {nil, check.ExitHealthy, []string{"1h30m0s old  available  manual     8.0.mysql_aurora.3.10.4  before"}},
		"yes to nothing": {[]string{"--yes"}, check.ExitUnknown, []string{"--snapshot or --recovery-point is required with --yes"}},
		"steps": {[]string{"--snapshot", "before"}, check.ExitHealthy, []string{
			"snapshot before of morpheus-prod: ", "1h30m0s old", "would    snapshot: a snapshot of the database morpheus-prod, named " +
				"morpheus-prod-before-restore-<time>", "would    unprotect: pulumi up", "would    close: pulumi up without",
			"warning: the new nodes are of Morpheus 8.0.7", "nothing is changed; --yes does it",
		}},
		"not confirmed": {[]string{"--snapshot", "before", "--yes"}, check.ExitUnknown, []string{
			"--confirm: must be the name of the stack, prod, got \"\": it is a production stack, and nobody is served meanwhile",
		}},
		"both": {[]string{"--snapshot", "before", "--recovery-point", "x"}, check.ExitUnknown, []string{"give one of them"}},
	} {
		t.Run(text, func(t *testing.T) {
			status, out, errs := ops(t, g, pulumi, []opstest.Stub{described, none}, append([]string{"restore", "database"}, c.arguments...)...)
			assert.Equal(t, c.want, status, errs)
			for _, says := range c.says {
				assert.Contains(t, out+errs, says)
			}
			assert.Empty(t, changed, "without --yes nothing changes")
		})
	}
	found, err := autoscaling.NewFromConfig(g.Direct).DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})
	require.NoError(t, err)
	assert.Empty(t, found.AutoScalingGroups[0].SuspendedProcesses)
}
