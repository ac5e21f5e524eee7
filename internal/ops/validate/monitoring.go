package validate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

func (s *Subject) monitoringChecks() []check.Check {
	const group = "monitoring"
	return []check.Check{
		{
			ID: "alarms-exist", Group: group, Severity: check.Error,
			Asks: "does every alarm of the stack exist?",
			Do:   "run pulumi up: somebody has deleted alarms",
			Run:  s.alarmsExist,
		},
		{
			ID: "alarms-notify", Group: group, Severity: check.Error,
			Asks: "does every alarm that should notify do so?",
			Do:   "enable the actions: aws cloudwatch enable-alarm-actions; or run pulumi up",
			Run:  s.alarmsNotify,
		},
		{
			ID: "alarms-quiet", Group: group, Severity: check.Error,
			Asks: "is no alarm in the state ALARM?",
			Do:   "follow the first steps of the alarm: docs/monitoring.md",
			Run:  s.alarmsQuiet,
		},
		{
			ID: "alarms-have-data", Group: group, Severity: check.Warning,
			Asks: "has every alarm data, unless missing data means nothing for it?",
			Do:   "wait an hour after the first update; then compare the alarm's metric and dimensions: aws cloudwatch list-metrics",
			Run:  s.alarmsHaveData,
		},
		{
			ID: "subscriptions", Group: group, Severity: check.Error,
			Asks: "is every subscription of the topics confirmed, and has each topic one?",
			Do:   "confirm the mail of AWS, or add a subscriber with notifications.emails",
			Run:  s.subscriptions,
		},
		{
			ID: "logs-flow", Group: group, Severity: check.Error,
			Asks: "do the nodes send log lines?",
			Do:   "look at the CloudWatch agent on a node: systemctl status amazon-cloudwatch-agent",
			Run:  s.logsFlow,
		},
	}
}

// alarms are those of the account in the region, by name.
type alarms struct {
	metric    map[string]types.MetricAlarm
	composite map[string]types.CompositeAlarm
}

func (s *Subject) alarms(ctx context.Context) (alarms, error) {
	out := alarms{metric: map[string]types.MetricAlarm{}, composite: map[string]types.CompositeAlarm{}}
	pages := cloudwatch.NewDescribeAlarmsPaginator(s.Account.CloudWatch(), &cloudwatch.DescribeAlarmsInput{
		AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return alarms{}, err
		}
		for _, alarm := range page.MetricAlarms {
			out.metric[aws.ToString(alarm.AlarmName)] = alarm
		}
		for _, alarm := range page.CompositeAlarms {
			out.composite[aws.ToString(alarm.AlarmName)] = alarm
		}
	}
	return out, nil
}

// expected are the names of the stack's alarms, and whether each notifies.
func (s *Subject) expected() map[string]bool {
	out := map[string]bool{}
	for _, token := range []string{awstoken.CloudWatchAlarm, awstoken.CloudWatchCompositeAlarm} {
		for _, r := range s.State.Of(token) {
			actions, _ := r.Outputs["alarmActions"].([]any)
			out[r.ID] = len(actions) > 0
		}
	}
	return out
}

// ofAlarms judges each of the stack's alarms that exists. State and actions are those of AWS.
func (s *Subject) ofAlarms(
	ctx context.Context, text string, problem func(name string, state types.StateValue, notifies, should bool) string,
) (check.Result, error) {
	have, err := s.alarms(ctx)
	if err != nil {
		return check.Result{}, err
	}
	var problems []string
	n := 0
	for name, should := range s.expected() {
		state, notifies := types.StateValue(""), false
		if alarm, known := have.metric[name]; known {
			state, notifies = alarm.StateValue, aws.ToBool(alarm.ActionsEnabled) && len(alarm.AlarmActions) > 0
		} else if alarm, known := have.composite[name]; known {
			state, notifies = alarm.StateValue, aws.ToBool(alarm.ActionsEnabled) && len(alarm.AlarmActions) > 0
		} else {
			continue
		}
		n++
		if p := problem(name, state, notifies, should); p != "" {
			problems = append(problems, p)
		}
	}
	slices.Sort(problems)
	return check.Judge(problems, "%d alarms %s", n, text), nil
}

