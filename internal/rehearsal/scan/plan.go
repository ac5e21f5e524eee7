// Package scan hands the recorded resources of a stack to checkov, a scanner that is developed elsewhere, and compares
// its findings with a table of reasons.
//
// checkov reads no Pulumi program. It reads the plan of Terraform, whose provider pulumi-aws wraps: the types and
// properties are the same under other names, which the provider's contract has. CloudFormation would need a second
// description of each type. The plan also has the references between resources, which checkov's graph checks follow.
package scan

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// Hidden stands in a plan for every secret text.
const Hidden = "(sensitive value)"

// plan is the part of `terraform show -json` that checkov reads:
// https://developer.hashicorp.com/terraform/internals/json-format
type plan struct {
	FormatVersion    string           `json:"format_version"`
	TerraformVersion string           `json:"terraform_version"`
	PlannedValues    module           `json:"planned_values"`
	ResourceChanges  []resourceChange `json:"resource_changes"`
	Configuration    struct {
		Providers map[string]any `json:"provider_config"`
		Root      struct {
			Resources []configured `json:"resources"`
		} `json:"root_module"`
	} `json:"configuration"`
}

type module struct {
	Root struct {
		Resources []planned `json:"resources"`
	} `json:"root_module"`
}

type address struct {
	Address string `json:"address"`
	Mode    string `json:"mode"`
	Type    string `json:"type"`
	Name    string `json:"name"`
}

type planned struct {
	address
	Values map[string]any `json:"values"`
}

type configured struct {
	address
	Expressions map[string]references `json:"expressions"`
}

type references struct {
	References []string `json:"references"`
}

type resourceChange struct {
	address
	Change struct {
		Actions []string       `json:"actions"`
		Before  map[string]any `json:"before"`
		After   map[string]any `json:"after"`
	} `json:"change"`
}

// notInName are the characters that a name in Terraform may not have.
var notInName = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// Plan writes the AWS resources of a run as Terraform's plan of a new deployment. It fails on a property that the
// provider's contract does not have, and on two resources with the same address.
func Plan(run *harness.Run) ([]byte, error) {
	out := plan{FormatVersion: "1.2", TerraformVersion: "1.9.0"}
	out.Configuration.Providers = map[string]any{"aws": map[string]any{"name": "aws"}}
	resources := run.AWS()
	at, taken := map[string]address{}, map[string]string{}
	for _, res := range resources {
		a := address{Mode: "managed", Type: TypeName(res.Token), Name: notInName.ReplaceAllString(res.Name, "_")}
		a.Address = a.Type + "." + a.Name
		if other := taken[a.Address]; other != "" {
			return nil, fmt.Errorf("%s and %s have the same address %s", other, res.URN, a.Address)
		}
		at[res.URN], taken[a.Address] = a, res.URN
	}
	for _, res := range resources {
		facts := contract.Load().Resources[res.Token]
		if facts == nil {
			return nil, fmt.Errorf("%s: the provider's contract does not have the type %s", res.Name, res.Token)
		}
		values, err := object(res.Checked, facts.Inputs, false)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", res.Name, err)
		}
		out.PlannedValues.Root.Resources = append(out.PlannedValues.Root.Resources,
			planned{address: at[res.URN], Values: values})
		change := resourceChange{address: at[res.URN]}
		change.Change.Actions, change.Change.After = []string{"create"}, values
		out.ResourceChanges = append(out.ResourceChanges, change)
		out.Configuration.Root.Resources = append(out.Configuration.Root.Resources,
			configured{address: at[res.URN], Expressions: expressions(res, facts.Inputs, at)})
	}
	return json.Marshal(out)
}

// expressions returns the references of a resource by property, as the program has them: Pulumi records for each
// property the resources whose outputs it uses.
func expressions(
	res *harness.Resource, properties map[string]*contract.Property, at map[string]address,
) map[string]references {
	out := map[string]references{}
	for property, dependencies := range res.RPC.GetPropertyDependencies() {
		var names []string
		for _, urn := range dependencies.GetUrns() {
			if a, ok := at[urn]; ok {
				names = append(names, a.Address+".id", a.Address)
			}
		}
		if known := properties[property]; known != nil && len(names) > 0 {
			slices.Sort(names)
			out[upstream(property, known)] = references{References: slices.Compact(names)}
		}
	}
	return out
}

// upstream returns the Terraform name of a property. Only properties newer than the contract's data have none.
func upstream(name string, property *contract.Property) string {
	if property.TF != "" {
		return property.TF
	}
	return snake(name)
}

// object converts the properties of a resource or block, and adds the provider's defaults as a plan does.
func object(
	given resource.PropertyMap, properties map[string]*contract.Property, secret bool,
) (map[string]any, error) {
	out := map[string]any{}
	for name, property := range properties {
		if property.Default != nil {
			out[upstream(name, property)] = property.Default
		}
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if strings.HasPrefix(string(key), "__") { // keys of the engine and the bridge
			continue
		}
		property := properties[string(key)]
		if property == nil {
			return nil, fmt.Errorf("%s: the provider's contract does not have the property", key)
		}
		converted, known, err := value(given[key], property, secret)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		if known {
			out[upstream(string(key), property)] = converted
		}
	}
	return out, nil
}

// value converts a value. It reports false for one that is not known.
func value(v resource.PropertyValue, property *contract.Property, secret bool) (any, bool, error) {
	switch {
	case v.IsSecret():
		return value(v.SecretValue().Element, property, true)
	case v.IsOutput():
		if !v.OutputValue().Known {
			return nil, false, nil
		}
		return value(v.OutputValue().Element, property, secret || v.OutputValue().Secret)
	case v.IsNull(), v.IsComputed():
		return nil, false, nil
	case v.IsArray():
		items := []any{}
		for _, item := range v.ArrayValue() {
			converted, known, err := value(item, property, secret)
			if err != nil {
				return nil, false, err
			}
			if list, nested := converted.([]any); nested && item.IsObject() {
				converted = list[0] // a block in a list is not a list of its own
			}
			if known {
				items = append(items, converted)
			}
		}
		return items, true, nil
	case v.IsObject() && property.Properties != nil:
		block, err := object(v.ObjectValue(), property.Properties, secret)
		return []any{block}, true, err // Pulumi writes a block that occurs once as an object
	case v.IsObject():
		entries := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(v.ObjectValue())) {
			converted, known, err := value(v.ObjectValue()[key], property, secret)
			if err != nil {
				return nil, false, err
			}
			if known {
				entries[string(key)] = converted
			}
		}
		return entries, true, nil
	case v.IsString() && secret:
		return Hidden, true, nil
	case v.IsString() || v.IsBool() || v.IsNumber():
		return v.V, true, nil
	}
	return nil, false, fmt.Errorf("a value of type %s has no form in a plan", v.TypeString())
}
