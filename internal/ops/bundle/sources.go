package bundle

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/mq"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/nodes"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

const (
	day = 24 * time.Hour
	// lines is the number of log lines of each stream of a node.
	lines = 500
	// entries is the number of activities and of changes of alarms.
	entries = 100
)

// source is a file of the bundle: a text, or a value that becomes JSON.
type source struct {
	name string
	read func(ctx context.Context) (any, error)
}

func (s *Subject) sources() []source {
	group, name := s.Config.GroupName(), s.Config.GroupName()
	return []source{
		{"configuration.json", func(context.Context) (any, error) { return stack.Readable(s.StackFile) }},
		{"outputs.json", func(context.Context) (any, error) { return s.Outputs, nil }},
		{"versions.json", s.versions},
		{"validate.json", func(ctx context.Context) (any, error) {
			text, err := s.Report(ctx)
			return json.RawMessage(text), err
		}},
		{"group.json", func(ctx context.Context) (any, error) {
			return s.Account.AutoScaling().DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{
				AutoScalingGroupNames: []string{name},
			})
		}},
		{"activities.json", func(ctx context.Context) (any, error) {
			return s.Account.AutoScaling().DescribeScalingActivities(ctx, &autoscaling.DescribeScalingActivitiesInput{
				AutoScalingGroupName: &group, MaxRecords: aws.Int32(entries),
			})
		}},
		{"rollouts.json", func(ctx context.Context) (any, error) {
			return s.Account.AutoScaling().DescribeInstanceRefreshes(ctx, &autoscaling.DescribeInstanceRefreshesInput{
				AutoScalingGroupName: &group, MaxRecords: aws.Int32(5),
			})
		}},
		{"targets.json", s.targets},
		{"database.json", s.database},
		{"database-events.json", s.databaseEvents},
		{"broker.json", s.broker},
		{"domain.json", func(ctx context.Context) (any, error) {
			return s.Account.OpenSearch().DescribeDomain(ctx, &opensearch.DescribeDomainInput{DomainName: &s.Config.Search.Name})
		}},
		{"alarms.json", s.alarms},
		{"alarm-history.json", func(ctx context.Context) (any, error) {
			since := s.Now.Add(-day)
			return s.Account.CloudWatch().DescribeAlarmHistory(ctx, &cloudwatch.DescribeAlarmHistoryInput{
				StartDate: &since, EndDate: &s.Now, MaxRecords: aws.Int32(entries),
			})
		}},
		{"logs.txt", s.logs},
	}
}

// targets of the load balancer, by their target groups.
func (s *Subject) targets(ctx context.Context) (any, error) {
	found, err := s.Account.AutoScaling().DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{
		AutoScalingGroupNames: []string{s.Config.GroupName()},
	})
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for _, group := range found.AutoScalingGroups {
		for _, arn := range group.TargetGroupARNs {
			health, err := s.Account.ELB().DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: &arn})
			if err != nil {
				return nil, err
			}
			out[arn] = health.TargetHealthDescriptions
		}
	}
	return out, nil
}

// clusterID is the identifier of the database cluster: the first label of its endpoint.
func (s *Subject) clusterID() string {
	id, _, _ := strings.Cut(s.Outputs["databaseEndpoint"], ".")
	return id
}

func (s *Subject) database(ctx context.Context) (any, error) {
	id := s.clusterID()
	cluster, err := s.Account.RDS().DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &id})
	if err != nil {
		return nil, err
	}
	instances, err := s.Account.RDS().DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{Filters: []rdstypes.Filter{
		{Name: aws.String("db-cluster-id"), Values: []string{id}},
	}})
	if err != nil {
		return nil, err
	}
	return map[string]any{"clusters": cluster.DBClusters, "instances": instances.DBInstances}, nil
}

func (s *Subject) databaseEvents(ctx context.Context) (any, error) {
	id := s.clusterID()
	return s.Account.RDS().DescribeEvents(ctx, &rds.DescribeEventsInput{
		SourceIdentifier: &id, SourceType: rdstypes.SourceTypeDbCluster, Duration: aws.Int32(int32(day.Minutes())),
	})
}

func (s *Subject) broker(ctx context.Context) (any, error) {
	pages := mq.NewListBrokersPaginator(s.Account.MQ(), &mq.ListBrokersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, b := range page.BrokerSummaries {
			if aws.ToString(b.BrokerName) == s.Config.Messaging.Name {
				return s.Account.MQ().DescribeBroker(ctx, &mq.DescribeBrokerInput{BrokerId: b.BrokerId})
			}
		}
	}
	return nil, fmt.Errorf("the account has no broker %s", s.Config.Messaging.Name)
}

func (s *Subject) alarms(ctx context.Context) (any, error) {
	var out []any
	pages := cloudwatch.NewDescribeAlarmsPaginator(s.Account.CloudWatch(), &cloudwatch.DescribeAlarmsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, a := range page.MetricAlarms {
			out = append(out, a)
		}
		for _, a := range page.CompositeAlarms {
			out = append(out, a)
		}
	}
	return out, nil
}

// logs returns the last lines of every stream of each node: the boot, the appliance, and others that it sends.
func (s *Subject) logs(ctx context.Context) (any, error) {
	all, err := (&nodes.Group{Account: s.Account, Name: s.Config.GroupName()}).All(ctx)
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	group := s.Config.NodeLogGroup()
	for _, node := range all {
		prefix := node.ID + "/"
		streams, err := s.Account.Logs().DescribeLogStreams(ctx, &cloudwatchlogs.DescribeLogStreamsInput{
			LogGroupName: &group, LogStreamNamePrefix: &prefix,
		})
		if err != nil {
			return nil, err
		}
		for _, stream := range streams.LogStreams {
			events, err := s.Account.Logs().GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
				LogGroupName: &group, LogStreamName: stream.LogStreamName, Limit: aws.Int32(lines), StartFromHead: aws.Bool(false),
			})
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&out, "== %s\n", aws.ToString(stream.LogStreamName))
			for _, e := range events.Events {
				at := time.UnixMilli(aws.ToInt64(e.Timestamp)).UTC().Format(time.RFC3339)
				fmt.Fprintf(&out, "%s %s\n", at, strings.TrimRight(aws.ToString(e.Message), "\n"))
			}
		}
	}
	return out.String(), nil
}
