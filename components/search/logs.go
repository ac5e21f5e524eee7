package search

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/opensearch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// logKinds are the logs that a domain can publish. Slow logs stay empty until an index sets thresholds, audit logs
// until the security plugin enables them; to publish them later would be a blue/green deployment.
var logKinds = []struct{ kind, logType string }{
	{kind: "application", logType: "ES_APPLICATION_LOGS"},
	{kind: "index-slow", logType: "INDEX_SLOW_LOGS"},
	{kind: "search-slow", logType: "SEARCH_SLOW_LOGS"},
	{kind: "audit", logType: "AUDIT_LOGS"},
}

// LogGroups are the names of the log groups of a domain.
func LogGroups(domain string) []string {
	out := make([]string, len(logKinds))
	for i, k := range logKinds {
		out[i] = logGroup(domain, k.kind)
	}
	return out
}

func logGroup(domain, kind string) string { return "/aws/opensearch/" + domain + "/" + kind }

// logs are where the domain writes its logs, and the permission to do so.
type logs struct {
	publishing opensearch.DomainLogPublishingOptionArray
	policy     *cloudwatch.LogResourcePolicy
}

// logs makes a log group for each kind of log and one resource policy for all: a region takes only ten.
func (s *Search) logs(ctx *pulumi.Context, name string, args *Args) (*logs, error) {
	l := &logs{}
	var streams []pulumi.StringInput
	for _, k := range logKinds {
		group, err := cloudwatch.NewLogGroup(ctx, naming.Child(name, "logs", k.kind), &cloudwatch.LogGroupArgs{
			Name:            pulumi.String(logGroup(args.Settings.Name, k.kind)),
			KmsKeyId:        args.LogsKeyArn,
			RetentionInDays: pulumi.Int(args.Logs.RetentionDays),
		}, pulumi.Parent(s))
		if err != nil {
			return nil, fmt.Errorf("create the %s log group: %w", k.kind, err)
		}
		if k.kind == "search-slow" {
			s.slowLog = group.Name
		}
		l.publishing = append(l.publishing, opensearch.DomainLogPublishingOptionArgs{
			LogType:               pulumi.String(k.logType),
			CloudwatchLogGroupArn: group.Arn,
			Enabled:               pulumi.Bool(true),
		})
		streams = append(streams, pulumi.Sprintf("%s:*", group.Arn))
	}

	var err error
	l.policy, err = cloudwatch.NewLogResourcePolicy(ctx, naming.Child(name, "logs", "policy"),
		&cloudwatch.LogResourcePolicyArgs{
			PolicyName:     pulumi.String("opensearch-" + args.Settings.Name),
			PolicyDocument: policy.Document(publishStatement(args, streams)),
		}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("create the log resource policy: %w", err)
	}
	return l, nil
}

// publishStatement lets OpenSearch write into the log groups, and only on behalf of this domain.
func publishStatement(args *Args, streams []pulumi.StringInput) policy.Statement {
	return policy.Statement{
		Sid:       "PublishDomainLogs",
		Principal: policy.Service("es.amazonaws.com"), // the same in every partition
		Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents", "logs:PutLogEventsBatch"},
		Resources: streams,
		Conditions: []policy.Condition{
			policy.When("StringEquals", "aws:SourceAccount", args.Location.AccountID),
			policy.When("ArnLike", "aws:SourceArn", args.arn()),
		},
	}
}
