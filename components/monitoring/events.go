package monitoring

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

const (
	// eventsService has the same name in every partition.
	eventsService = "events.amazonaws.com"
	// maxRuleName is EventBridge's limit, in characters.
	maxRuleName = 64
)

// events makes a rule for each event of the tiers, with its topic as the target. EventBridge publishes with a role: the
// policy of an encrypted topic and of its key can let the service in by its name only, without a condition for the
// account.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
func (m *Monitoring) events(ctx *pulumi.Context, name string, args *Args) error {
	if !slices.ContainsFunc(args.Tiers, func(t alarm.Tier) bool { return len(t.Events) > 0 }) {
		return nil
	}
	role, permission, err := m.eventsRole(ctx, name, args)
	if err != nil {
		return err
	}
	for _, tier := range args.Tiers {
		for _, event := range tier.Events {
			if err := m.event(ctx, name, args, tier.Name, event, role, permission); err != nil {
				return fmt.Errorf("send the event %s of %s: %w", event.Name, tier.Name, err)
			}
		}
	}
	return nil
}

func (m *Monitoring) event(
	ctx *pulumi.Context, name string, args *Args, tier string, event alarm.Event, role *iam.Role,
	permission pulumi.Resource,
) error {
	title := naming.Child(tier, event.Name)
	rule, err := cloudwatch.NewEventRule(ctx, naming.Child(name, title), &cloudwatch.EventRuleArgs{
		Name:         pulumi.String(naming.Fit(maxRuleName, "morpheus", args.Stack, title)),
		Description:  pulumi.String(event.Meaning + " First steps: docs/monitoring.md#" + title),
		EventPattern: args.pattern(event),
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("create the rule: %w", err)
	}
	topic := args.TicketsTopicArn
	if event.Severity == alarm.Page {
		topic = args.PagesTopicArn
	}
	_, err = cloudwatch.NewEventTarget(ctx, naming.Child(name, title, "target"), &cloudwatch.EventTargetArgs{
		Rule: rule.Name, TargetId: pulumi.String("topic"), Arn: topic, RoleArn: role.Arn,
	}, pulumi.Parent(m), pulumi.DependsOn([]pulumi.Resource{permission}))
	if err != nil {
		return fmt.Errorf("create the target: %w", err)
	}
	return nil
}

// pattern of an event, when the outputs in it are known.
func (a *Args) pattern(event alarm.Event) pulumi.StringOutput {
	values := pulumi.StringMap{}
	for _, field := range event.Fields {
		for _, v := range field.Values {
			if v.Role != "" {
				values[v.Role] = a.Dimensions[v.Role]
			}
		}
	}
	return values.ToStringMapOutput().ApplyT(event.Pattern).(pulumi.StringOutput)
}

// checkEvents refuses an event about an output that nothing has.
func (a *Args) checkEvents() error {
	for _, tier := range a.Tiers {
		if len(tier.Events) > 0 && (a.Location.AccountID == "" || a.KeyArn == nil) {
			return errors.New("a location and the key of the topics are required to send events")
		}
		for _, event := range tier.Events {
			for _, field := range event.Fields {
				for _, v := range field.Values {
					if v.Role != "" && a.Dimensions[v.Role] == nil {
						return fmt.Errorf("event %s-%s: nothing has the role %q of the field %s",
							tier.Name, event.Name, v.Role, field.Path)
					}
				}
			}
		}
	}
	return nil
}

// eventsRole may publish to the topics, on behalf of the rules of this stack.
func (m *Monitoring) eventsRole(ctx *pulumi.Context, name string, args *Args) (*iam.Role, *iam.RolePolicy, error) {
	return newRulesRole(ctx, m, name, rulesRole{
		role: "events-role", policy: "events-publish", description: "Publishes events to the topics of Morpheus",
		location: args.Location, rules: "morpheus-" + args.Stack + "-*", boundary: args.Access.PermissionsBoundary,
		statements: []policy.Statement{{
			Sid:       "PublishEvents",
			Actions:   []string{"sns:Publish"},
			Resources: policy.On(args.TicketsTopicArn, args.PagesTopicArn),
		}, {
			Sid:        "EncryptMessages",
			Actions:    []string{"kms:Decrypt", "kms:GenerateDataKey*"},
			Resources:  policy.On(args.KeyArn),
			Conditions: []policy.Condition{policy.When("StringEquals", "kms:ViaService", args.Location.ViaService("sns"))},
		}},
	})
}
