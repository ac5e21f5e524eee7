package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// example is a module with one mistake of each kind in Go.
const example = `package example

type settings struct {
	Encrypted, Protected bool
	Days, Hours          int
	Names                []string
}

func make(s settings) (settings, []string) {
	out := settings{Encrypted: true, Days: s.Days + 2}
	if s.Hours > 3 && out.Encrypted {
		out.Names = append(out.Names, "long")
	}
	return out, []string{"a", "b"}
}
`

// withExample writes the example and returns its sites.
func withExample(t *testing.T) []site {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module example\n\ngo 1.26\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(root, "example.go"), []byte(example), 0o600))
	sites, err := load(root, []string{"./..."})
	require.NoError(t, err)
	return sites
}

func TestEachKindOfMistakeIsFound(t *testing.T) {
	var found []string
	for _, s := range withExample(t) {
		found = append(found, s.place+" "+s.what)
	}
	for _, want := range []string{
		"field forgotten: Encrypted", "reversed: true", "field forgotten: Days", "- instead of +: s.Days + 2",
		"one more: 2", "Hours instead of s.Days", "|| instead of &&: s.Hours > 3 && out.Encrypted",
		">= instead of >: s.Hours > 3", "condition reversed: s.Hours > 3 && out.Encrypted",
		"Protected instead of out.Encrypted", `statement forgotten: out.Names = append(out.Names, "long")`,
		`element 1 forgotten: "b"`,
	} {
		assert.True(t, strings.Contains(strings.Join(found, "\n"), want), "no mistake %q in\n%s", want, strings.Join(found, "\n"))
	}
}

func TestEachChosenMistakeHasItsSwitch(t *testing.T) {
	chosen := map[int]site{}
	for i, s := range withExample(t) {
		chosen[i+1] = s
	}
	texts, err := instrument(chosen)
	require.NoError(t, err)
	require.Len(t, texts, 1)
	for _, text := range texts {
		for id := range chosen {
			switched := false
			for line := range strings.Count(text, "\n") {
				for _, in := range idsOfLine(text, line+1) {
					switched = switched || in == id
				}
			}
			assert.True(t, switched, "nothing switches mistake %d (%s) on in\n%s", id, chosen[id].what, text)
		}
	}
}
