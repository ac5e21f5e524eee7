package contract

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Change is one property that differs between the old and the new inputs.
type Change struct {
	Path string
	// Op is "add", "delete" or "update".
	Op string
	// Replace is true when the provider cannot make the change in place.
	Replace bool
}

// Diff compares the old and the new inputs of a resource like the provider. An unset property equals its default. An
// unset property that AWS computes is not compared.
func (r *Resource) Diff(old, wanted resource.PropertyMap) []Change {
	d := &differ{}
	d.object("", r.Inputs, old, wanted)
	return d.changes
}

type differ struct{ changes []Change }

func (d *differ) object(path string, facts map[string]*Property, old, wanted resource.PropertyMap) {
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
		d.property(join(path, string(k)), p, old[k], wanted[k])
	}
}

// property compares one property. Adding or removing a block with ForceNew replaces the resource; for a change inside
// the block, each field decides.
func (d *differ) property(path string, p *Property, old, wanted resource.PropertyValue) {
	old, _ = unwrap(old)
	wanted, _ = unwrap(wanted)
	if isUnset(wanted) && !isUnset(old) && p.Computed {
		return
	}
	old, wanted = orDefault(old, p), orDefault(wanted, p)
	switch {
	case isUnset(old) && isUnset(wanted):
	case isUnset(old):
		d.add(path, "add", p.ForceNew || fieldReplaces(p, wanted))
	case isUnset(wanted):
		d.add(path, "delete", p.ForceNew || fieldReplaces(p, old))
	case wanted.IsComputed():
		// The value is unknown in the preview, so the provider plans a change.
		d.add(path, "update", p.ForceNew)
	case p.Properties != nil && old.IsObject() && wanted.IsObject():
		d.object(path, p.Properties, old.ObjectValue(), wanted.ObjectValue())
	case canonical(p, old) != canonical(p, wanted):
		d.add(path, "update", p.ForceNew || nestedForceNew(p))
	}
}

func (d *differ) add(path, op string, replace bool) {
	d.changes = append(d.changes, Change{Path: path, Op: op, Replace: replace})
}

// fieldReplaces reports whether an added or removed object has a field with ForceNew.
func fieldReplaces(p *Property, v resource.PropertyValue) bool {
	if !v.IsObject() {
		return false
	}
	for k, field := range v.ObjectValue() {
		field, _ = unwrap(field)
		if f := p.Properties[string(k)]; f != nil && !isUnset(field) && (f.ForceNew || fieldReplaces(f, field)) {
			return true
		}
	}
	return false
}

// nestedForceNew reports whether every field of a list's objects has ForceNew. Lists are compared as a whole, so a
// change to one field of several counts as an update.
func nestedForceNew(p *Property) bool {
	fields := p.element().Properties
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

// canonical returns the same text for values that are equal for the provider.
func canonical(p *Property, v resource.PropertyValue) string {
	v, _ = unwrap(v)
	switch {
	case v.IsArray():
		parts := make([]string, 0, len(v.ArrayValue()))
		for _, item := range v.ArrayValue() {
			parts = append(parts, canonical(p.element(), item))
		}
		if p.Set {
			slices.Sort(parts)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case v.IsObject():
		fields := v.ObjectValue().Copy()
		for name := range p.Properties { // an unset field equals its default
			fields[resource.PropertyKey(name)] = fields[resource.PropertyKey(name)]
		}
		parts := make([]string, 0, len(fields))
		for _, k := range slices.Sorted(maps.Keys(fields)) {
			f := p.Properties[string(k)]
			if f == nil {
				f = p.element()
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
