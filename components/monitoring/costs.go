package monitoring

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/budgets"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/costexplorer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// costTag is the tag that tells the costs of a stack from others. The account that pays must activate it as a
// cost-allocation tag; until then the costs of the stack count as 0, and nobody is notified.
const costTag = "Stack"

// budgetAlerts are the percentages of the budget at which somebody is notified. An actual one is sent once a month. A
// forecast needs five weeks of data: a new account has none.
// https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html
var budgetAlerts = []struct {
	percent float64
	kind    string
}{{80, "ACTUAL"}, {100, "ACTUAL"}, {100, "FORECASTED"}}

// maxBudgetName is the limit of AWS Budgets, in characters.
const maxBudgetName = 100

// budget makes the budget of the stack, if the settings have one.
func (m *Monitoring) budget(ctx *pulumi.Context, name string, args *Args) error {
	if args.Settings.BudgetUSD == 0 {
		return nil
	}
	alerts := budgets.BudgetNotificationArray{}
	for _, alert := range budgetAlerts {
		alerts = append(alerts, budgets.BudgetNotificationArgs{
			ComparisonOperator:     pulumi.String("GREATER_THAN"),
			NotificationType:       pulumi.String(alert.kind),
			Threshold:              pulumi.Float64(alert.percent),
			ThresholdType:          pulumi.String("PERCENTAGE"),
			SubscriberSnsTopicArns: pulumi.StringArray{args.TicketsTopicArn},
		})
	}
	_, err := budgets.NewBudget(ctx, naming.Child(name, "budget"), &budgets.BudgetArgs{
		Name:        pulumi.String(naming.Fit(maxBudgetName, "morpheus", args.Stack)),
		BudgetType:  pulumi.String("COST"),
		LimitAmount: pulumi.String(strconv.Itoa(args.Settings.BudgetUSD)),
		LimitUnit:   pulumi.String("USD"),
		TimeUnit:    pulumi.String("MONTHLY"),
		CostFilters: budgets.BudgetCostFilterArray{budgets.BudgetCostFilterArgs{
			Name: pulumi.String("TagKeyValue"),
			// Without the prefix the filter matches nothing, and the budget counts 0.
			Values: pulumi.StringArray{pulumi.String("user:" + costTag + "$" + args.Tags[costTag])},
		}},
		Notifications: alerts,
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("create the budget: %w", err)
	}
	return nil
}

// anomalies makes the monitor of the stack's costs and its subscription, as far as the settings have them.
func (m *Monitoring) anomalies(ctx *pulumi.Context, name string, args *Args) error {
	given := args.Settings.AnomalyMonitor
	if given == config.NoAnomalyMonitor {
		return nil
	}
	title := naming.Fit(maxBudgetName, "morpheus", args.Stack)
	var monitor pulumi.StringInput = pulumi.String(given)
	if given == config.OwnAnomalyMonitor {
		specification, err := json.Marshal(map[string]any{"Tags": map[string]any{
			"Key": costTag, "Values": []string{args.Tags[costTag]}, "MatchOptions": []string{"EQUALS"},
		}})
		if err != nil {
			return fmt.Errorf("write the specification of the anomaly monitor: %w", err)
		}
		made, err := costexplorer.NewAnomalyMonitor(ctx, naming.Child(name, "anomalies"), &costexplorer.AnomalyMonitorArgs{
			Name:                 pulumi.String(title),
			MonitorType:          pulumi.String("CUSTOM"),
			MonitorSpecification: pulumi.String(string(specification)),
		}, pulumi.Parent(m))
		if err != nil {
			return fmt.Errorf("create the anomaly monitor: %w", err)
		}
		monitor = made.Arn
	}
	_, err := costexplorer.NewAnomalySubscription(ctx, naming.Child(name, "anomalies-to"),
		&costexplorer.AnomalySubscriptionArgs{
			Name: pulumi.String(title),
			// AWS reports to a topic at once, and to addresses by the day or the week.
			Frequency:       pulumi.String("IMMEDIATE"),
			MonitorArnLists: pulumi.StringArray{monitor},
			Subscribers: costexplorer.AnomalySubscriptionSubscriberArray{costexplorer.AnomalySubscriptionSubscriberArgs{
				Type: pulumi.String("SNS"), Address: args.TicketsTopicArn,
			}},
			ThresholdExpression: costexplorer.AnomalySubscriptionThresholdExpressionArgs{
				Dimension: costexplorer.AnomalySubscriptionThresholdExpressionDimensionArgs{
					Key:          pulumi.String("ANOMALY_TOTAL_IMPACT_ABSOLUTE"),
					MatchOptions: pulumi.StringArray{pulumi.String("GREATER_THAN_OR_EQUAL")},
					Values:       pulumi.StringArray{pulumi.String(strconv.Itoa(args.Settings.AnomalyUSD))},
				},
			},
		}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("subscribe to cost anomalies: %w", err)
	}
	return nil
}
