package reference

import (
	_ "embed" // the introduction of the page
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

//go:embed introduction.txt
var introduction string

// tableHead is the head of the table of a section.
const tableHead = "| key | type | default | allowed | meaning | a change |\n|---|---|---|---|---|---|\n"

// Markdown is docs/configuration.md. Changes are what a change of a key replaces, by key.
func (p Project) Markdown(changes map[string]string) string {
	var out strings.Builder
	out.WriteString(introduction)
	for _, f := range fields(reflect.TypeFor[config.Config]()) {
		fmt.Fprintf(&out, "\n## %s\n\n%s", f.name, tableHead)
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
