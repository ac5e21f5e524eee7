package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
)

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
		inputs := res.Inputs
		if res.Token == awstoken.CloudWatchDashboard {
			// It follows from the alarms, which TestEveryAlarmIsOnTheDashboardWithItsThreshold compares.
			inputs = resource.PropertyMap{"dashboardName": inputs["dashboardName"]}
		}
		p.add("", resource.NewProperty(inputs), refs)
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
		files = bundleFiles(text)
	}
	if len(files) == 0 {
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
	all := slices.DeleteFunc(r.All(), func(res *registered) bool {
		return res.IsComponent() || res.Token == harness.AWSProvider
	})
	for _, res := range all {
		add(res.ID, res.Name)
		add(res.Output("arn"), res.Name)
	}
	for _, res := range all {
		answered := res.State.Copy()
		maps.DeleteFunc(answered, func(k resource.PropertyKey, _ resource.PropertyValue) bool {
			return res.Inputs.HasValue(k) && !res.State[k].IsObject() || k == "tagsAll"
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
