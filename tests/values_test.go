package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// visit calls f with each text in a value, its path, and whether it is secret.
func visit(path string, v resource.PropertyValue, secret bool, f func(path, text string, secret bool)) {
	switch {
	case v.IsSecret():
		visit(path, v.SecretValue().Element, true, f)
	case v.IsString():
		f(path, v.StringValue(), secret)
	case v.IsArray():
		for i, item := range v.ArrayValue() {
			visit(fmt.Sprintf("%s[%d]", path, i), item, secret, f)
		}
	case v.IsObject():
		for k, item := range v.ObjectValue() {
			visit(strings.TrimPrefix(path+"."+string(k), "."), item, secret, f)
		}
	}
}

// statement is a statement of a policy document, with the resource that it was found in.
type statement struct {
	where     *registered
	property  string
	Sid       string
	Effect    string
	Principal any
	Action    any
	Resource  any
	Condition map[string]map[string]any
}

func (s statement) String() string { return fmt.Sprintf("%s %s %s", s.where.Name, s.property, s.Sid) }

// statements returns the statements of all policy documents in the inputs of resources.
func statements(r *recorder) []statement {
	var out []statement
	for _, res := range r.All() {
		visit("", resource.NewProperty(res.Inputs), false, func(path, text string, _ bool) {
			var document struct{ Statement []statement }
			if json.Unmarshal([]byte(text), &document) != nil {
				return
			}
			for _, s := range document.Statement {
				s.where, s.property = res, path
				out = append(out, s)
			}
		})
	}
	return out
}

// list returns a policy element, which is one text or a list of texts, as a list.
func list(v any) []string {
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

// principals returns the principals of a statement, of all kinds.
func (s statement) principals() []string {
	object, ok := s.Principal.(map[string]any)
	if !ok {
		return list(s.Principal)
	}
	var out []string
	for _, kind := range slices.Sorted(maps.Keys(object)) {
		out = append(out, list(object[kind])...)
	}
	return out
}
