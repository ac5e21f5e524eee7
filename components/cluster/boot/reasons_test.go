package boot

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"mvdan.cc/sh/v3/syntax"
)

// fixedText returns the text of a word with "…" for what is expanded, and for nothing that is quoted differently.
func fixedText(p shellPart, word *syntax.Word) string {
	var out strings.Builder
	for _, part := range word.Parts {
		switch part := part.(type) {
		case *syntax.Lit:
			out.WriteString(part.Value)
		case *syntax.SglQuoted:
			out.WriteString(part.Value)
		case *syntax.DblQuoted:
			out.WriteString(fixedText(p, &syntax.Word{Parts: part.Parts}))
		default:
			out.WriteString("…")
		}
	}
	return out.String()
}

// reasons returns the reasons that a boot can give, each with the place of its code.
func reasons(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{"… line … failed: …": "parts/boot.sh, the trap of a step"}
	for _, p := range shellParts(t) {
		p.each(func(function string, n syntax.Node) {
			call, ok := n.(*syntax.CallExpr)
			if !ok || len(call.Args) < 2 || function == "die" {
				return
			}
			if name := call.Args[0].Lit(); name != "die" && name != "because" {
				return
			}
			words := make([]string, len(call.Args)-1)
			for i, word := range call.Args[1:] {
				words[i] = fixedText(p, word)
			}
			out[strings.Join(words, " ")] = p.at(n)
		})
	}
	return out
}

var reasonRow = regexp.MustCompile("(?m)^\\| `([^|]+)` \\| [^|]+ \\| [^|]+ \\|$")

// Whoever is on call finds each reason of a report in the documentation, with what to do.
func TestTheDocsSayWhatToDoAboutEveryReason(t *testing.T) {
	text, err := os.ReadFile("../../../docs/node-boot.md")
	require.NoError(t, err)
	var documented []string
	_, section, _ := strings.Cut(string(text), "\n## Reasons\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, match := range reasonRow.FindAllStringSubmatch(section, -1) {
		documented = append(documented, match[1])
	}
	known := reasons(t)
	assert.Greater(t, len(known), 40)
	for reason, at := range known {
		assert.Contains(t, documented, reason, "%s: docs/node-boot.md has no row for this reason", at)
	}
	for _, reason := range documented {
		assert.Contains(t, known, reason, "docs/node-boot.md: no boot gives this reason")
	}
	assert.Len(t, slices.Compact(slices.Sorted(slices.Values(documented))), len(documented), "one row for each reason")
}
