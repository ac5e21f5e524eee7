package account_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A reader of the README decides by its table what a rehearsal has proven.
func TestTheREADMENamesEveryRuleWithItsSource(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	rows := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if m := regexp.MustCompile("^\\| `([a-z0-9-]+)` \\| .* \\| (error|quiet|error, quiet) \\| ").FindStringSubmatch(line); m != nil {
			assert.NotContains(t, rows, m[1], "a rule stands in the table once")
			rows[m[1]] = line
		}
	}
	named := map[string]bool{}
	for token, rules := range rulesOf() {
		short := token[strings.LastIndex(token, ":")+1:]
		short = strings.TrimPrefix(short, "SecurityGroup")
		for _, rule := range rules {
			named[rule.Name] = true
			row, ok := rows[rule.Name]
			if assert.True(t, ok, "rule %s of %s is not in the table", rule.Name, token) {
				assert.Contains(t, row, "("+rule.Source+")", "source of %s", rule.Name)
				assert.Contains(t, row, short, "type of %s", rule.Name)
			}
		}
	}
	for name := range rows {
		assert.True(t, named[name], "the table has %s, which is no rule", name)
	}
}
