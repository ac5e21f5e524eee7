// Package guard refuses configuration changes that would replace a tier's data, and warns in the preview of changes
// that affect clients. Pulumi and AWS also protect production, but the guard works in every environment, names the key
// that allows the change, and does not block a destroy.
package guard

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/changes"
)

// Key is the configuration key that lists the tiers whose data may be lost.
const Key = "safety.allowReplace"

// Option returns a hook with which the engine calls Check before it updates the component of a tier, also in a preview.
// The engine updates the component if one of its inputs changes, before its children. Only then does a program get both
// the old and the new inputs. allowed are the tiers in the value of Key.
//
// The SDK's mocks have no hooks, so with mocks the option is empty.
func Option(
	ctx *pulumi.Context, tier string, table changes.Table, allowed []string,
) (pulumi.ResourceOption, error) {
	if ctx.RunningWithMocks() {
		return pulumi.Composite(), nil
	}
	warn := func(warning string) error { return ctx.Log.Warn(warning, nil) }
	hook, err := ctx.RegisterResourceHook(tier+"-keeps-its-data", Hook(tier, table, allowed, warn),
		&pulumi.ResourceHookOptions{OnDryRun: true})
	if err != nil {
		return nil, fmt.Errorf("guard of %s: %w", tier, err)
	}
	return pulumi.ResourceHooks(&pulumi.ResourceHookBinding{BeforeUpdate: []*pulumi.ResourceHook{hook}}), nil
}

// Hook returns the function that Option registers: it calls Check with the inputs of an update. warn shows a warning in
// the preview.
func Hook(
	tier string, table changes.Table, allowed []string, warn func(string) error,
) func(*pulumi.ResourceHookArgs) error {
	return func(args *pulumi.ResourceHookArgs) error {
		warnings, err := Check(tier, table, slices.Contains(allowed, tier), args.OldInputs, args.NewInputs)
		for _, warning := range warnings {
			err = errors.Join(err, warn(warning))
		}
		return err
	}
}

// Check compares the inputs of a tier's component with those of the last update. It returns an error for a change that
// loses data, unless safety.allowReplace lists the tier now and did so in the last update. The first update with the
// tier removes AWS's deletion protection; with the protection on, the replacement would stop half-way. Check returns
// warnings for allowed changes that affect clients.
func Check(
	tier string, table changes.Table, allowed bool, old, wanted resource.PropertyMap,
) (warnings []string, err error) {
	reported := map[string]bool{}
	for _, row := range table {
		if row.Input == "" || reported[row.Input] {
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
		case row.Effect != changes.DataLoss:
			warnings = append(warnings, change+": "+row.Risk)
		case !allowed:
			return nil, fmt.Errorf("%s %s; nothing has been changed. If that is meant, add %q to %s",
				change, row.Risk, tier, Key)
		case unwrapped(old["protect"]).V == true:
			return nil, fmt.Errorf("%s %s, and is allowed only now; run `pulumi up` with %s alone first, which takes the "+
				"protection off", change, row.Risk, Key)
		default:
			warnings = append(warnings, change+" "+row.Risk)
		}
	}
	return warnings, nil
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
