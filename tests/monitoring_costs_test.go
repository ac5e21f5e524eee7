package tests

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// The simulated AWS refuses a filter that matches nothing and a topic that AWS Budgets may not publish to.
func TestTheBudgetNotifiesOfTheStacksOwnCosts(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		budget := named(t, r, "monitoring-budget")
		assert.Equal(t, []string{"user:Stack$" + r.Stack}, budget.Texts("costFilters.values"),
			"without the prefix user: the filter matches nothing, and the budget counts 0")
		assert.Equal(t, fmt.Sprint(load(t, r.Stack, nil).Monitoring.BudgetUSD), budget.Get("limitAmount"))
		assert.Equal(t, "MONTHLY", budget.Get("timeUnit"))
		alerts := map[string]bool{}
		for _, alert := range budget.Values("notifications") {
			fields, _ := alert.(map[string]any)
			alerts[fmt.Sprint(fields["notificationType"], " ", fields["threshold"], " ", fields["thresholdType"])] = true
			assert.Equal(t, []any{named(t, r, "notifications-topic").Output("arn")}, fields["subscriberSnsTopicArns"],
				"costs can wait for the next working day")
		}
		assert.Equal(t, map[string]bool{
			"ACTUAL 80 PERCENTAGE": true, "ACTUAL 100 PERCENTAGE": true, "FORECASTED 100 PERCENTAGE": true,
		}, alerts, "what is spent, and what will be")
		assert.Greater(t, float64(load(t, r.Stack, nil).Monitoring.BudgetUSD), 1.1*r.Cost().Total(),
			"a budget below the estimated cost is over each month, and is ignored")
	})
}

func TestAStackWithoutABudgetHasNone(t *testing.T) {
	r, err := run(t, "prod", overrides{"monitoring.budgetUsd": 0})
	require.NoError(t, err)
	for _, token := range []string{awstoken.BudgetsBudget, awstoken.CostAnomalyMonitor, awstoken.CostAnomalySubscription} {
		assert.Empty(t, r.OfType(token))
	}
}

func TestAnomaliesOfTheCostsAreReported(t *testing.T) {
	const given = "arn:aws:ce::123456789012:anomalymonitor/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
	for monitor, made := range map[string]int{"own": 1, given: 0} {
		r, err := run(t, "prod", overrides{"monitoring.anomalyMonitor": monitor, "monitoring.anomalyUsd": 250})
		require.NoError(t, err)
		monitors := r.OfType(awstoken.CostAnomalyMonitor)
		assert.Len(t, monitors, made, "%s: an existing monitor is used", monitor)
		want := given
		for _, own := range monitors {
			want = own.Output("arn")
			assert.JSONEq(t, `{"Tags":{"Key":"Stack","Values":["prod"],"MatchOptions":["EQUALS"]}}`,
				fmt.Sprint(own.Get("monitorSpecification")), "AWS allows one monitor of services in an account, so this one is of the "+
					"stack's tag")
		}
		subscription := named(t, r, "monitoring-anomalies-to")
		assert.Equal(t, []string{want}, subscription.Texts("monitorArnLists"))
		assert.Equal(t, []string{named(t, r, "notifications-topic").Output("arn")}, subscription.Texts("subscribers.address"))
		assert.Equal(t, "IMMEDIATE", subscription.Get("frequency"), "a topic gets each anomaly at once")
		assert.Equal(t, []string{"250"}, subscription.Texts("thresholdExpression.dimension.values"))
	}
}

// Other partitions have no such services: their principals in a key policy would be refused.
func TestOtherPartitionsHaveNoBudget(t *testing.T) {
	for _, p := range partitions[1:] {
		r := judgedStackOf(t, "prod").in(t, p.name, p.region)
		for _, res := range r.AWS() {
			for _, principal := range []string{"budgets.amazonaws.com", "costalerts.amazonaws.com"} {
				assert.NotContains(t, fmt.Sprint(res.Get("policy")), principal, "%s: %s", p.name, res.Name)
			}
		}
		assert.Empty(t, r.OfType(awstoken.BudgetsBudget))
	}
}
