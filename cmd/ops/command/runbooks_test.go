package command

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"mvdan.cc/sh/v3/syntax"
)

// documents whose commands must be of this program: all runbooks, and the pages of subcommands.
func documents(t *testing.T) []string {
	t.Helper()
	out, err := filepath.Glob("../../../docs/runbooks/*.md")
	require.NoError(t, err)
	require.Greater(t, len(out), 5)
	return append(out, "../../../docs/drills.md", "../../../docs/operations.md", "../../../docs/adopt.md")
}

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// opsCalls returns the arguments of each call of the command in the shell blocks of a page. What the shell computes is "x".
func opsCalls(t *testing.T, page string) [][]string {
	t.Helper()
	var out [][]string
	for _, block := range shellBlock.FindAllStringSubmatch(page, -1) {
		file, err := syntax.NewParser().Parse(strings.NewReader(block[1]), "")
		require.NoError(t, err, block[1])
		syntax.Walk(file, func(n syntax.Node) bool {
			call, isCall := n.(*syntax.CallExpr)
			if !isCall {
				return true
			}
			var words []string
			for _, word := range call.Args {
				text := word.Lit()
				if text == "" {
					text = "x"
				}
				words = append(words, text)
			}
			switch {
			case len(words) > 3 && slices.Equal(words[:3], []string{"go", "run", "./cmd/ops"}):
				out = append(out, words[3:])
			case len(words) > 1 && words[0] == "bin/ops":
				out = append(out, words[1:])
			}
			return true
		})
	}
	return out
}

// parse returns what the program would refuse in arguments before it does anything.
func parse(arguments []string) error {
	found, rest, err := newRoot(&flags{}).Find(arguments)
	if err != nil {
		return err
	}
	if err := found.ParseFlags(rest); err != nil {
		return err
	}
	if !found.Runnable() {
		return fmt.Errorf("%s needs a subcommand", found.CommandPath())
	}
	if err := found.ValidateArgs(found.Flags().Args()); err != nil {
		return err
	}
	return found.ValidateRequiredFlags()
}

// TestEachCommandOfTheDocumentsIsOfThisProgram: somebody pastes them at night. Commands, flags and checks must exist.
func TestEachCommandOfTheDocumentsIsOfThisProgram(t *testing.T) {
	var ids []string
	for _, c := range commands() {
		for _, one := range c.checks {
			ids = append(ids, one.ID)
		}
	}
	n := 0
	for _, path := range documents(t) {
		page, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, arguments := range opsCalls(t, string(page)) {
			n++
			require.NoError(t, parse(arguments), "%s: ops %s", path, strings.Join(arguments, " "))
			if at := slices.Index(arguments, "--only"); at >= 0 {
				for _, id := range strings.Split(arguments[at+1], ",") {
					assert.Contains(t, ids, id, "%s: there is no such check", path)
				}
			}
		}
	}
	assert.Greater(t, n, 100, "the search must find the commands of the checks and of the runbooks")
	for _, wrong := range []string{"drill", "drill nothing", "drill node --all", "drill node more", "validate --drill"} {
		assert.Error(t, parse(strings.Fields(wrong)), "%s is no command", wrong)
	}
}

// TestEachRunbookOfALossHasItsSections: how you know, what happens by itself, what you do, how you know that it is over.
// The alarms that it names must exist.
func TestEachRunbookOfALossHasItsSections(t *testing.T) {
	monitoring, err := os.ReadFile("../../../docs/monitoring.md")
	require.NoError(t, err)
	named := regexp.MustCompile("`((?:loadbalancer|cluster|database|messaging|search)-[a-z-]+)`")
	pages, err := filepath.Glob("../../../docs/runbooks/lose-*.md")
	require.NoError(t, err)
	require.Len(t, pages, 6)
	for _, path := range pages {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		at := 0
		for _, heading := range []string{
			"\n## How you know\n", "\n## What the stack does by itself\n", "\n## What you do\n", "\n## How you know that it is over\n",
		} {
			next := strings.Index(string(text), heading)
			require.Greater(t, next, at, "%s: %q must come in its place", path, heading)
			at = next
		}
		alarms := named.FindAllStringSubmatch(string(text), -1)
		assert.NotEmpty(t, alarms, path)
		for _, alarm := range alarms {
			assert.Contains(t, string(monitoring), "\n### "+alarm[1]+"\n", "%s: docs/monitoring.md has no %s", path, alarm[1])
		}
	}
}
