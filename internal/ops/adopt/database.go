package adopt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// maxInstances of a cluster: a writer and fifteen readers.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html
const maxInstances = 16

// database looks at the cluster, its subnet group and its log groups. Its instances are not adopted: they have no data,
// and their names, zones and classes seldom are the program's, which could only replace them.
func (s *Subject) database(ctx context.Context, f *Found) error {
	api := s.AWS.RDS()
	found, err := api.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &s.Cluster})
	if err != nil {
		return err
	}
	if len(found.DBClusters) != 1 {
		return errors.New("there is no such cluster")
	}
	cluster := found.DBClusters[0]
	s.cluster(f, &cluster)
	if aws.ToBool(cluster.StorageEncrypted) {
		err := s.key(ctx, f, "the cluster", "database", aws.ToString(cluster.KmsKeyId), s.Config.Encryption.Keys.Database)
		if err != nil {
			return err
		}
	} else {
		f.refuse("the cluster is not encrypted: AWS cannot encrypt it in place; make a snapshot, copy it with a key, and give the " +
			"copy as database.snapshotIdentifier to a new stack")
	}
	if err := s.members(ctx, f, &cluster); err != nil {
		return err
	}
	f.Resources = append(f.Resources, Resource{Type: awstoken.RDSCluster, Name: "database-cluster", ID: s.Cluster})
	f.tagged = append(f.tagged, s.ofRDS("the cluster "+s.Cluster, aws.ToString(cluster.DBClusterArn), cluster.TagList))
	return errors.Join(s.subnetGroup(ctx, f, aws.ToString(cluster.DBSubnetGroup)), s.logGroups(ctx, f))
}

// cluster compares what AWS cannot change with the configuration.
func (s *Subject) cluster(f *Found, c *rdstypes.DBCluster) {
	d := s.Config.Database
	if status := aws.ToString(c.Status); status != "available" {
		f.refuse("the cluster is in the state %s: it must be available", status)
	}
	if engine, mode := aws.ToString(c.Engine), aws.ToString(c.EngineMode); engine != "aurora-mysql" || mode != "provisioned" {
		f.refuse("the cluster is of %s, %s: it must be of aurora-mysql, provisioned", engine, mode)
	}
	version := aws.ToString(c.EngineVersion)
	if !strings.HasPrefix(version, "8.0.mysql_aurora.3.") {
		f.refuse("the cluster has version %s: it must be of Aurora MySQL 3 (8.0); upgrade it where it is", version)
	} else {
		f.must("database.engineVersion", version, d.EngineVersion, "upgrade it before or after the adoption, not with it")
	}
	f.must("database.name", aws.ToString(c.DBClusterIdentifier), d.Name, "another name replaces the cluster")
	if user := aws.ToString(c.MasterUsername); user != config.DatabaseAdministrator &&
		d.AdministratorSecret != config.AdministratorManaged {
		f.refuse("database.administratorSecret: must be managed, got %s: the administrator of the cluster is %s for ever, and the "+
			"stack's own secret is of %s", d.AdministratorSecret, user, config.DatabaseAdministrator)
	}
	if source := aws.ToString(c.ReplicationSourceIdentifier); source != "" {
		f.refuse("the cluster is a replica of %s: promote it first", source)
	}
	s.clusterChanges(f, c)
}

// clusterChanges are what the first update changes in place.
func (s *Subject) clusterChanges(f *Found, c *rdstypes.DBCluster) {
	var groups []string
	for _, g := range c.VpcSecurityGroups {
		groups = append(groups, aws.ToString(g.VpcSecurityGroupId))
	}
	f.changes("the cluster gets the security group of the stack instead of %s: other clients lose access at once", listed(groups))
	f.changes("the cluster gets a parameter group of the stack instead of %s", aws.ToString(c.DBClusterParameterGroup))
	switch {
	case s.Config.Database.AdministratorSecret == config.AdministratorOwn:
		f.changes("the administrator %s gets the password of a secret of the stack", aws.ToString(c.MasterUsername))
	case c.MasterUserSecret == nil:
		f.changes("RDS gives the administrator %s a new password, in a secret that it rotates", aws.ToString(c.MasterUsername))
	default:
		f.changes("the secret of the administrator gets the key of the stack's secrets")
	}
	if aws.ToInt64(c.BacktrackWindow) > 0 {
		f.changes("Backtrack is switched off")
	}
	if aws.ToBool(c.HttpEndpointEnabled) {
		f.changes("the Data API is switched off")
	}
	if port := aws.ToInt32(c.Port); port != databasePort {
		f.changes("the port changes from %d to %d, which restarts the instances", port, databasePort)
	}
	var names []string
	for _, m := range c.DBClusterMembers {
		names = append(names, aws.ToString(m.DBInstanceIdentifier))
	}
	if count := len(names) + s.Config.Database.Instances; count > maxInstances {
		f.refuse("database.instances: must be at most %d beside the %d instances of the cluster, got %d: a cluster takes %d",
			max(0, maxInstances-len(names)), len(names), s.Config.Database.Instances, maxInstances)
	}
	if len(names) > 0 {
		f.Left = append(f.Left, "the instances "+listed(names)+": the update makes instances of the stack beside them; then fail "+
			"over to one of those, and delete these")
	}
}

const databasePort = 3306

