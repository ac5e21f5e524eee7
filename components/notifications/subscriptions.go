package notifications

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// subscribe subscribes everybody to a topic: addresses and functions to both topics, an endpoint to one. Names have a
// digest, because each of them may be a secret.
func (n *Notifications) subscribe(ctx *pulumi.Context, name string, args *Args, t topic, made *sns.Topic) error {
	for _, email := range args.Settings.Emails {
		child := naming.Child(name, t.subscription, naming.Digest(email))
		renamed := args.renamed(naming.Child(name, t.subscription, email))
		if err := n.subscription(ctx, child, made, "email", args.endpoint(email), renamed...); err != nil {
			return fmt.Errorf("subscribe %s: %w", child, err)
		}
	}
	urls := args.Webhooks.TicketURLs
	if t.pages {
		urls = args.Webhooks.PageURLs
	}
	for _, url := range urls {
		child := naming.Child(name, t.subscription, "url", naming.Digest(url))
		// The service confirms by itself. The deployment does not wait for it: an endpoint that does not must not fail it.
		if err := n.subscription(ctx, child, made, "https", hidden(url)); err != nil {
			return fmt.Errorf("subscribe %s: %w", child, err)
		}
	}
	for _, arn := range args.Settings.FunctionArns {
		child := naming.Child(name, t.subscription, "function", naming.Digest(arn))
		if err := n.function(ctx, child, made, args.endpoint(arn)); err != nil {
			return fmt.Errorf("subscribe %s: %w", child, err)
		}
	}
	return nil
}

func (n *Notifications) subscription(
	ctx *pulumi.Context, name string, made *sns.Topic, protocol string, endpoint pulumi.StringInput,
	options ...pulumi.ResourceOption,
) error {
	_, err := sns.NewTopicSubscription(ctx, name, &sns.TopicSubscriptionArgs{
		Topic: made.Arn, Protocol: pulumi.String(protocol), Endpoint: endpoint,
	}, append(options, pulumi.Parent(n))...)
	return err
}

// function lets a topic call a function, and subscribes it.
func (n *Notifications) function(ctx *pulumi.Context, name string, made *sns.Topic, arn pulumi.StringInput) error {
	permission, err := lambda.NewPermission(ctx, naming.Child(name, "permission"), &lambda.PermissionArgs{
		Function: arn, Action: pulumi.String("lambda:InvokeFunction"),
		Principal: pulumi.String("sns.amazonaws.com"), SourceArn: made.Arn,
	}, pulumi.Parent(n))
	if err != nil {
		return err
	}
	return n.subscription(ctx, name, made, "lambda", arn, pulumi.DependsOn([]pulumi.Resource{permission}))
}

// hidden is a text that is a secret in previews and in the state.
func hidden(text string) pulumi.StringOutput {
	return pulumi.ToSecret(pulumi.String(text)).(pulumi.StringOutput)
}

// digests stand for URLs in the inputs of the component: a preview shows that one changes, not which.
func digests(urls []string) pulumi.StringArray {
	out := make(pulumi.StringArray, len(urls))
	for i, url := range urls {
		out[i] = pulumi.String(naming.Digest(url))
	}
	return out
}
