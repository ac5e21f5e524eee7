package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// visit calls f with every text of a value, its path, and whether it is secret there.
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

// statement is one statement of a policy document, wherever it was found.
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

// statements of every policy document that any resource was given.
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

// list turns an element of a policy, one text or several, into a list.
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

// principals of a statement, of whatever kind.
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
