package boot

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"mvdan.cc/sh/v3/syntax"
)

// shellPart is a parsed script of a node.
type shellPart struct {
	name, text string
	file       *syntax.File
}

// shellParts parses all scripts of a node.
func shellParts(t testing.TB) []shellPart {
	t.Helper()
	entries, err := parts.ReadDir("parts")
	require.NoError(t, err)
	var out []shellPart
	for _, e := range entries {
		if path.Ext(e.Name()) != ".sh" {
			continue
		}
		text, err := parts.ReadFile(path.Join("parts", e.Name()))
		require.NoError(t, err)
		file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(string(text)), e.Name())
		require.NoError(t, err, "bash must be able to read it")
		out = append(out, shellPart{name: e.Name(), text: string(text), file: file})
	}
	require.NotEmpty(t, out)
	return out
}

// source returns the text of a node as it is written.
func (p shellPart) source(n syntax.Node) string { return p.text[n.Pos().Offset():n.End().Offset()] }

// at returns the place of a node, for messages.
func (p shellPart) at(n syntax.Node) string {
	return fmt.Sprintf("parts/%s:%d", p.name, n.Pos().Line())
}

// each visits every node with the name of its function; empty outside of functions.
func (p shellPart) each(visit func(function string, n syntax.Node)) {
	var walk func(function string, root syntax.Node)
	walk = func(function string, root syntax.Node) {
		syntax.Walk(root, func(n syntax.Node) bool {
			if f, ok := n.(*syntax.FuncDecl); ok {
				walk(f.Name.Value, f.Body)
				return false
			}
			if n != nil {
				visit(function, n)
			}
			return true
		})
	}
	walk("", p.file)
}

// shellCommand is a simple command as it is written.
type shellCommand struct {
	part     shellPart
	function string
	// words are the command and its arguments. Quotes around a whole word are removed, nothing is expanded.
	words []string
	// targets are the files that redirections write, and input is the text of a here-document or here-string.
	targets []string
	input   string
	call    *syntax.CallExpr
}

func (c shellCommand) at() string { return c.part.at(c.call) }

func (c shellCommand) String() string { return c.at() + ": " + strings.Join(c.words, " ") }

// has is true when the words contain the given ones, one after the other.
func (c shellCommand) has(words ...string) bool {
	for i := range c.words {
		if i+len(words) <= len(c.words) && slices.Equal(c.words[i:i+len(words)], words) {
			return true
		}
	}
	return false
}

// program returns the words from the program on, without those that only start it: `foreign timeout 20 x` is x.
func (c shellCommand) program() []string {
	words := c.words
	for len(words) > 0 {
		switch words[0] {
		case "foreign", "exec", "env":
			words = words[1:]
		case "timeout", "shared": // options, and the time limit
			words = words[1:]
			for len(words) > 0 && strings.HasPrefix(words[0], "--") {
				words = words[1:]
			}
			words = words[min(1, len(words)):]
		case "retry": // time limit and description
			words = words[min(3, len(words)):]
		default:
			if !strings.Contains(words[0], "http_proxy=") { // an argument of env
				return words
			}
			words = words[1:]
		}
	}
	return nil
}

// is true when the command runs the program with these first arguments.
func (c shellCommand) is(words ...string) bool {
	program := c.program()
	return len(program) >= len(words) && slices.Equal(program[:len(words)], words)
}

// shellCommands returns the simple commands of all scripts.
func shellCommands(t testing.TB) []shellCommand {
	t.Helper()
	var out []shellCommand
	for _, p := range shellParts(t) {
		p.each(func(function string, n syntax.Node) {
			statement, ok := n.(*syntax.Stmt)
			if !ok {
				return
			}
			call, ok := statement.Cmd.(*syntax.CallExpr)
			if !ok || len(call.Args) == 0 {
				return
			}
			c := shellCommand{part: p, function: function, call: call}
			for _, word := range call.Args {
				c.words = append(c.words, unquoted(p.source(word)))
			}
			for _, r := range statement.Redirs {
				switch r.Op {
				case syntax.RdrOut, syntax.AppOut, syntax.RdrAll, syntax.AppAll, syntax.RdrInOut:
					c.targets = append(c.targets, unquoted(p.source(r.Word)))
				case syntax.Hdoc, syntax.DashHdoc:
					c.input = p.source(r.Hdoc)
				case syntax.WordHdoc:
					c.input = unquoted(p.source(r.Word))
				}
			}
			out = append(out, c)
		})
	}
	return out
}

// unquoted removes the quotes around a whole word.
func unquoted(word string) string {
	for _, quote := range []string{`"`, "'"} {
		inner, open := strings.CutPrefix(word, quote)
		if inner, closed := strings.CutSuffix(inner, quote); open && closed && !strings.Contains(inner, quote) {
			return inner
		}
	}
	return word
}

// shellCalls returns the functions that each function calls, directly or as an argument of another command, such as
// `retry 60 what function`.
func shellCalls(commands []shellCommand) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, c := range commands {
		out[c.function] = map[string]bool{}
	}
	for _, c := range commands {
		for _, word := range c.words {
			names := []string{word}
			if word == "install_$kind" {
				names = nil
				for _, tool := range Tools {
					names = append(names, "install_"+tool.Kind)
				}
			}
			for _, name := range names {
				if _, ok := out[name]; ok && name != "" {
					out[c.function][name] = true
				}
			}
		}
	}
	return out
}

// reach returns all functions that a function calls, directly and indirectly, and the function itself.
func reach(calls map[string]map[string]bool, function string) map[string]bool {
	out := map[string]bool{function: true}
	for queue := []string{function}; len(queue) > 0; queue = queue[1:] {
		for next := range calls[queue[0]] {
			if !out[next] {
				out[next] = true
				queue = append(queue, next)
			}
		}
	}
	return out
}
