// Package notifications is the topic on which AWS notifies the operators: events of the database and alarms. It is
// encrypted, and only services of this account may publish to it.
package notifications

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/component"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// Publishers are the services that may publish to the topic, each with the Sid of its statements. They act for the
// account in aws:SourceAccount, and have the same principals in every partition. Each needs the topic's key too,
// which the policy of the logs key allows: otherwise an alarm changes its state and nobody is notified. AWS Backup is
// not among them: its alarms on metrics report for it, and that it sends the condition key is documented nowhere.
var Publishers = []struct{ Sid, Principal string }{
	{Sid: "AlarmsPublish", Principal: "cloudwatch.amazonaws.com"},
	{Sid: "DatabaseEventsPublish", Principal: "events.rds.amazonaws.com"},
}

// Args of Notifications. All are required.
type Args struct {
	// Settings have the addresses to notify. Each owner confirms once, by the link that AWS sends.
	Settings config.Notifications
	Location location.Location
	// KeyArn encrypts the messages.
	KeyArn pulumi.StringInput
}

// Notifications is the topic.
type Notifications struct {
	pulumi.ResourceState

	TopicArn pulumi.StringOutput `pulumi:"topicArn"`
}

// New makes the topic, its policy and its subscriptions.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Notifications, error) {
	n := &Notifications{}
	return component.New(ctx, name, n, component.Shape{
		Token:     token.Notifications,
		Check:     args.check,
		Inputs:    args.inputs,
		Provision: func() error { return n.provision(ctx, name, args) },
		Outputs:   n.outputs,
	}, opts...)
}

func (a *Args) check() error {
	if a == nil || a.Location.AccountID == "" || a.KeyArn == nil {
		return errors.New("a location and a key are required")
	}
	return nil
}

func (a *Args) inputs() pulumi.Map {
	return component.Inputs(a.Settings, pulumi.Map{"keyArn": a.KeyArn})
}

func (n *Notifications) provision(ctx *pulumi.Context, name string, args *Args) error {
	topic, err := sns.NewTopic(ctx, naming.Child(name, "topic"), &sns.TopicArgs{
		DisplayName:    pulumi.String("Morpheus"),
		KmsMasterKeyId: args.KeyArn.ToStringOutput(),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("create the topic: %w", err)
	}
	access, err := sns.NewTopicPolicy(ctx, naming.Child(name, "policy"), &sns.TopicPolicyArgs{
		Arn:    topic.Arn,
		Policy: policy.Document(statements(args, topic.Arn)...),
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("set the policy: %w", err)
	}
	for _, email := range args.Settings.Emails {
		_, err := sns.NewTopicSubscription(ctx, naming.Child(name, "to", email), &sns.TopicSubscriptionArgs{
			Topic:    topic.Arn,
			Protocol: pulumi.String("email"),
			Endpoint: pulumi.String(email),
		}, pulumi.Parent(n))
		if err != nil {
			return fmt.Errorf("subscribe %s: %w", email, err)
		}
	}
	// A service may publish as soon as it gets the ARN, so the ARN waits for the policy.
	n.TopicArn = access.ID().ApplyT(func(pulumi.ID) pulumi.StringOutput { return topic.Arn }).(pulumi.StringOutput)
	return nil
}

func (n *Notifications) outputs() pulumi.Map { return pulumi.Map{"topicArn": n.TopicArn} }

// statements replace the default policy, with which every principal of the account may publish.
func statements(args *Args, topic pulumi.StringInput) []policy.Statement {
	out := []policy.Statement{{
		Sid:        "OnlyWithTLS",
		Effect:     "Deny",
		Principal:  policy.Everybody,
		Actions:    []string{"sns:Publish"},
		Resources:  policy.On(topic),
		Conditions: []policy.Condition{policy.When("Bool", "aws:SecureTransport", "false")},
	}}
	for _, p := range Publishers {
		out = append(out, policy.Statement{
			Sid:        p.Sid,
			Principal:  policy.Service(p.Principal),
			Actions:    []string{"sns:Publish"},
			Resources:  policy.On(topic),
			Conditions: []policy.Condition{policy.When("StringEquals", "aws:SourceAccount", args.Location.AccountID)},
		})
	}
	return out
}
