// Package guard keeps a tier's data from being replaced by a change of its configuration, and warns in the preview of
// changes that are felt. Production is protected by the engine too; this holds in every environment, names the key that
// would allow it, and does not stand in the way of a destroy.
package guard

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/risk"
)

// Key is the configuration key that lists the tiers whose data may be lost.
const Key = "safety.allowReplace"

// Option makes the engine ask before it changes the component of a tier. The component is updated whenever an input of
// it changes, before any of its children, and the engine then knows both the old inputs and the new ones: nothing else
// in a program does. It asks in a preview too.
//
// The mocks of the SDK have no hooks, so there the option is empty.
func Option(ctx *pulumi.Context, tier string, allowed []string) (pulumi.ResourceOption, error) {
	if ctx.RunningWithMocks() {
		return pulumi.Composite(), nil
	}
	hook, err := ctx.RegisterResourceHook(tier+"-keeps-its-data", func(args *pulumi.ResourceHookArgs) error {
		warnings, err := Check(tier, slices.Contains(allowed, tier), args.OldInputs, args.NewInputs)
		for _, warning := range warnings {
			err = errors.Join(err, ctx.Log.Warn(warning, nil))
		}
		return err
	}, &pulumi.ResourceHookOptions{OnDryRun: true})
	if err != nil {
		return nil, fmt.Errorf("guard of %s: %w", tier, err)
	}
	return pulumi.ResourceHooks(&pulumi.ResourceHookBinding{BeforeUpdate: []*pulumi.ResourceHook{hook}}), nil
}

// Check returns an error when the inputs of a tier's component change in a way that loses its data, unless that is
// allowed and was so before: AWS's own deletion protection goes with the first update that allows it, and with it still
// on the replacement would stop half-way. Warnings name what goes through and is felt.
func Check(tier string, allowed bool, old, wanted resource.PropertyMap) (warnings []string, err error) {
	told := map[string]bool{}
	for _, row := range risk.Table(tier) {
		if row.Input == "" || told[row.Input] {
			continue
		}
		before, had := old[resource.PropertyKey(row.Input)]
		after := wanted[resource.PropertyKey(row.Input)]
		before, after = bare(before), bare(after)
		if !had || before.DeepEquals(after) || row.When != nil && !row.When(before.V, after.V) {
			continue
		}
		told[row.Input] = true
		change := fmt.Sprintf("%s: %s from %s to %s", tier, named(row), shown(before), shown(after))
		switch {
		case row.Effect != risk.Loses:
			warnings = append(warnings, change+": "+row.Risk)
		case !allowed:
			return nil, fmt.Errorf("%s %s; nothing has been changed. If that is meant, add %q to %s", change, row.Risk, tier, Key)
		case bare(old["protect"]).V == true:
			return nil, fmt.Errorf("%s %s, and is allowed only now; run `pulumi up` with %s alone first, which takes the protection off", change, row.Risk, Key)
		default:
			warnings = append(warnings, change+" "+row.Risk)
		}
	}
	return warnings, nil
}

func named(row risk.Row) string {
	if row.Keys == "" {
		return "changing " + row.Input
	}
	return fmt.Sprintf("changing %s (%s)", row.Input, row.Keys)
}

// bare takes the wrapping of secrets and outputs off.
func bare(v resource.PropertyValue) resource.PropertyValue {
	switch {
	case v.IsSecret():
		return bare(v.SecretValue().Element)
	case v.IsOutput() && v.OutputValue().Known:
		return bare(v.OutputValue().Element)
	case v.IsArray():
		out := make([]resource.PropertyValue, len(v.ArrayValue()))
		for i, item := range v.ArrayValue() {
			out[i] = bare(item)
		}
		return resource.NewProperty(out)
	}
	return v
}

func shown(v resource.PropertyValue) string {
	switch {
	case v.ContainsUnknowns():
		return "a value not known yet, because what it comes from is made anew,"
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
