package command

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/preflight"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/validate"
)

var update = flag.Bool("update", false, "rewrite the tables of checks in docs")

// commands with checks, in the order of the documents.
func commands() []struct {
	name   string
	checks []check.Check
} {
	return []struct {
		name   string
		checks []check.Check
	}{
		{"preflight", preflight.Checks(&preflight.Subject{Config: &config.Config{}})},
		{"validate", validate.Checks(&validate.Subject{Config: &config.Config{}})},
	}
}

// TestGoldenChecks writes the table of docs/operations.md and the sections of docs/runbooks/checks.md from the checks.
func TestGoldenChecks(t *testing.T) {
	var table, sections strings.Builder
	for _, c := range commands() {
		fmt.Fprintf(&table, "`ops %s` has %d checks:\n\n| group | check | asks | a finding is |\n|---|---|---|---|\n", c.name,
			len(c.checks))
		for _, one := range c.checks {
			fmt.Fprintf(&table, "| %s | [`%s`](runbooks/checks.md#%s) | %s | %s |\n", one.Group, one.ID, one.ID, one.Asks,
				article(one.Severity))
			fmt.Fprintf(&sections, "## %s\n\nYou know it by a finding of `ops %s`: %s\n\nTo do: %s.\n\n"+
				"It is over when this exits with 0:\n\n```sh\ngo run ./cmd/ops %s --stack \"$stack\" --only %s\n```\n\n", one.ID,
				c.name, one.Asks, code(one.Do), c.name, strings.TrimSpace(one.ID+" "+one.Flags))
		}
		table.WriteString("\n")
	}
	ids := map[string]bool{}
	for _, c := range commands() {
		for _, one := range c.checks {
			assert.False(t, ids[one.ID], "the id %s is used twice", one.ID)
			assert.NotEmpty(t, one.Do, one.ID)
			ids[one.ID] = true
		}
	}
	golden(t, "../../../docs/operations.md", "checks", table.String())
	golden(t, "../../../docs/runbooks/checks.md", "checks", sections.String())
}

func article(s check.Severity) string {
	if s == check.Error {
		return "an error"
	}
	return "a warning"
}

// command matches a command in an advice.
var command = regexp.MustCompile(`\b(aws [a-z0-9]+ [a-z-]+|go run \S+)( -{1,2}[a-z][^\s,;]*( [^-,;()\s][^\s,;)]*)?)*`)

// code puts the commands of an advice into backticks.
func code(advice string) string { return command.ReplaceAllString(advice, "`$0`") }

// golden compares what is between two markers of a page with the text.
func golden(t *testing.T, path, name, text string) {
	t.Helper()
	page, err := os.ReadFile(path) //nolint:gosec // of this repository
	require.NoError(t, err)
	begin, end := "<!-- "+name+":begin -->\n", "<!-- "+name+":end -->\n"
	before, rest, found := strings.Cut(string(page), begin)
	require.True(t, found, "%s must have the marker %s", path, begin)
	_, after, found := strings.Cut(rest, end)
	require.True(t, found, "%s must have the marker %s", path, end)
	want := before + begin + "\n" + strings.TrimSpace(text) + "\n\n" + end + after
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644)) //nolint:gosec // a document
		return
	}
	assert.Equal(t, string(page), want, "%s differs from the checks: run make golden", path)
}
