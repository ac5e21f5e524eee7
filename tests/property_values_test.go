package tests

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"

	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
)

// legalValue is one legal value of a key.
type legalValue struct {
	key string
	is  any
}

func (v legalValue) String() string { return fmt.Sprint(v.key, " ", v.is) }

// roleServices are the services whose roles an account has once.
var roleServices = map[string]string{
	"serviceLinkedRoles.autoscaling": "autoscaling.amazonaws.com",
	"serviceLinkedRoles.opensearch":  "opensearchservice.amazonaws.com",
}

// TestEveryLegalValueDeploys deploys each value of each enumeration and each end of each range. Values of different
// keys share a run where the configuration accepts them together.
func TestEveryLegalValueDeploys(t *testing.T) {
	for _, environment := range []string{"production", "development"} {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			pending := legal(environment == "production")
			total, rounds := len(pending), 0
			for len(pending) > 0 {
				before := len(pending)
				for _, name := range valueStacks[environment] {
					row := keyEffect{on: name}
					config, taken := together(t, row, pending)
					if len(taken) == 0 {
						continue
					}
					rounds++
					a := effectAccount(t)
					for key, service := range roleServices {
						if slices.Contains(taken, legalValue{key: key, is: stackconfig.RoleCreate}) {
							lacksRole(service)(t, a, "")
						}
					}
					simaws.Furnish(a, config.Text)
					_, err := launch{Stack: effectStacks[name].stack, Config: config, Account: a}.Start()
					require.NoError(t, err, "the configuration accepts these values of %s, so they must deploy; one of them does "+
						"not: %v", name, taken)
					pending = slices.DeleteFunc(pending, func(v legalValue) bool { return slices.Contains(taken, v) })
				}
				if len(pending) == before {
					break
				}
			}
			left := map[string]bool{}
			for _, v := range pending {
				at := environment + " " + v.String()
				left[at] = true
				assert.Contains(t, impossible, at, "%s is legal by itself, but no configuration that the test tries has it: give "+
					"it companions", v)
			}
			for at := range impossible {
				assert.Equal(t, strings.HasPrefix(at, environment), left[at], "%s deploys: remove it from impossible", at)
			}
			t.Logf("looked at %d values in %d deployments", total, rounds)
		})
	}
}

// legal are the values to try. In development they are those of the limits that production narrows.
func legal(production bool) []legalValue {
	var out []legalValue
	limits := leafKeys()
	for _, key := range slices.Sorted(maps.Keys(limits)) {
		limit, differs := stackconfig.ForProduction(limits[key])
		if !production {
			limit = limits[key]
		}
		if !production && !differs {
			continue
		}
		for _, v := range legalValues(limit) {
			out = append(out, legalValue{key: key, is: v})
		}
	}
	return out
}

// legalValues are all values of an enumeration, the largest type of each family, and the ends of a range.
func legalValues(limit stackconfig.Limit) []any {
	switch l := limit.(type) {
	case stackconfig.Range:
		if l.Max == 0 {
			return []any{l.Min, 1<<31 - 1}
		}
		return []any{l.Min, l.Max}
	case stackconfig.Numbers:
		return anyOf(l)
	case stackconfig.Flag:
		return []any{true, false}
	case stackconfig.Choice:
		return anyOf(l.Values)
	case stackconfig.Version:
		return anyOf(allowedVersions(l))
	case stackconfig.Types:
		largestFirst := l.All()
		slices.Reverse(largestFirst)
		return anyOf(slices.CompactFunc(largestFirst, func(a, b string) bool { return familyOf(a) == familyOf(b) }))
	}
	return nil
}

func familyOf(instanceType string) string {
	family, _, _ := strings.Cut(strings.TrimPrefix(instanceType, "db."), ".")
	return family
}

// together sets as many values on a stack as the configuration accepts, at most one of each key.
func together(t *testing.T, row keyEffect, pending []legalValue) (harness.Config, []legalValue) {
	t.Helper()
	config, taken := row.config(t), []legalValue(nil)
	for _, v := range pending {
		if slices.ContainsFunc(taken, func(other legalValue) bool { return other.key == v.key }) {
			continue
		}
		if changed, ok := accepted(t, row, config, v, taken); ok {
			config, taken = changed, append(taken, v)
		}
	}
	return config, taken
}

// accepted returns a configuration with a value, alone or with its companions, in which the values before still stand.
func accepted(
	t *testing.T, row keyEffect, config harness.Config, v legalValue, before []legalValue,
) (harness.Config, bool) {
	t.Helper()
	for _, with := range append([]overrides{nil}, companions[v.key]...) {
		changed, ok := set(t, change(t, config, with), v)
		if !ok {
			return nil, false
		}
		if slices.ContainsFunc(before, func(b legalValue) bool { return !stands(t, changed, b) }) {
			continue
		}
		if loads(row, changed) == nil {
			return changed, true
		}
	}
	return nil, false
}

// set returns a configuration with a value; false where it has no element for it. A node type comes with another one of
// the same size.
func set(t *testing.T, config harness.Config, v legalValue) (harness.Config, bool) {
	t.Helper()
	if v.key == "cluster.instanceTypes[]" {
		return change(t, config, overrides{"cluster.instanceTypes": withPartner(fmt.Sprint(v.is))}), true
	}
	list, _, isElement := strings.Cut(v.key, "[]")
	if isElement {
		if _, at := valueAt(t, config, list); at == nil || len(at.([]any)) == 0 {
			return nil, false
		}
	}
	path, _ := valueAt(t, config, v.key)
	return setAt(t, config, path, v.is), true
}

