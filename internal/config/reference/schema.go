package reference

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// object is a JSON object of the schema.
type object = map[string]any

// secret and placeholder may stand in place of other values: what `pulumi config set --secret` writes, and what a
// committed file has for a value that only the user knows.
var (
	secret      = object{"$ref": "#/definitions/secret"}
	placeholder = object{"$ref": "#/definitions/placeholder"}
)

// Schema is the JSON Schema (draft 7) of a stack file, Pulumi.<stack>.yaml. It says what each key allows by itself;
// what keys allow together only the program checks. The keys of the sections carry their namespace, as `pulumi config
// set` writes them.
func (p Project) Schema() ([]byte, error) {
	sections, inProduction, required := object{}, object{}, []string{}
	for _, f := range fields(reflect.TypeFor[config.Config]()) {
		key := config.Namespace + ":" + f.name
		sections[key] = p.value(f.name, f.of)
		if p.isRequired(f.name) {
			required = append(required, key)
		}
		if stricter := productionOnly(f.name, f.of); stricter != nil {
			inProduction[key] = stricter
		}
	}
	production := object{config.Namespace + ":environment": object{"const": "production"}}
	schema := object{
		"$schema":     "http://json-schema.org/draft-07/schema#",
		"title":       "Stack file of Morpheus in high availability on AWS",
		"description": "Generated from internal/config and Pulumi.yaml by `make golden`.",
		"type":        "object",
		"required":    []string{"config"},
		"definitions": object{
			"secret": object{
				"type": "object", "required": []string{"secure"}, "additionalProperties": false,
				"properties": object{"secure": object{"type": "string", "description": "Encrypted by pulumi config set --secret."}},
			},
			"placeholder": object{"type": "string", "pattern": config.Placeholder.String()},
		},
		"properties": object{
			"config": object{
				"type": "object", "required": required, "properties": sections,
				"patternProperties": object{"^pulumi:": object{}}, "additionalProperties": false,
			},
		},
		"if":   object{"properties": object{"config": object{"properties": production}}},
		"then": object{"properties": object{"config": object{"properties": inProduction}}},
	}
	text, err := json.MarshalIndent(schema, "", "  ")
	return append(text, '\n'), err
}

// isRequired reports whether a key, or any key below it, has no default.
func (p Project) isRequired(path string) bool {
	for key, declared := range p.Keys {
		if (key == path || strings.HasPrefix(key, path+".")) && declared.Default == nil && declared.Value == nil {
			return true
		}
	}
	return false
}

// value is the schema of what stands at a path.
func (p Project) value(path string, of reflect.Type) object {
	r := row(path)
	var out object
	switch of.Kind() {
	case reflect.Struct:
		out = choice(path, p.section(path, of))
	case reflect.Slice:
		list := listSchema(r.Limit.(config.List))
		list["items"] = p.value(path+"[]", of.Elem())
		list["uniqueItems"] = row(path+"[]").Once != ""
		out = choice(path, list)
	default:
		out = leaf(path, r, r.Limit)
	}
	if declared, ok := p.Keys[path]; ok {
		out["description"] = declared.Description
		if declared.Default != nil {
			out["default"] = declared.Default
		}
	} else if r.Limit != nil {
		out["description"] = r.Allows()
	}
	return out
}

