package tests

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

var update = flag.Bool("update", false, "rewrite the golden manifests in tests/golden")

// TestGolden compares the deployed resources with the manifests in tests/golden, so that a diff shows each change.
func TestGolden(t *testing.T) {
	manifests := map[string]string{}
	for _, stack := range committed {
		manifests[filepath.Join("golden", stack+".txt")] = manifest(deployed(t, stack))
	}
	if *update {
		require.NoError(t, os.MkdirAll("golden", 0o755))
		for path, text := range manifests {
			require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		}
	}
	for path, text := range manifests {
		want, err := os.ReadFile(path)
		require.NoError(t, err, "run make golden")
		had, has := blocks(string(want)), blocks(text)
		for _, name := range slices.Sorted(maps.Keys(had)) {
			assert.Equal(t, had[name], has[name], "tests/%s differs from what the program deploys: %s", path, howToUpdate)
		}
		for _, name := range slices.Sorted(maps.Keys(has)) {
			if _, ok := had[name]; !ok {
				t.Errorf("tests/%s has no block %q: %s", path, name, howToUpdate)
			}
		}
	}
}

const howToUpdate = "if you intend the change, run make golden and review its diff"

// blocks returns the blocks of a manifest by their first line.
func blocks(manifest string) map[string]string {
	out := map[string]string{}
	for block := range strings.SplitSeq(manifest, "\n\n") {
		head, _, _ := strings.Cut(block, "\n")
		out[head] = block
	}
	return out
}

func TestGoldenHasNoSecretAndNoDigitsOfTheRun(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		text := manifest(r)
		for _, p := range r.OfType("random:index/randomPassword:RandomPassword") {
			assert.NotContains(t, text, p.Output("result"))
		}
		again, err := run(t, r.Stack, nil)
		require.NoError(t, err)
		assert.Equal(t, text, manifest(again), "two runs must give the same manifest")
	})
}

// manifest lists the resources by name, each with its inputs and options. A value that AWS generated is shown as a
// reference to the resource that has it.
func manifest(r *recorder) string {
	refs := references(r)
	all := r.All()
	slices.SortFunc(all, func(a, b *registered) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Token, b.Token))
	})
	var out strings.Builder
	fmt.Fprintf(&out,
		"# stack %s, %d resources; written by: go test ./tests -run TestGolden -update\n", r.Stack, len(all))
	for _, res := range all {
		fmt.Fprintf(&out, "\n%s %s\n", res.Name, res.Token)
		if parent := r.ByURN[res.Parent]; parent != nil {
			fmt.Fprintf(&out, "  parent: %s\n", parent.Name)
		}
		write(&out, "  ", shape(resource.NewProperty(res.Inputs), refs))
		for _, line := range options(r, res) {
			fmt.Fprintf(&out, "  %s\n", line)
		}
	}
	out.WriteString("\noutputs\n")
	for _, name := range slices.Sorted(maps.Keys(r.Exports)) {
		value := "(text)"
		if name != "readme" {
			value = refs.Replace(fmt.Sprint(r.Exports[name].Value))
		}
		fmt.Fprintf(&out, "  %s: %s\n", name, value)
	}
	return out.String()
}

// options returns the resource options that differ from the default.
func options(r *recorder, res *registered) []string {
	rpc := res.RPC
	var out []string
	add := func(name string, value any, set bool) {
		if set {
			out = append(out, fmt.Sprintf("(%s: %v)", name, value))
		}
	}
	add("protect", true, rpc.GetProtect())
	add("retain on delete", true, rpc.GetRetainOnDelete())
	add("delete before replace", true, rpc.GetDeleteBeforeReplace())
	add("ignore changes", strings.Join(rpc.GetIgnoreChanges(), " "), len(rpc.GetIgnoreChanges()) > 0)
	add("replace on changes", strings.Join(rpc.GetReplaceOnChanges(), " "), len(rpc.GetReplaceOnChanges()) > 0)
	after := explicit(r, rpc)
	add("depends on", strings.Join(after, " "), len(after) > 0)
	times := rpc.GetCustomTimeouts()
	add("timeouts",
		fmt.Sprintf("create %s update %s delete %s", cmp.Or(times.GetCreate(), "-"), cmp.Or(times.GetUpdate(), "-"),
			cmp.Or(times.GetDelete(), "-")),
		times.GetCreate()+times.GetUpdate()+times.GetDelete() != "")
	return out
}

