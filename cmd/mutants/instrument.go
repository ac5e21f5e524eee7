package main

import (
	"bytes"
	_ "embed"
	"go/ast"
	"go/format"
	"go/token"
	"go/types"
	"path"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ast/astutil"
)

// switchPackage is compiled into the tests only.
//
//go:embed switch.txt
var switchPackage string

const (
	modulePath = "github.com/morpheus-ha/morpheus-aws"
	switchPath = modulePath + "/internal/mutant"
)

// instrument returns the text of each file with the chosen mistakes in it, by path. The keys of chosen are their ids.
func instrument(chosen map[int]site) (map[string]string, error) {
	files := map[*sourceFile]map[ast.Node][]int{}
	for id, s := range chosen {
		if files[s.file] == nil {
			files[s.file] = map[ast.Node][]int{}
		}
		files[s.file][s.node] = append(files[s.file][s.node], id)
	}
	out := map[string]string{}
	for f, ids := range files {
		text, err := f.instrument(ids, chosen)
		if err != nil {
			return nil, err
		}
		out[f.path] = text
	}
	return out, nil
}

func (f *sourceFile) instrument(ids map[ast.Node][]int, chosen map[int]site) (string, error) {
	// Comments have positions, which the new nodes lack: the printer could put one into the middle of an expression.
	var kept []*ast.CommentGroup
	for _, group := range f.syntax.Comments {
		if strings.HasPrefix(group.List[len(group.List)-1].Text, "//go:") {
			kept = append(kept, group)
		}
	}
	f.syntax.Comments = kept
	astutil.Apply(f.syntax, nil, func(c *astutil.Cursor) bool {
		node := c.Node()
		if node == nil {
			return true
		}
		edited := node
		for _, id := range ids[node] {
			edited = chosen[id].edit(edited, id)
		}
		if edited != node {
			c.Replace(edited)
		}
		return true
	})
	astutil.AddNamedImport(f.fset, f.syntax, "mutant", switchPath)
	var out bytes.Buffer
	if err := format.Node(&out, f.fset, f.syntax); err != nil {
		return "", err
	}
	return out.String(), nil
}

var useOfSwitch = regexp.MustCompile(`mutant\.\w+(?:\[[^(]*\])?\((\d+)`)

// idsOfLine returns the mistakes in a line of an instrumented file.
func idsOfLine(text string, line int) []int {
	lines := strings.Split(text, "\n")
	if line < 1 || line > len(lines) {
		return nil
	}
	var out []int
	for _, m := range useOfSwitch.FindAllStringSubmatch(lines[line-1], -1) {
		id, _ := strconv.Atoi(m[1])
		out = append(out, id)
	}
	return out
}

// pick makes mutant.Pick[of](id, original, changed). Without a changed expression it is the zero value.
func (f *sourceFile) pick(id int, of types.Type, original, changed ast.Expr) ast.Expr {
	if basic, ok := of.(*types.Basic); ok && basic.Info()&types.IsUntyped != 0 {
		of = types.Default(of)
	}
	name := ast.NewIdent(types.TypeString(of, f.qualifier))
	if changed == nil {
		changed = &ast.StarExpr{X: &ast.CallExpr{Fun: ast.NewIdent("new"), Args: []ast.Expr{name}}}
	}
	return &ast.CallExpr{
		Fun:  &ast.IndexExpr{X: &ast.SelectorExpr{X: ast.NewIdent("mutant"), Sel: ast.NewIdent("Pick")}, Index: name},
		Args: []ast.Expr{number(id), original, changed},
	}
}

// qualifier imports the package of a type, if needed, and returns the name that the file has for it.
func (f *sourceFile) qualifier(p *types.Package) string {
	if p == f.pkg.Types {
		return ""
	}
	name := "of" + path.Base(strings.ReplaceAll(p.Path(), "-", ""))
	name = strings.ReplaceAll(name, ".", "")
	astutil.AddNamedImport(f.fset, f.syntax, name, p.Path())
	return name
}

// print returns a node as one short line.
func (f *sourceFile) print(n ast.Node) string {
	var out bytes.Buffer
	if err := format.Node(&out, f.fset, n); err != nil {
		return ""
	}
	text := strings.Join(strings.Fields(out.String()), " ")
	if len(text) > 70 {
		text = text[:67] + "..."
	}
	return text
}

func call(function string, id int, rest ...ast.Expr) ast.Expr {
	return &ast.CallExpr{
		Fun:  &ast.SelectorExpr{X: ast.NewIdent("mutant"), Sel: ast.NewIdent(function)},
		Args: append([]ast.Expr{number(id)}, rest...),
	}
}

func number(i int) ast.Expr { return &ast.BasicLit{Kind: token.INT, Value: strconv.Itoa(i)} }

func not(e ast.Expr) ast.Expr { return &ast.UnaryExpr{Op: token.NOT, X: e} }

func paren(e ast.Expr) ast.Expr { return &ast.ParenExpr{X: e} }
