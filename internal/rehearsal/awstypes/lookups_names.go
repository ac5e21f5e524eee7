package awstypes

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// nameLookUps find what has a fixed name, whoever made it. Each error has the provider's text for a missing resource.
// The calls for the tags are those of the resource types.
var nameLookUps = []LookUp{
	{
		Token:  "aws:efs/getFileSystem:getFileSystem",
		Source: "efs/file_system_data_source",
		Permissions: &Permissions{
			Read: actions("elasticfilesystem: DescribeFileSystems DescribeLifecycleConfiguration"),
		},
		Answer: named(awstoken.EFSFileSystem, "creationToken", "no matching EFS File System found", func(r *Resource) Values {
			return Values{"fileSystemId": r.ID}
		}),
	},
	{
		Token:       "aws:rds/getCluster:getCluster",
		Source:      "rds/cluster_data_source",
		Permissions: &Permissions{Read: actions("rds: DescribeDBClusters")},
		Answer:      named(awstoken.RDSCluster, "clusterIdentifier", "reading RDS Cluster: couldn't find resource", nil),
	},
	{
		Token:       "aws:mq/getBroker:getBroker",
		Source:      "mq/broker_data_source",
		Permissions: &Permissions{Read: actions("mq: ListBrokers DescribeBroker DescribeUser")},
		Answer:      named(awstoken.MQBroker, "brokerName", "no matching MQ Broker found", nil),
	},
	{
		Token:       "aws:opensearch/getDomain:getDomain",
		Source:      "opensearch/domain_data_source",
		Permissions: &Permissions{Read: actions("es: DescribeDomain DescribeDomainConfig ListTags")},
		Answer:      named(awstoken.OpenSearchDomain, "domainName", "your query returned no results", nil),
	},
	{
		Token:       "aws:autoscaling/getGroup:getGroup",
		Source:      "autoscaling/group_data_source",
		Permissions: &Permissions{Read: actions("autoscaling: DescribeAutoScalingGroups")},
		Answer:      describeGroup,
	},
	{
		Token:       "aws:cloudwatch/getLogGroup:getLogGroup",
		Source:      "logs/group_data_source",
		Permissions: &Permissions{Read: actions("logs: DescribeLogGroups")},
		Answer:      named(awstoken.LogGroup, "name", "reading CloudWatch Logs Log Group: couldn't find resource", nil),
	},
	{
		Token:       "aws:cloudwatch/getLogGroups:getLogGroups",
		Source:      "logs/groups_data_source",
		Permissions: &Permissions{Read: actions("logs: DescribeLogGroups")},
		Answer:      logGroups,
	},
	{
		Token: "aws:lb/getLoadBalancer:getLoadBalancer", Source: "elbv2/load_balancer_data_source",
		Permissions: &Permissions{Read: actions("elasticloadbalancing: DescribeLoadBalancers DescribeTags " +
			"DescribeLoadBalancerAttributes")},
		Answer: taggedBalancer,
	},
	{
		// Newer than the provider's code in tools/awsprovider: internal/service/route53/records_data_source.go.
		Token:       "aws:route53/getRecords:getRecords",
		Permissions: &Permissions{Read: actions("route53: ListResourceRecordSets")},
		Answer:      zoneRecords,
	},
}

// tagsOf returns a resource's tags as the provider's data sources show them.
func tagsOf(r *Resource) Values {
	out := Values{}
	for _, property := range []string{"tags", "tagsAll"} {
		given, _ := r.State[property].(map[string]any)
		maps.Copy(out, given)
	}
	return out
}

// named returns the answer for the only resource of a type with a name.
func named(token, property, missing string, more func(*Resource) Values) func(*Call) (Values, error) {
	return func(c *Call) (Values, error) {
		found := c.FindBy(token, property, c.Text(property))
		if len(found) == 0 {
			return nil, fmt.Errorf("%s", missing)
		}
		out := Values{
			"id": found[0].ID, "arn": found[0].State["arn"], property: found[0].State[property], "tags": tagsOf(found[0]),
		}
		if more != nil {
			maps.Copy(out, more(found[0]))
		}
		return out, nil
	}
}

func describeGroup(c *Call) (Values, error) {
	found := c.FindBy(awstoken.AutoScalingGroup, "name", c.Text("name"))
	if len(found) == 0 {
		return nil, fmt.Errorf("reading Auto Scaling Group (%s): couldn't find resource", c.Text("name"))
	}
	tags := []any{}
	given, _ := found[0].State["tags"].([]any)
	for _, item := range given {
		if tag, ok := item.(map[string]any); ok {
			tags = append(tags, Values{"key": tag["key"], "value": tag["value"], "propagateAtLaunch": true})
		}
	}
	out := Values{"id": found[0].ID, "tags": tags}
	for _, name := range []string{"arn", "name", "minSize", "maxSize", "desiredCapacity", "targetGroupArns"} {
		out[name] = found[0].State[name]
	}
	return out, nil
}

func logGroups(c *Call) (Values, error) {
	names, arns := []string{}, []string{}
	for _, r := range c.Find(awstoken.LogGroup, func(r *Resource) bool {
		return strings.HasPrefix(fmt.Sprint(r.State["name"]), c.Text("logGroupNamePrefix"))
	}) {
		names, arns = append(names, fmt.Sprint(r.State["name"])), append(arns, fmt.Sprint(r.State["arn"]))
	}
	return Values{"id": c.Region, "logGroupNames": anys(names), "arns": anys(arns)}, nil
}

// taggedBalancer finds the only load balancer with the tags.
func taggedBalancer(c *Call) (Values, error) {
	wanted, _ := c.In["tags"].(map[string]any)
	found := c.Find(awstoken.LBLoadBalancer, func(r *Resource) bool {
		tags := tagsOf(r)
		for key, value := range wanted {
			if tags[key] != value {
				return false
			}
		}
		return true
	})
	if len(found) != 1 {
		//nolint:revive,staticcheck // the provider's text
		return nil, fmt.Errorf("Search returned %d results, please revise so only one is returned", len(found))
	}
	state := found[0].State
	return Values{
		"id": found[0].ID, "arn": state["arn"], "name": state["name"], "dnsName": state["dnsName"], "tags": tagsOf(found[0]),
	}, nil
}

// zoneRecords returns the records of a hosted zone whose names match, with the final dot that Route 53 adds.
func zoneRecords(c *Call) (Values, error) {
	pattern, err := regexp.Compile(c.Text("nameRegex"))
	if err != nil {
		return nil, err
	}
	sets := []any{}
	for _, r := range c.FindBy(awstoken.Route53Record, "zoneId", c.Text("zoneId")) {
		name := strings.TrimSuffix(fmt.Sprint(r.State["name"]), ".") + "."
		if !pattern.MatchString(name) {
			continue
		}
		set := Values{"name": name, "type": r.State["type"]}
		if aliases := Texts(r.State, "aliases[].name"); len(aliases) > 0 {
			set["aliasTarget"] = Values{"dnsName": strings.ToLower(aliases[0]) + ".", "evaluateTargetHealth": true}
		}
		sets = append(sets, set)
	}
	slices.SortFunc(sets, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return Values{"id": c.Text("zoneId"), "zoneId": c.Text("zoneId"), "resourceRecordSets": sets}, nil
}
