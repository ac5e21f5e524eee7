package awsplugin

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shape maps the paths of a type, such as "ebsOptions.volumeSize", "zones[]" and "tags{}", to their kinds.
type shape map[string]string

// sdk reads the SDK's sources. Linking its packages takes longer, and only the sources map a token to its arguments.
type sdk struct {
	dir      string
	packages map[string]*sdkPackage
}

// sdkPackage is one package's structs, and the arguments and results of its functions by token.
type sdkPackage struct {
	types     map[string]ast.Expr
	resources map[string]string // token -> Vpc of NewVpc
	functions map[string][2]string
}

func openSDK(t *testing.T) *sdk {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", sdkModule).Output()
	require.NoError(t, err)
	return &sdk{dir: filepath.Join(strings.TrimSpace(string(out)), "go", "aws"), packages: map[string]*sdkPackage{}}
}

// in returns the package of a token. The SDK's root package has the provider and types without a service.
func (s *sdk) in(t *testing.T, token string) *sdkPackage {
	t.Helper()
	module, _, _ := strings.Cut(strings.Split(token, ":")[1], "/")
	if module == "index" || token == providerToken {
		module = ""
	}
	if s.packages[module] == nil {
		s.packages[module] = parsePackage(t, filepath.Join(s.dir, module))
	}
	return s.packages[module]
}

func parsePackage(t *testing.T, dir string) *sdkPackage {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	p := &sdkPackage{types: map[string]ast.Expr{}, resources: map[string]string{}, functions: map[string][2]string{}}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, declared := range file.Decls {
			switch d := declared.(type) {
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if typ, ok := spec.(*ast.TypeSpec); ok {
						p.types[typ.Name.Name] = typ.Type
					}
				}
			case *ast.FuncDecl:
				p.function(d)
			}
		}
	}
	return p
}

// function records a declaration that registers a resource or invokes a function: func NewVpc(ctx, name, args
// *VpcArgs, ...) (*Vpc, error).
func (p *sdkPackage) function(f *ast.FuncDecl) {
	if f.Recv != nil || f.Body == nil || f.Type.Results == nil {
		return
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		literal, isLiteral := call.Args[0].(*ast.BasicLit)
		if !ok || !isLiteral {
			return true
		}
		token := strings.Trim(literal.Value, `"`)
		result := pointedAt(f.Type.Results.List[0].Type)
		switch method.Sel.Name {
		case "RegisterResource":
			p.resources[token] = result
		case "Invoke":
			p.functions[token] = [2]string{argument(f), result}
		}
		return true
	})
}

func argument(f *ast.FuncDecl) string {
	for _, field := range f.Type.Params.List {
		if len(field.Names) > 0 && field.Names[0].Name == "args" {
			return pointedAt(field.Type)
		}
	}
	return ""
}

func pointedAt(typ ast.Expr) string {
	if star, ok := typ.(*ast.StarExpr); ok {
		if name, ok := star.X.(*ast.Ident); ok {
			return name.Name
		}
	}
	return ""
}

// resource returns the shapes of a resource's inputs and of its state. The SDK has both as structs of plain types:
// vpcArgs and vpcState.
func (s *sdk) resource(t *testing.T, token string) (inputs, outputs shape) {
	t.Helper()
	p := s.in(t, token)
	name := p.resources[token]
	require.NotEmpty(t, name, "the SDK registers no %s", token)
	name = strings.ToLower(name[:1]) + name[1:]
	return p.shape(name + "Args"), p.shape(name + "State")
}

func (s *sdk) invoke(t *testing.T, token string) (inputs, outputs shape) {
	t.Helper()
	p := s.in(t, token)
	names, found := p.functions[token]
	require.True(t, found, "the SDK invokes no %s", token)
	return p.shape(names[0]), p.shape(names[1])
}

func (p *sdkPackage) shape(name string) shape {
	out := shape{}
	if fields, ok := p.types[name].(*ast.StructType); ok {
		p.fields(out, "", fields)
	}
	return out
}

func (p *sdkPackage) fields(out shape, path string, of *ast.StructType) {
	for _, field := range of.Fields.List {
		if field.Tag == nil {
			continue
		}
		name := reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("pulumi")
		p.describe(out, path+name, field.Type)
	}
}

var sdkKinds = map[string]string{"string": "string", "int": "int", "float64": "float", "bool": "bool"}

func (p *sdkPackage) describe(out shape, path string, typ ast.Expr) {
	out[path] = "any"
	switch typ := typ.(type) {
	case *ast.StarExpr:
		p.describe(out, path, typ.X)
	case *ast.ArrayType:
		out[path] = "list"
		p.describe(out, path+"[]", typ.Elt)
	case *ast.MapType:
		out[path] = "map"
		p.describe(out, path+"{}", typ.Value)
	case *ast.StructType:
		out[path] = "object"
		p.fields(out, path+".", typ)
	case *ast.Ident:
		if kind, ok := sdkKinds[typ.Name]; ok {
			out[path] = kind
		} else if declared, ok := p.types[typ.Name]; ok { // a struct, or a string with named values
			p.describe(out, path, declared)
		}
	}
}