func stands(t *testing.T, config harness.Config, v legalValue) bool {
	t.Helper()
	if v.key == "cluster.instanceTypes[]" {
		_, types := valueAt(t, config, "cluster.instanceTypes")
		return slices.Contains(types.([]any), v.is)
	}
	list, _, isElement := strings.Cut(v.key, "[]")
	if isElement {
		if _, at := valueAt(t, config, list); at == nil || len(at.([]any)) == 0 {
			return false
		}
	}
	_, is := valueAt(t, config, v.key)
	return plainText(is) == plainText(v.is)
}

func loads(row keyEffect, config harness.Config) error {
	_, err := stackconfig.Load(stackconfig.Source{Stack: effectStacks[row.stack()].stack, Values: config})
	return err
}

// withPartner is a list of a node type and another one of the same size.
func withPartner(instanceType string) []any {
	types, _ := leafKeys()["cluster.instanceTypes[]"].(stackconfig.Types)
	_, size, _ := strings.Cut(instanceType, ".")
	for _, other := range types.All() {
		_, same, _ := strings.Cut(other, ".")
		if other != instanceType && same == size && memoryClass(other) == memoryClass(instanceType) {
			return []any{instanceType, other}
		}
	}
	return []any{instanceType}
}

// memoryClass is the same for families with the same memory for each vCPU: t3 and t3a have that of m.
func memoryClass(instanceType string) string {
	return strings.Replace(instanceType[:1], "t", "m", 1)
}

// Of the types, the run above deploys one of each family.
func TestEveryInstanceTypeIsAccepted(t *testing.T) {
	t.Parallel()
	looked := 0
	for key, limit := range leafKeys() {
		types, isTypes := limit.(stackconfig.Types)
		if !isTypes {
			continue
		}
		for _, instanceType := range types.All() {
			looked++
			row := keyEffect{on: "everything in dev"}
			_, ok := accepted(t, row, row.config(t), legalValue{key: key, is: instanceType}, nil)
			assert.True(t, ok, "%s: the families have %s, but no configuration may use it", key, instanceType)
		}
	}
	t.Logf("looked at %d types", looked)
}

// One beyond each end, and a text that no enumeration has, are refused with the key in the message.
func TestOneBeyondEachLimitIsRefused(t *testing.T) {
	t.Parallel()
	looked := 0
	for _, environment := range []string{"production", "development"} {
		for _, r := range stackconfig.Rows() {
			name := valueStacks[environment][0]
			if strings.HasPrefix(r.Key, "network.existing.") {
				name = "existing"
			}
			limit, onlyInDevelopment := r.Limit, []any(nil)
			if narrow, _ := stackconfig.ForProduction(limit); environment == "production" {
				limit = narrow
				onlyInDevelopment = slices.DeleteFunc(legalValues(r.Limit), func(v any) bool {
					return slices.Contains(legalValues(narrow), v)
				})
			}
			row := keyEffect{on: name}
			config := row.config(t)
			for _, wrong := range append(valuesBeyond(limit, config, t, r.Key), onlyInDevelopment...) {
				if r.Empty != "" && (wrong == 0 || wrong == "") {
					continue
				}
				looked++
				path, _ := valueAt(t, config, r.Key)
				err := loads(row, setAt(t, config, path, wrong))
				keyed, _, _ := strings.Cut(r.Key, "[]")
				if assert.Error(t, err, "%s: %v is beyond the limit in %s: %s", r.Key, wrong, environment, r.Allows()) {
					assert.ErrorContains(t, err, "\n  - "+keyed, "%s: %v: the message must name the key", r.Key, wrong)
				}
			}
		}
	}
	t.Logf("looked at %d values", looked)
}

// valuesBeyond are values that a limit refuses, the nearest to its ends.
func valuesBeyond(limit stackconfig.Limit, config harness.Config, t *testing.T, key string) []any {
	t.Helper()
	_, now := valueAt(t, config, key)
	switch l := limit.(type) {
	case stackconfig.Range:
		out := []any{l.Min - 1}
		if l.Max > 0 {
			out = append(out, l.Max+1)
		}
		return out
	case stackconfig.Numbers:
		return []any{slices.Max(l) + 1, slices.Min(l) - 1}
	case stackconfig.Flag:
		return []any{"maybe"}
	case stackconfig.Choice:
		return []any{l.Values[0] + "x", ""}
	case stackconfig.Version:
		return []any{"0.1", ""}
	case stackconfig.Types:
		return []any{l.Prefix + "x9.large" + l.Suffix, l.All()[0] + "x", ""}
	case stackconfig.IPv4Range:
		return []any{fmt.Sprintf("8.0.0.0/%d", l.MinPrefix-1), "203.0.113.7/24", "2001:db8::/32", ""}
	case stackconfig.Text:
		out := []any{"", "a b\n"}
		if l.MaxLength > 0 {
			out = append(out, strings.Repeat("a", l.MaxLength+1))
		}
		return out
	case stackconfig.List:
		elements, _ := now.([]any)
		var out []any
		if l.Max > 0 {
			more := slices.Clone(elements)
			for len(more) <= l.Max && len(elements) > 0 {
				more = append(more, elements[0])
			}
			out = append(out, more)
		}
		if l.Min > 0 {
			out = append(out, elements[:min(l.Min-1, len(elements))])
		}
		return out
	case stackconfig.Object:
		more := map[string]any{}
		for i := range l.Max + 1 {
			more[fmt.Sprint("key", i)] = "value"
		}
		return []any{more}
	}
	return nil
}
