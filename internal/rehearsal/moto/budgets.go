package moto

import (
	"encoding/json"
	"strings"
)

// budgetEntries keep the tags and the subscribers of a budget, which moto does not return.
var budgetEntries = []Entry{
	{
		Call:    "budgets CreateBudget",
		Why:     "remembered for ListTagsForResource",
		Target:  budgetsTarget + "CreateBudget",
		Request: []string{"Budget.BudgetName", "ResourceTags"},
		answer: func(s *layerState, _ string, body []byte) any {
			s.keep(body, func(r budgetRequest) string { return "tags of " + r.Budget.BudgetName }, "ResourceTags")
			return nil
		},
	},
	{
		Call:    "budgets ListTagsForResource",
		Why:     "moto has no tags of budgets (budgets 2016-10-20, ListTagsForResourceResponse)",
		Target:  budgetsTarget + "ListTagsForResource",
		Request: []string{"ResourceARN"},
		Answer:  []string{"ResourceTags.Key", "ResourceTags.Value"},
		answer: func(s *layerState, _ string, body []byte) any {
			return s.kept(body, func(r budgetRequest) string {
				_, name, _ := strings.Cut(r.ResourceARN, ":budget/")
				return "tags of " + name
			}, "ResourceTags")
		},
	},
	{
		Call:    "budgets CreateNotification",
		Why:     "remembered for DescribeSubscribersForNotification",
		Target:  budgetsTarget + "CreateNotification",
		Request: []string{"BudgetName", "Notification", "Subscribers"},
		answer: func(s *layerState, _ string, body []byte) any {
			s.keep(body, budgetRequest.notification, "Subscribers")
			return nil
		},
	},
	{
		Call:    "budgets DescribeSubscribersForNotification",
		Why:     "moto does not have the operation (budgets 2016-10-20, Subscriber)",
		Target:  budgetsTarget + "DescribeSubscribersForNotification",
		Request: []string{"BudgetName", "Notification"},
		Answer:  []string{"Subscribers.SubscriptionType", "Subscribers.Address"},
		answer: func(s *layerState, _ string, body []byte) any {
			return s.kept(body, budgetRequest.notification, "Subscribers")
		},
	},
}

const budgetsTarget = "AWSBudgetServiceGateway."

// budgetRequest is what the layer reads of a request to AWS Budgets.
type budgetRequest struct {
	BudgetName, ResourceARN string
	Budget                  struct{ BudgetName string }
	Notification            struct {
		NotificationType, ComparisonOperator string
		Threshold                            json.Number
	}
}

func (r budgetRequest) notification() string {
	n := r.Notification
	return strings.Join([]string{"subscribers of", r.BudgetName, n.NotificationType, n.ComparisonOperator, n.Threshold.String()},
		" ")
}

// keep stores a field of a request under a name.
func (s *layerState) keep(body []byte, name func(budgetRequest) string, field string) {
	var request budgetRequest
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &request) != nil || json.Unmarshal(body, &fields) != nil {
		return // moto answers with an error
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fields[name(request)] = fields[field]
}

// kept returns the stored field of a request as an answer; an empty list if there is none.
func (s *layerState) kept(body []byte, name func(budgetRequest) string, field string) any {
	var request budgetRequest
	if json.Unmarshal(body, &request) != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stored := s.fields[name(request)]
	if len(stored) == 0 {
		stored = json.RawMessage("[]")
	}
	return map[string]json.RawMessage{field: stored}
}
