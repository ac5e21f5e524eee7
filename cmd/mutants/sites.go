package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/ast/astutil"
	"golang.org/x/tools/go/packages"
)

// site is a place in the Go source where a mistake can be made.
type site struct {
	file *sourceFile
	// place is file:line, relative to the module; what says what the mistake is.
	place, what string
	node        ast.Node
	// edit returns the node that makes the mistake when id is switched on. The parts of n may have been edited before.
	edit func(n ast.Node, id int) ast.Node
}

// sourceFile is a parsed file, the names of its imports, and its package.
type sourceFile struct {
	path   string
	syntax *ast.File
	fset   *token.FileSet
	pkg    *packages.Package
	// folder is the folder of the package, relative to the module: ./components/cluster.
	folder string
}

// messageFields hold text for people, or labels without an effect. A test that repeated them would prove nothing.
var messageFields = map[string]bool{
	"What": true, "Why": true, "Reason": true, "Source": true, "Description": true, "Advice": true, "Note": true,
	"Id": true, "Sid": true,
}

// load reads the packages and finds all sites.
func load(root string, patterns []string) ([]site, error) {
	fset := token.NewFileSet()
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.LoadSyntax, Dir: root, Fset: fset,
	}, patterns...)
	if err != nil {
		return nil, err
	}
	var sites []site
	for _, p := range loaded {
		if len(p.Errors) > 0 {
			return nil, fmt.Errorf("%s: %w", p.PkgPath, p.Errors[0])
		}
		for _, syntax := range p.Syntax {
			path := fset.Position(syntax.Pos()).Filename
			folder, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil {
				return nil, err
			}
			f := &finder{file: &sourceFile{path: path, syntax: syntax, fset: fset, pkg: p, folder: "./" + folder}}
			astutil.Apply(syntax, f.visit, nil)
			sites = append(sites, f.sites...)
		}
	}
	return sites, nil
}

// finder finds the sites of one file.
type finder struct {
	file  *sourceFile
	sites []site
}

func (f *finder) add(n ast.Node, what string, edit func(ast.Node, int) ast.Node) {
	at := f.file.fset.Position(n.Pos())
	place := fmt.Sprintf("%s/%s:%d:%d", strings.TrimPrefix(f.file.folder, "./"), filepath.Base(f.file.path), at.Line, at.Column)
	f.sites = append(f.sites, site{file: f.file, place: place, what: what, node: n, edit: edit})
}

// visit is called for every node. It returns false for a node whose parts must stay constant.
func (f *finder) visit(c *astutil.Cursor) bool {
	switch n := c.Node().(type) {
	case *ast.GenDecl:
		return n.Tok == token.VAR
	case *ast.Field, *ast.ArrayType:
		return false
	case ast.Expr:
		if _, inCase := c.Parent().(*ast.CaseClause); inCase {
			return false
		}
		return f.expression(c, n)
	case *ast.IfStmt:
		f.condition(n)
	case *ast.ExprStmt, *ast.AssignStmt:
		f.statement(c)
	}
	return true
}

func (f *finder) expression(c *astutil.Cursor, n ast.Expr) bool {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		return f.field(n)
	case *ast.CompositeLit:
		f.elements(n)
	case *ast.BinaryExpr:
		f.operator(n)
	case *ast.BasicLit:
		f.number(n)
	case *ast.Ident:
		f.flag(n)
	case *ast.CallExpr:
		f.text(n)
	case *ast.SelectorExpr:
		f.sibling(c, n)
	}
	return true
}

// field forgets a field of a struct.
func (f *finder) field(n *ast.KeyValueExpr) bool {
	key, ok := n.Key.(*ast.Ident)
	if !ok {
		return true
	}
	variable, ok := f.file.pkg.TypesInfo.Uses[key].(*types.Var)
	if !ok || !variable.IsField() {
		return true
	}
	if messageFields[key.Name] {
		return false
	}
	f.add(n, "field forgotten: "+key.Name, func(n ast.Node, id int) ast.Node {
		pair := n.(*ast.KeyValueExpr)
		return &ast.KeyValueExpr{Key: pair.Key, Value: f.file.pick(id, variable.Type(), pair.Value, nil)}
	})
	return true
}

// elements forgets an element of a list.
func (f *finder) elements(n *ast.CompositeLit) {
	if _, ok := f.file.pkg.TypesInfo.TypeOf(n).Underlying().(*types.Slice); !ok || n.Type == nil {
		return
	}
	for i, e := range n.Elts {
		if _, keyed := e.(*ast.KeyValueExpr); keyed {
			return
		}
		f.add(n, fmt.Sprintf("element %d forgotten: %s", i, f.file.print(e)), func(n ast.Node, id int) ast.Node {
			return call("Without", id, number(i), n.(ast.Expr))
		})
	}
}

var otherOperator = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.EQL: token.NEQ, token.NEQ: token.EQL, token.LAND: token.LOR, token.LOR: token.LAND,
	token.ADD: token.SUB, token.SUB: token.ADD, token.MUL: token.QUO,
}

// operator takes another operator.
func (f *finder) operator(n *ast.BinaryExpr) {
	other, known := otherOperator[n.Op]
	of := f.file.pkg.TypesInfo.Types[n]
	basic, ok := of.Type.Underlying().(*types.Basic)
	if !known || !ok || of.Value != nil || f.comparesError(n) || basic.Info()&types.IsString != 0 {
		return
	}
	f.add(n, fmt.Sprintf("%s instead of %s: %s", other, n.Op, f.file.print(n)), func(n ast.Node, id int) ast.Node {
		was := n.(*ast.BinaryExpr)
		changed := &ast.BinaryExpr{X: paren(was.X), Op: other, Y: paren(was.Y)}
		if basic.Info()&types.IsBoolean == 0 {
			return f.file.pick(id, of.Type, was, changed)
		}
		return paren(&ast.BinaryExpr{
			X: &ast.BinaryExpr{X: call("On", id), Op: token.LAND, Y: paren(changed)}, Op: token.LOR,
			Y: &ast.BinaryExpr{X: not(call("On", id)), Op: token.LAND, Y: paren(was)},
		})
	})
}

