package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

// module is a component as cyclonedx-gomod writes it.
func module(t *testing.T, name string, licences ...string) component {
	t.Helper()
	var list []string
	for _, l := range licences {
		list = append(list, `{"license": {"id": "`+l+`"}}`)
	}
	var c component
	text := `{"bom-ref": "ref:` + name + `", "type": "library", "name": "` + name + `", "version": "v1.0.0", "hashes": [{"alg": "SHA-256", ` +
		`"content": "ab"}], "evidence": {"licenses": [` + strings.Join(list, ", ") + `]}}`
	require.NoError(t, json.Unmarshal([]byte(text), &c))
	return c
}

func TestALicenceThatNobodyAllowedIsRefusedByName(t *testing.T) {
	for name, c := range map[string]struct {
		module component
		want   string
	}{
		"HashiCorp's new licence":   {module: module(t, "github.com/hashicorp/vault", "BUSL-1.1"), want: "no production use"},
		"copyleft":                  {module: module(t, "example.com/a", "AGPL-3.0"), want: "over the network"},
		"an unknown one":            {module: module(t, "example.com/b", "Beerware"), want: "nobody has looked at it"},
		"none":                      {module: module(t, "example.com/c"), want: "no licence was found"},
		"one of two":                {module: module(t, "example.com/d", "MIT", "GPL-3.0"), want: "GPL-3.0 is not allowed"},
		"a correction of another's": {module: module(t, "example.com/e", "BSD-Source-Code"), want: "BSD-Source-Code is not allowed"},
	} {
		_, err := judge([]component{module(t, "example.com/good", "MIT"), c.module})
		require.ErrorContains(t, err, c.want, name)
		assert.Contains(t, err.Error(), c.module.Name+" v1.0.0", "%s: the message must name the module", name)
		assert.NotContains(t, err.Error(), "example.com/good", name)
	}
	table, err := judge([]component{
		module(t, "a", "MIT"), module(t, "github.com/hashicorp/hcl/v2", "MPL-2.0"), module(t, "golang.org/x/sys", "BSD-Source-Code"),
	})
	require.NoError(t, err)
	assert.Contains(t, table, "licences: 3 modules\n")
	assert.Regexp(t, `BSD-3-Clause +1\n`, table)
}

func TestALicenceIsAllowedOrRefusedWithAReason(t *testing.T) {
	for name, why := range allowed {
		assert.NotEmpty(t, why, name)
		assert.Empty(t, refused[name], "%s is both", name)
	}
}

func TestAProgramHasTheModulesThatItLinks(t *testing.T) {
	all := bom{
		Components:   []component{module(t, "linked", "MIT"), module(t, "below", "MIT"), module(t, "of-a-test", "MIT")},
		Dependencies: []dependency{{Ref: "ref:linked", On: []string{"ref:below", "ref:of-a-test"}}, {Ref: "ref:of-a-test"}},
	}
	got := only(all, "ops", "abc", []string{"linked", "below"})
	require.Len(t, got.Components, 2)
	assert.Equal(t, "abc", got.Metadata.Component.Version, "a reader must find the commit")
	assert.Equal(t, []dependency{
		{Ref: "ops", On: []string{"ref:linked", "ref:below"}}, {Ref: "ref:linked", On: []string{"ref:below"}},
	}, got.Dependencies)
	text, err := json.Marshal(got)
	require.NoError(t, err)
	assert.Contains(t, string(text), `"hashes":[{"alg":"SHA-256","content":"ab"}]`, "a module keeps its checksum")
}

// The boot installs from the same lists, so nothing can be installed that the document does not name.
func TestTheDocumentOfANodeNamesAllThatABootInstalls(t *testing.T) {
	got := node(opstest.Config(t, opstest.Filled("123456789012")))
	find := func(ref string) component {
		at := slices.IndexFunc(got.Components, func(c component) bool { return c.Ref == ref })
		require.GreaterOrEqual(t, at, 0, "%s is not in the document", ref)
		return got.Components[at]
	}
	sum := []hash{{"SHA-256", strings.Repeat("a", 64)}}
	for _, tool := range boot.Tools {
		c := find("tool:" + tool.Name)
		assert.Equal(t, sum, c.Hashes, "%s: a node verifies this checksum", tool.Name)
		require.Len(t, c.References, 1, tool.Name)
		assert.Regexp(t, `^https://[^ ,]+$`, c.References[0].URL, tool.Name)
	}
	for _, p := range boot.Packages {
		find("deb:" + p.Name)
	}
	appliance := find("package:morpheus-appliance")
	assert.Equal(t, sum, appliance.Hashes)
	assert.NotEmpty(t, appliance.Version)
	assert.Len(t, got.Components, len(boot.Tools)+len(boot.Packages)+1)
	for _, c := range node(nil).Components {
		assert.Empty(t, c.Hashes, "checksums are those of a stack")
	}
}

// What a build downloads is verified: a list without checksums would accept whatever a registry serves.
func TestEveryDownloadOfABuildHasAChecksum(t *testing.T) {
	root := opstest.Repository()
	lists, err := filepath.Glob(filepath.Join(root, "t*", "*", "requirements.txt"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(lists), 4)
	for _, path := range lists {
		text, err := os.ReadFile(path) //nolint:gosec // of this repository
		require.NoError(t, err)
		joined := strings.ReplaceAll(string(text), "\\\n", " ")
		for line := range strings.Lines(joined) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "--") {
				assert.Regexp(t, `^[A-Za-z0-9._\[\]-]+==\S+.*--hash=sha256:[0-9a-f]{64}`, line, path)
			}
		}
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile")) //nolint:gosec // of this repository
	require.NoError(t, err)
	for _, call := range regexp.MustCompile(`pip install.*`).FindAllString(string(makefile), -1) {
		assert.Contains(t, call, "--require-hashes")
	}
	var lock struct {
		Packages map[string]struct{ Resolved, Integrity string }
	}
	text, err := os.ReadFile(filepath.Join(root, "tests", "simulator", "package-lock.json")) //nolint:gosec // of this repository
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &lock))
	for name, p := range lock.Packages {
		assert.True(t, name == "" || strings.HasPrefix(p.Integrity, "sha512-"), "%s has no checksum in package-lock.json", name)
	}
	modules, err := filepath.Glob(filepath.Join(root, "tools", "*", "go.mod"))
	require.NoError(t, err)
	for _, path := range modules {
		assert.FileExists(t, filepath.Join(filepath.Dir(path), "go.sum"))
	}
}
