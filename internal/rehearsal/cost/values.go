package cost

import (
	"fmt"
	"strconv"
	"strings"
)

// list returns the values at a path of inputs, also inside lists.
func list(inputs any, path string) []any {
	if items, isList := inputs.([]any); isList {
		var out []any
		for _, item := range items {
			out = append(out, list(item, path)...)
		}
		return out
	}
	if path == "" {
		return []any{inputs}
	}
	fields, _ := inputs.(map[string]any)
	name, rest, _ := strings.Cut(path, ".")
	next, found := fields[name]
	if !found || next == nil {
		return nil
	}
	return list(next, rest)
}

// text returns the first value at a path as text; empty for none.
func text(inputs any, path string) string {
	if all := list(inputs, path); len(all) > 0 {
		return fmt.Sprint(all[0])
	}
	return ""
}

// number returns the first value at a path as a number; 0 for none. Providers take numbers as text too.
func number(inputs any, path string) float64 {
	n, err := strconv.ParseFloat(text(inputs, path), 64)
	if err != nil {
		return 0
	}
	return n
}

func isTrue(inputs any, path string) bool { return text(inputs, path) == "true" }
