package tests

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components"
)

// TestGoldenBackups writes the tables of docs/backups.md from what the tiers declare and from the committed stacks.
func TestGoldenBackups(t *testing.T) {
	const path = "../docs/backups.md"
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	want := between(t, string(text), "backups", partsTable())
	want = between(t, want, "retention", retentionTable(t))
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	assert.Equal(t, string(text), want, "docs/backups.md differs from the program: run make golden")
}

func partsTable() string {
	var out strings.Builder
	out.WriteString("| tier | what | AWS Backup | kept besides | comes back |\n|---|---|---|---|---|\n")
	for _, tier := range components.Backups {
		for _, part := range tier.Parts {
			taken := "no: " + part.WhyNot
			if part.Service != "" {
				taken = "yes, as " + part.Service
			}
			fmt.Fprintf(&out, "| %s | %s | %s | %s | %s |\n", tier.Name, part.What, taken, cmp.Or(part.Besides, "nowhere"),
				part.Restore)
		}
	}
	return out.String()
}

func retentionTable(t *testing.T) string {
	t.Helper()
	days := map[string]string{"daily": "every day", "weekly": "Sundays", "monthly": "the first of a month"}
	var out strings.Builder
	out.WriteString("| schedule | runs | key | production | development |\n|---|---|---|---|---|\n")
	prod, dev := load(t, "prod", nil).Backup, load(t, "dev", nil).Backup
	for _, kept := range prod.Kept() {
		inDev := "-"
		for _, other := range dev.Kept() {
			if other.Name == kept.Name {
				inDev = fmt.Sprintf("%d days", other.Days)
			}
		}
		fmt.Fprintf(&out, "| %s | %s | `%s` | %d days | %s |\n", kept.Name, days[kept.Name], kept.Key, kept.Days, inDev)
	}
	return out.String()
}
