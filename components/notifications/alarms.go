package notifications

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
)

// Roles of the outputs that name the metrics' dimensions.
const (
	ticketsRole = "tickets"
	pagesRole   = "pages"
)

// Alarms of the topics: each is reported on the other.
func Alarms() alarm.Tier {
	fact := func(name, role string, severity alarm.Severity) alarm.Fact {
		return alarm.Fact{
			Name: name, Aspect: alarm.Errors, Severity: severity,
			Metrics: []alarm.Metric{{
				Namespace: "AWS/SNS", Name: "NumberOfNotificationsFailed", Statistic: "Sum",
				Dimensions: map[string]alarm.Dimension{"TopicName": alarm.Of(role)},
			}},
			Comparison: alarm.Above, Threshold: 0, Unit: "messages",
			Window:  alarm.Window{Period: 60, Breaching: 3, Periods: 15},
			Missing: alarm.NotBreaching, WhyMissing: "no message has failed",
			Meaning: "Messages of the topic do not reach a subscriber.",
			Action: "List the subscriptions: `aws sns list-subscriptions-by-topic`. Send a test message with `aws sns publish`, " +
				"and repair or remove the endpoint that does not answer.",
			Source: "https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html",
		}
	}
	return alarm.Tier{Name: "notifications", Facts: []alarm.Fact{
		fact("pages-lost", pagesRole, alarm.Ticket), fact("tickets-lost", ticketsRole, alarm.Page),
	}}
}

// Dimensions are the outputs that name the metrics, by role.
func (n *Notifications) Dimensions() map[string]pulumi.StringInput {
	return map[string]pulumi.StringInput{ticketsRole: n.ticketsName, pagesRole: n.pagesName}
}
