package operator

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

type databases struct{ *inRegion }

// member of a global database.
type member struct {
	arn      string
	isWriter bool
}

func members(global *awstypes.Resource) []member {
	list, _ := global.State["globalClusterMembers"].([]any)
	out := make([]member, 0, len(list))
	for _, item := range list {
		values, _ := item.(map[string]any)
		isWriter, _ := values["isWriter"].(bool)
		out = append(out, member{text(values, "dbClusterArn"), isWriter})
	}
	return out
}

func (d databases) global(store awstypes.Store, id *string) (*awstypes.Resource, error) {
	if r := named(store, awstoken.RDSGlobalCluster, "", "globalClusterIdentifier", aws.ToString(id)); r != nil {
		return r, nil
	}
	return nil, &types.GlobalClusterNotFoundFault{Message: id}
}

func (d databases) DescribeGlobalClusters(
	_ context.Context, in *rds.DescribeGlobalClustersInput, _ ...func(*rds.Options),
) (out *rds.DescribeGlobalClustersOutput, err error) {
	err = d.call(func(store awstypes.Store) error {
		found, err := d.global(store, in.GlobalClusterIdentifier)
		if err != nil {
			return err
		}
		global := types.GlobalCluster{GlobalClusterIdentifier: in.GlobalClusterIdentifier, Status: aws.String("available")}
		for _, m := range members(found) {
			global.GlobalClusterMembers = append(global.GlobalClusterMembers, types.GlobalClusterMember{
				DBClusterArn: aws.String(m.arn), IsWriter: aws.Bool(m.isWriter),
			})
		}
		out = &rds.DescribeGlobalClustersOutput{GlobalClusters: []types.GlobalCluster{global}}
		return nil
	})
	return out, err
}

func (d databases) SwitchoverGlobalCluster(
	_ context.Context, in *rds.SwitchoverGlobalClusterInput, _ ...func(*rds.Options),
) (*rds.SwitchoverGlobalClusterOutput, error) {
	return &rds.SwitchoverGlobalClusterOutput{}, d.move(in.GlobalClusterIdentifier, in.TargetDbClusterIdentifier)
}

func (d databases) FailoverGlobalCluster(
	_ context.Context, in *rds.FailoverGlobalClusterInput, _ ...func(*rds.Options),
) (*rds.FailoverGlobalClusterOutput, error) {
	return &rds.FailoverGlobalClusterOutput{}, d.move(in.GlobalClusterIdentifier, in.TargetDbClusterIdentifier)
}

// move makes a member the writer. RDS writes on each member whom it follows, and the former writer becomes one that
// follows, also when it was lost: AWS makes it one when it is back.
func (d databases) move(global, target *string) error {
	return d.call(func(store awstypes.Store) error {
		found, err := d.global(store, global)
		if err != nil {
			return err
		}
		var after []any
		known := false
		for _, m := range members(found) {
			writes := m.arn == aws.ToString(target)
			known = known || writes
			after = append(after, map[string]any{"dbClusterArn": m.arn, "isWriter": writes})
			cluster := named(store, awstoken.RDSCluster, "", "arn", m.arn)
			switch {
			case cluster == nil: // of a stack that is not simulated
			case writes:
				set(cluster, "replicationSourceIdentifier", "")
			default:
				set(cluster, "replicationSourceIdentifier", aws.ToString(target))
			}
		}
		if !known {
			return fmt.Errorf("InvalidGlobalClusterStateFault: %s is no member", aws.ToString(target))
		}
		set(found, "globalClusterMembers", after)
		return nil
	})
}
