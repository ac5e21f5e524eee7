package awstypes

import "strings"

// Texts returns the texts at a path of properties, such as "vpcOptions.subnetIds[]" or "users[].username".
func Texts(values Values, path string) []string {
	var out []string
	for _, v := range at(values, path) {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// at returns all values at a path; "[]" after a name stands for each element of a list.
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

func numberOr(v any, otherwise float64) float64 {
	if n, ok := v.(float64); ok {
		return n
	}
	return otherwise
}

func anys(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}
