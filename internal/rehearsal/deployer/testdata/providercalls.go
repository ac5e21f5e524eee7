//go:build ignore

// Command providercalls reads the source of the AWS provider and prints, for each type of resource and look-up of the
// deployer's table, the actions of IAM behind every call that its code can reach, whatever the configuration:
//
//	go run internal/rehearsal/deployer/testdata/providercalls.go "$(cd tools/awsprovider && go list -m -f '{{.Dir}}' \
//		github.com/hashicorp/terraform-provider-aws)" > internal/rehearsal/deployer/testdata/provider.txt
//
// It follows names, not types: a function that is mentioned is one that may be called.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/deployer"
)

// sources are the files of the provider by token: folder/file under internal/service.
func sources() map[string]string {
	out := map[string]string{}
	for _, typ := range awstypes.Created() {
		out[typ.Token] = typ.Provider.Source
	}
	for _, lookUp := range awstypes.LookUps() {
		if lookUp.Permissions != nil && lookUp.Source != "" {
			out[lookUp.Token] = lookUp.Source
		}
	}
	return out
}

// notCalls are methods of clients that call nothing.
var notCalls = []string{"Options"}

var (
	generated  = regexp.MustCompile(`^New(\w+?)(?:Paginator|Waiter)$`)
	listPages  = regexp.MustCompile(`^(?:list|describe)\w+Pages$`)
	taggedKind = regexp.MustCompile(`@Tags\([^)]*resourceType="(\w+)"`)
	client     = regexp.MustCompile(`^(\w+?)Client$`)
)

// pkg is one folder of the provider.
type pkg struct {
	service   string
	functions map[string]*ast.FuncDecl   // without receivers
	methods   map[string][]*ast.FuncDecl // by the type of the receiver
	files     map[string]*ast.File
}

type reader struct {
	root     string
	packages map[string]*pkg
}

func (r *reader) load(folder string) *pkg {
	if p := r.packages[folder]; p != nil {
		return p
	}
	p := &pkg{
		service:   folder,
		functions: map[string]*ast.FuncDecl{},
		methods:   map[string][]*ast.FuncDecl{},
		files:     map[string]*ast.File{},
	}
	r.packages[folder] = p
	paths, err := filepath.Glob(filepath.Join(r.root, "internal", "service", folder, "*.go"))
	if err != nil || len(paths) == 0 {
		log.Fatalf("%s: no such folder of the provider (%v)", folder, err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			log.Fatal(err)
		}
		p.files[strings.TrimSuffix(filepath.Base(path), ".go")] = file
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				if receiver := receiver(f); receiver != "" {
					p.methods[receiver] = append(p.methods[receiver], f)
				} else {
					p.functions[f.Name.Name] = f
				}
			}
		}
	}
	return p
}

func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return ""
	}
	t := f.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// clients are the names that stand for a client of the SDK in a function, with its service.
func (p *pkg) clients(f *ast.FuncDecl) map[string]string {
	out := map[string]string{}
	for _, field := range f.Type.Params.List {
		star, ok := field.Type.(*ast.StarExpr)
		if !ok {
			continue
		}
		if s, ok := star.X.(*ast.SelectorExpr); ok && s.Sel.Name == "Client" {
			for _, name := range field.Names {
				out[name.Name] = fmt.Sprint(s.X)
			}
		}
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == 1 && len(a.Rhs) == 1 {
			if call, ok := a.Rhs[0].(*ast.CallExpr); ok {
				if s, ok := call.Fun.(*ast.SelectorExpr); ok {
					if m := client.FindStringSubmatch(s.Sel.Name); m != nil {
						out[fmt.Sprint(a.Lhs[0])] = strings.ToLower(m[1])
					}
				}
			}
		}
		return true
	})
	return out
}

