package contract

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Failure is a property that the provider refuses.
type Failure struct {
	Property string // a path such as "users[0].password"
	Reason   string
}

func (f Failure) String() string { return f.Property + ": " + f.Reason }

// Check checks the inputs of a resource against its contract. It accepts unknown values (in a preview). It checks
// secrets, but never quotes them. The result is sorted by property.
func (r *Resource) Check(inputs resource.PropertyMap) []Failure {
	c := &checker{}
	c.object("", r.Inputs, r.Outputs, inputs)
	r.checkGroups(c, "", r.Inputs, inputs, inputs)
	slices.SortFunc(c.failures, func(a, b Failure) int { return strings.Compare(a.String(), b.String()) })
	return c.failures
}

// Check checks the arguments of an invoke against its contract.
func (f *Function) Check(args resource.PropertyMap) []Failure {
	c := &checker{}
	c.object("", f.Inputs, nil, args)
	return c.failures
}

// CheckProvider checks the configuration of an AWS provider against its contract.
func (s *Set) CheckProvider(config resource.PropertyMap) []Failure {
	c := &checker{}
	c.object("", s.Provider, nil, config)
	return c.failures
}

type checker struct{ failures []Failure }

func (c *checker) fail(path, format string, args ...any) {
	c.failures = append(c.failures, Failure{path, fmt.Sprintf(format, args...)})
}

func (c *checker) object(path string, facts, outputs map[string]*Property, value resource.PropertyMap) {
	for key, v := range value {
		name := string(key)
		if strings.HasPrefix(name, "__") { // keys of the engine
			continue
		}
		at := join(path, name)
		p, ok := facts[name]
		switch {
		case ok:
			c.value(at, p, v)
		case outputs[name] != nil:
			c.fail(at, "is set by AWS and cannot be given")
		default:
			c.fail(at, "unknown property; known are %s", strings.Join(slices.Sorted(maps.Keys(facts)), ", "))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		p := facts[name]
		if !p.Required || p.Autonamed {
			continue
		}
		if v, ok := value[resource.PropertyKey(name)]; !ok || v.IsNull() {
			c.fail(join(path, name), "missing required property")
		}
	}
}

func (c *checker) value(path string, p *Property, v resource.PropertyValue) {
	v, secret := unwrap(v)
	if v.IsNull() || v.IsComputed() {
		return
	}
	shown := func() string {
		if secret || p.Secret {
			return "a secret value"
		}
		return fmt.Sprintf("%v", v.V)
	}
	switch p.Type {
	case "string":
		if !v.IsString() {
			c.fail(path, "must be a string, got %s", v.TypeString())
			return
		}
		c.text(path, p, v.StringValue(), shown())
		c.validate(path, p, v.StringValue(), shown())
	case "int", "float":
		if !v.IsNumber() {
			c.fail(path, "must be a number, got %s", v.TypeString())
			return
		}
		n := v.NumberValue()
		if p.Type == "int" && n != float64(int64(n)) {
			c.fail(path, "must be a whole number, got %v", n)
		}
		outside := p.Min != nil && n < *p.Min || p.Max != nil && n > *p.Max
		switch {
		case p.Min == nil && p.Max == nil:
			c.oneOf(path, p, n, shown())
		case outside && !p.allows(n): // a validator may accept a range or single values: 0 or 7..30
			c.fail(path, "must be in the range %s, got %v", bounds(p), n)
		}
		c.validate(path, p, n, shown())
	case "bool":
		if !v.IsBool() {
			c.fail(path, "must be true or false, got %s", v.TypeString())
		}
	case "any":
		c.validate(path, p, v.V, shown())
	case "object":
		if !v.IsObject() {
			c.fail(path, "must be an object, got %s", v.TypeString())
			return
		}
		if p.Properties != nil {
			c.object(path, p.Properties, nil, v.ObjectValue())
		}
	case "list":
		c.list(path, p, v)
	case "map":
		if !v.IsObject() {
			c.fail(path, "must be a map, got %s", v.TypeString())
			return
		}
		for key, item := range v.ObjectValue() {
			c.item(join(path, string(key)), p, item)
		}
	}
}

func (c *checker) list(path string, p *Property, v resource.PropertyValue) {
	if !v.IsArray() {
		c.fail(path, "must be a list, got %s", v.TypeString())
		return
	}
	items := v.ArrayValue()
	if p.MinItems > 0 && len(items) < p.MinItems {
		c.fail(path, "must have at least %d items, got %d", p.MinItems, len(items))
	}
	if p.MaxItems > 0 && len(items) > p.MaxItems {
		c.fail(path, "must have at most %d items, got %d", p.MaxItems, len(items))
	}
	for i, item := range items {
		c.item(fmt.Sprintf("%s[%d]", path, i), p, item)
	}
}

func (c *checker) item(path string, p *Property, v resource.PropertyValue) {
	c.value(path, p.element(), v)
}

func (c *checker) text(path string, p *Property, s, shown string) {
	n := float64(len(s))
	if p.Min != nil && n < *p.Min || p.Max != nil && n > *p.Max {
		c.fail(path, "must have %s characters, got %d", bounds(p), len(s))
	}
	for _, pattern := range p.Pattern {
		if re, err := regexp.Compile(pattern); err == nil && !re.MatchString(s) {
			c.fail(path, "must match %s, got %s", pattern, shown)
		}
	}
	c.oneOf(path, p, s, shown)
}

// validate runs the checks of the provider's code. A policy may also be an object, which the SDK converts to text.
func (c *checker) validate(path string, p *Property, v any, shown string) {
	if _, isObject := v.(resource.PropertyMap); isObject {
		return
	}
	for _, check := range p.checks {
		if wrong := check(v); wrong != "" {
			c.fail(path, "%s, got %s", wrong, shown)
		}
	}
}

// oneOf compares as text, because the data has the allowed values of numbers as text too.
func (c *checker) oneOf(path string, p *Property, v any, shown string) {
	if len(p.Enum) == 0 {
		return
	}
	if !p.allows(v) {
		allowed := make([]string, len(p.Enum))
		for i, e := range p.Enum {
			allowed[i] = fmt.Sprint(e)
		}
		c.fail(path, "must be one of %s, got %s", strings.Join(allowed, ", "), shown)
	}
}

// allows reports whether the enum has a value.
func (p *Property) allows(v any) bool {
	text := fmt.Sprint(v)
	return slices.ContainsFunc(p.Enum, func(e any) bool {
		return fmt.Sprint(e) == text || p.IgnoreCase && strings.EqualFold(fmt.Sprint(e), text)
	})
}

// checkGroups checks groups of properties, at the top level and in nested objects. As in the provider, an explicit
// false counts as given (https://github.com/hashicorp/terraform-provider-aws/issues/32002), and a value that is not
// yet known is accepted.
func (r *Resource) checkGroups(c *checker, path string, facts map[string]*Property, inputs, at resource.PropertyMap) {
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		p, full := facts[name], join(path, name)
		v, _ := unwrap(at[resource.PropertyKey(name)])
		if v.IsObject() {
			r.checkGroups(c, full, p.Properties, inputs, v.ObjectValue())
		}
		if !v.IsNull() && !v.IsComputed() {
			for _, other := range p.ConflictsWith {
				if otherPath, o := r.byTF(other, inputs); !o.IsNull() && !o.IsComputed() {
					c.fail(full, "conflicts with %s", otherPath)
				}
			}
			for _, other := range p.RequiredWith {
				if otherPath, o := r.byTF(other, inputs); o.IsNull() {
					c.fail(full, "also needs %s", otherPath)
				}
			}
		}
		r.checkCounts(c, full, p, inputs)
	}
}

