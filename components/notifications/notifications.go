// Package notifications has the topics on which the operators are notified: one for pages, which wake somebody, and one
// for tickets, which has the events of the database too. They are encrypted, and only services of this account may
// publish to them.
package notifications

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/component"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// Publisher is a service that may publish to topics.
type Publisher struct {
	// Sid of its statements.
	Sid, Principal string
	// Pages is true if it may publish to the topic of pages too.
	Pages bool
	// Commercial is true for a service of AWS's commercial partition only. A policy that names an unknown service is
	// refused.
	Commercial bool
}

// Publishers are the services that may publish to the topics. They act for the account in aws:SourceAccount, and have
// the same principals in every partition. Each needs the topics' key too, which the policy of the logs key allows:
// otherwise an alarm changes its state and nobody is notified.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/cross-service-confused-deputy-prevention.html
var Publishers = []Publisher{
	{Sid: "AlarmsPublish", Principal: "cloudwatch.amazonaws.com", Pages: true},
	{Sid: "DatabaseEventsPublish", Principal: "events.rds.amazonaws.com"},
	{Sid: "BackupEventsPublish", Principal: "backup.amazonaws.com"},
	{Sid: "BudgetsPublish", Principal: "budgets.amazonaws.com", Commercial: true},
	{Sid: "CostAnomaliesPublish", Principal: "costalerts.amazonaws.com", Commercial: true},
}

// PublishersIn returns the publishers that a partition has.
func PublishersIn(partition string) []Publisher {
	return slices.DeleteFunc(slices.Clone(Publishers), func(p Publisher) bool {
		return p.Commercial && partition != "aws"
	})
}

// Args of Notifications. Settings, Location and KeyArn are required.
type Args struct {
	// Settings have the addresses to notify. Each owner confirms once for each topic, by the link that AWS sends.
	Settings config.Notifications
	// Webhooks have URLs that must not be shown.
	Webhooks config.Webhooks
	// Secret is true if the addresses were given with --secret.
	Secret bool
	// Deployed are the logical names of the deployed subscriptions. Earlier releases named them after the address; such
	// a one is renamed, because its owner would have to confirm a new one.
	Deployed []string
	Location location.Location
	// KeyArn encrypts the messages.
	KeyArn pulumi.StringInput
}

// Notifications are the topics.
type Notifications struct {
	pulumi.ResourceState

	// TopicArn is the topic of tickets, and PagesTopicArn that of pages.
	TopicArn      pulumi.StringOutput `pulumi:"topicArn"`
	PagesTopicArn pulumi.StringOutput `pulumi:"pagesTopicArn"`

	ticketsName, pagesName pulumi.StringOutput
}

// New makes the topics, their policies and their subscriptions.
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
	extra := pulumi.Map{
		"keyArn": a.KeyArn, "pageUrls": digests(a.Webhooks.PageURLs), "ticketUrls": digests(a.Webhooks.TicketURLs),
	}
	if a.Secret {
		extra["emails"] = pulumi.ToSecret(pulumi.ToStringArray(a.Settings.Emails))
		extra["functionArns"] = pulumi.ToSecret(pulumi.ToStringArray(a.Settings.FunctionArns))
	}
	return component.Inputs(a.Settings, extra)
}

// endpoint is an address, or the ARN of a function, as an input.
func (a *Args) endpoint(text string) pulumi.StringInput {
	if a.Secret {
		return hidden(text)
	}
	return pulumi.String(text)
}

// renamed is the option that keeps a subscription of an earlier release. The state keeps aliases, and this one contains
// the address. So it is given only while there is such a subscription, and the next update removes it.
func (a *Args) renamed(old string) []pulumi.ResourceOption {
	if !slices.Contains(a.Deployed, old) {
		return nil
	}
	return []pulumi.ResourceOption{pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String(old)}})}
}

func (n *Notifications) provision(ctx *pulumi.Context, name string, args *Args) error {
	tickets := topic{role: "topic", policy: "policy", subscription: "to", display: "Morpheus"}
	pages := topic{role: "pages", policy: "pages-policy", subscription: "page", display: "Morpheus page", pages: true}
	var err error
	if n.TopicArn, n.ticketsName, err = n.topic(ctx, name, args, tickets); err != nil {
		return err
	}
	n.PagesTopicArn, n.pagesName, err = n.topic(ctx, name, args, pages)
	return err
}

// topic has the names of the resources of a topic.
type topic struct {
	role, policy, subscription, display string
	pages                               bool
}

// topic makes one topic, and returns its ARN and its name.
func (n *Notifications) topic(
	ctx *pulumi.Context, name string, args *Args, t topic,
) (arn, topicName pulumi.StringOutput, err error) {
	made, err := sns.NewTopic(ctx, naming.Child(name, t.role), &sns.TopicArgs{
		DisplayName:    pulumi.String(t.display),
		KmsMasterKeyId: args.KeyArn.ToStringOutput(),
	}, pulumi.Parent(n))
	if err != nil {
		return arn, topicName, fmt.Errorf("create the topic %s: %w", t.role, err)
	}
	access, err := sns.NewTopicPolicy(ctx, naming.Child(name, t.policy), &sns.TopicPolicyArgs{
		Arn:    made.Arn,
		Policy: policy.Document(statements(args, made.Arn, t.pages)...),
	}, pulumi.Parent(n))
	if err != nil {
		return arn, topicName, fmt.Errorf("set the policy of the topic %s: %w", t.role, err)
	}
	if err := n.subscribe(ctx, name, args, t, made); err != nil {
		return arn, topicName, err
	}
	// A service may publish as soon as it gets the ARN, so the ARN waits for the policy.
	arn = access.ID().ApplyT(func(pulumi.ID) pulumi.StringOutput { return made.Arn }).(pulumi.StringOutput)
	return arn, made.Name, nil
}

func (n *Notifications) outputs() pulumi.Map {
	return pulumi.Map{"topicArn": n.TopicArn, "pagesTopicArn": n.PagesTopicArn}
}

// statements replace the default policy, with which every principal of the account may publish.
func statements(args *Args, topic pulumi.StringInput, pages bool) []policy.Statement {
	out := []policy.Statement{{
		Sid:        "OnlyWithTLS",
		Effect:     "Deny",
		Principal:  policy.Everybody,
		Actions:    []string{"sns:Publish"},
		Resources:  policy.On(topic),
		Conditions: []policy.Condition{policy.When("Bool", "aws:SecureTransport", "false")},
	}}
	for _, p := range PublishersIn(args.Location.Partition) {
		if pages && !p.Pages {
			continue
		}
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