// walk collects the calls that a function can reach.
func (r *reader) walk(p *pkg, f *ast.FuncDecl, seen map[*ast.FuncDecl]bool, calls map[string]bool) {
	if f == nil || seen[f] {
		return
	}
	seen[f] = true
	clients := p.clients(f)
	add := func(service, name string) {
		if !slices.Contains(notCalls, name) {
			calls[deployer.ActionOf(service+":"+name)] = true
		}
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch e := n.(type) {
		case *ast.SelectorExpr:
			of, ok := e.X.(*ast.Ident)
			if !ok {
				return true
			}
			if of.Name == "manager" && e.Sel.Name == "NewUploader" { // S3's transfer manager
				add("s3", "PutObject")
			} else if service := clients[of.Name]; service != "" && e.Sel.IsExported() {
				add(service, e.Sel.Name)
			} else if m := generated.FindStringSubmatch(e.Sel.Name); m != nil {
				add(of.Name, m[1])
			} else if folder, found := strings.CutPrefix(of.Name, "tf"); found {
				if paths, _ := filepath.Glob(filepath.Join(r.root, "internal", "service", folder,
					"*.go")); len(paths) > 0 {
					other := r.load(folder)
					name := e.Sel.Name // exported by a variable of that name, or itself
					r.walk(other, other.functions[name], seen, calls)
					r.walk(other, other.functions[strings.ToLower(name[:1])+name[1:]], seen, calls)
				}
			}
			return false
		case *ast.Ident:
			if next := p.functions[e.Name]; next != nil && !entry(e.Name) {
				r.walk(p, next, seen, calls)
			}
		}
		return true
	})
}

// entry says whether a function is the schema of another resource, or reads it; each is looked at for its own.
func entry(name string) bool {
	return (strings.HasPrefix(name, "resource") || strings.HasPrefix(name, "dataSource")) &&
		!listPages.MatchString(name)
}

// of are the calls of one file's resource or look-up.
func (r *reader) of(path string) []string {
	folder, name, _ := strings.Cut(path, "/")
	p := r.load(folder)
	file := p.files[name]
	if file == nil {
		log.Fatalf("%s: the provider has no such file", path)
	}
	calls, seen := map[string]bool{}, map[*ast.FuncDecl]bool{}
	var crud func(f *ast.FuncDecl)
	crud = func(f *ast.FuncDecl) {
		r.walk(p, f, seen, calls)
		// What a resource is made of may be the functions or the methods of others.
		ast.Inspect(f.Body, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && entry(id.Name) {
				if next := p.functions[id.Name]; next != nil && !seen[next] {
					crud(next)
				}
			}
			return true
		})
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body != nil && (receiver(d) != "" || entry(d.Name.Name)) {
				crud(d)
			}
		case *ast.GenDecl: // framework resources embed what they share
			ast.Inspect(d, func(n ast.Node) bool {
				if s, ok := n.(*ast.StructType); ok {
					for _, field := range s.Fields.List {
						if id, ok := field.Type.(*ast.Ident); ok && len(field.Names) == 0 {
							for _, m := range p.methods[id.Name] {
								crud(m)
							}
						}
					}
				}
				return true
			})
		}
	}
	if strings.Contains(comments(file), "@Tags(") && !strings.Contains(path, "data_source") {
		r.tags(p, p.functions["updateTags"], path, calls)
		if !mentions(file, "setTagsOut") && p.service != "ec2" { // the tags are no part of what is read
			r.tags(p, p.functions["listTags"], path, calls)
		}
		if m := taggedKind.FindStringSubmatch(comments(file)); m != nil { // the kinds of S3 have functions of their own
			r.tags(p, p.functions[strings.ToLower(m[1])+"UpdateTags"], path, calls)
			r.tags(p, p.functions[strings.ToLower(m[1])+"ListTags"], path, calls)
		}
	}
	return slices.Sorted(maps.Keys(calls))
}

// tags of IAM have a call for each kind of resource.
func (r *reader) tags(p *pkg, f *ast.FuncDecl, path string, calls map[string]bool) {
	if f == nil {
		return
	}
	if p.service != "iam" {
		r.walk(p, f, map[*ast.FuncDecl]bool{}, calls)
		return
	}
	kind := "Role"
	if strings.Contains(path, "instance_profile") {
		kind = "InstanceProfile"
	}
	calls["iam:Tag"+kind], calls["iam:Untag"+kind] = true, true
}

func mentions(file *ast.File, name string) bool {
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == name
		return !found
	})
	return found
}

func comments(file *ast.File) string {
	var b strings.Builder
	for _, group := range file.Comments {
		for _, c := range group.List {
			b.WriteString(c.Text + "\n")
		}
	}
	return b.String()
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("the folder of the provider's source is needed")
	}
	r := &reader{root: os.Args[1], packages: map[string]*pkg{}}
	fmt.Println(
		"# The calls that the provider's code of a type can reach, by their actions of IAM; written by " +
			"providercalls.go.",
	)
	fmt.Println("#", filepath.Base(r.root))
	files := sources()
	for _, token := range slices.Sorted(maps.Keys(files)) {
		fmt.Println(token, strings.Join(r.of(files[token]), " "))
	}
}
