package account

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// Call is one create, update or delete while a kind's rules look at it.
type Call struct {
	Account *Account
	Region  string
	Kind    *Kind
	// In are the wanted inputs, with the provider's defaults filled in.
	In Values
	// Old is what is there before an update or delete; nil in a create.
	Old *Resource
	// State is what will be there; Outputs functions write to it.
	State Values

	self *Resource
}

func (a *Account) call(kind *Kind, r Request, old *Resource) *Call {
	region := r.Region
	if kind.Global {
		region = ""
	}
	c := &Call{Account: a, Region: r.Region, Kind: kind, In: withDefaults(r.Token, r.Inputs), Old: old}
	c.self = &Resource{Token: r.Token, Region: region, ID: r.ID, Inputs: r.Inputs}
	return c
}

func (c *Call) create() error {
	if err := c.refuse(); err != nil {
		return err
	}
	c.State = maps.Clone(c.In)
	c.self.State = c.State
	c.self.ID = c.expand(c.Kind.ID)
	if c.Kind.ARN != "" {
		c.State["arn"] = "arn:" + c.Account.Partition + ":" + c.expand(c.Kind.ARN)
	}
	if c.Kind.Outputs != nil {
		c.Kind.Outputs(c)
	}
	k := key{c.self.Region, c.Kind.Token, c.self.ID}
	if _, taken := c.Account.resources[k]; taken {
		return fmt.Errorf("%s %s already exists", c.Kind.Token, c.self.ID)
	}
	c.Account.resources[k] = c.self
	return nil
}

func (c *Call) update() error {
	if err := c.refuse(); err != nil {
		return err
	}
	// What AWS computed at the creation stays, and so does what it would fill in by itself when it is no longer asked
	// for; what is wanted now goes over it.
	c.State = maps.Clone(c.Old.State)
	for name := range c.Old.Inputs {
		if _, still := c.In[name]; !still && !computed(c.Kind.Token, name) {
			delete(c.State, name)
		}
	}
	maps.Copy(c.State, c.In)
	c.self.State = c.State
	if c.Kind.Outputs != nil {
		c.Kind.Outputs(c)
	}
	c.Account.resources[key{c.self.Region, c.Kind.Token, c.self.ID}] = c.self
	return nil
}

func computed(token, name string) bool {
	r := contract.Load().Resources[token]
	return r != nil && r.Inputs[name] != nil && r.Inputs[name].Computed
}

func (c *Call) delete() error {
	if holder := c.holder(); holder != nil {
		return fmt.Errorf("DependencyViolation: %s %s is in use by %s %s",
			c.Kind.Token, c.self.ID, holder.Token, holder.ID)
	}
	c.State = c.Old.State
	if c.Kind.OnDelete != nil {
		if err := c.Kind.OnDelete(c); err != nil {
			return err
		}
	}
	delete(c.Account.resources, key{c.self.Region, c.Kind.Token, c.self.ID})
	return nil
}

// refuse is everything a service checks before it makes or changes something.
func (c *Call) refuse() error {
	if name := c.Text(c.Kind.Unique); c.Kind.Unique != "" && name != "" {
		same := c.Find(c.Kind.Token, func(r *Resource) bool {
			return r != c.Old && r.State[c.Kind.Unique] == name && (c.Kind.Within == "" || r.State[c.Kind.Within] == c.In[c.Kind.Within])
		})
		if len(same) > 0 {
			return fmt.Errorf("AlreadyExists: a %s with %s %q exists already", c.Kind.Token, c.Kind.Unique, name)
		}
	}
	for _, ref := range c.Kind.Refs {
		for _, value := range texts(c.In, ref.Path) {
			if value != "" && c.target(ref, value) == nil {
				return fmt.Errorf("%s: %s %q does not exist in %s", ref.NotFound, ref.Path, value, c.Region)
			}
		}
	}
	for _, rule := range c.Kind.Rules {
		if err := rule.Check(c); err != nil {
			return fmt.Errorf("%w [%s]", err, rule.Name)
		}
	}
	return nil
}

