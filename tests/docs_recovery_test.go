package tests

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/cost"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
)

// TestGoldenRecoveryCosts writes what each mode costs, by the table of prices of the command cost.
func TestGoldenRecoveryCosts(t *testing.T) {
	const path = "../docs/recovery.md"
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	want := between(t, string(text), "costs", recoveryCosts(t))
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	assert.Equal(t, string(text), want, "docs/recovery.md differs from the program: run make golden")
}

func recoveryCosts(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	out.WriteString("| stack | `recovery.mode` | USD a month at least | with the assumed use |\n|---|---|---|---|\n")
	for _, row := range []struct {
		stack, mode string
		over        overrides
	}{
		{"prod", "none", nil}, {"prod", "backup", inRegion("backup", nil)}, {"prod", "pilotLight", pilotLight},
		{"recovery", "pilotLight", nil}, {"recovery", "active", overrides{"recovery.mode": "active"}},
		{"recovery", "restored", restored},
	} {
		config, err := harness.Load(row.stack, nil)
		require.NoError(t, err)
		r, err := launch{Stack: row.stack, Config: change(t, config, row.over)}.Start()
		require.NoError(t, err, "%s %s", row.stack, row.mode)
		e := r.Cost()
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", row.stack, row.mode, cost.USD(e.Fixed()), cost.USD(e.Total()))
	}
	return out.String()
}
