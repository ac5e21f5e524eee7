package tests

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/internal/changes"
	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	state "github.com/morpheus-ha/morpheus-aws/internal/deployed"
	dataguard "github.com/morpheus-ha/morpheus-aws/internal/guard"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// otherValues are values to which an input may change; the first that the row is about is taken.
func otherValues(v resource.PropertyValue) []resource.PropertyValue {
	out := []resource.PropertyValue{
		resource.NewProperty("OpenSearch_1.0"), resource.NewProperty("other"), resource.NewProperty(0.0),
		resource.NewProperty(1e6), resource.NewProperty([]resource.PropertyValue{resource.NewProperty("other")}),
	}
	switch {
	case v.IsBool():
		out = append(out, resource.NewProperty(!v.BoolValue()))
	case v.IsObject():
		for _, name := range v.ObjectValue().StableKeys() {
			changed := v.ObjectValue().Copy()
			changed[name] = resource.NewProperty("other")
			out = append(out, resource.NewProperty(changed))
		}
	}
	return slices.DeleteFunc(out, func(o resource.PropertyValue) bool {
		return o.TypeString() != v.TypeString() || o.DeepEquals(v)
	})
}

// changedInputs are the inputs of a tier's component before and after a change that the row calls a loss of data.
func changedInputs(of *registered, row changes.Row) (old, wanted resource.PropertyMap, found bool) {
	old, wanted = of.Inputs.Copy(), of.Inputs.Copy()
	key := resource.PropertyKey(row.Input)
	before := old[key]
	if before.IsString() && before.StringValue() == "" {
		before = resource.NewProperty("was here") // an optional part that is taken away again
		old[key] = before
	}
	if before.IsComputed() || before.IsOutput() || before.IsSecret() {
		return nil, nil, false
	}
	for _, after := range otherValues(before) {
		if row.When == nil || row.When(before.V, after.V) {
			wanted[key] = after
			return old, wanted, true
		}
	}
	return nil, nil, false
}

func TestAllowingATierAllowsNoOther(t *testing.T) {
	var none state.State
	everywhere(t, func(p *property, d deployment) {
		for _, tier := range stackconfig.Replaceable {
			component := componentOf(t, d.recorder, tier)
			for _, row := range components.Changes[tier] {
				if !row.NeedsPermission() || row.Input == "" {
					continue
				}
				if _, given := component.Inputs[resource.PropertyKey(row.Input)]; !p.is(given, "%s: the guard compares the input "+
					"%s, which the component does not have: its change would go through; name an input of it in Row.Input",
					tier, row.Input) {
					continue
				}
				old, wanted, found := changedInputs(component, row)
				if !p.is(found, "%s: no change of %s loses data by its row: see Row.When", tier, row.Input) {
					continue
				}
				for _, allowed := range append([]string{""}, stackconfig.Replaceable...) {
					opened := old.Copy()
					opened["protect"] = resource.NewProperty(false) // as after the update that allows it, or in development
					warnings := 0
					err := dataguard.Hook(tier, components.Changes[tier], []string{allowed}, none, func(string) error {
						warnings++
						return nil
					})(&pulumi.ResourceHookArgs{OldInputs: opened, NewInputs: wanted, OldOutputs: opened})
					if allowed == tier {
						p.is(err == nil && warnings > 0, "%s: safety.allowReplace names it, and the guard does not let the change of "+
							"%s through with a warning: %v", tier, row.Input, err)
					} else {
						p.is(err != nil, "%s: the change of %s, which loses data, goes through although safety.allowReplace "+
							"does not name the tier: only its own name may allow it; see internal/guard", tier, row.Input)
					}
				}
			}
		}
	})
}

// protections are what keeps a resource: Pulumi's, AWS's own, and the last copy.
func protections(res *registered) map[string]any {
	out := map[string]any{"protect": res.RPC.GetProtect()}
	for _, flag := range []string{"deletionProtection", "enableDeletionProtection", "skipFinalSnapshot", "forceDestroy",
		"recoveryWindowInDays", "deletionWindowInDays"} {
		if contract.Load().Resources[res.Token].Inputs[flag] != nil {
			out[flag] = res.Get(flag)
		}
	}
	return out
}

// The program takes the protection of a tier off by the same key; it must be that of the tier alone.
func TestAllowingATierUnprotectsNoOther(t *testing.T) {
	kept := deployed(t, "prod")
	before := map[string]map[string]any{}
	for _, res := range kept.AWS() {
		before[res.URN] = protections(res)
	}
	looked := 0
	for _, allowed := range stackconfig.Replaceable {
		r, err := run(t, "prod", overrides{"safety.allowReplace": []any{allowed}})
		if err != nil {
			t.Fatalf("prod does not deploy with safety.allowReplace [%q]: %v", allowed, err)
		}
		opened := 0
		for _, res := range r.AWS() {
			for flag, value := range protections(res) {
				looked++
				switch tier := tierOf(r, res); {
				case value == before[res.URN][flag]:
				case tier == allowed:
					opened++
				default:
					t.Errorf("%s: %s is %v with safety.allowReplace [%q], want %v as without: the tier %s must ask "+
						"Config.ProtectionOf for itself", res.Name, flag, value, allowed, before[res.URN][flag], tier)
				}
			}
		}
		if opened == 0 {
			t.Errorf("safety.allowReplace [%q] takes no protection off: the replacement would stop half-way", allowed)
		}
	}
	t.Logf("looked at %d protections for %d tiers", looked, len(stackconfig.Replaceable))
}
