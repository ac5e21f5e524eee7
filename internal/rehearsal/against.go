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
	"github.com/morpheus-ha/morpheus-aws/internal/changes"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/guard"
)

// Against deploys the committed stack, previews it with the plan's Config, and prints the effect of the change on each
// tier. The guard allows all changes, so that the preview continues where `pulumi up` would stop.
func (p Plan) Against(ctx context.Context, stack string) error {
	change := p.Config
	p.Config, p.Stacks = []Setting{{Key: guard.Key,
		Value: "[" + strings.Join(config.DataTiers, ",") + "]"}}, []string{stack}
	if err := p.Validate(); err != nil {
		return err
	}
	e, err := p.prepare(ctx)
	if err != nil {
		return err
	}
	e.run(ctx, stack, func(r *rehearsal) []step {
		return []step{
			{name: "up", run: r.up},
			{name: "preview of the change", run: func(ctx context.Context) error { return r.risks(ctx, change) }},
		}
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return e.report.close()
}

func (r *rehearsal) risks(ctx context.Context, change []Setting) error {
	if err := r.session.SetConfig(change...); err != nil {
		return err
	}
	result, err := r.session.Preview(ctx)
	if err != nil {
		return err
	}
	r.lane.summarize(result.Summary())
	for _, line := range RiskLines(result) {
		r.lane.say("%s", line)
	}
	return nil
}

// RiskLines returns the effect of a preview's changes on each tier. Data tiers show the risks of their tables, the
// worst first; other tiers show the number of changed resources.
func RiskLines(result *Result) []string {
	var lines []string
	for _, tier := range config.DataTiers {
		lines = append(lines, dataTier(tier, result.Changes))
	}
	counts := map[string]int{}
	for _, c := range result.Changes {
		if tier := c.Tier(); tier != "" && !slices.Contains(config.DataTiers, tier) {
			counts[tier]++
		}
	}
	for _, tier := range slices.Sorted(maps.Keys(counts)) {
		lines = append(lines, fmt.Sprintf("%s: changes, but has no table of risks: read the preview", tier))
	}
	return lines
}

func dataTier(tier string, planned []Change) string {
	var rows []changes.Row
	changed := false
	for _, c := range planned {
		if c.Tier() != tier {
			continue
		}
		changed = true
		for _, row := range c.risks(tier) {
			if !slices.ContainsFunc(rows, func(r changes.Row) bool { return r.Risk == row.Risk }) {
				rows = append(rows, row)
			}
		}
	}
	switch {
	case !changed:
		return tier + ": unchanged"
	case len(rows) == 0:
		return tier + ": changes in place, clients go on working"
	}
	slices.SortStableFunc(rows, changes.Compare)
	if rows[0].Effect == changes.DataLoss { // other effects do not matter then
		return fmt.Sprintf("%s: %s (refused unless %s holds %s)", tier, rows[0].Risk, guard.Key, tier)
	}
	texts := make([]string, len(rows))
	for i, row := range rows {
		texts[i] = row.Risk
	}
	return tier + ": " + strings.Join(texts, "; ")
}

// risks returns the risks of one change. It includes a replacement without a row, because a missing row does not mean
// that the replacement is harmless.
func (c Change) risks(tier string) []changes.Row {
	var rows []changes.Row
	if c.Op == apitype.OpCreate || c.Op == apitype.OpDelete {
		return nil
	}
	table := components.Changes[tier]
	for _, property := range c.Properties {
		if row, found := table.Of(c.Type, property, valueAt(c.Old, property), valueAt(c.New, property)); found {
			rows = append(rows, row)
		}
	}
	felt := slices.ContainsFunc(rows, func(r changes.Row) bool {
		return r.Effect == changes.DataLoss || r.Effect == changes.Replacement || r.Effect == changes.ManualStep
	})
	if c.Op == apitype.OpReplace && !felt && table.Has(c.Type) {
		rows = append(rows, changes.Row{
			Effect: changes.Replacement, Risk: "replaces " + resource.URN(c.URN).Name() + " because of what it depends on",
		})
	}
	return rows
}

// Tier returns the name of a resource's outermost component type, such as "database"; empty for none.
func (c Change) Tier() string {
	outermost, _, _ := strings.Cut(string(resource.URN(c.URN).QualifiedType()), "$")
	if outermost == string(resource.RootStackType) {
		_, rest, _ := strings.Cut(string(resource.URN(c.URN).QualifiedType()), "$")
		outermost, _, _ = strings.Cut(rest, "$")
	}
	parts := strings.Split(outermost, ":")
	if len(parts) != 3 || parts[0] != "morpheus" {
		return ""
	}
	return parts[1]
}

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
