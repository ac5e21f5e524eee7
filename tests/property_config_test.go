package tests

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"

	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// Each key of the configuration gets another legal value, and the inputs of all resources are compared with those
// before. The inputs of components are left out: they follow from the configuration by reflection, whether or not a
// resource uses the key.
func TestEveryKeyHasItsEffectInItsPlacesOnly(t *testing.T) {
	limits := leafKeys()
	for key := range effects {
		assert.Contains(t, limits, key, "the configuration has no such key: remove its row of effects")
	}
	bases := map[string]map[string]placed{}
	for key := range limits {
		row, ok := effects[key]
		if !assert.True(t, ok, "%s: say in property_effects_test.go which inputs of which resources it changes", key) {
			continue
		}
		if on := row.stack(); bases[on] == nil {
			bases[on] = inputsOf(row.deploy(t, row.config(t), nil), row.config(t))
		}
	}
	t.Logf("looked at %d keys on %d stacks", len(limits), len(bases))
	for key, limit := range limits {
		row, ok := effects[key]
		if !ok || row.pair {
			continue
		}
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			before := bases[row.stack()]
			config, value, isOther := row.other(t, key, limit)
			if !isOther { // the only legal value must stand in its places
				assert.Empty(t, row.misplaced(before, value), "%s has one legal value, %v", key, value)
				return
			}
			after := inputsOf(row.deploy(t, config, value), config)
			changed := changedPlaces(before, after)
			if row.compared {
				assert.Empty(t, changed, "%s changes nothing that is deployed", key)
				return
			}
			require.NotEmpty(t, changed, "%s: %v changes nothing that is deployed: a resource must use the key", key, value)
			if !row.everywhere {
				assert.Empty(t, row.unexpected(changed), "%s: %v changes these inputs, which it must not. "+
					"If the program is right, add them to the row of effects", key, value)
			}
			assert.Empty(t, row.unchanged(changed, after),
				"%s: %v must change these inputs too: a resource ignores the key", key, value)
			assert.Empty(t, row.misplaced(after, value), "%s: the new value %v does not stand in these places", key, value)
			if old, unique := row.onlyOf(t, key, config); unique {
				assert.Empty(t, standing(after, "*", "*", old), "%s: the old value still stands in these inputs", key)
			}
		})
	}
}

// leafKeys are the limits of all keys that have a value of their own. TestEveryKeyHasOneRowOfItsOwnType finds a field
// of the configuration without one.
func leafKeys() map[string]stackconfig.Limit {
	out := map[string]stackconfig.Limit{}
	for _, row := range stackconfig.Rows() {
		if _, isList := row.Limit.(stackconfig.List); !isList {
			out[row.Key] = row.Limit
		}
	}
	return out
}

// keyEffect is what another value of a key changes.
type keyEffect struct {
	// on is the stack of effectStacks on which the key has an effect (default: everything).
	on string
	// to is the other value (default: the next one that the configuration accepts), and with what must change beside it.
	to   any
	with overrides
	// everywhere is true for a key whose effects are too many to list.
	everywhere bool
	// compared is true for a key that decides whether an update is allowed, and changes no input in this deployment.
	compared bool
	// pair is true for a key of two stacks, which a test of its own deploys; why names it.
	pair bool
	// exists puts what the value names into the account.
	exists func(t testing.TB, a *account.Account, value string)
	// why is the reason for any of the fields above.
	why string
	in  []effect
}

// effect is one place that a key changes.
type effect struct {
	// of is the name of the resource; "*" stands for any text, such as a zone.
	of string
	// at is the path of the input without indices; a statement of a policy is named by its Sid, user data by its file or
	// variable. "+" are resources that only the new value has, and "-" those that only the old value has.
	at string
	// is returns what stands there for a value (default: the value itself). It is nil for what is removed.
	is func(value any) string
	// gone is true when the value must not stand there.
	gone bool
	// some is true when only some of the resources with such a name change.
	some bool
}

func (k keyEffect) stack() string {
	if k.on == "" {
		return "everything"
	}
	return k.on
}

// config is that of the stack on which the key has an effect.
func (k keyEffect) config(t *testing.T) harness.Config {
	t.Helper()
	on, ok := effectStacks[k.stack()]
	require.True(t, ok, "effectStacks has no %s", k.on)
	config, made := effectConfigs.Load(k.stack())
	if !made {
		config, _ = effectConfigs.LoadOrStore(k.stack(), harness.Config(change(t, loadStack(t, on.stack), on.over)))
	}
	return maps.Clone(config.(harness.Config))
}

