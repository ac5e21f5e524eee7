package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/stacks"
)

// TestGoldenDocs generates the reference pages from the program.
func TestGoldenDocs(t *testing.T) {
	goldenTable(t, "../docs/outputs.md", "outputs", outputTable())
}

// goldenTable compares the table between the markers of a document with the given one; with -update it writes it.
func goldenTable(t *testing.T, path, name, table string) {
	t.Helper()
	text, err := os.ReadFile(path) //nolint:gosec // of this repository
	require.NoError(t, err)
	want := between(t, string(text), name, table)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	assert.Equal(t, string(text), want, "%s differs from the program: run make golden", path)
}

// between replaces the text between the document's two markers with a table.
func between(t *testing.T, text, name, table string) string {
	t.Helper()
	begin, end := "<!-- "+name+":begin -->\n", "<!-- "+name+":end -->"
	before, rest, ok := strings.Cut(text, begin)
	require.True(t, ok, "the document must have the marker %s", begin)
	_, after, ok := strings.Cut(rest, end)
	require.True(t, ok, "the document must have the marker %s", end)
	return before + begin + table + end + after
}

func outputTable() string {
	var out strings.Builder
	out.WriteString("| output | what |\n|---|---|\n")
	for _, o := range stacks.Outputs {
		fmt.Fprintf(&out, "| `%s` | %s |\n", o.Name, o.Meaning)
	}
	return out.String()
}

// content returns a file as text.
func content(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...)) //nolint:gosec // of the test
	require.NoError(t, err)
	return string(text)
}
