package awstypes

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

const budgetDocs = docs + "cost-management/latest/userguide/"

func budgetsTypes() []Type {
	return []Type{{
		Token: awstoken.BudgetsBudget,
		Simulation: Simulation{
			Global: true,
			ID:     "{account}:{name}", ARN: "budgets::{account}:budget/{name}", Unique: "name",
			Duration: Duration{Create: 1, Update: 1, Delete: 1},
			Outputs: func(c *Call) {
				c.fill("accountId", c.AccountID)
				c.fill("timePeriodStart", "2026-11-01_00:00")
			},
			Rules: []Rule{{
				Name: "budget-limit", AWS: Error,
				Refuses: "a limit that is not a positive amount; more than ten notifications; a notification without subscribers",
				Source:  docs + "aws-cost-management/latest/APIReference/API_budgets_CreateBudget.html",
				Check:   budgetLimit,
			}, {
				Name: "budget-filter", AWS: Quiet,
				Refuses: "a filter by a tag that is not written as user:key$value, or that nothing in the account has: the budget " +
					"counts 0",
				Source: budgetDocs + "budgets-create-filters.html",
				Check:  budgetFilter,
			}, {
				Name: "budget-topic", AWS: ErrorOrQuiet,
				Refuses: "a topic that AWS Budgets may not publish to, or whose key it may not use; more than one topic",
				Source:  budgetDocs + "budgets-sns-policy.html",
				Check:   budgetTopic,
			}},
		},
		Provider: Provider{
			Source: "budgets/budget",
			Checks: map[string][]Check{
				"notifications.subscriberSnsTopicArns": {isARN},
				"accountId":                            {matches(`^\d{12}$`)},
				"timePeriodStart":                      {isBudgetTime}, "timePeriodEnd": {isBudgetTime},
				"plannedLimits.startTime": {isBudgetTime},
			},
		},
		Permissions: &Permissions{
			Read:  actions("budgets: ViewBudget ListTagsForResource"),
			Write: actions("budgets: ModifyBudget TagResource UntagResource"),
		},
		Listing: &Listing{
			Kind: "budget", Service: "budgets", Call: "AWSBudgetServiceGateway.DescribeBudgets",
			Body: `{"AccountId":"123456789012"}`, ID: `"BudgetName": ?"([^"]+)`,
		},
		Example: Values{
			"name": "app", "budgetType": "COST", "limitAmount": "100", "limitUnit": "USD", "timeUnit": "MONTHLY",
			"costFilters": []any{Values{"name": "TagKeyValue", "values": []any{"user:Stack$prod"}}},
			"notifications": []any{Values{
				"comparisonOperator": "GREATER_THAN", "notificationType": "ACTUAL", "threshold": 80, "thresholdType": "PERCENTAGE",
				"subscriberSnsTopicArns": []any{"${costs.arn}"},
			}},
		},
	}}
}

// isBudgetTime is validTimePeriodTimestamp of the provider.
var isBudgetTime = matches(`^\d{4}-\d{2}-\d{2}_\d{2}:\d{2}$`)

func budgetLimit(c *Call) error {
	const most = 10
	amount, err := strconv.ParseFloat(c.Text("limitAmount"), 64)
	notifications := at(c.In, "notifications[]")
	switch {
	case err != nil || amount <= 0:
		return fmt.Errorf("InvalidParameterException: the budget limit must be a positive amount, got %q", c.Text("limitAmount"))
	case len(notifications) > most:
		return fmt.Errorf("CreationLimitExceededException: a budget has at most %d notifications, got %d", most,
			len(notifications))
	}
	for _, n := range notifications {
		values, _ := n.(map[string]any)
		if len(at(values, "subscriberSnsTopicArns[]"))+len(at(values, "subscriberEmailAddresses[]")) == 0 {
			return fmt.Errorf("InvalidParameterException: a notification must have at least one subscriber")
		}
	}
	return nil
}

func budgetFilter(c *Call) error {
	for _, filter := range at(c.In, "costFilters[]") {
		values, _ := filter.(map[string]any)
		if values["name"] != "TagKeyValue" {
			continue
		}
		for _, value := range Texts(values, "values[]") {
			tag, user := strings.CutPrefix(value, "user:")
			key, want, written := strings.Cut(tag, "$")
			if !user || !written {
				return fmt.Errorf("the budget counts 0: %q is not written as user:key$value", value)
			}
			if !c.anythingTagged(key, want) {
				return fmt.Errorf("the budget counts 0: nothing in the account has the tag %s with the value %q", key, want)
			}
		}
	}
	return nil
}

// anythingTagged reports whether a resource of the account has a tag.
func (c *Call) anythingTagged(key, value string) bool {
	for _, token := range awstoken.All {
		for _, r := range c.Store.Resources(token, "") {
			for _, property := range []string{"tags", "tagsAll"} {
				if tags, ok := r.State[property].(map[string]any); ok && tags[key] == value {
					return true
				}
			}
		}
	}
	return false
}

func budgetTopic(c *Call) error {
	for _, n := range at(c.In, "notifications[]") {
		values, _ := n.(map[string]any)
		topics := Texts(values, "subscriberSnsTopicArns[]")
		if len(topics) > 1 {
			return fmt.Errorf("CreationLimitExceededException: a notification has at most one topic, got %d", len(topics))
		}
		for _, arn := range topics {
			if why := c.cannotPublish("budgets.amazonaws.com", arn); why != "" {
				return fmt.Errorf("InvalidParameterException: nobody is notified: %s", why)
			}
		}
	}
	return nil
}

