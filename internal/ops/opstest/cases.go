package opstest

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

// Case is a question to an account with a known answer.
type Case struct {
	// Check is the ID, and Name says what is wrong or different in the account.
	Check, Name string
	// Want is the status, and Says a part of the evidence.
	Want check.Status
	Says string
	// Config changes keys of the configuration, such as "database.instances".
	Config map[string]any
	// Change changes the account after the healthy one was made.
	Change func(t *testing.T, g *Given)
	// Stubs come before those of the healthy account.
	Stubs []Stub
	// Alter changes what the checks look at beside the account; its type is the package's.
	Alter func(subject any)
}

// Filled are values in place of the placeholders of the stack "prod", for an account.
func Filled(id string) map[string]any {
	sum := strings.Repeat("a", 64)
	return map[string]any{
		"aws.accountId": id, "network.allowedClientCidrs": []string{"203.0.113.0/24"}, "dns.hostedZoneId": "Z1",
		"dns.hostName": "morpheus.example.com", "morpheus.packageUrl": "s3://bucket/morpheus-appliance_8.0.7-1_amd64.deb",
		"morpheus.packageSha256": sum, "nodeTools.bucket": "bucket", "nodeTools.awsCliSha256": sum,
		"nodeTools.efsUtilsSha256": sum, "nodeTools.cloudwatchAgentSha256": sum, "nodeTools.rdsCaSha256": sum,
	}
}

// Config returns the configuration of the stack "prod" with the placeholders replaced, and with changes by key.
func Config(t *testing.T, values map[string]any) *config.Config {
	t.Helper()
	c, err := stack.Load(Folder(t, values), "prod")
	require.NoError(t, err)
	return c
}

// Folder returns a folder with that configuration: Pulumi.yaml and Pulumi.prod.yaml.
func Folder(t *testing.T, values map[string]any) string {
	t.Helper()
	folder := t.TempDir()
	defaults, err := os.ReadFile(filepath.Join(Repository(), "Pulumi.yaml"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.yaml"), defaults, 0o600)) //nolint:gosec // a folder of the test
	WriteStack(t, folder, "prod", values)
	return folder
}

// WriteStack writes the file of a stack of the repository to a folder, with changes by key.
func WriteStack(t *testing.T, folder, name string, values map[string]any) {
	t.Helper()
	name = "Pulumi." + name + ".yaml"
	text, err := os.ReadFile(filepath.Join(Repository(), name))
	require.NoError(t, err)
	var file struct {
		Config map[string]any `yaml:"config"`
	}
	require.NoError(t, yaml.Unmarshal(text, &file))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		section, name, _ := strings.Cut(key, ".")
		section = config.Namespace + ":" + section
		into, isMap := file.Config[section].(map[string]any)
		if !isMap {
			into = map[string]any{}
			file.Config[section] = into
		}
		for at := strings.Index(name, "."); at >= 0; at = strings.Index(name, ".") {
			below, isMap := into[name[:at]].(map[string]any)
			if !isMap {
				below = map[string]any{}
				into[name[:at]] = below
			}
			into, name = below, name[at+1:]
		}
		into[name] = values[key]
	}
	out, err := yaml.Marshal(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, name), out, 0o600)) //nolint:gosec // a folder of the test
}

// slow is the time that a check may take here: moto is one process in Python.
const slow = 5 * time.Minute

// Table is how a package tests its checks.
type Table struct {
	// Healthy makes a healthy account, and returns the configuration for it and the stubs.
	Healthy func(t *testing.T, g *Given) (values map[string]any, stubs []Stub)
	// Checks returns the checks of the package.
	Checks func(c *config.Config, a *account.Account, alter func(subject any)) []check.Check
	Cases  []Case

	once   sync.Once
	shared *Given
	values map[string]any
	stubs  []Stub
}

// account returns a healthy account: a new one to change, or the one that all other cases share.
func (table *Table) account(t *testing.T, change bool) (*Given, map[string]any, []Stub) {
	t.Helper()
	if change {
		g := NewAccount(t)
		values, stubs := table.Healthy(t, g)
		return g, values, stubs
	}
	table.once.Do(func() {
		table.shared = NewAccount(t)
		table.values, table.stubs = table.Healthy(t, table.shared)
	})
	require.NotNil(t, table.stubs, "the healthy account could not be made")
	return table.shared, maps.Clone(table.values), slices.Clone(table.stubs)
}

// Shared returns the healthy account, its configuration and its stubs for a test that does not change the account.
func (table *Table) Shared(t *testing.T) (*Given, map[string]any, []Stub) {
	t.Helper()
	return table.account(t, false)
}

// Run executes the cases. Those that change the account have one of their own.
func (table *Table) Run(t *testing.T) {
	for _, c := range table.Cases {
		t.Run(c.Check+"/"+c.Name, func(t *testing.T) {
			t.Parallel()
			g, values, stubs := table.account(t, c.Change != nil)
			maps.Copy(values, c.Config)
			if c.Change != nil {
				c.Change(t, g)
			}
			all := table.Checks(Config(t, values), g.Account(t, append(stubs, c.Stubs...)...), c.Alter)
			at := slices.IndexFunc(all, func(one check.Check) bool { return one.ID == c.Check })
			require.GreaterOrEqual(t, at, 0, "there is no check %s", c.Check)
			got := check.Run(t.Context(), all[at:at+1], check.Options{Explain: account.Explain, Timeout: slow})[0]
			assert.Equal(t, c.Want, got.Status, "evidence: %s", got.Evidence)
			assert.Contains(t, got.Evidence, c.Says)
		})
	}
}

// RunHealthy executes all checks in one healthy account: none may find anything.
func (table *Table) RunHealthy(t *testing.T, skipped ...string) []check.Outcome {
	g, values, stubs := table.account(t, false)
	start := time.Now()
	outcomes := check.Run(t.Context(), table.Checks(Config(t, values), g.Account(t, stubs...), nil),
		check.Options{Explain: account.Explain, Timeout: slow})
	t.Logf("%d checks of a healthy account took %.1f s", len(outcomes), time.Since(start).Seconds())
	for _, o := range outcomes {
		want := check.Passed
		if slices.Contains(skipped, o.ID) {
			want = check.Skipped
		}
		assert.Equal(t, want, o.Status, "%s: %s", o.ID, o.Evidence)
	}
	return outcomes
}

// Uncovered returns the checks that lack a case with a finding, or one that passes: in the cases, or in a healthy run.
func (table *Table) Uncovered(all []check.Check, healthy []check.Outcome) []string {
	has := map[string]bool{}
	for _, c := range table.Cases {
		has[fmt.Sprint(c.Check, c.Want)] = true
	}
	for _, o := range healthy {
		has[fmt.Sprint(o.ID, o.Status)] = true
	}
	var out []string
	for _, c := range all {
		for _, status := range []check.Status{check.Found, check.Passed} {
			if !has[fmt.Sprint(c.ID, status)] {
				out = append(out, fmt.Sprintf("%s has no case with the status %s", c.ID, status))
			}
		}
	}
	return out
}

// StubbedCalls returns the calls that the stubs of tables answer instead of moto, sorted. Their healthy accounts must
// have been made.
func StubbedCalls(tables ...*Table) []string {
	var out []string
	for _, table := range tables {
		all := table.stubs
		for _, c := range table.Cases {
			all = slices.Concat(all, c.Stubs)
		}
		for _, s := range all {
			out = append(out, s.Call)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
