package tests

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// requirement is one thing that the vendor requires of the environment. It is checked against the resources of a
// deployment and against what the nodes of this deployment run. Where there is nothing to check, the reason says so.
type requirement struct {
	what string
	// source is the page of the vendor's documentation (gomorpheus/morpheus-docs, branch 8.0.7) or of AWS.
	source     string
	program    func(t *testing.T, r *recorder)
	notProgram string
	node       func(t *testing.T, n vendorNode)
	notNode    string
}

const (
	serverSide = "a property of the server, which the boot does not choose"
	nodeSide   = "AWS has no API for it"
)

var requirements = slices.Concat(databaseRequirements, backEndRequirements, nodeRequirements)

func TestTheVendorsRequirementsAreMet(t *testing.T) {
	checks := 0
	names := map[string]bool{}
	for _, q := range requirements {
		assert.False(t, names[q.what], "%s is in the table twice: merge the rows", q.what)
		names[q.what] = true
		assert.NotEmpty(t, q.source, "%s: name the page that requires it", q.what)
		assert.True(t, q.program != nil || q.node != nil, "%s: nothing checks it: add a check", q.what)
		assert.NotEqual(t, q.program == nil, q.notProgram == "",
			"%s: needs a check of the resources, or the reason why there is none", q.what)
		assert.NotEqual(t, q.node == nil, q.notNode == "",
			"%s: needs a check of what the nodes run, or the reason why there is none", q.what)
	}
	onBoth(t, func(t *testing.T, r *recorder) {
		n := vendorNodeOf(t, r)
		for _, q := range requirements {
			t.Run(q.what, func(t *testing.T) {
				t.Cleanup(func() {
					if t.Failed() {
						t.Logf("The vendor requires it: %s. Meet it again, or change the row with the new source.", q.source)
					}
				})
				if q.program != nil {
					checks++
					q.program(t, r)
				}
				if q.node != nil {
					checks++
					q.node(t, n)
				}
			})
		}
	})
	t.Logf("%d requirements, %d checks", len(requirements), checks)
}

// each calls f for every resource of a type; there must be at least one.
func each(t *testing.T, r *recorder, token string, f func(res *registered)) {
	t.Helper()
	all := r.OfType(token)
	require.NotEmpty(t, all, "there is no %s", token)
	for _, res := range all {
		f(res)
	}
}

// require a property of every resource of a type to have the value.
func has(token, property string, want any) func(t *testing.T, r *recorder) {
	return func(t *testing.T, r *recorder) {
		t.Helper()
		each(t, r, token, func(res *registered) {
			assert.Equal(t, want, res.Get(property), "%s: %s", res.Name, property)
		})
	}
}

// all returns a check that makes several.
func all[T any](checks ...func(*testing.T, T)) func(*testing.T, T) {
	return func(t *testing.T, subject T) {
		t.Helper()
		for _, check := range checks {
			check(t, subject)
		}
	}
}

// vendorNode is what the nodes of a deployment run.
type vendorNode struct {
	settings map[string]string
	// files are those of the user data, by their base name.
	files map[string]string
	// ruby are the lines of morpheus.rb, by the key as it is written, such as mysql['host'].
	ruby map[string]string
	// statements create the database and its user.
	statements string
	steps      []string
}

// vendorNodeOf renders the configuration of the appliance and the SQL statements with the programs of a node.
func vendorNodeOf(t *testing.T, r *recorder) vendorNode {
	t.Helper()
	_, err := exec.LookPath("jq")
	require.NoError(t, err, "install jq: nodes render their configuration with it")
	n := vendorNode{settings: nodeSettings(t, r), files: map[string]string{}, ruby: map[string]string{}}
	dir := t.TempDir()
	for _, f := range nodeFiles(t, r) {
		n.files[path.Base(f.Path)] = f.Content
		require.NoError(t, os.WriteFile(filepath.Join(dir, path.Base(f.Path)), []byte(f.Content), 0o600))
	}
	for line := range strings.Lines(n.files["steps.tsv"]) {
		name, _, _ := strings.Cut(line, "\t")
		n.steps = append(n.steps, name)
	}
	script := `set -euo pipefail
LIB=$1 RUN=$1/run SHARED=/var/opt/morpheus/morpheus-ui
mkdir -p "$RUN/secret"
for name in database messaging search appliance; do
  printf '{"username": "user-of-%s", "password": "p-%s", "suffix": "5f"}' "$name" "$name" >"$RUN/secret/$name.json"
done
. "$LIB/node.conf"
for part in database appliance; do . "$LIB/$part.sh"; done
CONFIGURATION=$RUN/morpheus.rb
appliance_secrets() { :; }
update_generated() { :; }
make_backup_folder() { :; }
install() { :; }
write_changed() { cat >"$1"; }
`
	shell := func(commands string) string {
		out, err := exec.CommandContext(t.Context(), "bash", "-c", script+commands, "-", dir).CombinedOutput()
		require.NoError(t, err, "%s", out)
		return string(out)
	}
	n.statements = shell("initial_statements true")
	for line := range strings.Lines(shell(`step_configuration; cat "$CONFIGURATION"`)) {
		key, value, found := strings.Cut(strings.TrimSpace(line), " = ")
		if !found {
			key, value, _ = strings.Cut(strings.TrimSpace(line), " ")
		}
		n.ruby[key] = value
	}
	return n
}

// setting returns a number of node.conf.
func (n vendorNode) setting(t *testing.T, name string) int {
	t.Helper()
	value, err := strconv.Atoi(n.settings[name])
	require.NoError(t, err, name)
	return value
}

// rubyHas returns a check of lines of morpheus.rb. A value such as $DATABASE_HOST in it is that setting of the node.
func rubyHas(lines ...string) func(t *testing.T, n vendorNode) {
	return func(t *testing.T, n vendorNode) {
		t.Helper()
		for _, line := range lines {
			key, want, _ := strings.Cut(line, " = ")
			want = os.Expand(want, func(name string) string { return n.settings[name] })
			assert.Equal(t, want, n.ruby[key], "morpheus.rb of the nodes: %s", key)
		}
	}
}

// fileHas returns a check that a file of the nodes contains the texts, whatever the spaces.
func fileHas(file string, texts ...string) func(t *testing.T, n vendorNode) {
	return func(t *testing.T, n vendorNode) {
		t.Helper()
		for _, text := range texts {
			assert.Contains(t, strings.Join(strings.Fields(n.files[file]), " "), text, "%s of the nodes", file)
		}
	}
}

// before returns a check of the order of two steps.
func before(first, second string) func(t *testing.T, n vendorNode) {
	return func(t *testing.T, n vendorNode) {
		t.Helper()
		i, j := slices.Index(n.steps, first), slices.Index(n.steps, second)
		assert.True(t, i >= 0 && i < j, "step %s must come before %s: %v", first, second, n.steps)
	}
}

// version returns the numbers of a version such as 3.13 as one that can be compared: major * 1000 + minor.
func version(t *testing.T, text string) int {
	t.Helper()
	match := regexp.MustCompile(`(\d+)\.(\d+)(\.\d+)?$`).FindStringSubmatch(text)
	require.NotNil(t, match, "%q is not a version", text)
	major, err := strconv.Atoi(match[1])
	require.NoError(t, err)
	minor, err := strconv.Atoi(match[2])
	require.NoError(t, err)
	return 1000*major + minor
}
