package rehearsal

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/changes"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/guard"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/cost"
)

// Against deploys the committed stack, previews it with the plan's Config, and prints the effect of the change on each
// tier, and on the price. The guard allows all changes, so that the preview continues where `pulumi up` would stop.
func (p Plan) Against(ctx context.Context, stack string) error {
	change := p.Config
	p.Config, p.Stacks = []Setting{{Key: guard.Key,
		Value: "[" + strings.Join(config.Replaceable, ",") + "]"}}, []string{stack}
	if err := p.Validate(); err != nil {
		return err
	}
	e, err := p.prepare(ctx)
	if err != nil {
		return err
	}
	e.run(ctx, stack, func(r *rehearsal) []step {
		return []step{
			{name: "up", run: r.before},
			{name: "preview of the change", run: func(ctx context.Context) error { return r.risks(ctx, change) }},
		}
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return e.report.close()
}

// before deploys the committed stack. Its warnings are not news of the change.
func (r *rehearsal) before(ctx context.Context) error {
	result, err := r.session.Up(ctx)
	for _, warning := range result.Warnings {
		r.warned[warning] = true
	}
	r.lane.summarize(result.Summary())
	return err
}

func (r *rehearsal) risks(ctx context.Context, change []Setting) error {
	demotes := slices.ContainsFunc(change, func(s Setting) bool {
		return s.Key == "environment" && s.Value == string(lifecycle.Development)
	})
	if demotes {
		change = append(slices.Clone(change), Setting{Key: allowDestroy, Value: "true"})
	}
	if err := r.session.SetConfig(change...); err != nil {
		return err
	}
	result, err := r.session.Preview(ctx)
	if err != nil {
		return err
	}
	r.warn(result)
	r.lane.summarize(result.Summary())
	if demotes {
		r.lane.say("environment: refused unless %s is true", allowDestroy)
	}
	for _, line := range RiskLines(result) {
		r.lane.say("%s", line)
	}
	r.lane.say("cost: %s", CostLine(result))
	return nil
}

// CostLine returns what a preview's changes cost or save a month. A result has no region: the prices are those of the
// table.
func CostLine(result *Result) string {
	priced := func(resources map[string]Inputs) cost.Estimate {
		var out []cost.Resource
		for _, urn := range slices.Sorted(maps.Keys(resources)) {
			r := resources[urn]
			out = append(out, cost.Resource{
				Name: resource.URN(urn).Name(), Token: r.Type, Tier: cost.Tier(urn), Inputs: r.Values,
			})
		}
		return cost.Of(cost.PricesOf, out)
	}
	return cost.Difference(priced(result.Before), priced(result.After))
}

// TierEffect is the effect of a preview's changes on one tier.
type TierEffect struct {
	Tier string
	// Changed is false if the preview changes nothing of the tier, and Existing is false if it only creates resources.
	Changed, Existing bool
	// Risks are the effects on clients and data, each once, the worst first.
	Risks []changes.Row
}

// Text describes the effect in words.
func (e TierEffect) Text() string {
	switch {
	case !e.Changed:
		return "unchanged"
	case len(e.Risks) == 0:
		return "changes in place, clients go on working"
	case e.Risks[0].NeedsPermission(): // other effects do not matter then
		return fmt.Sprintf("%s (refused unless %s holds %s)", e.Risks[0].Risk, guard.Key, e.Tier)
	}
	texts := make([]string, len(e.Risks))
	for i, row := range e.Risks {
		texts[i] = row.Risk
	}
	return strings.Join(texts, "; ")
}

// RiskLines returns the effect of a preview's changes on each tier, one line each.
func RiskLines(result *Result) []string {
	var lines []string
	for _, effect := range Effects(result) {
		lines = append(lines, effect.Tier+": "+effect.Text())
	}
	return lines
}

// Effects returns the effect of a preview's changes on each tier. Tiers with a table show the risks of their tables;
// other tiers show what is deleted, replaced and changed. The tiers with data come first, changed or not.
func Effects(result *Result) []TierEffect {
	var effects []TierEffect
	for _, tier := range config.DataTiers {
		effects = append(effects, effectOn(tier, result.Changes))
	}
	var others []string
	for _, c := range result.Changes {
		if tier := c.Tier(); tier != "" && !slices.Contains(config.DataTiers, tier) && !slices.Contains(others, tier) {
			others = append(others, tier)
		}
	}
	slices.Sort(others)
	for _, tier := range others {
		effects = append(effects, effectOn(tier, result.Changes))
	}
	return effects
}

func effectOn(tier string, planned []Change) TierEffect {
	effect := TierEffect{Tier: tier}
	for _, c := range planned {
		if c.Tier() != tier || c.namesASnapshot() {
			continue
		}
		effect.Changed = true
		effect.Existing = effect.Existing || c.Op != apitype.OpCreate
		for _, row := range c.risks(tier) {
			if !slices.ContainsFunc(effect.Risks, func(r changes.Row) bool { return r.Risk == row.Risk }) {
				effect.Risks = append(effect.Risks, row)
			}
		}
	}
	slices.SortStableFunc(effect.Risks, changes.Compare)
	return effect
}

// namesASnapshot reports whether a change only gives the final snapshot a new name, as every update does while the
// database may be replaced.
func (c Change) namesASnapshot() bool {
	return c.Type == awstoken.RandomID || c.Type == awstoken.RDSCluster && slices.Equal(c.Properties,
		[]string{"finalSnapshotIdentifier"})
}

// risks returns the risks of one change. It includes a deletion and a replacement without a row, because a missing row
// does not mean that they are harmless.
func (c Change) risks(tier string) []changes.Row {
	var rows []changes.Row
	name := resource.URN(c.URN).Name()
	switch {
	case c.Op == apitype.OpCreate || c.isPart():
		return nil
	case c.Op == apitype.OpDelete && c.Type == awstoken.RDSClusterInstance:
		return []changes.Row{{Effect: changes.Replacement, Risk: "deletes " + name + ", a failover when it is the writer"}}
	case c.Op == apitype.OpDelete && c.Type == awstoken.RDSGlobalCluster:
		row, _ := components.Changes[tier].Of(c.Type, "globalClusterIdentifier", "given", nil)
		return []changes.Row{row}
	case c.Op == apitype.OpDelete:
		return []changes.Row{{Effect: changes.Replacement, Risk: "deletes " + name}}
	case c.Type == awstoken.AutoScalingGroup:
		rows = append(rows, c.rollout()...)
	}
	for _, property := range c.Properties {
		if row, found := components.Changes[tier].Of(c.Type, property, valueAt(c.Old, property),
			valueAt(c.New, property)); found {
			rows = append(rows, row)
		}
	}
	felt := slices.ContainsFunc(rows, func(r changes.Row) bool {
		return r.NeedsPermission() || r.Effect == changes.Replacement || r.Effect == changes.ManualStep
	})
	if c.Op == apitype.OpReplace && !felt && c.Type != awstoken.RandomPassword {
		rows = append(rows, changes.Row{Effect: changes.Replacement, Risk: "replaces " + name})
	}
	return rows
}

// isPart reports whether a deleted or replaced resource is a part of a change that another resource shows: the rules of
// a security group, the version of a secret.
func (c Change) isPart() bool {
	return slices.Contains([]string{awstoken.SecretsManagerSecretVersion, awstoken.EC2RouteTableAssociation}, c.Type)
}

// rollout returns what an update of the nodes' group does to the clients. The group replaces nodes if its template or
// its tags change, which reach the nodes.
func (c Change) rollout() []changes.Row {
	replaces := slices.ContainsFunc(c.Properties, func(property string) bool {
		return strings.HasPrefix(property, "mixedInstancesPolicy") || strings.HasPrefix(property, "launchTemplate") ||
			strings.HasPrefix(property, "tags")
	})
	if !replaces {
		return nil
	}
	if healthy := fmt.Sprint(valueAt(c.New, "instanceRefresh.preferences.minHealthyPercentage")); healthy == "0" {
		return []changes.Row{{Effect: changes.Replacement,
			Risk: "stop-all: every node is terminated before the first new one starts, nobody is served"}}
	}
	return []changes.Row{{Effect: changes.Restart, Risk: "replaces every node, one after the other"}}
}

// Tier returns the name of a resource's outermost component type, such as "database"; empty for none.
func (c Change) Tier() string { return cost.Tier(c.URN) }

// valueAt returns the value at a path such as "clusterConfig.instanceType"; nil if there is none.
func valueAt(inputs map[string]any, path string) any {
	var value any = inputs
	for step := range strings.SplitSeq(path, ".") {
		fields, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = fields[step]
	}
	return value
}