// effectConfigs are the configurations of effectStacks by name.
var effectConfigs sync.Map

// deploy runs the program in an account that has what the value names.
func (k keyEffect) deploy(t *testing.T, config harness.Config, value any) *recorder {
	t.Helper()
	a := effectAccount(t)
	if k.exists != nil && value != nil {
		k.exists(t, a, fmt.Sprint(value))
	}
	simaws.Furnish(a, config.Text)
	r, err := launch{
		Stack: effectStacks[k.stack()].stack, Config: config, Account: a,
	}.Start()
	require.NoError(t, err, "what the configuration accepts must deploy")
	return r
}

// other returns the configuration with another legal value of a key, and that value. Where the limit has only one
// value, it returns this value and false.
func (k keyEffect) other(t *testing.T, key string, limit stackconfig.Limit) (harness.Config, any, bool) {
	t.Helper()
	config := k.config(t)
	path, now := valueAt(t, config, key)
	values := []any{k.to}
	if k.to == nil {
		values = others(limit, now)
	}
	if len(values) == 0 {
		return config, now, false
	}
	var refused error
	for _, value := range values {
		changed := setAt(t, change(t, config, k.with), path, value)
		_, refused = stackconfig.Load(stackconfig.Source{Stack: effectStacks[k.stack()].stack, Values: changed})
		if refused == nil {
			return changed, value, true
		}
	}
	require.NoError(t, refused, "%s: none of %d other values is legal beside the other keys; give one in effects",
		key, len(values))
	return nil, nil, false
}

// place is an input of a resource.
type place struct{ name, token, at string }

func (p place) String() string { return p.name + " (" + p.token + ") " + p.at }

func (e effect) matches(p place) bool { return like(e.of, p.name) && e.at == p.at }

// like reports whether a text has the form of another, in which "*" stands for any text.
func like(form, text string) bool {
	start, rest, more := strings.Cut(form, "*")
	if !more {
		return form == text
	}
	text, ok := strings.CutPrefix(text, start)
	if !ok {
		return false
	}
	for at := range len(text) + 1 {
		if like(rest, text[at:]) {
			return true
		}
	}
	return false
}

// unexpected are the changed places that the row does not have.
func (k keyEffect) unexpected(changed []place) []string {
	var out []string
	for _, p := range changed {
		if !slices.ContainsFunc(k.in, func(e effect) bool { return e.matches(p) }) {
			out = append(out, p.String())
		}
	}
	return out
}

// unchanged are the places of the row that did not change: in each resource with such a name that has the input.
func (k keyEffect) unchanged(changed []place, after map[string]placed) []string {
	var out []string
	for _, e := range k.in {
		if !slices.ContainsFunc(changed, e.matches) {
			out = append(out, e.of+" "+e.at)
		}
		for _, p := range after {
			p.at = e.at
			if like(e.of, p.name) && p.values[e.at] != nil && !e.some && !slices.Contains(changed, p.place) {
				out = append(out, p.String())
			}
		}
	}
	return out
}

// misplaced are the places of the row in which the value does not stand.
func (k keyEffect) misplaced(inputs map[string]placed, value any) []string {
	var out []string
	for _, e := range k.in {
		want := plainText(value)
		if e.is != nil {
			want = e.is(value)
		}
		if found := len(standing(inputs, e.of, e.at, want)) > 0; found == e.gone && e.at != "-" {
			out = append(out, fmt.Sprintf("%s %s: want %q there: %t, found %v", e.of, e.at, want, !e.gone,
				standing(inputs, e.of, e.at, "")))
		}
	}
	return out
}

// onlyOf is the old value of a key when it is a text that no other key has, and long enough to stand by itself.
func (k keyEffect) onlyOf(t *testing.T, key string, changed harness.Config) (string, bool) {
	t.Helper()
	_, value := valueAt(t, k.config(t), key)
	old, isText := value.(string)
	return old, isText && len(old) >= 8 && !slices.ContainsFunc(slices.Collect(maps.Values(changed)),
		func(text string) bool { return strings.Contains(text, old) })
}
