package recovery

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// global describes the global database, as the new region sees it: the old one may be gone.
func (m *Move) global(ctx context.Context) (*types.GlobalCluster, error) {
	found, err := m.To.API.Databases.DescribeGlobalClusters(ctx, &rds.DescribeGlobalClustersInput{
		GlobalClusterIdentifier: &m.Global,
	})
	if err != nil {
		return nil, fmt.Errorf("describe the global database %s: %w", m.Global, err)
	}
	if len(found.GlobalClusters) != 1 {
		return nil, fmt.Errorf("there is no global database %s", m.Global)
	}
	return &found.GlobalClusters[0], nil
}

// writes reports whether a cluster is the writer of the global database, and isMember whether it takes part.
func (m *Move) writes(ctx context.Context, arn string) (writes, isMember bool, err error) {
	global, err := m.global(ctx)
	if err != nil {
		return false, false, err
	}
	for _, member := range global.GlobalClusterMembers {
		if aws.ToString(member.DBClusterArn) == arn {
			settled := aws.ToString(global.Status) == "available"
			return aws.ToBool(member.IsWriter) && settled, settled, nil
		}
	}
	return false, false, nil
}

// takesPart waits for the cluster of the new region: after an unplanned failover AWS rebuilds the old one.
func (m *Move) takesPart(side Side) steps.Step {
	return steps.Step{
		Name: "rows are in the new region", Does: "wait until " + side.ClusterArn + " is a member of " + m.Global, Limit: rowsLimit,
		Done: func(ctx context.Context) (bool, error) {
			_, isMember, err := m.writes(ctx, side.ClusterArn)
			return isMember, err
		},
		Do: func(context.Context) error { return nil },
	}
}

// promoteRows makes the cluster of the new region the writer. A switchover loses nothing and needs both regions; a
// failover loses what was not copied yet.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database-disaster-recovery.html
func (m *Move) promoteRows() steps.Step {
	does := "switch the writer of " + m.Global + " over to " + m.To.Region
	if m.Unplanned {
		does = "fail the writer of " + m.Global + " over to " + m.To.Region + "; rows of the last seconds may be lost"
	}
	return steps.Step{
		Name: "promote the database", Does: does, Limit: rowsLimit,
		Done: func(ctx context.Context) (bool, error) {
			writes, _, err := m.writes(ctx, m.To.ClusterArn)
			return writes, err
		},
		Do: func(ctx context.Context) error {
			global, err := m.global(ctx)
			if err != nil || global.FailoverState != nil {
				return err // one that was started before is under way
			}
			if m.Unplanned {
				_, err = m.To.API.Databases.FailoverGlobalCluster(ctx, &rds.FailoverGlobalClusterInput{
					GlobalClusterIdentifier: &m.Global, TargetDbClusterIdentifier: &m.To.ClusterArn, AllowDataLoss: aws.Bool(true),
				})
				return err
			}
			_, err = m.From.API.Databases.SwitchoverGlobalCluster(ctx, &rds.SwitchoverGlobalClusterInput{
				GlobalClusterIdentifier: &m.Global, TargetDbClusterIdentifier: &m.To.ClusterArn,
			})
			return err
		},
	}
}
