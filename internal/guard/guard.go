// Package guard keeps the data of a deployed stack, in every environment and whatever options an update is started
// with. Pulumi and AWS also protect production, but the guard names the key that allows the change, and does not block a
// destroy. It has three parts:
//
//   - CheckDeployed refuses values of the configuration, before anything is registered.
//   - Keep refuses the replacement of a resource, whatever the reason: --replace, a taint, drift, what it depends on.
//   - Option warns in the preview of changes that affect clients.
package guard

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/changes"
	"github.com/morpheus-ha/morpheus-aws/internal/deployed"
)

// Key is the configuration key that lists the tiers whose data may be lost.
const Key = "safety.allowReplace"

// Option returns a hook with which the engine calls Check before it updates the component of a tier, also in a preview.
// The engine updates the component if one of its inputs changes, before its children. Only then does a program get both
// the old and the new inputs. allowed are the tiers in the value of Key.
//
// The SDK's mocks have no hooks, so with mocks the option is empty.
func Option(
	ctx *pulumi.Context, tier string, table changes.Table, allowed []string, state deployed.State,
) (pulumi.ResourceOption, error) {
	if ctx.RunningWithMocks() {
		return pulumi.Composite(), nil
	}
	warn := func(warning string) error { return ctx.Log.Warn(warning, nil) }
	hook, err := ctx.RegisterResourceHook(tier+"-keeps-its-data", Hook(tier, table, allowed, state, warn),
		&pulumi.ResourceHookOptions{OnDryRun: true})
	if err != nil {
		return nil, fmt.Errorf("guard of %s: %w", tier, err)
	}
	return pulumi.ResourceHooks(&pulumi.ResourceHookBinding{BeforeUpdate: []*pulumi.ResourceHook{hook}}), nil
}

// Hook returns the function that Option registers: it calls Check with the inputs of an update. warn shows a warning in
// the preview. A component has outputs if its tier was once complete. If it never was, there is nothing to lose.
func Hook(
	tier string, table changes.Table, allowed []string, state deployed.State, warn func(string) error,
) func(*pulumi.ResourceHookArgs) error {
	return func(args *pulumi.ResourceHookArgs) error {
		if !state.Completed() && len(args.OldOutputs) == 0 {
			return nil
		}
		warnings, err := Check(tier, table, slices.Contains(allowed, tier), state, args.OldInputs, args.NewInputs)
		for _, warning := range warnings {
			err = errors.Join(err, warn(warning))
		}
		return err
	}
}

// Check compares the inputs of a tier's component with those of the last update. It returns an error for a change that
// loses data, unless safety.allowReplace lists the tier now and did so in the last update. The first update with the
// tier removes AWS's deletion protection; with the protection on, the replacement would stop half-way. Check returns
// warnings for allowed changes that affect clients. What CheckDeployed finds in the configuration does not get here.
func Check(
	tier string, table changes.Table, allowed bool, state deployed.State, old, wanted resource.PropertyMap,
) (warnings []string, err error) {
	reported := map[string]bool{}
	for _, row := range table {
		if row.Input == "" || reported[row.Input] || row.Effect == changes.Refused {
			continue
		}
		before, given := old[resource.PropertyKey(row.Input)]
		after := wanted[resource.PropertyKey(row.Input)]
		before, after = unwrapped(before), unwrapped(after)
		if !given || before.DeepEquals(after) || row.When != nil && !row.When(before.V, after.V) {
			continue
		}
		reported[row.Input] = true
		change := fmt.Sprintf("%s: %s from %s to %s", tier, named(row), shown(before), shown(after))
		switch {
		case !row.NeedsPermission():
			warnings = append(warnings, change+": "+row.Risk)
		case hasAlready(state, tier, row, after):
			// An update with --target has made the change, without the component.
		case !allowed:
			return nil, fmt.Errorf("%s %s; the %s is kept as it is. If that is meant, add %q to %s",
				change, row.Risk, tier, tier, Key)
		case unwrapped(old["protect"]).V == true:
			return nil, errors.New(onlyNow(change, row))
		default:
			warnings = append(warnings, change+" "+row.Risk)
		}
	}
	return warnings, nil
}

// hasAlready reports whether the deployed resource of a tier has the value already.
func hasAlready(state deployed.State, tier string, row changes.Row, value resource.PropertyValue) bool {
	for _, r := range state.OfType(row.Token) {
		if r.Tier() == tier {
			return resource.NewPropertyValue(r.At(row.Property)).DeepEquals(value)
		}
	}
	return false
}

// named returns the input of a row with the keys that change it.
func named(row changes.Row) string {
	if row.Keys == "" {
		return "changing " + row.Input
	}
	return fmt.Sprintf("changing %s (%s)", row.Input, row.Keys)
}

// unwrapped returns a value without secret and output wrappers.
func unwrapped(v resource.PropertyValue) resource.PropertyValue {
	switch {
	case v.IsSecret():
		return unwrapped(v.SecretValue().Element)
	case v.IsOutput() && v.OutputValue().Known:
		return unwrapped(v.OutputValue().Element)
	case v.IsArray():
		out := make([]resource.PropertyValue, len(v.ArrayValue()))
		for i, item := range v.ArrayValue() {
			out[i] = unwrapped(item)
		}
		return resource.NewProperty(out)
	}
	return v
}

// shown returns a value in the form for messages.
func shown(v resource.PropertyValue) string {
	switch {
	case v.ContainsUnknowns():
		return "a value not known yet, because what it comes from is replaced,"
	case v.IsString():
		return fmt.Sprintf("%q", v.StringValue())
	case v.IsArray():
		parts := make([]string, len(v.ArrayValue()))
		for i, item := range v.ArrayValue() {
			parts[i] = shown(item)
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	return fmt.Sprint(v.V)
}
