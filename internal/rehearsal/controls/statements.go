package controls

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
)

// Visit calls f with each text in a value, its path, and whether it is secret.
func Visit(path string, v resource.PropertyValue, secret bool, f func(path, text string, secret bool)) {
	switch {
	case v.IsSecret():
		Visit(path, v.SecretValue().Element, true, f)
	case v.IsString():
		f(path, v.StringValue(), secret)
	case v.IsArray():
		for i, item := range v.ArrayValue() {
			Visit(fmt.Sprintf("%s[%d]", path, i), item, secret, f)
		}
	case v.IsObject():
		for k, item := range v.ObjectValue() {
			Visit(strings.TrimPrefix(path+"."+string(k), "."), item, secret, f)
		}
	}
}

// Statement is a statement of a policy document, with the resource that it was found in.
type Statement struct {
	Where     *harness.Resource
	Property  string
	Sid       string
	Effect    string
	Principal any
	Action    any
	Resource  any
	Condition map[string]map[string]any
}

func (s Statement) String() string { return fmt.Sprintf("%s %s %s", s.Where.Name, s.Property, s.Sid) }

// Statements returns the statements of all policy documents in the inputs of resources.
func Statements(r *harness.Run) []Statement {
	var out []Statement
	for _, res := range r.All() {
		Visit("", resource.NewProperty(res.Inputs), false, func(path, text string, _ bool) {
			var document struct{ Statement []Statement }
			if json.Unmarshal([]byte(text), &document) != nil {
				return
			}
			for _, s := range document.Statement {
				s.Where, s.Property = res, path
				out = append(out, s)
			}
		})
	}
	return out
}

// List returns a policy element, which is one text or a list of texts, as a list.
func List(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		out := make([]string, len(v))
		for i, item := range v {
			out[i] = fmt.Sprint(item)
		}
		return out
	}
	return nil
}

// Principals returns the principals of a statement, of all kinds.
func (s Statement) Principals() []string {
	object, ok := s.Principal.(map[string]any)
	if !ok {
		return List(s.Principal)
	}
	var out []string
	for _, kind := range slices.Sorted(maps.Keys(object)) {
		out = append(out, List(object[kind])...)
	}
	return out
}
