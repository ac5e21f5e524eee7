package awstypes

import (
	"slices"
	"strings"
)

// Resource is one resource in the simulated account.
type Resource struct {
	Token  string
	Region string // empty for a global service
	ID     string
	Inputs Values
	State  Values // inputs, defaults and computed values
	// Fixture is true for a resource that existed before the first deployment.
	Fixture bool `json:"-"`
	// Digits are the random parts of the endpoints, by name.
	Digits map[string]string `json:"-"`
}

// Store holds the resources of the simulated account.
type Store interface {
	// Resources returns the resources of a type in a region; "" means all regions. Resources of a global type are in
	// every region.
	Resources(token, region string) []*Resource
	// Add adds a resource that no provider asked for, such as the nodes of a scaling group.
	Add(r *Resource)
	// Remove removes a resource from the account.
	Remove(r *Resource)
	// NewDigits returns n hexadecimal digits that no earlier call returned.
	NewDigits(n int) string
	// Keep records a resource that AWS keeps after a delete. Its name stays taken in the region.
	Keep(region, kind, name, description string)
	// IsKept reports whether AWS still keeps a resource with this kind and name in the region.
	IsKept(region, kind, name string) bool
}

// Call is a create, update, delete or look-up in the simulated account. Rules read it.
type Call struct {
	Store     Store
	AccountID string
	Partition string
	Region    string
	// Type is the record of the resource's type; nil in a look-up.
	Type *Type
	// ID is the id of the resource. In a create, it is empty until the resource exists.
	ID string
	// In are the requested inputs with the provider's defaults, or the arguments of a look-up.
	In Values
	// Old is the resource before an update or delete; nil in a create.
	Old *Resource
	// OldIn are the inputs of Old with the provider's defaults.
	OldIn Values
	// Known is the state of the resource as the engine has it in an update; AWS may have changed it since. It is nil if
	// the caller has no engine.
	Known Values
	// State is the state after the call; Outputs functions write to it.
	State Values
	// Digits are the random parts of the resource's endpoints, by name.
	Digits map[string]string
}

// Find returns the resources of a type that exist in the call's region (or globally) and match.
func (c *Call) Find(token string, match func(*Resource) bool) []*Resource {
	return slices.DeleteFunc(c.Store.Resources(token, c.Region), func(r *Resource) bool { return !match(r) })
}

// FindBy is Find for resources whose property has the value.
func (c *Call) FindBy(token, property string, value any) []*Resource {
	return c.Find(token, func(r *Resource) bool { return r.State[property] == value })
}

// ByID returns the resource of a type with the given id, or nil.
func (c *Call) ByID(token, id string) *Resource {
	found := c.Find(token, func(r *Resource) bool { return r.ID == id })
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// state returns the state of the resource of a type with the given id; empty if there is none.
func (c *Call) state(token, id string) Values {
	if r := c.ByID(token, id); r != nil {
		return r.State
	}
	return Values{}
}

// Target returns the resource that a reference names, in the same region or in a global service, or nil.
func (c *Call) Target(ref Reference, value string) *Resource {
	for _, token := range ref.To {
		found := c.Find(token, func(r *Resource) bool {
			if ref.By == "id" {
				return r.ID == value
			}
			return r.State[ref.By] == value
		})
		if len(found) > 0 {
			return found[0]
		}
	}
	return nil
}

// Text returns the text of an input; "" if it is not set.
func (c *Call) Text(path string) string {
	if all := Texts(c.In, path); len(all) > 0 {
		return all[0]
	}
	return ""
}

// texts returns the texts of a list input, or of one field of a list's objects: "users[].username".
func (c *Call) texts(path string) []string { return Texts(c.In, path) }

// number returns the number of an input; 0 if it is not set.
func (c *Call) number(path string) float64 {
	for _, v := range at(c.In, path) {
		if n, ok := v.(float64); ok {
			return n
		}
	}
	return 0
}

// isTrue reports whether an input is set and true.
func (c *Call) isTrue(path string) bool { return slices.Contains(at(c.In, path), any(true)) }

// keep records a resource that AWS keeps after the delete; the report shows the description.
func (c *Call) keep(kind, name, description string) { c.Store.Keep(c.Region, kind, name, description) }

// isKept reports whether AWS still keeps a resource with this name in the call's region.
func (c *Call) isKept(kind, name string) bool { return c.Store.IsKept(c.Region, kind, name) }

// fill sets a computed property unless the request has a value.
func (c *Call) fill(property string, value any) {
	if c.State[property] == nil {
		c.State[property] = value
	}
}

// once sets an output to the value of a pattern at the creation and keeps it in updates.
func (c *Call) once(output, pattern string) {
	if c.State[output] == nil {
		c.State[output] = c.Expand(pattern)
	}
}

// digitsOnce returns hexadecimal digits for a part of an endpoint. They do not change while the resource exists.
func (c *Call) digitsOnce(part string, n int) string {
	if c.Digits == nil {
		c.Digits = map[string]string{}
		if c.Old != nil && c.Old.Digits != nil {
			c.Digits = c.Old.Digits
		}
	}
	if c.Digits[part] == "" {
		c.Digits[part] = c.Store.NewDigits(n)
	}
	return c.Digits[part]
}

// Expand replaces the placeholders in a pattern of an id or ARN; see Simulation for the placeholders.
func (c *Call) Expand(pattern string) string {
	var out strings.Builder
	for {
		before, rest, open := strings.Cut(pattern, "{")
		out.WriteString(before)
		if !open {
			return out.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		out.WriteString(c.placeholder(name))
		pattern = after
	}
}

func (c *Call) placeholder(name string) string {
	switch name {
	case "id":
		return c.ID
	case "region":
		return c.Region
	case "account":
		return c.AccountID
	case "suffix":
		return DNSSuffix(c.Partition)
	case "partition":
		return c.Partition
	case "hex8":
		return c.Store.NewDigits(8)
	case "hex16":
		return c.Store.NewDigits(16)
	case "hex17":
		return c.Store.NewDigits(17)
	case "hex32":
		return c.Store.NewDigits(32)
	case "suffix6":
		return c.Store.NewDigits(6)
	case "uuid":
		h := c.Store.NewDigits(32)
		return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:32]}, "-")
	default:
		return c.Text(name)
	}
}