// members refuses a member of a global database, which has a resource of its own.
func (s *Subject) members(ctx context.Context, f *Found, c *rdstypes.DBCluster) error {
	pages := rds.NewDescribeGlobalClustersPaginator(s.AWS.RDS(), &rds.DescribeGlobalClustersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, global := range page.GlobalClusters {
			if slices.ContainsFunc(global.GlobalClusterMembers, func(m rdstypes.GlobalClusterMember) bool {
				return aws.ToString(m.DBClusterArn) == aws.ToString(c.DBClusterArn)
			}) {
				f.refuse("the cluster is a member of the global database %s: take it out first", aws.ToString(global.GlobalClusterIdentifier))
			}
		}
	}
	return nil
}

// subnetGroup looks at the group, which a cluster keeps for ever and which decides its VPC.
func (s *Subject) subnetGroup(ctx context.Context, f *Found, name string) error {
	found, err := s.AWS.RDS().DescribeDBSubnetGroups(ctx, &rds.DescribeDBSubnetGroupsInput{DBSubnetGroupName: &name})
	if err != nil {
		return err
	}
	if len(found.DBSubnetGroups) != 1 {
		return fmt.Errorf("there is no subnet group %s", name)
	}
	group, existing := found.DBSubnetGroups[0], s.Config.Network.Existing
	if name == "default" {
		f.refuse("the cluster is in the subnet group \"default\", which belongs to the account: a cluster cannot change its group; " +
			"restore a snapshot into a group of its own")
		return nil
	}
	f.must("network.existing.vpcId", aws.ToString(group.VpcId), existing.VpcID, "a cluster cannot change its VPC")
	var ids []string
	for _, subnet := range group.Subnets {
		ids = append(ids, aws.ToString(subnet.SubnetIdentifier))
	}
	if !sameSet(ids, existing.DataSubnetIDs) {
		f.refuse("network.existing.dataSubnetIds: must be %s in the order of network.availabilityZones, got %s: RDS takes no subnet "+
			"out of the group %s while an instance is in it", listed(ids), listed(existing.DataSubnetIDs), name)
	}
	tags, err := s.AWS.RDS().ListTagsForResource(ctx, &rds.ListTagsForResourceInput{ResourceName: group.DBSubnetGroupArn})
	if err != nil {
		return err
	}
	f.Resources = append(f.Resources, Resource{Type: awstoken.RDSSubnetGroup, Name: "database-subnets", ID: name})
	f.tagged = append(f.tagged, s.ofRDS("the subnet group "+name, aws.ToString(group.DBSubnetGroupArn), tags.TagList))
	return nil
}

// logGroups adopts those that exist: a group with the same name cannot be created.
func (s *Subject) logGroups(ctx context.Context, f *Found) error {
	prefix := "/aws/rds/cluster/" + s.Cluster + "/"
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(s.AWS.Logs(),
		&cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, group := range page.LogGroups {
			name := aws.ToString(group.LogGroupName)
			kind := strings.TrimPrefix(name, prefix)
			if !slices.Contains([]string{"audit", "error", "slowquery"}, kind) {
				f.Left = append(f.Left, "the log group "+name)
				continue
			}
			arn := strings.TrimSuffix(aws.ToString(group.Arn), ":*")
			read := func(ctx context.Context) (map[string]string, error) {
				out, err := s.AWS.Logs().ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: &arn})
				if err != nil {
					return nil, err
				}
				return out.Tags, nil
			}
			tags, err := read(ctx)
			if err != nil {
				return err
			}
			f.Resources = append(f.Resources, Resource{Type: awstoken.LogGroup, Name: "database-log-" + kind, ID: name})
			f.tagged = append(f.tagged, tagged{
				what: "the log group " + name, tags: tags, read: read,
				write: func(ctx context.Context, tags map[string]string) error {
					_, err := s.AWS.Logs().TagResource(ctx, &cloudwatchlogs.TagResourceInput{ResourceArn: &arn, Tags: tags})
					return err
				},
			})
		}
	}
	return nil
}

// ofRDS are the tags of a resource of RDS.
func (s *Subject) ofRDS(what, arn string, tags []rdstypes.Tag) tagged {
	texts := func(list []rdstypes.Tag) map[string]string {
		out := map[string]string{}
		for _, t := range list {
			out[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
		return out
	}
	return tagged{
		what: what, tags: texts(tags),
		read: func(ctx context.Context) (map[string]string, error) {
			out, err := s.AWS.RDS().ListTagsForResource(ctx, &rds.ListTagsForResourceInput{ResourceName: &arn})
			if err != nil {
				return nil, err
			}
			return texts(out.TagList), nil
		},
		write: func(ctx context.Context, tags map[string]string) error {
			var list []rdstypes.Tag
			for key, value := range tags {
				list = append(list, rdstypes.Tag{Key: &key, Value: &value})
			}
			_, err := s.AWS.RDS().AddTagsToResource(ctx, &rds.AddTagsToResourceInput{ResourceName: &arn, Tags: list})
			return err
		},
	}
}

// keyManager is CUSTOMER for a key of the account, and AWS for one of a service.
func (s *Subject) keyManager(ctx context.Context, arn string) (string, error) {
	found, err := s.AWS.KMS().DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &arn})
	if err != nil {
		return "", err
	}
	return string(found.KeyMetadata.KeyManager), nil
}