// explicit returns the dependencies that do not come from an input: those of pulumi.DependsOn.
func explicit(r *recorder, rpc *pulumirpc.RegisterResourceRequest) []string {
	implied := map[string]bool{}
	for _, p := range rpc.GetPropertyDependencies() {
		for _, urn := range p.GetUrns() {
			implied[urn] = true
		}
	}
	var out []string
	for _, urn := range rpc.GetDependencies() {
		if dep := r.ByURN[urn]; dep != nil && !implied[urn] {
			out = append(out, dep.Name)
		}
	}
	slices.Sort(out)
	return out
}

var madeUp = regexp.MustCompile(`[0-9a-f]{6,}|^198\.51\.100\.\d+$`)

// references replaces values that AWS generated by the resource and property that have them. Names and ARNs that only
// depend on the configuration stay.
func references(r *recorder) *strings.Replacer {
	type reference struct{ text, as string }
	var found []reference
	seen := map[string]bool{}
	add := func(text, as string) {
		if !seen[text] && madeUp.MatchString(strings.ReplaceAll(text, simaws.AccountID, "")) {
			seen[text] = true
			found = append(found, reference{text, "${" + as + "}"})
		}
	}
	all := slices.DeleteFunc(r.All(),
		func(res *registered) bool { return res.IsComponent() || res.Token == harness.AWSProvider })
	// The resource created first owns the value. Later ones may reuse it: a file system policy has the file system's id.
	slices.SortStableFunc(all,
		func(a, b *registered) int { return cmp.Compare(len(madeBefore(r, a)), len(madeBefore(r, b))) })
	for _, res := range all {
		add(res.ID, res.Name+".id")
		add(res.Output("arn"), res.Name+".arn")
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
	// Replace the longest first: an ARN before the id in it.
	slices.SortStableFunc(found, func(a, b reference) int { return cmp.Compare(len(b.text), len(a.text)) })
	var pairs []string
	for _, f := range found {
		pairs = append(pairs, f.text, f.as)
	}
	return strings.NewReplacer(pairs...)
}

// shape returns a value as the manifest shows it: without secrets, with references for generated values, and with JSON
// documents parsed.
func shape(v resource.PropertyValue, refs *strings.Replacer) any {
	switch {
	case v.IsSecret():
		return "[secret]"
	case v.IsString():
		text := v.StringValue()
		var document map[string]any
		if strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &document) == nil {
			return map[string]any{"(JSON)": shape(resource.NewPropertyValue(document), refs)}
		}
		if files, ok := userDataFiles(text); ok {
			return map[string]any{"(cloud-init)": shape(resource.NewPropertyValue(summary(files)), refs)}
		}
		if files := bundleFiles(text); len(files) > 0 {
			return map[string]any{"(files of a node)": shape(resource.NewPropertyValue(summary(files)), refs)}
		}
		return refs.Replace(text)
	case v.IsArray():
		out := make([]any, len(v.ArrayValue()))
		for i, item := range v.ArrayValue() {
			out[i] = shape(item, refs)
		}
		return out
	case v.IsObject():
		out := map[string]any{}
		for k, item := range v.ObjectValue() {
			out[string(k)] = shape(item, refs)
		}
		return out
	default:
		return v.V
	}
}

// write prints a value like YAML, with a line for each key and each item.
func write(out *strings.Builder, indent string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if text, short := oneLine(v[k]); short {
				fmt.Fprintf(out, "%s%s: %s\n", indent, k, text)
				continue
			}
			fmt.Fprintf(out, "%s%s:\n", indent, k)
			write(out, indent+"  ", v[k])
		}
	case []any:
		for _, item := range v {
			if text, short := oneLine(item); short {
				fmt.Fprintf(out, "%s- %s\n", indent, text)
				continue
			}
			var lines strings.Builder
			write(&lines, indent+"  ", item)
			fmt.Fprintf(out, "%s- %s", indent, strings.TrimLeft(lines.String(), " "))
		}
	}
}

// oneLine returns a plain value, or a short list of plain values. Ambiguous text is quoted.
func oneLine(value any) (string, bool) {
	switch v := value.(type) {
	case map[string]any:
		return "{}", len(v) == 0
	case []any:
		texts := make([]string, len(v))
		for i, item := range v {
			text, plain := oneLine(item)
			if _, list := item.([]any); list || !plain {
				return "", false
			}
			texts[i] = text
		}
		text := "[" + strings.Join(texts, ", ") + "]"
		return text, len(text) < 100
	case string:
		if v == "" || json.Valid([]byte(v)) {
			return fmt.Sprintf("%q", v), true
		}
		return v, true
	default:
		return fmt.Sprint(v), true
	}
}
