package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// valueAt is the value of a key in a configuration, and its path with indices: of a list the last element that has a
// value there.
func valueAt(t *testing.T, config harness.Config, key string) ([]any, any) {
	t.Helper()
	section, rest, _ := strings.Cut(key, ".")
	text := config[namespace+":"+section]
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		value = text
	}
	path := []any{section}
	if rest == "" {
		return path, value
	}
	for name := range strings.SplitSeq(rest, ".") {
		name, isList := strings.CutSuffix(name, "[]")
		path = append(path, name)
		if object, ok := value.(map[string]any); ok {
			value = object[name]
		}
		if !isList {
			continue
		}
		list, _ := value.([]any)
		require.NotEmpty(t, list, "%s: the stack of its row in effects has no element", key)
		at := len(list) - 1
		after, _ := strings.CutPrefix(key[strings.LastIndex(key, "[]")+2:], ".")
		for i, item := range list {
			if object, ok := item.(map[string]any); ok && object[after] != nil {
				at = i
			}
		}
		path, value = append(path, at), list[at]
	}
	return path, value
}

// setAt returns a configuration with another value at a path.
func setAt(t *testing.T, config harness.Config, path []any, value any) harness.Config {
	t.Helper()
	key := namespace + ":" + fmt.Sprint(path[0])
	var root any
	if len(path) > 1 {
		require.NoError(t, json.Unmarshal([]byte(config[key]), &root))
	}
	out := maps.Clone(config)
	out[key] = encode(t, put(root, path[1:], value))
	return out
}

func put(in any, path []any, value any) any {
	if len(path) == 0 {
		return value
	}
	switch at := path[0].(type) {
	case int:
		list, _ := in.([]any)
		list[at] = put(list[at], path[1:], value)
		return list
	default:
		object, _ := in.(map[string]any)
		name := fmt.Sprint(at)
		object[name] = put(object[name], path[1:], value)
		return object
	}
}

// others are values beside the present one that a limit may allow, the nearest first.
func others(limit stackconfig.Limit, now any) []any {
	var out []any
	text := fmt.Sprint(now)
	switch l := limit.(type) {
	case stackconfig.Range:
		for step := 1; step <= 6; step++ {
			n := int(asNumber(now))
			out = append(out, n+step, n-step)
		}
	case stackconfig.Numbers:
		return anyOf(following(l, int(asNumber(now))))
	case stackconfig.Flag:
		return []any{now != true}
	case stackconfig.Choice:
		return anyOf(following(l.Values, text))
	case stackconfig.Types:
		return anyOf(following(l.All(), text))
	case stackconfig.Version:
		for _, version := range allowedVersions(l) {
			if version != text {
				out = append(out, version)
			}
		}
	case stackconfig.IPv4Range:
		return []any{"198.51.100.0/24", "10.51.0.0/16", "10.60.0.0/25"}
	case stackconfig.Object:
		return []any{map[string]any{"Team": "operations"}}
	case stackconfig.Text:
		for i := range text {
			if next := nextCharacter(text[i]); next != text[i] {
				out = append(out, text[:i]+string(next)+text[i+1:])
			}
		}
	}
	return out
}

// following are all values but one, those after it first.
func following[T comparable](all []T, one T) []T {
	at := slices.Index(all, one)
	return slices.DeleteFunc(slices.Concat(all[at+1:], all[:at+1]), func(v T) bool { return v == one })
}

func anyOf[T any](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// nextCharacter is another letter or digit; every other character stays.
func nextCharacter(c byte) byte {
	switch {
	case c >= '0' && c < '9', c >= 'a' && c < 'z', c >= 'A' && c < 'Z':
		return c + 1
	case c == '9':
		return '0'
	case c == 'z', c == 'Z':
		return c - 1
	}
	return c
}

func asNumber(value any) float64 {
	n, _ := value.(float64)
	return n
}

// allowedVersions are versions of an engine as they are configured, with a patch number where one is needed.
func allowedVersions(v stackconfig.Version) []string {
	var out []string
	for _, version := range versions.Deployable(v.Engine) {
		out = append(out, strings.Replace(version, "*", "9", 1))
	}
	return out
}
