package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
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
		if !assert.True(t, ok, "%s: say in effects (property_effects_test.go) which inputs of which resources it changes", key) {
			continue
		}
		if on := row.stack(); bases[on] == nil {
			bases[on] = inputsOf(row.deploy(t, row.config(t), nil), row.config(t))
		}
	}
	t.Logf("looked at %d keys on %d stacks", len(limits), len(bases))
	for key, limit := range limits {
		row, ok := effects[key]
		if !ok {
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
			require.NotEmpty(t, changed, "%s: %v changes nothing that is deployed: a resource must use the key", key, value)
			if !row.everywhere {
				assert.Empty(t, row.unexpected(changed), "%s: %v changes these inputs, which it must not. "+
					"If the program is right, add them to the row of effects", key, value)
			}
			assert.Empty(t, row.unchanged(changed, after), "%s: %v must change these inputs", key, value)
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
	return change(t, loadStack(t, on.stack), on.over)
}

// deploy runs the program in an account that has what the value names.
func (k keyEffect) deploy(t *testing.T, config harness.Config, value any) *recorder {
	t.Helper()
	a := effectAccount(t)
	if k.exists != nil && value != nil {
		k.exists(t, a, fmt.Sprint(value))
	}
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

// holds reports whether a text has another one in it. A number, or true or false, must stand by itself.
func holds(text, want string) bool {
	if _, err := strconv.ParseFloat(want, 64); err != nil && want != "true" && want != "false" {
		return strings.Contains(text, want)
	}
	return slices.Contains(strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.'
	}), want)
}

// placed are the inputs of one resource by path.
type placed struct {
	place
	values map[string][]string
}

// inputsOf are the inputs of all resources but components, by name and type. What AWS made up is replaced by the name
// of the resource that has it, because it differs from run to run.
func inputsOf(r *recorder, config harness.Config) map[string]placed {
	refs := madeUpBy(r, config)
	out := map[string]placed{}
	for _, res := range r.All() {
		if res.IsComponent() {
			continue
		}
		p := placed{place: place{name: res.Name, token: strings.TrimPrefix(res.Token, "aws:")}, values: map[string][]string{}}
		p.add("", resource.NewProperty(res.Inputs), refs)
		if res.RPC.GetProtect() {
			p.values["(protect)"] = []string{"true"}
		}
		if update := res.RPC.GetCustomTimeouts().GetUpdate(); update != "" {
			p.values["(update)"] = []string{update}
		}
		out[res.Token+" "+res.Name] = p
	}
	return out
}

// add records a value and all that is in it.
func (p placed) add(path string, v resource.PropertyValue, refs *strings.Replacer) {
	switch {
	case v.IsSecret():
		p.values[path] = append(p.values[path], "(secret)") // another password in each run
	case v.IsArray():
		for _, item := range v.ArrayValue() {
			p.add(path, item, refs)
		}
	case v.IsObject():
		for k, item := range v.ObjectValue() {
			p.add(strings.TrimPrefix(path+"."+string(k), "."), item, refs)
		}
	case v.IsString():
		p.addText(path, v.StringValue(), refs)
	case v.IsComputed() || v.IsOutput():
		p.values[path] = append(p.values[path], "(unknown)")
	default:
		p.values[path] = append(p.values[path], plainText(v.V))
	}
}

// addText opens policies and user data.
func (p placed) addText(path, text string, refs *strings.Replacer) {
	var policy struct{ Statement []map[string]any }
	if json.Unmarshal([]byte(text), &policy) == nil && len(policy.Statement) > 0 {
		for _, s := range policy.Statement {
			sid, _ := s["Sid"].(string)
			line, _ := json.Marshal(s) //nolint:errchkjson // it was JSON
			at := strings.TrimSuffix(path+"."+sid, ".")
			p.values[at] = append(p.values[at], refs.Replace(string(line)))
		}
		return
	}
	files, ok := userDataFiles(text)
	if !ok {
		p.values[path] = append(p.values[path], refs.Replace(text))
		return
	}
	for _, f := range files {
		switch content := refs.Replace(f.Content); {
		case f.Path == boot.Folder+"/node.conf":
			for line := range strings.Lines(content) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				p.values[path+" "+name] = []string{strings.Trim(value, "'")}
			}
		case strings.HasSuffix(f.Path, ".tsv"):
			for line := range strings.Lines(content) {
				name, value, _ := strings.Cut(line, "\t")
				p.values[path+" "+f.Path+" "+name] = []string{value}
			}
		default:
			p.values[path+" "+f.Path] = []string{content}
		}
	}
}

// madeUpBy replaces what AWS made up by the resource that it answered it for. What the configuration names stays.
func madeUpBy(r *recorder, config harness.Config) *strings.Replacer {
	named := fmt.Sprint(config)
	found := map[string]string{}
	add := func(text, as string) {
		if strings.Contains(named, text) {
			return
		}
		if _, has := found[text]; !has && madeUp.MatchString(strings.ReplaceAll(text, r.Account.ID, "")) {
			found[text] = "${" + as + "}"
		}
	}
	all := slices.DeleteFunc(r.All(), func(res *registered) bool { return res.IsComponent() || res.Token == harness.AWSProvider })
	for _, res := range all {
		add(res.ID, res.Name)
		add(res.Output("arn"), res.Name)
	}
	for _, res := range all {
		answered := res.State.Copy()
		maps.DeleteFunc(answered, func(k resource.PropertyKey, _ resource.PropertyValue) bool {
			return res.Inputs.HasValue(k) || k == "tagsAll"
		})
		visit(res.Name, resource.NewProperty(answered), false, func(path, text string, secret bool) {
			if !secret {
				add(text, path)
			}
		})
	}
	var pairs []string
	longestFirst := func(a, b string) int { return len(b) - len(a) }
	for _, text := range slices.SortedStableFunc(slices.Values(slices.Sorted(maps.Keys(found))), longestFirst) {
		pairs = append(pairs, text, found[text])
	}
	return strings.NewReplacer(pairs...)
}

// changedPlaces are the places whose values differ, sorted; at "+" and "-" are resources that one side lacks.
func changedPlaces(before, after map[string]placed) []place {
	var out []place
	for key, was := range before {
		is, stays := after[key]
		if !stays {
			out = append(out, place{name: was.name, token: was.token, at: "-"})
			continue
		}
		paths := maps.Clone(was.values)
		maps.Copy(paths, is.values)
		for at := range paths {
			if !slices.Equal(was.values[at], is.values[at]) {
				out = append(out, place{name: was.name, token: was.token, at: at})
			}
		}
	}
	for key, is := range after {
		if _, was := before[key]; !was {
			out = append(out, place{name: is.name, token: is.token, at: "+"})
		}
	}
	slices.SortFunc(out, func(a, b place) int { return strings.Compare(a.String(), b.String()) })
	return out
}

// standing are the values with a text at a path of the resources with a name; "*" and "+" are all paths.
func standing(inputs map[string]placed, name, path, text string) []string {
	var out []string
	for _, p := range inputs {
		if !like(name, p.name) {
			continue
		}
		for at, values := range p.values {
			for _, value := range values {
				if (at == path || path == "*" || path == "+") && holds(value, text) {
					out = append(out, p.name+" "+at+": "+value)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// plainText is a value as a text, whole numbers without an exponent.
func plainText(value any) string {
	if number, ok := value.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

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
