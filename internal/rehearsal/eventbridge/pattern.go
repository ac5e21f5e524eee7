// Package eventbridge matches events with the patterns of EventBridge rules: the part of the language that this project
// uses, which is exact values. A pattern with anything else is an error, not a match.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
package eventbridge

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// maxPattern is the largest size of a pattern, in characters.
const maxPattern = 4096

// Pattern is the pattern of a rule.
type Pattern map[string]any

// Parse reads a pattern as PutRule does.
func Parse(text string) (Pattern, error) {
	if len(text) > maxPattern {
		return nil, fmt.Errorf("a pattern has at most %d characters, got %d", maxPattern, len(text))
	}
	var p Pattern
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, errors.New("a pattern is a JSON object")
	}
	return p, valid(p, "")
}

func valid(p map[string]any, at string) error {
	if len(p) == 0 {
		return fmt.Errorf("an empty pattern at %q", at)
	}
	for _, name := range slices.Sorted(maps.Keys(p)) {
		path := at + "." + name
		switch v := p[name].(type) {
		case map[string]any:
			if err := valid(v, path); err != nil {
				return err
			}
		case []any:
			if len(v) == 0 {
				return fmt.Errorf("%s: an empty array", path)
			}
			for _, value := range v {
				switch value.(type) {
				case map[string]any, []any:
					return fmt.Errorf("%s: this package knows no content filters", path)
				}
			}
		default:
			return fmt.Errorf("%s: must be an object or an array", path)
		}
	}
	return nil
}

// Matches reports whether an event, as JSON, matches the pattern.
func (p Pattern) Matches(event string) (bool, error) {
	var e map[string]any
	if err := json.Unmarshal([]byte(event), &e); err != nil {
		return false, fmt.Errorf("an event is a JSON object: %w", err)
	}
	return matches(p, e), nil
}

// matches compares an object. EventBridge looks into arrays, also of objects: one element is enough.
func matches(p map[string]any, event any) bool {
	if list, isList := event.([]any); isList {
		return slices.ContainsFunc(list, func(element any) bool { return matches(p, element) })
	}
	object, isObject := event.(map[string]any)
	if !isObject {
		return false
	}
	for name, want := range p {
		got, has := object[name]
		if !has {
			return false
		}
		if inner, nested := want.(map[string]any); nested {
			if !matches(inner, got) {
				return false
			}
			continue
		}
		values, _ := want.([]any)
		if !anyOf(values, got) {
			return false
		}
	}
	return true
}

func anyOf(values []any, got any) bool {
	if list, isList := got.([]any); isList {
		return slices.ContainsFunc(list, func(element any) bool { return anyOf(values, element) })
	}
	if _, isObject := got.(map[string]any); isObject {
		return false
	}
	return slices.Contains(values, got)
}
