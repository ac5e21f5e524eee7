package tests

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/risk"
)

// TestGoldenChanges writes the tables of docs/changes.md from the program.
func TestGoldenChanges(t *testing.T) {
	const path = "../docs/changes.md"
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	want := between(t, string(text), "changes", changesTable())
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	assert.Equal(t, want, string(text), "docs/changes.md is not what the program says: make golden")
}

func changesTable() string {
	var out strings.Builder
	for _, tier := range risk.Tiers {
		fmt.Fprintf(&out, "### %s\n\n| property | changed by | what happens |\n|---|---|---|\n", tier)
		for _, row := range risk.Table(tier) {
			_, short, _ := strings.Cut(strings.TrimPrefix(row.Token, "aws:"), ":")
			fmt.Fprintf(&out, "| %s `%s` | %s | %s: %s |\n", short, row.Property, cmp.Or(row.Keys, "nothing in the configuration"), row.Effect, row.Risk)
		}
		out.WriteString("\n")
	}
	return out.String()
}

// What the tables say that a key does, a reader will look up: it must be a key.
func TestTheTablesOfRisksNameKeysThatThereAre(t *testing.T) {
	known := loadProject(t).Config
	for _, tier := range risk.Tiers {
		for _, row := range risk.Table(tier) {
			if row.Keys == "" {
				continue
			}
			for key := range strings.SplitSeq(row.Keys, ", ") {
				assert.Contains(t, known, key, "%s", row)
			}
		}
	}
}

// The guard compares inputs of the components by name: one that is called otherwise there would guard nothing.
func TestGuardedInputsAreInputsOfTheirTier(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		for _, tier := range risk.Tiers {
			var component *registered
			for _, res := range r.All() {
				if res.Name == tier && res.IsComponent() {
					component = res
				}
			}
			require.NotNil(t, component, tier)
			assert.Contains(t, component.Inputs, resource.PropertyKey("protect"), tier)
			for _, row := range risk.Table(tier) {
				if row.Input != "" {
					assert.Contains(t, component.Inputs, resource.PropertyKey(row.Input), "%s", row)
				}
			}
		}
	})
}
