package tests

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/internal/changes"
	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/config/reference"
)

func referenceProject(t *testing.T) reference.Project {
	t.Helper()
	text, err := os.ReadFile("../Pulumi.yaml")
	require.NoError(t, err)
	project, err := reference.ParseProject(text)
	require.NoError(t, err)
	return project
}

// goldenFile compares a generated file with the committed one; with -update it writes the file.
func goldenFile(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(text), want, "%s differs from the program: run make golden", path)
}

// replacements returns what a change to a key replaces in a tier.
func replacements() map[string]string {
	out := map[string]string{}
	for _, tier := range stackconfig.Replaceable {
		for _, row := range components.Changes[tier] {
			if row.Keys == "" || !row.NeedsPermission() && row.Effect != changes.Replacement {
				continue
			}
			for _, key := range strings.Split(row.Keys, ", ") {
				switch {
				case out[key] == "":
					out[key] = row.Risk
				case !strings.Contains(out[key], row.Risk):
					out[key] += "; " + row.Risk
				}
			}
		}
	}
	return out
}

func TestGoldenConfiguration(t *testing.T) {
	project := referenceProject(t)
	goldenFile(t, "../docs/configuration.md", project.Markdown(replacements()))
	schema, err := project.Schema()
	require.NoError(t, err)
	goldenFile(t, "../docs/stack.schema.json", string(schema))
}

// stackSchema returns the committed schema, compiled as an editor does.
func stackSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("../docs/stack.schema.json")
	require.NoError(t, err)
	return schema
}

// stackFiles returns the paths of all stack files and examples in the repository.
func stackFiles(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"../Pulumi.*.yaml", "../stacks/examples/Pulumi.*.yaml"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, found, pattern)
		out = append(out, found...)
	}
	return out
}

func TestEveryStackFileFitsTheSchemaThatItNames(t *testing.T) {
	schema := stackSchema(t)
	for _, path := range stackFiles(t) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		first, _, _ := strings.Cut(string(text), "\n")
		named, ok := strings.CutPrefix(first, "# yaml-language-server: $schema=")
		require.True(t, ok, "%s: editors read the schema's path from the first line", path)
		assert.FileExists(t, filepath.Join(filepath.Dir(path), named),
			"%s: its first line must name an existing schema", path)
		var content any
		require.NoError(t, yaml.Unmarshal(text, &content))
		assert.NoError(t, schema.Validate(content), path)
	}
}

// asFile returns a configuration in the form of a stack file.
func asFile(values map[string]string) any {
	content := map[string]any{}
	for key, text := range values {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var value any
		if err := decoder.Decode(&value); err != nil || decoder.More() {
			value = text
		}
		content[key] = value
	}
	return map[string]any{"config": content}
}

func TestTheSchemaAcceptsWhatTheProgramAccepts(t *testing.T) {
	schema := stackSchema(t)
	for name, good := range goodConfigs {
		values := change(t, loadStack(t, good.stack), good.over)
		assert.NoError(t, schema.Validate(asFile(values)), name)
	}
	addresses := map[string]any{"emails": []any{map[string]any{"secure": "v1:abc"}}}
	for name, value := range map[string]any{
		"the section": map[string]any{"secure": "v1:abc"}, "an address": addresses,
		"the addresses": map[string]any{"emails": map[string]any{"secure": "v1:abc"}},
	} {
		values := change(t, loadStack(t, "prod"), overrides{"notifications": value})
		assert.NoError(t, schema.Validate(asFile(values)), "%s may be a secret", name)
	}
	for section, value := range map[string]any{
		"aws":      map[string]any{"region": "us-east-1", "accountId": map[string]any{"secure": "v1:abc"}},
		"database": map[string]any{"secure": "v1:abc"},
		"tags":     map[string]any{"Owner": map[string]any{"secure": "v1:abc"}},
	} {
		values := change(t, loadStack(t, "prod"), overrides{section: value})
		assert.Error(t, schema.Validate(asFile(values)), "%s: the program refuses a secret there", section)
	}
}

// Only the program checks combinations of keys and texts that a schema cannot describe.
func TestTheSchemaRefusesWhatItCanExpress(t *testing.T) {
	schema, base := stackSchema(t), loadStack(t, "prod")
	require.NoError(t, schema.Validate(asFile(base)),
		"docs/stack.schema.json refuses prod, so it would refuse every case: run make golden if you changed a key")
	var refused int
	var accepted []string
	for _, group := range wrongConfigs {
		for _, w := range group {
			if schema.Validate(asFile(change(t, base, w.over))) != nil {
				refused++
			} else {
				accepted = append(accepted, w.name)
			}
		}
	}
	t.Logf("the schema refuses %d of %d wrong configurations", refused, refused+len(accepted))
	slices.Sort(accepted)
	text, err := os.ReadFile("testdata/beyond_schema.txt")
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("testdata/beyond_schema.txt", []byte(strings.Join(accepted, "\n")+"\n"), 0o644))
		return
	}
	assert.Equal(t, strings.Fields(strings.ReplaceAll(string(text), " ", "_")),
		strings.Fields(strings.ReplaceAll(strings.Join(accepted, "\n"), " ", "_")),
		"the schema must refuse all but the cases in testdata/beyond_schema.txt, which it cannot express")
}

func TestTheCLIKeepsTheCommentThatNamesTheSchema(t *testing.T) {
	const path = "../Pulumi.dev.yaml"
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	sink := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	file, err := workspace.LoadProjectStack(sink, loadProject(t), path)
	require.NoError(t, err)
	require.NoError(t, file.Config.Set(config.MustMakeKey(namespace, "search.volumeGiB"), config.NewValue("30"), true))
	saved := filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
	require.NoError(t, file.Save(saved))
	after, err := os.ReadFile(saved)
	require.NoError(t, err)
	first, _, _ := bytes.Cut(before, []byte("\n"))
	assert.True(t, bytes.HasPrefix(after, append(first, '\n')),
		"`pulumi config set` must not remove the schema:\n%s", after)
	assert.Contains(t, string(after), "volumeGiB: 30")
}
