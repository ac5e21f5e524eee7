package tests

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// publishers are service principals that publish to topics, or start what does.
var publishers = []string{
	"cloudwatch.amazonaws.com", "events.rds.amazonaws.com", eventsService, "budgets.amazonaws.com",
	"costalerts.amazonaws.com", "backup.amazonaws.com", "s3.amazonaws.com", "lambda.amazonaws.com",
	"autoscaling.amazonaws.com", "chatbot.amazonaws.com", "sns.amazonaws.com",
}

// source is the condition key with what a service publishes for.
func source(arn string) map[string]string {
	return map[string]string{
		"aws:SourceAccount": "${account}", "aws:SourceArn": arn, "aws:SecureTransport": "true",
		"kms:ViaService": "sns.${region}.${suffix}",
	}
}

// reaches are the calls with which somebody publishes to a topic of the stack: on the topic and on its key.
func reaches(who, topic string, with map[string]string) []call {
	return []call{
		{who: who, actions: "sns:Publish", on: topic, with: with},
		{who: who, actions: "kms:Decrypt kms:GenerateDataKey", on: "${encryption-logs.arn}", with: with},
	}
}

// Whoever an alarm, a rule or a subscription of events notifies is notified; and nobody else can publish.
func TestEveryAlarmAndRuleCanPublishAndNobodyElseCan(t *testing.T) {
	onBoth(t, publishes)
	t.Run("another region", func(t *testing.T) { publishes(t, inAnotherRegion(t)) })
}

func publishes(t *testing.T, r *recorder) {
	t.Helper()
	p := permissionsOf(t, r)
	may := func(calls []call) (string, bool) {
		for _, c := range p.cases(t, calls) {
			if !c.Allowed {
				return c.String(), false
			}
		}
		return "", true
	}
	used := map[string]bool{}
	actions, targets, subscriptions := 0, 0, 0
	for _, token := range []string{awstoken.CloudWatchAlarm, awstoken.CloudWatchCompositeAlarm} {
		for _, res := range r.OfType(token) {
			for _, topic := range slices.Concat(res.Texts("alarmActions"), res.Texts("okActions")) {
				actions++
				why, can := may(reaches("cloudwatch.amazonaws.com", topic, source(res.Output("arn"))))
				assert.True(t, can, "%s notifies nobody: %s", res.Name, why)
				used["cloudwatch.amazonaws.com "+topic] = true
			}
		}
	}
	for _, res := range r.OfType(awstoken.EventTarget) {
		targets++
		role := roleOf(r, res.Texts("roleArn")[0])
		rule := named(t, r, strings.TrimSuffix(res.Name, "-target"))
		to := res.Texts("arn")[0]
		calls := reaches(role, to, source(rule.Output("arn")))
		if strings.Contains(to, ":event-bus/") {
			calls = []call{{who: role, actions: "events:PutEvents", on: to, with: source(rule.Output("arn"))}}
		}
		calls = append(calls, call{
			who: eventsService, actions: "sts:AssumeRole", on: res.Texts("roleArn")[0], with: source(rule.Output("arn")),
		})
		why, can := may(calls)
		assert.True(t, can, "%s notifies nobody: %s", res.Name, why)
		used[role+" "+to] = true
	}
	for _, res := range r.OfType(awstoken.RDSEventSubscription) {
		subscriptions++
		topic := res.Texts("snsTopic")[0]
		why, can := may(reaches("events.rds.amazonaws.com", topic, source(res.Output("arn"))))
		assert.True(t, can, "%s notifies nobody: %s", res.Name, why)
		used["events.rds.amazonaws.com "+topic] = true
	}
	for _, res := range r.OfType(awstoken.BackupVaultNotifications) {
		subscriptions++
		topic := res.Texts("snsTopicArn")[0]
		why, can := may(reaches("backup.amazonaws.com", topic, source(res.Output("backupVaultArn"))))
		assert.True(t, can, "%s notifies nobody: %s", res.Name, why)
		used["backup.amazonaws.com "+topic] = true
	}
	for _, res := range r.OfType(awstoken.BudgetsBudget) {
		for _, topic := range res.Texts("notifications.subscriberSnsTopicArns") {
			subscriptions++
			why, can := may(reaches("budgets.amazonaws.com", topic, source(res.Output("arn"))))
			assert.True(t, can, "%s notifies nobody: %s", res.Name, why)
		}
	}
	// The configuration turns these on and off, and a topic lets them in for this account only.
	for _, who := range []string{"budgets.amazonaws.com", "costalerts.amazonaws.com", "backup.amazonaws.com"} {
		used[who+" "+named(t, r, "notifications-topic").Output("arn")] = true
	}
	refused := 0
	everybody := append(slices.Clone(publishers), scaling, stranger)
	for _, role := range r.OfType("iam/role:Role") {
		everybody = append(everybody, role.Name)
	}
	for _, topic := range r.OfType(awstoken.SNSTopic) {
		for _, who := range everybody {
			_, can := may(reaches(who, topic.Output("arn"), source(topic.Output("arn"))))
			allowed := used[who+" "+topic.Output("arn")]
			assert.Equal(t, allowed, can, "%s and the topic %s: who publishes nothing there may not", who, topic.Name)
			if !allowed {
				refused++
			}
		}
	}
	t.Logf("%s: %d/%d actions of alarms, %d/%d targets of rules and %d/%d subscriptions of RDS, AWS Backup and budgets "+
		"can publish; %d/%d others cannot", r.Stack, actions, actions, targets, targets, subscriptions, subscriptions, refused, refused)
}

// roleOf is the logical name of a role by its ARN.
func roleOf(r *recorder, arn string) string {
	for _, role := range r.OfType("iam/role:Role") {
		if role.Output("arn") == arn {
			return role.Name
		}
	}
	return "no role " + arn
}
