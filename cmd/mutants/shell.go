package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// script is a mistake in a script of the nodes: the whole changed text of the file.
type script struct {
	path, place, what, text string
}

// scriptsFolder has the scripts of the nodes, relative to the module.
const scriptsFolder = "components/cluster/boot/parts"

// scripts finds all mistakes in the scripts of the nodes.
func scripts(root string) ([]script, error) {
	files, err := filepath.Glob(filepath.Join(root, scriptsFolder, "*.sh"))
	if err != nil {
		return nil, err
	}
	var out []script
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		parsed, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(string(text)), path)
		if err != nil {
			return nil, err
		}
		f := &scriptFinder{path: path, text: string(text)}
		for _, s := range parsed.Stmts {
			syntax.Walk(s, f.visit)
		}
		out = append(out, f.found...)
	}
	return out, nil
}

type scriptFinder struct {
	path, text string
	found      []script
}

// add records that the text between two offsets is replaced.
func (f *scriptFinder) add(n syntax.Node, what string, from, to uint, by string) {
	f.found = append(f.found, script{
		path: f.path, place: fmt.Sprintf("%s/%s:%d", scriptsFolder, filepath.Base(f.path), n.Pos().Line()), what: what,
		text: f.text[:from] + by + f.text[to:],
	})
}

func (f *scriptFinder) source(n syntax.Node) string {
	text := strings.Join(strings.Fields(f.text[n.Pos().Offset():n.End().Offset()]), " ")
	if len(text) > 70 {
		text = text[:67] + "..."
	}
	return text
}

// otherWord is the opposite of an operator of a script.
var otherWord = map[string]string{
	"&&": "||", "||": "&&", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "-n": "-z", "-z": "-n",
	"+": "-", "-": "+",
}

func (f *scriptFinder) visit(n syntax.Node) bool {
	switch n := n.(type) {
	case *syntax.Block:
		f.commands(n.Stmts)
	case *syntax.IfClause:
		f.commands(n.Then)
		if len(n.Cond) == 1 && !n.Cond[0].Negated {
			at := n.Cond[0].Pos().Offset()
			end := n.Cond[0].Cmd.End().Offset() // without its semicolon
			f.add(n, "condition reversed: "+f.source(n.Cond[0].Cmd), at, end, "! { "+f.text[at:end]+"; }")
		}
	case *syntax.WhileClause:
		f.commands(n.Do)
	case *syntax.BinaryCmd:
		f.operator(n, n.OpPos, n.Op.String())
	case *syntax.BinaryArithm:
		f.operator(n, n.OpPos, n.Op.String())
	case *syntax.BinaryTest:
		f.operator(n, n.OpPos, n.Op.String())
	case *syntax.UnaryTest:
		f.operator(n, n.OpPos, n.Op.String())
	case *syntax.CallExpr:
		f.options(n)
	}
	return true
}

func (f *scriptFinder) operator(n syntax.Node, at syntax.Pos, op string) {
	if other, ok := otherWord[op]; ok {
		f.add(n, fmt.Sprintf("%s instead of %s: %s", other, op, f.source(n)), at.Offset(), at.Offset()+uint(len(op)), other)
	}
}

// commands forgets a command. Lines of the log are text for people.
func (f *scriptFinder) commands(list []*syntax.Stmt) {
	for _, s := range list {
		command, ok := s.Cmd.(*syntax.CallExpr)
		if !ok || len(command.Args) == 0 || command.Args[0].Lit() == "log" || command.Args[0].Lit() == ":" || s.Background {
			continue
		}
		f.add(s, "command forgotten: "+f.source(s), s.Pos().Offset(), command.End().Offset(), ":")
	}
}

// options forgets an option that has no value of its own.
func (f *scriptFinder) options(n *syntax.CallExpr) {
	for i, word := range n.Args {
		text := word.Lit()
		if i == 0 || !strings.HasPrefix(text, "--") || text == "--" {
			continue
		}
		if i+1 < len(n.Args) && !strings.HasPrefix(n.Args[i+1].Lit(), "-") && !strings.Contains(text, "=") {
			continue // the next word may be its value
		}
		f.add(word, "option forgotten: "+text+" of "+f.source(n), word.Pos().Offset(), word.End().Offset(), "")
	}
}
