package reference

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

const introduction = `# Configuration

Generated from internal/config and Pulumi.yaml by ` + "`make golden`" + `; a test fails when they differ.

The keys live in ` + "`Pulumi.<stack>.yaml`" + ` below ` + "`config`" + `, with the prefix ` + "`morpheus:`" + `; they nest at the dots:

` + "```sh" + `
pulumi config set --path morpheus:database.instances 3
` + "```" + `

Use ` + "`--path`" + ` always: without it, ` + "`pulumi config set morpheus:database ...`" + ` replaces the whole section by its defaults.

An editor with the YAML language server completes and checks the keys while you type: the stack files name
[stack.schema.json](stack.schema.json), the JSON Schema of the same keys. It knows what each key allows by itself. The
program checks that too, and what the keys allow together, before it registers the first resource; it names all problems at
once.

"In production" means ` + "`environment: production`" + `. A key without a default is required. The last column says which
changes replace something; any other change is made in place or restarts what it must: [changes](changes.md) has every
effect on data.
`

// Markdown is docs/configuration.md. Changes are what a change of a key replaces, by key.
func (p Project) Markdown(changes map[string]string) string {
	var out strings.Builder
	out.WriteString(introduction)
	for _, f := range fields(reflect.TypeFor[config.Config]()) {
		fmt.Fprintf(&out, "\n## %s\n\n| key | type | default | allowed | meaning | a change |\n|---|---|---|---|---|---|\n", f.name)
		p.rows(&out, f.name, f.of, changes)
		var lines []string
		for _, rule := range config.Rules() {
			if section, _, _ := strings.Cut(rule.Keys[0], "."); section == f.name {
				lines = append(lines, fmt.Sprintf("- `%s`: %s", strings.Join(rule.Keys, "`, `"), text(rule.Says)))
			}
		}
		if len(lines) > 0 {
			fmt.Fprintf(&out, "\nTogether with other keys:\n\n%s\n", strings.Join(lines, "\n"))
		}
	}
	return out.String()
}

// rows are those of a key and of the keys below it.
func (p Project) rows(out *strings.Builder, path string, of reflect.Type, changes map[string]string) {
	if of.Kind() == reflect.Struct {
		for _, f := range fields(of) {
			p.rows(out, path+"."+f.name, f.of, changes)
		}
		return
	}
	r, declared := row(path), p.Keys[path]
	allowed := r.Allows()
	if each := row(path + "[]"); each.Limit != nil {
		allowed += "; each " + each.Allows()
	}
	fmt.Fprintf(out, "| `%s` | %s | %s | %s | %s | %s |\n",
		path, typeName(of), p.defaultText(path), text(allowed), text(declared.Description), text(changes[path]))
	if of.Kind() == reflect.Slice && of.Elem().Kind() == reflect.Struct {
		p.rows(out, path+"[]", of.Elem(), changes)
	}
}

func (p Project) defaultText(path string) string {
	declared, ok := p.Keys[path]
	switch {
	case !ok && row(path).Empty != "":
		return "empty"
	case !ok, declared.Default == nil:
		return "required"
	case declared.Default == "":
		return "empty"
	}
	if text, isText := declared.Default.(string); isText {
		return "`" + text + "`"
	}
	encoded, err := json.Marshal(declared.Default)
	if err != nil {
		return fmt.Sprint(declared.Default)
	}
	return "`" + string(encoded) + "`"
}

func typeName(of reflect.Type) string {
	switch of.Kind() {
	case reflect.Int:
		return "whole number"
	case reflect.Bool:
		return "true or false"
	case reflect.Map:
		return "object of texts"
	case reflect.Slice:
		if of.Elem().Kind() == reflect.Struct {
			return "list of objects"
		}
		return "list of texts"
	}
	return "text"
}

// text keeps Markdown from reading <stack> as HTML and a bar as the end of a cell.
func text(s string) string {
	return strings.NewReplacer("<", "&lt;", "|", `\|`, "*", `\*`).Replace(s)
}
