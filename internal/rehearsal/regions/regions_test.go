package regions_test

import (
	"context"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/regions"
)

var update = flag.Bool("update", false, "rewrite the table of steps in docs/recovery.md")

// TestGoldenRecoverySteps compares the tables with the steps and their modelled times, and with what a move loses.
func TestGoldenRecoverySteps(t *testing.T) {
	t.Run("steps", func(t *testing.T) { golden(t, "steps", regions.Table) })
	t.Run("objectives", func(t *testing.T) { golden(t, "objectives", regions.ObjectivesTable) })
}

func golden(t *testing.T, name string, render func(context.Context) (string, error)) {
	t.Helper()
	const path = "../../../docs/recovery.md"
	begin, end := "<!-- "+name+":begin -->\n", "<!-- "+name+":end -->\n"
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(text), begin)
	require.True(t, found, "docs/recovery.md must have the marker %s", begin)
	_, after, found := strings.Cut(rest, end)
	require.True(t, found, "docs/recovery.md must have the end marker %s", end)
	table, err := render(t.Context())
	require.NoError(t, err)
	want := before + begin + table + end + after
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	assert.Equal(t, string(text), want, "docs/recovery.md differs from the steps: run make golden")
}

// The world must lose what AWS would, or a rehearsal on it proves nothing.
func TestWhatWasNotCopiedIsLostWithTheRegion(t *testing.T) {
	w := regions.New()
	w.Pass(time.Minute) // between two copies of the files
	require.NoError(t, w.Write(regions.Primary, "last"))
	w.Lose(regions.Primary)
	w.Pass(10 * regions.FileLag)
	assert.NotContains(t, w.Rows(regions.Recovery), "last", "a row of the last second")
	assert.NotContains(t, w.Files(regions.Recovery), "last", "a file of the last minutes")

	w = regions.New()
	require.NoError(t, w.Write(regions.Primary, "first"))
	w.Pass(2 * regions.FileLag)
	w.Lose(regions.Primary)
	assert.Contains(t, w.Rows(regions.Recovery), "first")
	assert.Contains(t, w.Files(regions.Recovery), "first")
	assert.Error(t, w.Write(regions.Recovery, "x"), "a copy cannot be written")
}

func TestTheRehearsalReportsEveryMove(t *testing.T) {
	var out strings.Builder
	require.NoError(t, regions.Rehearse(t.Context(), &out))
	for _, want := range []string{
		"planned failover", "unplanned failover", "failback after it", "failover from copies", "moves were taken up again",
	} {
		assert.Contains(t, out.String(), want)
	}
}
