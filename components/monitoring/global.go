package monitoring

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/component"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// Global is the alarms on metrics of services without regions, of a stack in another region than these metrics. An alarm
// acts on topics of its own region only, so EventBridge sends their changes to the region of the stack, where an event of
// the tier notifies.
type Global struct {
	pulumi.ResourceState

	// AlarmArns are the ARNs of the alarms by the role of their ARN.
	AlarmArns map[string]pulumi.StringInput
}

// elsewhere reports whether the metrics of an alarm are in another region.
func (a *Args) elsewhere(fact alarm.Fact) bool {
	return fact.Global && a.Location.Region != alarm.GlobalRegion
}

// Elsewhere reports whether the stack has an alarm whose metrics are in another region.
func (a *Args) Elsewhere() bool {
	return slices.ContainsFunc(a.Tiers, func(t alarm.Tier) bool { return slices.ContainsFunc(t.Facts, a.elsewhere) })
}

// NewGlobal makes the alarms through a provider of GlobalRegion. The arguments are those of the stack.
func NewGlobal(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Global, error) {
	g := &Global{AlarmArns: map[string]pulumi.StringInput{}}
	return component.New(ctx, name, g, component.Shape{
		Token: token.MonitoringGlobal,
		Check: func() error {
			if args == nil || args.Location.AccountID == "" || args.Stack == "" {
				return errors.New("a location and a stack are required")
			}
			return nil
		},
		Inputs:    func() pulumi.Map { return pulumi.Map{"sendsTo": pulumi.String(args.Location.Region)} },
		Provision: func() error { return g.provision(ctx, name, args) },
		Outputs:   func() pulumi.Map { return pulumi.Map{"alarmArns": g.arns()} },
	}, opts...)
}

func (g *Global) arns() pulumi.StringMap {
	out := pulumi.StringMap{}
	for role, arn := range g.AlarmArns {
		out[role] = arn
	}
	return out
}

func (g *Global) provision(ctx *pulumi.Context, name string, args *Args) error {
	var arns pulumi.StringArray
	for _, tier := range args.Tiers {
		for _, fact := range tier.Facts {
			if !args.elsewhere(fact) {
				continue
			}
			made, err := newAlarm(ctx, g, name, args, tier.Name, fact, nil)
			if err != nil {
				return fmt.Errorf("create the alarm %s of %s: %w", fact.Name, tier.Name, err)
			}
			g.AlarmArns[alarm.StateRole(tier.Name, fact.Name)] = made.Arn
			arns = append(arns, made.Arn)
		}
	}
	there := args.Location
	there.Region = alarm.GlobalRegion
	return g.forward(ctx, name, there, args, arns)
}

// forward sends the changes of the alarms to the default bus of the stack's region.
func (g *Global) forward(
	ctx *pulumi.Context, name string, there location.Location, args *Args, alarms pulumi.StringArray,
) error {
	ruleName := naming.Fit(maxRuleName, "morpheus", args.Stack, "forward")
	bus := pulumi.String(args.Location.ARN("events", "event-bus/default"))
	role, permission, err := newRulesRole(ctx, g, name, rulesRole{
		role: "role", policy: "send", description: "Sends changes of alarms to the region of Morpheus",
		location: there, rules: ruleName, boundary: args.Access.PermissionsBoundary,
		statements: []policy.Statement{{
			Sid: "SendEvents", Actions: []string{"events:PutEvents"}, Resources: policy.On(bus),
		}},
	})
	if err != nil {
		return err
	}
	pattern := alarms.ToStringArrayOutput().ApplyT(func(arns []string) (string, error) {
		text, err := json.Marshal(map[string][]string{
			"source": {"aws.cloudwatch"}, "detail-type": {"CloudWatch Alarm State Change"}, "resources": arns,
		})
		return string(text), err
	}).(pulumi.StringOutput)
	rule, err := cloudwatch.NewEventRule(ctx, naming.Child(name, "forward"), &cloudwatch.EventRuleArgs{
		Name:         pulumi.String(ruleName),
		Description:  pulumi.String("Sends the changes of Morpheus's alarms in this region to " + args.Location.Region),
		EventPattern: pattern,
	}, pulumi.Parent(g))
	if err != nil {
		return fmt.Errorf("create the rule: %w", err)
	}
	_, err = cloudwatch.NewEventTarget(ctx, naming.Child(name, "forward-target"), &cloudwatch.EventTargetArgs{
		Rule: rule.Name, TargetId: pulumi.String("bus"), Arn: bus, RoleArn: role.Arn,
	}, pulumi.Parent(g), pulumi.DependsOn([]pulumi.Resource{permission}))
	if err != nil {
		return fmt.Errorf("create the target: %w", err)
	}
	return nil
}
