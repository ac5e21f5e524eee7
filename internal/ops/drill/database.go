package drill

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// database makes Aurora fail over to a reader that it chooses itself, by the promotion tiers.
type database struct {
	*run
	writer string
}

func (d *database) members(ctx context.Context) (writer string, members []types.DBClusterMember, err error) {
	name := d.subject.Config.Database.Name
	found, err := d.subject.Account.RDS().DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &name})
	if err != nil {
		return "", nil, err
	}
	for _, cluster := range found.DBClusters {
		members = cluster.DBClusterMembers
		for _, m := range members {
			if aws.ToBool(m.IsClusterWriter) {
				writer = aws.ToString(m.DBInstanceIdentifier)
			}
		}
	}
	return writer, members, nil
}

func (d *database) look(ctx context.Context) ([]Fact, []string, error) {
	writer, members, err := d.members(ctx)
	if err != nil {
		return nil, nil, err
	}
	if len(members) < leastSpare {
		return nil, []string{fmt.Sprintf("the cluster %s has %d instance: Aurora needs a reader to fail over to",
			d.subject.Config.Database.Name, len(members))}, nil
	}
	d.writer = writer
	var facts []Fact
	for _, m := range members {
		role := "reader"
		if aws.ToBool(m.IsClusterWriter) {
			role = "writer"
		}
		facts = append(facts, Fact{
			Name:  "instance " + aws.ToString(m.DBInstanceIdentifier),
			Value: fmt.Sprintf("%s, promotion tier %d", role, aws.ToInt32(m.PromotionTier)),
		})
	}
	return facts, nil, nil
}

func (d *database) does() string {
	return fmt.Sprintf("fail the cluster %s over from its writer %s (rds FailoverDBCluster)", d.subject.Config.Database.Name,
		d.writer)
}

func (d *database) inject(ctx context.Context) error {
	_, err := d.subject.Account.RDS().FailoverDBCluster(ctx, &rds.FailoverDBClusterInput{
		DBClusterIdentifier: &d.subject.Config.Database.Name,
	})
	return err
}

func (d *database) noticed(ctx context.Context) (bool, string, error) {
	writer, _, err := d.members(ctx)
	if writer == "" || writer == d.writer {
		return false, "the writer is still " + d.writer, err
	}
	return true, "the writer is " + writer, err
}

func (d *database) whole(ctx context.Context) (bool, string, error) { return d.noticed(ctx) }
