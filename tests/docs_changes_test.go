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

	"github.com/morpheus-ha/morpheus-aws/components"
	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
)

// TestGoldenChanges generates the tables of docs/changes.md from the program.
func TestGoldenChanges(t *testing.T) {
	const path = "../docs/changes.md"
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	want := between(t, string(text), "changes", changesTable())
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	assert.Equal(t, string(text), want, "docs/changes.md differs from the program: run make golden")
}

func changesTable() string {
	var out strings.Builder
	for _, tier := range stackconfig.Replaceable {
		fmt.Fprintf(&out, "### %s\n\n| property | changed by | what happens |\n|---|---|---|\n", tier)
		for _, row := range components.Changes[tier] {
			_, short, _ := strings.Cut(strings.TrimPrefix(row.Token, "aws:"), ":")
			fmt.Fprintf(&out, "| %s `%s` | %s | %s: %s |\n",
				short, row.Property, cmp.Or(row.Keys, "nothing in the configuration"), row.Effect, row.Risk)
		}
		out.WriteString("\n")
	}
	return out.String()
}

// Readers look up the keys that the tables name.
func TestTheTablesOfChangesNameKeysThatExist(t *testing.T) {
	known := loadProject(t).Config
	for _, tier := range stackconfig.Replaceable {
		for _, row := range components.Changes[tier] {
			if row.Keys == "" {
				continue
			}
			for key := range strings.SplitSeq(row.Keys, ", ") {
				assert.Contains(t, known, key, "%s", row)
			}
		}
	}
}

// The guard compares the old and the new inputs of a tier by name. If an input is missing, it refuses nothing.
func TestTheGuardHasEveryInputOfItsTables(t *testing.T) {
	compared := 0
	onBoth(t, func(t *testing.T, r *recorder) {
		for _, tier := range stackconfig.Replaceable {
			component := componentOf(t, r, tier)
			assert.Contains(t, component.Inputs, resource.PropertyKey("protect"), tier)
			for _, row := range components.Changes[tier] {
				if row.Input != "" {
					compared++
					assert.Contains(t, component.Inputs, resource.PropertyKey(row.Input), "%s", row)
				}
			}
		}
	})
	assert.Greater(t, compared, 40, "too few rows with inputs were compared")
}
