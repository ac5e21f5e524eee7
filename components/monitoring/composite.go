package monitoring

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// Composite alarms decide what is paged: one for each tier, one for an outage and one for lost redundancy. An alarm of a
// tier with the severity page notifies nobody by itself.
const (
	down       = "down"
	backEnds   = "back-ends"
	redundancy = "redundancy"
)

// waitSeconds is how long a page waits for the alarm that explains it, and for how long after the end of that alarm it
// is still explained. An outage is noticed after three minutes, and its causes after two to five.
const waitSeconds = 180

// served are the tiers that fail when a back end does.
var served = map[string]bool{"loadbalancer": true, "cluster": true}

// group is one composite alarm.
type group struct {
	name, description string
	// children fire it, and suppressor keeps it from paging; nil for none.
	children   []pulumi.StringInput
	suppressor pulumi.StringInput
	silent     bool
}

// paged has the children of the composite alarms: the names of the alarms that page.
type paged struct {
	outage, redundancy []pulumi.StringInput
	tiers              map[string][]pulumi.StringInput
}

// add sorts an alarm into the composite alarm that pages for it.
func (p *paged) add(tier string, fact alarm.Fact, name pulumi.StringInput) {
	switch {
	case fact.Severity != alarm.Page:
	case fact.Outage:
		p.outage = append(p.outage, name)
	case fact.Aspect == alarm.Redundancy:
		p.redundancy = append(p.redundancy, name)
	default:
		p.tiers[tier] = append(p.tiers[tier], name)
	}
}

// composites make the composite alarms, the suppressors first.
func (m *Monitoring) composites(ctx *pulumi.Context, name string, args *Args, p *paged) error {
	outage, err := m.composite(ctx, name, args, group{
		name: down, children: p.outage,
		description: "Morpheus is down: nobody is served. Alarms of other tiers that are on tell the cause.",
	})
	if err != nil {
		return err
	}
	_, err = m.composite(ctx, name, args, group{
		name: redundancy, children: p.redundancy, suppressor: outage,
		description: "Morpheus has lost redundancy: it serves, and the next fault may end that.",
	})
	if err != nil {
		return err
	}
	var causes []pulumi.StringInput
	if outage != nil {
		causes = append(causes, outage)
	}
	for _, tier := range args.Tiers {
		if served[tier.Name] {
			continue
		}
		made, err := m.tier(ctx, name, args, p, tier.Name, outage)
		if err != nil {
			return err
		}
		if made != nil {
			causes = append(causes, made)
		}
	}
	cause, err := m.composite(ctx, name, args, group{
		name: backEnds, children: causes, silent: true,
		description: "Morpheus is down, or a back end has a fault: alarms of the load balancer and the nodes follow from it.",
	})
	if err != nil {
		return err
	}
	for _, tier := range args.Tiers {
		if !served[tier.Name] {
			continue
		}
		if _, err := m.tier(ctx, name, args, p, tier.Name, cause); err != nil {
			return err
		}
	}
	return nil
}

func (m *Monitoring) tier(
	ctx *pulumi.Context, name string, args *Args, p *paged, tier string, suppressor pulumi.StringInput,
) (pulumi.StringInput, error) {
	return m.composite(ctx, name, args, group{
		name: tier, children: p.tiers[tier], suppressor: suppressor,
		description: "The tier " + tier + " has a fault that somebody must repair. The message names the alarm that is on.",
	})
}

// composite makes a composite alarm and returns its name; nil for one without children.
func (m *Monitoring) composite(ctx *pulumi.Context, name string, args *Args, g group) (pulumi.StringInput, error) {
	if len(g.children) == 0 {
		return nil, nil //nolint:nilnil // a stack with few alarms has none for some tiers
	}
	values := &cloudwatch.CompositeAlarmArgs{
		AlarmName:        pulumi.String(naming.Fit(maxAlarmName, "morpheus", args.Stack, g.name)),
		AlarmDescription: pulumi.String(g.description + " First steps: docs/monitoring.md#when-you-are-paged"),
		AlarmRule:        anyOf(g.children),
	}
	if !g.silent {
		// A service that pages by these messages closes its incident with the second one.
		values.AlarmActions = pulumi.StringArray{args.PagesTopicArn}
		values.OkActions = pulumi.StringArray{args.PagesTopicArn}
	}
	if g.suppressor != nil {
		values.ActionsSuppressor = cloudwatch.CompositeAlarmActionsSuppressorArgs{
			Alarm: g.suppressor, WaitPeriod: pulumi.Int(waitSeconds), ExtensionPeriod: pulumi.Int(waitSeconds),
		}
	}
	made, err := cloudwatch.NewCompositeAlarm(ctx, naming.Child(name, g.name), values, pulumi.Parent(m))
	if err != nil {
		return nil, fmt.Errorf("create the composite alarm %s: %w", g.name, err)
	}
	if !g.silent {
		m.states = append(m.states, made.Arn)
	}
	// AWS keeps a child that a composite alarm names. The name as an output makes the deletion wait.
	return made.ID().ToStringOutput(), nil
}

// anyOf is the rule that some alarm is on.
func anyOf(names []pulumi.StringInput) pulumi.StringOutput {
	array := make(pulumi.StringArray, len(names))
	copy(array, names)
	return array.ToStringArrayOutput().ApplyT(func(names []string) string {
		parts := make([]string, len(names))
		for i, name := range names {
			parts[i] = `ALARM("` + name + `")`
		}
		return strings.Join(parts, " OR ")
	}).(pulumi.StringOutput)
}
