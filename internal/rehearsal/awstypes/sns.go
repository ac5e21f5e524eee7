package awstypes

import (
	"fmt"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/evaluate"
)

func snsTypes() []Type {
	return []Type{
		{
			Token: awstoken.SNSTopic,
			Simulation: Simulation{
				ID: "{topicArn}", Unique: "name",
				Duration:   Duration{Create: 1, Update: 1, Delete: 1},
				References: []Reference{toKey("kmsMasterKeyId")},
				Outputs: func(c *Call) {
					c.ID = c.Expand("arn:{partition}:sns:{region}:{account}:{name}")
					c.State["arn"], c.State["owner"] = c.ID, c.AccountID
					c.fill("signatureVersion", 1.0)
					c.fill("tracingConfig", "PassThrough")
				},
			},
			Provider: Provider{Source: "sns/topic", Autonamed: "name", NameLimit: 256},
			Permissions: &Permissions{
				Read:  actions("sns: GetTopicAttributes ListTagsForResource"),
				Write: actions("sns: CreateTopic SetTopicAttributes DeleteTopic TagResource UntagResource"),
			},
			Listing: &Listing{Kind: "topic", Service: "sns", Call: "ListTopics", ID: `<TopicArn>([^<]+)`},
			Example: Values{"name": "app", "kmsMasterKeyId": "${key.arn}"},
		},
		{
			Token: awstoken.SNSTopicPolicy,
			Simulation: Simulation{
				ID: "{arn}", Unique: "arn",
				Duration:   Duration{Create: 1, Update: 1, Delete: 1},
				References: []Reference{toTopic("arn")},
				Rules: []Rule{{
					Name: "topic-policy", AWS: ErrorOrQuiet,
					Refuses: "another topic's policy; a policy that allows every principal",
					Source:  docs + "sns/latest/dg/sns-access-policy-language-api-permissions-reference.html",
					Check:   topicPolicy,
				}},
				Outputs: func(c *Call) { c.State["owner"] = c.AccountID },
			},
			Provider: Provider{Source: "sns/topic_policy"},
			Permissions: &Permissions{
				Read:  actions("sns: GetTopicAttributes"),
				Write: actions("sns: SetTopicAttributes"),
			},
			NotListed: "a setting of the topic",
			Example: Values{
				"arn":    "${topic.arn}",
				"policy": policy(allow("Service", "events.rds.amazonaws.com", "${topic.arn}", "sns:Publish")),
			},
		},
		{
			Token: awstoken.SNSTopicSubscription,
			Simulation: Simulation{
				ID:         "{topic}:{uuid}",
				Duration:   Duration{Create: 1, Update: 1, Delete: 1},
				References: []Reference{toTopic("topic")},
				Rules: []Rule{{
					Name: "subscription-endpoint", AWS: Quiet,
					Refuses: "a function that the topic may not call; an endpoint without TLS",
					Source:  docs + "sns/latest/dg/lambda-console.html",
					Check:   subscriptionEndpoint,
				}},
				Outputs: func(c *Call) {
					c.State["arn"], c.State["ownerId"] = c.ID, c.AccountID
					// The recipient has not followed the link in the message yet.
					confirmed := c.Text("protocol") != "email" && c.Text("protocol") != "https"
					c.State["pendingConfirmation"], c.State["confirmationWasAuthenticated"] = !confirmed, confirmed
					c.fill("filterPolicyScope", "")
				},
				OnDelete: keepUnconfirmed,
			},
			Provider: Provider{Source: "sns/topic_subscription"},
			Permissions: &Permissions{
				Read:  actions("sns: GetSubscriptionAttributes"),
				Write: actions("sns: Subscribe Unsubscribe SetSubscriptionAttributes"),
			},
			Listing: &Listing{
				Kind: "topic subscription", Service: "sns", Call: "ListSubscriptions", ID: `<SubscriptionArn>([^<]+)`,
			},
			Example: Values{"topic": "${topic.arn}", "protocol": "email", "endpoint": "oncall@example.com"},
		},
	}
}

func keepUnconfirmed(c *Call) error {
	if c.State["pendingConfirmation"] == true {
		c.keep("subscription", c.ID, fmt.Sprintf(
			"subscription of %v (nobody confirmed it; AWS removes it after three days)", c.State["endpoint"]))
	}
	return nil
}

// topicPolicy refuses a policy of another topic, and one that allows every principal to publish.
func topicPolicy(c *Call) error {
	doc, err := evaluate.Parse(c.Text("policy"))
	if err != nil {
		return fmt.Errorf("InvalidParameter: Invalid parameter: Policy Error: null")
	}
	for _, s := range doc.Statements {
		for _, resource := range s.Resource {
			if resource != c.Text("arn") {
				return fmt.Errorf("InvalidParameter: Invalid parameter: Policy statement must apply to a single "+
					"resource, and %s is not this topic", resource)
			}
		}
		if allowsEveryone(s) {
			return fmt.Errorf("a statement lets everybody in the world use the topic")
		}
	}
	return nil
}
