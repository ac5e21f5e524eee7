package provider

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// Plain converts properties to the values of an API call: secrets in plain text, without unknown values and nulls.
func Plain(properties resource.PropertyMap) account.Values {
	out := account.Values{}
	for k, v := range properties {
		if strings.HasPrefix(string(k), "__") { // keys of the engine and the bridge
			continue
		}
		if p, ok := plain(v); ok {
			out[string(k)] = p
		}
	}
	return out
}

func plain(v resource.PropertyValue) (any, bool) {
	switch {
	case v.IsSecret():
		return plain(v.SecretValue().Element)
	case v.IsOutput():
		if !v.OutputValue().Known {
			return nil, false
		}
		return plain(v.OutputValue().Element)
	case v.IsNull(), v.IsComputed():
		return nil, false
	case v.IsArray():
		items := []any{}
		for _, item := range v.ArrayValue() {
			if p, ok := plain(item); ok {
				items = append(items, p)
			}
		}
		return items, true
	case v.IsObject():
		return Plain(v.ObjectValue()), true
	default:
		return v.V, true
	}
}

// withoutTags returns the state without some tags: those of a map, and those of a list, which a scaling group has.
func withoutTags(state account.Values, keys []string) account.Values {
	out := maps.Clone(state)
	for _, name := range []string{"tags", "tagsAll"} {
		switch tags := state[name].(type) {
		case map[string]any:
			tags = maps.Clone(tags)
			maps.DeleteFunc(tags, func(key string, _ any) bool { return slices.Contains(keys, key) })
			out[name] = tags
		case []any:
			out[name] = slices.DeleteFunc(slices.Clone(tags), func(tag any) bool {
				fields, _ := tag.(map[string]any)
				key, _ := fields["key"].(string)
				return slices.Contains(keys, key)
			})
		}
	}
	return out
}

// Typed converts values back to properties. Secret inputs and properties that the SDK marks as secret are secret again.
func Typed(state account.Values, given resource.PropertyMap, facts *contract.Resource) resource.PropertyMap {
	out := resource.NewPropertyMapFromMap(state)
	for k, v := range out {
		if given[k].ContainsSecrets() || secretByContract(string(k), facts) {
			out[k] = resource.MakeSecret(v)
		}
	}
	return out
}

func secretByContract(name string, facts *contract.Resource) bool {
	if facts == nil {
		return false
	}
	for _, s := range facts.SecretOutputs {
		if s == name {
			return true
		}
	}
	return facts.Inputs[name] != nil && facts.Inputs[name].Secret
}

func unknown() resource.PropertyValue { return resource.MakeComputed(resource.NewProperty("")) }

// Planned returns the state of a resource in a preview: the inputs, the provider's defaults, and unknown outputs.
func Planned(inputs resource.PropertyMap, facts *contract.Resource) resource.PropertyMap {
	out := inputs.Copy()
	delete(out, defaultsKey)
	for name, p := range facts.Inputs {
		k := resource.PropertyKey(name)
		switch _, given := out[k]; {
		case given:
		case p.Default != nil:
			out[k] = resource.NewPropertyValue(p.Default)
		case p.Computed:
			out[k] = unknown()
		}
	}
	for name := range facts.Outputs {
		if _, given := out[resource.PropertyKey(name)]; !given {
			out[resource.PropertyKey(name)] = unknown()
		}
	}
	return out
}

// PlannedUpdate returns the state of a resource in the preview of an update in place.
func PlannedUpdate(token string, old, state, news resource.PropertyMap) resource.PropertyMap {
	out := state.Copy()
	for k := range old {
		if facts := contract.Load().Resources[token].Inputs[string(k)]; news[k].IsNull() &&
			(facts == nil || !facts.Computed) {
			delete(out, k) // computed values stay
		}
	}
	maps.Copy(out, news)
	delete(out, defaultsKey)
	for _, k := range changedOutputs(token, old, news) {
		out[k] = unknown()
	}
	return out
}