// checkCounts reports a group once, with the path of its first property.
func (r *Resource) checkCounts(c *checker, full string, p *Property, inputs resource.PropertyMap) {
	for one, names := range map[bool][]string{true: p.ExactlyOneOf, false: p.AtLeastOneOf} {
		var paths []string
		known, unknown := 0, 0
		for _, name := range names {
			path, v := r.byTF(name, inputs)
			paths = append(paths, path)
			switch {
			case v.IsComputed():
				unknown++
			case !v.IsNull():
				known++
			}
		}
		slices.Sort(paths)
		switch {
		case len(paths) == 0 || paths[0] != full:
		case one && (known > 1 || known+unknown == 0):
			c.fail(full, "exactly one of %s must be given, got %d", strings.Join(paths, ", "), known)
		case !one && known+unknown == 0:
			c.fail(full, "at least one of %s must be given", strings.Join(paths, ", "))
		}
	}
}

// byTF returns the path and the value of a property by its upstream path, such as "vpc_options.0.subnet_ids".
func (r *Resource) byTF(name string, inputs resource.PropertyMap) (string, resource.PropertyValue) {
	path, facts, value := "", r.Inputs, resource.NewProperty(inputs)
	for step := range strings.SplitSeq(name, ".") {
		if step == "0" { // a block with at most one item is an object in the SDK
			continue
		}
		found := false
		for key, p := range facts {
			if p.TF != step {
				continue
			}
			found, path, facts = true, join(path, key), p.Properties
			if value.IsObject() {
				value, _ = unwrap(value.ObjectValue()[resource.PropertyKey(key)])
			}
			break
		}
		if !found {
			return name, resource.NewNullProperty()
		}
	}
	return path, value
}

func bounds(p *Property) string {
	switch {
	case p.Min == nil:
		return fmt.Sprintf("at most %v", *p.Max)
	case p.Max == nil:
		return fmt.Sprintf("at least %v", *p.Min)
	default:
		return fmt.Sprintf("%v..%v", *p.Min, *p.Max)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// unwrap removes secret and output wrappers; the result is plain, null or computed.
func unwrap(v resource.PropertyValue) (plain resource.PropertyValue, secret bool) {
	for {
		switch {
		case v.IsSecret():
			v, secret = v.SecretValue().Element, true
		case v.IsOutput():
			o := v.OutputValue()
			secret = secret || o.Secret
			if !o.Known {
				return resource.MakeComputed(resource.NewProperty("")), secret
			}
			v = o.Element
		default:
			return v, secret
		}
	}
}
