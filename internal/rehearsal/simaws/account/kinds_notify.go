package account

import (
	"fmt"
	"slices"
	"strings"
)

const (
	topicT        = "aws:sns/topic:Topic"
	topicPolicyT  = "aws:sns/topicPolicy:TopicPolicy"
	eventsT       = "aws:rds/eventSubscription:EventSubscription"
	snsGuide      = "https://docs.aws.amazon.com/sns/latest/dg/"
	rdsEvents     = "events.rds.amazonaws.com"
	rdsEventsPage = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/"
)

// topic is a property with the ARN of one. Nothing holds a topic: AWS deletes it, and its publishers go on in vain.
func topic(path string) Ref {
	return Ref{Path: path, To: []string{topicT}, By: "arn", NotFound: "NotFound: Topic does not exist"}
}

func init() {
	register(
		Kind{
			Token: topicT, ID: "{topicArn}", Unique: "name", Took: Took{1, 1, 1}, Refs: []Ref{kmsKey("kmsMasterKeyId")},
			Outputs: func(c *Call) {
				c.self.ID = c.expand("arn:{partition}:sns:{region}:{account}:{name}")
				c.State["arn"], c.State["owner"] = c.self.ID, c.Account.ID
				fill(c, "signatureVersion", 1.0)
				fill(c, "tracingConfig", "PassThrough")
			},
		},
		Kind{
			Token: topicPolicyT, ID: "{arn}", Unique: "arn", Took: Took{1, 1, 1}, Refs: []Ref{topic("arn")},
			Rules:   []Rule{{"topic-policy", snsGuide + "sns-access-policy-language-api-permissions-reference.html", topicPolicy}},
			Outputs: func(c *Call) { c.State["owner"] = c.Account.ID },
		},
		Kind{
			Token: "aws:sns/topicSubscription:TopicSubscription", ID: "{topic}:{uuid}", Took: Took{1, 1, 1}, Refs: []Ref{topic("topic")},
			Outputs: func(c *Call) {
				c.State["arn"], c.State["ownerId"] = c.self.ID, c.Account.ID
				// Nobody has followed the link in the message yet.
				c.State["pendingConfirmation"] = c.Text("protocol") == "email"
				c.State["confirmationWasAuthenticated"] = c.Text("protocol") != "email"
				fill(c, "filterPolicyScope", "")
			},
			OnDelete: func(c *Call) error {
				if c.State["pendingConfirmation"] == true {
					c.Keep("subscription", c.self.ID, fmt.Sprintf("subscription of %v (nobody confirmed it; AWS removes it after three days)", c.State["endpoint"]))
				}
				return nil
			},
		},
		Kind{
			Token: eventsT, ID: "{name}", ARN: "rds:{region}:{account}:es:{name}", Unique: "name", Took: Took{20, 10, 10},
			Refs: []Ref{topic("snsTopic")},
			Rules: []Rule{
				{"event-categories", rdsEventsPage + "USER_Events.Messages.html", eventCategories},
				{"event-topic", rdsEventsPage + "USER_Events.GrantingPermissions.html", eventTopic},
			},
			Outputs: func(c *Call) { c.State["customerAwsId"] = c.Account.ID },
		},
	)
}

// topicPolicy refuses a policy of another topic, and one that lets everybody publish.
func topicPolicy(c *Call) error {
	doc, err := document(c.Text("policy"))
	if err != nil || len(doc.Statement) == 0 {
		return fmt.Errorf("InvalidParameter: Invalid parameter: Policy Error: null")
	}
	for _, s := range doc.Statement {
		for _, r := range list(s.Resource) {
			if r != c.Text("arn") {
				return fmt.Errorf("InvalidParameter: Invalid parameter: Policy statement must apply to a single resource, and %s is not this topic", r)
			}
		}
		p, _ := s.Principal.(map[string]any)
		if s.Effect == "Allow" && len(s.Condition) == 0 && slices.Contains(list(p["AWS"]), "*") {
			return fmt.Errorf("a statement lets everybody in the world use the topic")
		}
	}
	return nil
}

// categories of the sources that the program hears, and of no other.
var categories = map[string][]string{
	"db-cluster": {
		"configuration change", "creation", "deletion", "failover", "failure", "global-failover", "maintenance", "migration",
		"notification", "serverless",
	},
	"db-instance": {
		"availability", "backup", "configuration change", "creation", "deletion", "failover", "failure", "low storage",
		"maintenance", "notification", "read replica", "recovery", "restoration", "security", "security patching",
	},
	"db-parameter-group": {"configuration change"},
	"db-security-group":  {"configuration change", "failure"},
}

func eventCategories(c *Call) error {
	source := c.Text("sourceType")
	for _, category := range c.Texts("eventCategories[]") {
		if known := categories[source]; known != nil && !slices.Contains(known, category) {
			return fmt.Errorf("SubscriptionCategoryNotFound: %s has no category %q; it has %s", source, category, strings.Join(known, ", "))
		}
	}
	return nil
}

// eventTopic refuses a topic that RDS may not publish to. A policy that leaves it out RDS answers with an error; a key
// that does nobody notices.
func eventTopic(c *Call) error {
	arn := c.Text("snsTopic")
	policies := c.Find(topicPolicyT, func(r *Resource) bool { return r.State["arn"] == arn })
	if len(policies) > 0 && !servesPublisher(policies[0].State["policy"], "sns:Publish", arn) {
		return fmt.Errorf("SNSNoAuthorization: RDS is not authorized to publish to the topic %s", arn)
	}
	if key := c.state(topicT, arn)["kmsMasterKeyId"]; key != nil && key != "" {
		keys := c.Find(keyT, func(r *Resource) bool { return r.State["arn"] == key })
		for _, action := range []string{"kms:GenerateDataKey", "kms:Decrypt"} {
			if len(keys) > 0 && !servesPublisher(keys[0].State["policy"], action, fmt.Sprint(key)) {
				return fmt.Errorf("%s has no %s on the key of the topic, so that every event is lost", rdsEvents, action)
			}
		}
	}
	return nil
}

func servesPublisher(policy any, action, resource string) bool {
	doc, err := document(fmt.Sprint(policy))
	if err != nil {
		return false
	}
	for _, s := range doc.Statement {
		p, _ := s.Principal.(map[string]any)
		if s.Effect == "Allow" && slices.Contains(list(p["Service"]), rdsEvents) &&
			covers(list(s.Action), action) && covers(list(s.Resource), resource) {
			return true
		}
	}
	return false
}