// comparesError reports a check of an error, whose reversal every test notices.
func (f *finder) comparesError(n ast.Expr) bool {
	compare, ok := n.(*ast.BinaryExpr)
	return ok && types.Identical(f.file.pkg.TypesInfo.TypeOf(compare.X), types.Universe.Lookup("error").Type())
}

// condition reverses a condition.
func (f *finder) condition(n *ast.IfStmt) {
	if f.comparesError(n.Cond) {
		return
	}
	f.add(n, "condition reversed: "+f.file.print(n.Cond), func(n ast.Node, id int) ast.Node {
		was := n.(*ast.IfStmt)
		changed := *was
		changed.Cond = &ast.BinaryExpr{X: call("On", id), Op: token.NEQ, Y: paren(was.Cond)}
		return &changed
	})
}

// number takes the next integer.
func (f *finder) number(n *ast.BasicLit) {
	if n.Kind != token.INT {
		return
	}
	of := f.file.pkg.TypesInfo.TypeOf(n)
	f.add(n, "one more: "+n.Value, func(n ast.Node, id int) ast.Node {
		was := n.(ast.Expr)
		return f.file.pick(id, of, was, &ast.BinaryExpr{X: was, Op: token.ADD, Y: number(1)})
	})
}

// flag reverses true and false.
func (f *finder) flag(n *ast.Ident) {
	object := f.file.pkg.TypesInfo.Uses[n]
	if object != types.Universe.Lookup("true") && object != types.Universe.Lookup("false") {
		return
	}
	of := f.file.pkg.TypesInfo.TypeOf(n)
	f.add(n, "reversed: "+n.Name, func(n ast.Node, id int) ast.Node {
		return f.file.pick(id, of, n.(ast.Expr), not(n.(ast.Expr)))
	})
}

// text changes a text that becomes an input of a resource.
func (f *finder) text(n *ast.CallExpr) {
	function, ok := n.Fun.(*ast.SelectorExpr)
	if !ok || len(n.Args) != 1 || (function.Sel.Name != "String" && function.Sel.Name != "StringPtr") {
		return
	}
	if name, ok := function.X.(*ast.Ident); !ok || name.Name != "pulumi" {
		return
	}
	of := f.file.pkg.TypesInfo.TypeOf(n.Args[0])
	f.add(n, "another text: "+f.file.print(n), func(n ast.Node, id int) ast.Node {
		was := n.(*ast.CallExpr)
		other := &ast.BinaryExpr{X: paren(was.Args[0]), Op: token.ADD, Y: &ast.BasicLit{Kind: token.STRING, Value: `"-x"`}}
		return &ast.CallExpr{Fun: was.Fun, Args: []ast.Expr{f.file.pick(id, of, was.Args[0], other)}}
	})
}

// sibling takes another field of the same type.
func (f *finder) sibling(c *astutil.Cursor, n *ast.SelectorExpr) {
	selection := f.file.pkg.TypesInfo.Selections[n]
	if selection == nil || selection.Kind() != types.FieldVal || len(selection.Index()) != 1 || !isValue(c) {
		return
	}
	receiver := selection.Recv()
	if pointer, ok := receiver.Underlying().(*types.Pointer); ok {
		receiver = pointer.Elem()
	}
	structure, ok := receiver.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for step := 1; step < structure.NumFields(); step++ {
		other := structure.Field((selection.Index()[0] + step) % structure.NumFields())
		if !types.Identical(other.Type(), selection.Type()) || (!other.Exported() && other.Pkg() != f.file.pkg.Types) {
			continue
		}
		f.add(n, fmt.Sprintf("%s instead of %s", other.Name(), f.file.print(n)), func(n ast.Node, id int) ast.Node {
			was := n.(*ast.SelectorExpr)
			changed := &ast.SelectorExpr{X: was.X, Sel: ast.NewIdent(other.Name())}
			return f.file.pick(id, selection.Type(), was, changed)
		})
		return
	}
}

// isValue reports whether the expression is only read: it is neither assigned, nor called, nor is its address taken.
func isValue(c *astutil.Cursor) bool {
	switch parent := c.Parent().(type) {
	case *ast.AssignStmt:
		return c.Name() != "Lhs"
	case *ast.CallExpr:
		return c.Name() != "Fun"
	case *ast.UnaryExpr:
		return parent.Op != token.AND
	case *ast.IncDecStmt, *ast.SelectorExpr, *ast.IndexExpr:
		return false
	}
	return true
}

// statement forgets a call or an assignment.
func (f *finder) statement(c *astutil.Cursor) {
	if _, ok := c.Parent().(*ast.BlockStmt); !ok {
		return
	}
	if assign, ok := c.Node().(*ast.AssignStmt); ok && assign.Tok == token.DEFINE {
		return
	}
	f.add(c.Node(), "statement forgotten: "+f.file.print(c.Node()), func(n ast.Node, id int) ast.Node {
		return &ast.IfStmt{Cond: not(call("On", id)), Body: &ast.BlockStmt{List: []ast.Stmt{n.(ast.Stmt)}}}
	})
}
