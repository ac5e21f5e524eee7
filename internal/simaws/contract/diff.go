package contract

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Change is one property that differs between what is there and what is wanted.
type Change struct {
	Path string
	// Op is "add", "delete" or "update".
	Op string
	// Replace is true when the provider cannot make the change in place.
	Replace bool
}

// Diff compares the inputs that made a resource with the inputs that are wanted now, as the provider plans it: a property
// left out equals its default, and one that AWS fills in by itself is left alone when it is not given.
func (r *Resource) Diff(old, wanted resource.PropertyMap) []Change {
	d := &differ{}
	d.object("", r.Inputs, old, wanted, false)
	return d.changes
}

type differ struct{ changes []Change }

func (d *differ) object(path string, facts map[string]*Property, old, wanted resource.PropertyMap, replace bool) {
	keys := map[resource.PropertyKey]bool{}
	for k := range old {
		keys[k] = true
	}
	for k := range wanted {
		keys[k] = true
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if strings.HasPrefix(string(k), "__") {
			continue
		}
		p := facts[string(k)]
		if p == nil {
			p = &Property{Type: "any"}
		}
		d.property(join(path, string(k)), p, old[k], wanted[k], replace || p.ForceNew)
	}
}

func (d *differ) property(path string, p *Property, old, wanted resource.PropertyValue, replace bool) {
	old, _ = unwrap(old)
	wanted, _ = unwrap(wanted)
	if isUnset(wanted) && !isUnset(old) && p.Computed {
		return
	}
	old, wanted = orDefault(old, p), orDefault(wanted, p)
	switch {
	case isUnset(old) && isUnset(wanted):
	case isUnset(old):
		d.add(path, "add", replace)
	case isUnset(wanted):
		d.add(path, "delete", replace)
	case wanted.IsComputed():
		// Not known in the preview: the provider plans the change, and the engine shows it as such.
		d.add(path, "update", replace)
	case p.Properties != nil && old.IsObject() && wanted.IsObject():
		d.object(path, p.Properties, old.ObjectValue(), wanted.ObjectValue(), replace)
	case canonical(p, old) != canonical(p, wanted):
		d.add(path, "update", replace || nestedForceNew(p))
	}
}

func (d *differ) add(path, op string, replace bool) {
	d.changes = append(d.changes, Change{Path: path, Op: op, Replace: replace})
}

// nestedForceNew says whether any field of a list's objects replaces: lists are compared as a whole.
func nestedForceNew(p *Property) bool {
	fields := p.Properties
	if p.Items != nil && p.Items.Properties != nil {
		fields = p.Items.Properties
	}
	if len(fields) == 0 {
		return false
	}
	for _, f := range fields {
		if !f.ForceNew {
			return false
		}
	}
	return true
}

func isUnset(v resource.PropertyValue) bool {
	return v.IsNull() || v.IsArray() && len(v.ArrayValue()) == 0 || v.IsObject() && len(v.ObjectValue()) == 0
}

func orDefault(v resource.PropertyValue, p *Property) resource.PropertyValue {
	if !v.IsNull() || p.Default == nil {
		return v
	}
	return resource.NewPropertyValue(p.Default)
}

// canonical is a text that is equal for values that the provider regards as equal.
func canonical(p *Property, v resource.PropertyValue) string {
	v, _ = unwrap(v)
	switch {
	case v.IsArray():
		parts := make([]string, 0, len(v.ArrayValue()))
		for _, item := range v.ArrayValue() {
			parts = append(parts, canonical(itemOf(p), item))
		}
		if p.Set {
			slices.Sort(parts)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case v.IsObject():
		fields := v.ObjectValue()
		parts := make([]string, 0, len(fields))
		for _, k := range slices.Sorted(maps.Keys(fields)) {
			f := p.Properties[string(k)]
			if f == nil {
				f = itemOf(p)
			}
			if value := orDefault(fields[k], f); !isUnset(value) {
				parts = append(parts, string(k)+"="+canonical(f, value))
			}
		}
		return "{" + strings.Join(parts, ",") + "}"
	default:
		return fmt.Sprintf("%T:%v", v.V, v.V)
	}
}

func itemOf(p *Property) *Property {
	if p.Items != nil {
		return &p.Items.Property
	}
	return &Property{Type: "object", Properties: p.Properties}
}