// target finds the resource that a reference names, in the same region or in a global service.
func (c *Call) target(ref Ref, value string) *Resource {
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

// holder finds something that keeps this resource from being deleted.
func (c *Call) holder() *Resource {
	for _, r := range c.Account.resources {
		for _, ref := range kinds[r.Token].refs() {
			if !ref.Holds || !slices.Contains(ref.To, c.Kind.Token) || r.Region != "" && r.Region != c.Region {
				continue
			}
			name := c.self.ID
			if ref.By != "id" {
				name, _ = c.Old.State[ref.By].(string)
			}
			if slices.Contains(texts(r.State, ref.Path), name) {
				return r
			}
		}
	}
	return nil
}

func (k *Kind) refs() []Ref {
	if k == nil {
		return nil
	}
	return k.Refs
}

// Find returns the resources of a kind that exist in the call's region (or globally) and match.
func (c *Call) Find(token string, match func(*Resource) bool) []*Resource {
	region := c.Region
	if kind := kinds[token]; kind != nil && kind.Global {
		region = ""
	}
	return c.Account.find(func(r *Resource) bool {
		return r.Token == token && r.Region == region && match(r)
	})
}

// ByID returns the resource of a kind with the given id, or nil.
func (c *Call) ByID(token, id string) *Resource {
	found := c.Find(token, func(r *Resource) bool { return r.ID == id })
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// state of the resource of a kind with the given id, empty when there is none.
func (c *Call) state(token, id string) Values {
	if r := c.ByID(token, id); r != nil {
		return r.State
	}
	return Values{}
}

// Text of an input, "" when it is not given.
func (c *Call) Text(path string) string {
	if all := texts(c.In, path); len(all) > 0 {
		return all[0]
	}
	return ""
}

// Texts of an input that is a list, or of one field of a list's objects: "users[].username".
func (c *Call) Texts(path string) []string { return texts(c.In, path) }

// Number of an input, 0 when it is not given.
func (c *Call) Number(path string) float64 {
	for _, v := range at(c.In, path) {
		if n, ok := v.(float64); ok {
			return n
		}
	}
	return 0
}

// True says whether an input is given and true.
func (c *Call) True(path string) bool {
	for _, v := range at(c.In, path) {
		if v == true {
			return true
		}
	}
	return false
}

// All values of an input at a path.
func (c *Call) All(path string) []any { return at(c.In, path) }

// Keep notes something that AWS keeps after the delete, and text tells a person of it.
func (c *Call) Keep(kind, name, text string) {
	c.Account.kept = append(c.Account.kept, kept{c.Region, kind, name, text})
}

// IsKept says whether AWS still keeps something of this name in the call's region.
func (c *Call) IsKept(kind, name string) bool {
	return slices.ContainsFunc(c.Account.kept, func(k kept) bool { return k.region == c.Region && k.kind == kind && k.name == name })
}

func texts(values Values, path string) []string {
	var out []string
	for _, v := range at(values, path) {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// at walks a path such as "vpcOptions.subnetIds[]" or "users[].username".
func at(values Values, path string) []any {
	if path == "" {
		return nil
	}
	current := []any{values}
	for step := range strings.SplitSeq(path, ".") {
		name, list := strings.CutSuffix(step, "[]")
		var next []any
		for _, v := range current {
			m, ok := v.(map[string]any)
			if !ok {
				continue
			}
			value, ok := m[name]
			if !ok || value == nil {
				continue
			}
			if items, isList := value.([]any); isList && list {
				next = append(next, items...)
			} else {
				next = append(next, value)
			}
		}
		current = next
	}
	return current
}

// withDefaults fills the provider's defaults in, as the state of the real provider has them.
func withDefaults(token string, inputs Values) Values {
	out := maps.Clone(inputs)
	if out == nil {
		out = Values{}
	}
	r := contract.Load().Resources[token]
	if r == nil {
		return out
	}
	for name, p := range r.Inputs {
		if _, given := out[name]; !given && p.Default != nil {
			out[name] = p.Default
		}
	}
	if tags, ok := out["tags"]; ok {
		out["tagsAll"] = tags
	}
	return out
}

// document parses a policy that was given as JSON text.
func document(text string) (doc struct {
	Statement []struct {
		Effect    string
		Principal any
		Action    any
		Resource  any
		Condition map[string]map[string]any
	}
}, err error) {
	err = json.Unmarshal([]byte(text), &doc)
	return doc, err
}

// list turns a policy element, which is a string or a list of strings, into a list.
func list(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, item := range v {
			if s, ok := item.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}
