// Package notifications is the topic on which AWS tells people about the stack: events of the database and alarms. It is
// encrypted, and only services of this account publish to it.
package notifications

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// publishers are the services that may publish, by the Sid of their statement. Each needs the topic's key as well, which
// the policy of the logs key gives: without it an alarm changes its state and nobody is told. These principals are the
// same in every partition.
var publishers = []struct{ sid, principal string }{
	{"AlarmsPublish", "cloudwatch.amazonaws.com"},
	{"DatabaseEventsPublish", "events.rds.amazonaws.com"},
}

// Args of Notifications.
type Args struct {
	// Required
	Location location.Location
	// KeyArn encrypts what is on its way.
	KeyArn pulumi.StringInput

	// Optional
	// Emails are told; each owner confirms once, by the link that AWS sends.
	Emails []string
}

// Notifications is the topic.
type Notifications struct {
	pulumi.ResourceState

	TopicArn pulumi.StringOutput `pulumi:"topicArn"`
}

// New makes the topic, its policy and its subscriptions.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Notifications, error) {
	if args == nil || args.Location.AccountID == "" || args.KeyArn == nil {
		return nil, fmt.Errorf("notifications %q: %w", name, errors.New("a location and a key are required"))
	}
	n := &Notifications{}
	inputs := pulumi.Map{"emails": pulumi.ToStringArray(args.Emails), "keyArn": args.KeyArn}
	if err := ctx.RegisterComponentResourceV2(token.Notifications, name, inputs, n, opts...); err != nil {
		return nil, fmt.Errorf("notifications %q: register: %w", name, err)
	}
	topic, err := sns.NewTopic(ctx, naming.Child(name, "topic"), &sns.TopicArgs{
		DisplayName:    pulumi.String("Morpheus"),
		KmsMasterKeyId: args.KeyArn.ToStringOutput(),
	}, pulumi.Parent(n))
	if err != nil {
		return nil, fmt.Errorf("notifications %q: create the topic: %w", name, err)
	}
	access, err := sns.NewTopicPolicy(ctx, naming.Child(name, "policy"), &sns.TopicPolicyArgs{
		Arn:    topic.Arn,
		Policy: policy.Document(statements(args, topic.Arn)...),
	}, pulumi.Parent(n))
	if err != nil {
		return nil, fmt.Errorf("notifications %q: set the policy: %w", name, err)
	}
	for _, email := range args.Emails {
		_, err := sns.NewTopicSubscription(ctx, naming.Child(name, "to", email), &sns.TopicSubscriptionArgs{
			Topic:    topic.Arn,
			Protocol: pulumi.String("email"),
			Endpoint: pulumi.String(email),
		}, pulumi.Parent(n))
		if err != nil {
			return nil, fmt.Errorf("notifications %q: subscribe %s: %w", name, email, err)
		}
	}
	// Whoever is given the topic may have it publish at once, so the ARN waits for the policy.
	n.TopicArn = pulumi.All(topic.Arn, access.ID()).ApplyT(func(all []any) string { return all[0].(string) }).(pulumi.StringOutput)
	if err := ctx.RegisterResourceOutputs(n, pulumi.Map{"topicArn": n.TopicArn}); err != nil {
		return nil, fmt.Errorf("notifications %q: outputs: %w", name, err)
	}
	return n, nil
}

// statements take the place of the default policy, which lets every principal of the account publish.
func statements(args *Args, topic pulumi.StringInput) []policy.Statement {
	out := []policy.Statement{{
		Sid:        "OnlyWithTLS",
		Effect:     "Deny",
		Principal:  policy.Everybody,
		Actions:    []string{"sns:Publish"},
		Resources:  policy.On(topic),
		Conditions: []policy.Condition{policy.When("Bool", "aws:SecureTransport", "false")},
	}}
	for _, p := range publishers {
		out = append(out, policy.Statement{
			Sid:        p.sid,
			Principal:  policy.Service(p.principal),
			Actions:    []string{"sns:Publish"},
			Resources:  policy.On(topic),
			Conditions: []policy.Condition{policy.When("StringEquals", "aws:SourceAccount", args.Location.AccountID)},
		})
	}
	return out
}
