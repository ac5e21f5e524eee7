package preflight

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	"github.com/aws/aws-sdk-go-v2/service/mq"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

// fixedName is a name that an account has once in a region.
type fixedName struct {
	id, key, what string
	name          func(s *Subject) string
	// tags of what has the name; found is false if nothing has it.
	tags func(ctx context.Context, s *Subject, name string) (tags map[string]string, found bool, err error)
}

var fixedNames = []fixedName{
	{
		id: "name-file-system", key: "filesystem.name", what: "file system with the creation token",
		name: func(s *Subject) string { return s.Config.FileSystem.Name }, tags: fileSystemTags,
	},
	{
		id: "name-database", key: "database.name", what: "database cluster",
		name: func(s *Subject) string { return s.Config.Database.Name }, tags: clusterTags,
	},
	{
		id: "name-broker", key: "messaging.name", what: "broker",
		name: func(s *Subject) string { return s.Config.Messaging.Name }, tags: brokerTags,
	},
	{
		id: "name-search", key: "search.name", what: "search domain",
		name: func(s *Subject) string { return s.Config.Search.Name }, tags: domainTags,
	},
	{
		id: "name-scaling-group", key: "the stack's name", what: "Auto Scaling group",
		name: func(s *Subject) string { return s.Config.GroupName() }, tags: groupTags,
	},
	{
		id: "name-log-group", key: "the stack's name", what: "log group",
		name: func(s *Subject) string { return s.Config.NodeLogGroup() }, tags: logGroupTags,
	},
}

func (s *Subject) nameChecks() []check.Check {
	var out []check.Check
	for _, n := range fixedNames {
		out = append(out, check.Check{
			ID: n.id, Group: "names", Severity: check.Error,
			Asks: "is the name of the " + n.what + " free, or is it this stack's?",
			Do:   "delete what has the name, or change " + n.key,
			Run:  func(ctx context.Context) (check.Result, error) { return s.free(ctx, n) },
		})
	}
	return out
}

func (s *Subject) free(ctx context.Context, n fixedName) (check.Result, error) {
	name := n.name(s)
	tags, found, err := n.tags(ctx, s, name)
	switch {
	case err != nil:
		return check.Result{}, err
	case !found:
		return check.Pass("there is no %s %s", n.what, name), nil
	case s.owns(tags):
		return check.Pass("the %s %s is this stack's", n.what, name), nil
	}
	owner := "which this stack did not create"
	if stack := tags["Stack"]; stack != "" {
		owner = "of the stack " + stack
	}
	return check.Finding("%s: the account has a %s %s, %s", n.key, n.what, name, owner), nil
}

func fileSystemTags(ctx context.Context, s *Subject, name string) (map[string]string, bool, error) {
	found, err := s.Account.EFS().DescribeFileSystems(ctx, &efs.DescribeFileSystemsInput{CreationToken: &name})
	if err != nil || len(found.FileSystems) == 0 {
		return nil, false, err
	}
	tags := map[string]string{}
	for _, tag := range found.FileSystems[0].Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags, true, nil
}

func clusterTags(ctx context.Context, s *Subject, name string) (map[string]string, bool, error) {
	found, err := s.Account.RDS().DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &name})
	switch {
	case account.IsCode(err, "DBClusterNotFoundFault"):
		return nil, false, nil
	case err != nil || len(found.DBClusters) == 0:
		return nil, false, err
	}
	tags := map[string]string{}
	for _, tag := range found.DBClusters[0].TagList {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags, true, nil
}

func brokerTags(ctx context.Context, s *Subject, name string) (map[string]string, bool, error) {
	pages := mq.NewListBrokersPaginator(s.Account.MQ(), &mq.ListBrokersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, false, err
		}
		for _, broker := range page.BrokerSummaries {
			if aws.ToString(broker.BrokerName) != name {
				continue
			}
			found, err := s.Account.MQ().ListTags(ctx, &mq.ListTagsInput{ResourceArn: broker.BrokerArn})
			if err != nil {
				return nil, false, err
			}
			return found.Tags, true, nil
		}
	}
	return nil, false, nil
}

func domainTags(ctx context.Context, s *Subject, name string) (map[string]string, bool, error) {
	found, err := s.Account.OpenSearch().DescribeDomain(ctx, &opensearch.DescribeDomainInput{DomainName: &name})
	switch {
	case account.IsCode(err, "ResourceNotFoundException"):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	}
	list, err := s.Account.OpenSearch().ListTags(ctx, &opensearch.ListTagsInput{ARN: found.DomainStatus.ARN})
	if err != nil {
		return nil, false, fmt.Errorf("tags of the domain: %w", err)
	}
	tags := map[string]string{}
	for _, tag := range list.TagList {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags, true, nil
}

func groupTags(ctx context.Context, s *Subject, name string) (map[string]string, bool, error) {
	found, err := s.Account.AutoScaling().DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{
		AutoScalingGroupNames: []string{name},
	})
	if err != nil || len(found.AutoScalingGroups) == 0 {
		return nil, false, err
	}
	tags := map[string]string{}
	for _, tag := range found.AutoScalingGroups[0].Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags, true, nil
}

func logGroupTags(ctx context.Context, s *Subject, name string) (map[string]string, bool, error) {
	found, err := s.Account.Logs().DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name})
	if err != nil {
		return nil, false, err
	}
	for _, group := range found.LogGroups {
		if aws.ToString(group.LogGroupName) != name {
			continue
		}
		list, err := s.Account.Logs().ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{
			ResourceArn: group.LogGroupArn,
		})
		if err != nil {
			return nil, false, err
		}
		return list.Tags, true, nil
	}
	return nil, false, nil
}