func costTypes() []Type {
	const api = docs + "aws-cost-management/latest/APIReference/"
	return []Type{{
		Token: awstoken.CostAnomalyMonitor,
		Simulation: Simulation{
			Global:   true,
			ID:       "arn:{partition}:ce::{account}:anomalymonitor/{uuid}",
			Duration: Duration{Create: 1, Update: 1, Delete: 1},
			Outputs:  func(c *Call) { c.State["arn"] = c.ID },
			Rules: []Rule{{
				Name: "anomaly-monitor", AWS: Error,
				Refuses: "a second monitor of services in the account; a monitor without its dimension or specification; a " +
					"specification that is no expression of a tag, category or account with at most ten values",
				Source: budgetDocs + "management-limits.html",
				Check:  anomalyMonitorKind,
			}},
		},
		Provider: Provider{
			Source: "ce/anomaly_monitor", Autonamed: "name", NameLimit: 1024,
			Checks: map[string][]Check{"monitorSpecification": {isJSON}},
		},
		Permissions: &Permissions{
			Read:  actions("ce: GetAnomalyMonitors ListTagsForResource"),
			Write: actions("ce: CreateAnomalyMonitor UpdateAnomalyMonitor DeleteAnomalyMonitor TagResource UntagResource"),
		},
		NotListed: "moto has no anomaly monitors",
		Example: Values{
			"name": "app", "monitorType": "CUSTOM",
			"monitorSpecification": `{"Tags":{"Key":"Stack","MatchOptions":["EQUALS"],"Values":["prod"]}}`,
		},
	}, {
		Token: awstoken.CostAnomalySubscription,
		Simulation: Simulation{
			Global:   true,
			ID:       "arn:{partition}:ce::{account}:anomalysubscription/{uuid}",
			Duration: Duration{Create: 1, Update: 1, Delete: 1},
			Outputs: func(c *Call) {
				c.State["arn"] = c.ID
				c.fill("accountId", c.AccountID)
			},
			Rules: []Rule{{
				Name: "anomaly-subscription", AWS: Error,
				Refuses: "a monitor that does not exist; no threshold; IMMEDIATE with an address, and DAILY or WEEKLY with a topic",
				Source:  api + "API_AnomalySubscription.html",
				Check:   anomalySubscription,
			}, {
				Name: "anomaly-topic", AWS: Quiet,
				Refuses: "a topic that Cost Anomaly Detection may not publish to, or whose key it may not use",
				Source:  budgetDocs + "ad-SNS.html",
				Check:   anomalyTopic,
			}},
		},
		Provider: Provider{
			Source: "ce/anomaly_subscription", Autonamed: "name", NameLimit: 1024,
			Checks: map[string][]Check{"accountId": {matches(`^\d{12}$`)}, "monitorArnLists": {isARN}},
		},
		Permissions: &Permissions{
			Read: actions("ce: GetAnomalySubscriptions ListTagsForResource"),
			Write: actions("ce: CreateAnomalySubscription UpdateAnomalySubscription DeleteAnomalySubscription TagResource " +
				"UntagResource"),
		},
		NotListed: "moto has no anomaly subscriptions",
		Example: Values{
			"name": "app", "frequency": "IMMEDIATE", "monitorArnLists": []any{"${anomalies.arn}"},
			"subscribers": []any{Values{"type": "SNS", "address": "${costs.arn}"}},
			"thresholdExpression": Values{"dimension": Values{
				"key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE", "matchOptions": []any{"GREATER_THAN_OR_EQUAL"}, "values": []any{"100"},
			}},
		},
	}}
}

func anomalyMonitorKind(c *Call) error {
	const dimensional, most = "DIMENSIONAL", 10
	if c.Text("monitorType") == dimensional {
		if c.Text("monitorDimension") == "" {
			return fmt.Errorf("If Monitor Type is DIMENSIONAL, dimension attrribute is required") //nolint:staticcheck // as AWS's
		}
		for _, other := range c.FindBy(awstoken.CostAnomalyMonitor, "monitorType", dimensional) {
			if other.ID != c.ID {
				return fmt.Errorf("LimitExceededException: Limit exceeded on dimensional spend monitor creation")
			}
		}
		return nil
	}
	var expression map[string]struct {
		Key    string
		Values []string
	}
	err := json.Unmarshal([]byte(c.Text("monitorSpecification")), &expression)
	if err != nil || len(expression) != 1 {
		return fmt.Errorf("ValidationException: Invalid MonitorSpecification")
	}
	for kind, of := range expression {
		if !slices.Contains([]string{"Tags", "CostCategories", "Dimensions"}, kind) || of.Key == "" || len(of.Values) == 0 ||
			len(of.Values) > most {
			return fmt.Errorf("ValidationException: Invalid MonitorSpecification: a key and at most %d values", most)
		}
	}
	return nil
}

func anomalySubscription(c *Call) error {
	for _, arn := range c.texts("monitorArnLists[]") {
		if c.ByID(awstoken.CostAnomalyMonitor, arn) == nil {
			return fmt.Errorf("UnknownMonitorException: there is no monitor %s", arn)
		}
	}
	if len(at(c.In, "thresholdExpression")) == 0 {
		return fmt.Errorf("ValidationException: a threshold or a threshold expression is required")
	}
	immediate := c.Text("frequency") == "IMMEDIATE"
	for _, kind := range c.texts("subscribers[].type") {
		if immediate != (kind == "SNS") {
			return fmt.Errorf("ValidationException: %s does not go with a subscriber of the type %s", c.Text("frequency"), kind)
		}
	}
	return nil
}

func anomalyTopic(c *Call) error {
	for _, arn := range c.texts("subscribers[].address") {
		if !strings.HasPrefix(arn, "arn:") {
			continue
		}
		if why := c.cannotPublish("costalerts.amazonaws.com", arn); why != "" {
			return fmt.Errorf("nobody is notified: %s", why)
		}
	}
	return nil
}
