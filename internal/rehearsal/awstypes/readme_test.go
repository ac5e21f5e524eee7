package awstypes_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

var update = flag.Bool("update", false, "rewrite the table of rules in the README of the simulated AWS")

// TestGoldenTableOfRules compares the table with the records. Readers learn from it what a rehearsal verifies.
func TestGoldenTableOfRules(t *testing.T) {
	const path, begin, end = "../simaws/README.md", "<!-- rules -->\n", "<!-- end of rules -->\n"
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(text), begin)
	require.True(t, found, "the README must have the marker %s", begin)
	_, after, found := strings.Cut(rest, end)
	require.True(t, found, "the README must have the end marker %s", end)
	want := before + begin + rulesTable() + end + after
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	assert.Equal(t, string(text), want, "%s differs from the records: run make golden", path)
}

// rulesTable has a row for each rule, in the order of the records. A rule that several types share has one row.
func rulesTable() string {
	var out strings.Builder
	out.WriteString("| rule | type | refused | AWS | source |\n|---|---|---|---|---|\n")
	var seen []string
	for _, typ := range awstypes.All() {
		for _, rule := range typ.Simulation.Rules {
			if slices.Contains(seen, rule.Name) {
				continue
			}
			seen = append(seen, rule.Name)
			fmt.Fprintf(&out, "| `%s` | %s | %s | %s | [source](%s) |\n",
				rule.Name, strings.Join(typesWith(rule.Name), ", "), rule.Refuses, rule.AWS, rule.Source)
		}
	}
	return out.String()
}

// typesWith returns the types with a rule, such as "ec2.Vpc".
func typesWith(rule string) []string {
	var out []string
	for _, typ := range awstypes.All() {
		if slices.ContainsFunc(typ.Simulation.Rules, func(r awstypes.Rule) bool { return r.Name == rule }) {
			service, _, _ := strings.Cut(strings.TrimPrefix(typ.Token, "aws:"), "/")
			out = append(out, service+typ.Token[strings.LastIndex(typ.Token, ":"):])
		}
	}
	for i := range out {
		out[i] = strings.Replace(out[i], ":", ".", 1)
	}
	return out
}