// section is an object with the keys of a struct.
func (p Project) section(path string, of reflect.Type) object {
	properties, required := object{}, []string{}
	for _, f := range fields(of) {
		properties[f.name] = p.value(path+"."+f.name, f.of)
		if inList := strings.Contains(path, "[]"); inList && !f.optional || !inList && p.isRequired(path+"."+f.name) {
			required = append(required, f.name)
		}
	}
	return object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

// productionOnly is what production allows less of below a path; nil for nothing.
func productionOnly(path string, of reflect.Type) object {
	switch of.Kind() {
	case reflect.Struct:
		properties := object{}
		for _, f := range fields(of) {
			if stricter := productionOnly(path+"."+f.name, f.of); stricter != nil {
				properties[f.name] = stricter
			}
		}
		if len(properties) > 0 {
			return object{"properties": properties}
		}
		return nil
	case reflect.Slice:
		out := object{}
		if list, stricter := config.ForProduction(row(path).Limit); stricter {
			out = listSchema(list.(config.List))
			delete(out, "type")
		}
		if items := productionOnly(path+"[]", of.Elem()); items != nil {
			out["items"] = items
		}
		if len(out) > 0 {
			return out
		}
		return nil
	}
	r := row(path)
	if limit, stricter := config.ForProduction(r.Limit); stricter {
		return leaf(path, r, limit)
	}
	return nil
}

// choice is one of several schemas or, where the program keeps it one, a secret.
func choice(path string, choices ...object) object {
	if section, _, _ := strings.Cut(path, "."); config.MayBeSecret(section) {
		choices = append(choices, secret)
	}
	if len(choices) == 1 {
		return choices[0]
	}
	return object{"anyOf": choices}
}

// leaf is the schema of one value: what the limit allows, nothing, a secret or, for a text, a placeholder.
func leaf(path string, r config.Row, limit config.Limit) object {
	allowed := limitSchema(limit)
	choices := []object{allowed}
	if allowed["type"] != "integer" && allowed["type"] != "boolean" {
		if r.Empty != "" {
			choices = append(choices, object{"const": ""})
		}
		choices = append(choices, placeholder)
	} else if r.Empty != "" {
		choices = append(choices, object{"const": 0})
	}
	return choice(path, choices...)
}

func limitSchema(limit config.Limit) object {
	switch l := limit.(type) {
	case config.Range:
		out := object{"type": "integer", "minimum": l.Min}
		if l.Max > 0 {
			out["maximum"] = l.Max
		}
		return out
	case config.Numbers:
		return object{"type": "integer", "enum": l}
	case config.Flag:
		return object{"type": "boolean"}
	case config.Choice:
		return object{"type": "string", "enum": l.Values}
	case config.Types:
		return object{"type": "string", "enum": l.All()}
	case config.Version:
		return versionSchema(l)
	case config.IPv4Range:
		return object{"type": "string", "pattern": ipv4Pattern(l.MinPrefix)}
	case config.Object:
		return object{
			"type": "object", "maxProperties": l.Max, "additionalProperties": leaf("tags", config.Row{}, l.Values),
			"propertyNames": object{
				"pattern": l.Names.Pattern.String(), "maxLength": l.Names.MaxLength, "minLength": 1,
				"not": object{"anyOf": []object{
					{"enum": config.ProgramTags()}, {"pattern": l.Names.Not.String()},
				}},
			},
		}
	case config.Text:
		return textSchema(l)
	}
	return object{}
}

func textSchema(t config.Text) object {
	out := object{"type": "string"}
	if t.Digits {
		out["type"] = []string{"string", "integer"}
	}
	if form := t.Form; form != nil {
		out["pattern"] = form.String()
	} else if t.Pattern != nil {
		out["pattern"] = t.Pattern.String()
	}
	if t.Not != nil {
		out["not"] = object{"type": "string", "pattern": t.Not.String()}
	}
	if t.MaxLength > 0 {
		out["maxLength"] = t.MaxLength
	}
	return out
}

// versionSchema lets a "*" in the table of versions be any patch number.
func versionSchema(v config.Version) object {
	var patterns []string
	for _, version := range versions.Deployable(v.Engine) {
		patterns = append(patterns, strings.ReplaceAll(regexp.QuoteMeta(version), `\*`, `\d+`))
	}
	return object{"type": "string", "pattern": "^(" + strings.Join(patterns, "|") + ")$"}
}

// ipv4Pattern is a range with a prefix length from minPrefix, which has one digit, to 32.
func ipv4Pattern(minPrefix int) string {
	return fmt.Sprintf(`^([0-9]{1,3}\.){3}[0-9]{1,3}/([%d-9]|[12][0-9]|3[0-2])$`, minPrefix)
}

func listSchema(l config.List) object {
	out := object{"type": "array"}
	if l.Min > 0 {
		out["minItems"] = l.Min
	}
	if l.Max > 0 {
		out["maxItems"] = l.Max
	}
	return out
}
