package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"mvdan.cc/sh/v3/syntax"
)

func TestEachKindOfMistakeInAScriptIsFound(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, scriptsFolder), 0o700))
	const text = `fetch() {
  log "fetching"
  if [[ -n $1 ]] && ((SECONDS < 60)); then
    curl --fail --proto =https "$1" || die "no answer"
  fi
  rm -f "$2"
}
`
	require.NoError(t, os.WriteFile(filepath.Join(root, scriptsFolder, "example.sh"), []byte(text), 0o600))
	found, err := scripts(root)
	require.NoError(t, err)
	changed := map[string]string{}
	for _, s := range found {
		changed[s.what] = s.text
	}
	for what, line := range map[string]string{
		"-z instead of -n: -n $1":                                     "if [[ -z $1 ]] && ((SECONDS < 60)); then",
		"<= instead of <: SECONDS < 60":                               "if [[ -n $1 ]] && ((SECONDS <= 60)); then",
		`command forgotten: rm -f "$2"`:                               "\n  :\n}",
		"|| instead of &&: [[ -n $1 ]] && ((SECONDS < 60))":           "if [[ -n $1 ]] || ((SECONDS < 60)); then",
		`option forgotten: --fail of curl --fail --proto =https "$1"`: `curl  --proto =https "$1"`,
		"condition reversed: [[ -n $1 ]] && ((SECONDS < 60))":         "if ! { [[ -n $1 ]] && ((SECONDS < 60)); }; then",
	} {
		assert.Contains(t, changed[what], line, "%s, of %v", what, changed)
	}
	for what, script := range changed {
		_, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(script), what)
		assert.NoError(t, err, "a script that Bash cannot read proves nothing: %s", what)
	}
	assert.NotContains(t, changed, `command forgotten: log "fetching"`, "the log is text for people")
}