// Firing returns the names of the stack's alarms in the state ALARM, sorted.
func (s *Subject) Firing(ctx context.Context) ([]string, error) {
	have, err := s.alarms(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for name := range s.expected() {
		if have.metric[name].StateValue == types.StateValueAlarm || have.composite[name].StateValue == types.StateValueAlarm {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, nil
}

func (s *Subject) alarmsExist(ctx context.Context) (check.Result, error) {
	have, err := s.alarms(ctx)
	if err != nil {
		return check.Result{}, err
	}
	expected := s.expected()
	if len(expected) == 0 {
		return check.Finding("the state of the stack has no alarms"), nil
	}
	var problems []string
	for name := range expected {
		_, metric := have.metric[name]
		_, composite := have.composite[name]
		if !metric && !composite {
			problems = append(problems, "there is no alarm "+name)
		}
	}
	slices.Sort(problems)
	return check.Judge(problems, "all %d alarms exist", len(expected)), nil
}

func (s *Subject) alarmsNotify(ctx context.Context) (check.Result, error) {
	return s.ofAlarms(ctx, "have the actions that they should have",
		func(name string, _ types.StateValue, notifies, should bool) string {
			if should && !notifies {
				return name + " notifies nobody"
			}
			return ""
		})
}

func (s *Subject) alarmsQuiet(ctx context.Context) (check.Result, error) {
	return s.ofAlarms(ctx, "are not in ALARM", func(name string, state types.StateValue, _, _ bool) string {
		if state == types.StateValueAlarm {
			return name + " is in ALARM"
		}
		return ""
	})
}

func (s *Subject) alarmsHaveData(ctx context.Context) (check.Result, error) {
	have, err := s.alarms(ctx)
	if err != nil {
		return check.Result{}, err
	}
	return s.ofAlarms(ctx, "have data", func(name string, state types.StateValue, _, _ bool) string {
		treat := aws.ToString(have.metric[name].TreatMissingData)
		if state == types.StateValueInsufficientData && treat != "missing" && treat != "ignore" && treat != "" {
			return name + " has no data"
		}
		return ""
	})
}

func (s *Subject) subscriptions(ctx context.Context) (check.Result, error) {
	var problems []string
	total := 0
	for _, output := range []string{"pagesTopicArn", "notificationsTopicArn"} {
		arn := s.Outputs[output]
		if arn == "" {
			continue
		}
		confirmed := 0
		pages := sns.NewListSubscriptionsByTopicPaginator(s.Account.SNS(), &sns.ListSubscriptionsByTopicInput{TopicArn: &arn})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			switch {
			case account.IsCode(err, "NotFound", "NotFoundException"):
				return check.Finding("the account has no topic %s", arn), nil
			case err != nil:
				return check.Result{}, err
			}
			for _, subscription := range page.Subscriptions {
				if aws.ToString(subscription.SubscriptionArn) == "PendingConfirmation" {
					problems = append(problems, fmt.Sprintf("a subscription of %s with %s is not confirmed", output,
						aws.ToString(subscription.Protocol)))
					continue
				}
				confirmed++
			}
		}
		if confirmed == 0 {
			problems = append(problems, output+" reaches nobody")
		}
		total += confirmed
	}
	return check.Judge(problems, "%d subscriptions are confirmed", total), nil
}

// silence is how long the nodes' log group may have no new line.
const silence = time.Hour

func (s *Subject) logsFlow(ctx context.Context) (check.Result, error) {
	name := s.Config.NodeLogGroup()
	found, err := s.Account.Logs().DescribeLogStreams(ctx, &cloudwatchlogs.DescribeLogStreamsInput{
		LogGroupName: &name, OrderBy: logtypes.OrderByLastEventTime, Descending: aws.Bool(true), Limit: aws.Int32(10),
	})
	switch {
	case account.IsCode(err, "ResourceNotFoundException"):
		return check.Finding("there is no log group %s", name), nil
	case err != nil:
		return check.Result{}, err
	}
	newest := time.Time{}
	for _, stream := range found.LogStreams {
		if at := time.UnixMilli(aws.ToInt64(stream.LastIngestionTime)); stream.LastIngestionTime != nil && at.After(newest) {
			newest = at
		}
	}
	if newest.IsZero() {
		return check.Finding("%s has no lines", name), nil
	}
	if age := s.Now.Sub(newest).Round(time.Minute); age > silence {
		return check.Finding("the newest line of %s is %s old", name, age), nil
	}
	return check.Pass("%s has lines of the last hour", name), nil
}
