package config

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Problems collects everything that is wrong, so that one run names it all.
type Problems struct {
	list []string
	// secret are the top-level keys whose values must not be shown.
	secret map[string]bool
	// hidden are the texts among them that tell something, wherever a message would name them.
	hidden []string
	// unread are the keys without a value that could be read: rules about them would only repeat the complaint.
	unread []string
	// registered is what was made before the problems were found; empty for nothing.
	registered string
}

// secretValue stands in messages for what must not be shown.
const secretValue = "a secret value"

// None says whether nothing is wrong.
func (p *Problems) None() bool { return len(p.list) == 0 }

// Error is one line per problem, in a stable order.
func (p *Problems) Error() string {
	lines := slices.Clone(p.list)
	slices.Sort(lines)
	noun := "problems"
	if len(lines) == 1 {
		noun = "problem"
	}
	return fmt.Sprintf("the configuration has %d %s; %s was registered:\n  - %s",
		len(lines), noun, cmp.Or(p.registered, "nothing"), strings.Join(lines, "\n  - "))
}

// Add says what is wrong with a key: what is allowed, what was given, and why it matters.
func (p *Problems) Add(key string, got any, allowed, why string) {
	section, _, _ := strings.Cut(key, ".")
	given := shown(got)
	hidden := p.hidden // ours name what a value must fit
	if p.secret[section] {
		given = secretValue
		if text, ok := got.(string); ok && len(text) > 3 { // AWS's own words repeat what they were asked for
			hidden = append(slices.Clone(hidden), text)
		}
	}
	for _, text := range hidden {
		allowed, why = strings.ReplaceAll(allowed, text, secretValue), strings.ReplaceAll(why, text, secretValue)
	}
	text := fmt.Sprintf("%s: must be %s, got %s", key, allowed, given)
	if why != "" {
		text += " (" + why + ")"
	}
	p.list = append(p.list, text)
}

// unreadable says that a value has the wrong type.
func (p *Problems) unreadable(key string, got any, allowed string) {
	p.Add(key, got, allowed, "")
	p.unread = append(p.unread, key)
}

// wasRead says whether all of the keys, and everything below them, have values that could be read.
func (p *Problems) wasRead(keys ...string) bool {
	return !slices.ContainsFunc(p.unread, func(unread string) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return under(key, unread) || under(unread, key) })
	})
}

// under says whether a path is another one or below it.
func under(path, above string) bool {
	rest, below := strings.CutPrefix(path, above)
	return below && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// decode fills the configuration in from "morpheus:section" keys, each a value or a JSON object.
func decode(into *Config, values map[string]string, p *Problems) {
	fields := fieldsOf(reflect.TypeFor[Config]())
	root := reflect.ValueOf(into).Elem()
	for _, key := range slices.Sorted(maps.Keys(values)) {
		namespace, name, _ := strings.Cut(key, ":")
		switch {
		case namespace == "pulumi":
		case namespace != Namespace:
			p.list = append(p.list, fmt.Sprintf("%s: unknown key; this program reads %s:* only (the region is %s:aws.region)", key, Namespace, Namespace))
		case fields[name] == nil && strings.Contains(name, "."):
			p.list = append(p.list, fmt.Sprintf("%s: unknown key; did you forget --path? pulumi config rm '%s', then pulumi config set --path '%s' <value>", name, key, key))
		case fields[name] == nil:
			p.unknown(name, fields)
		default:
			field := root.FieldByIndex(fields[name])
			value := parse(values[key], field)
			if p.secret[name] {
				p.hidden = append(p.hidden, telling(value)...)
			}
			decodeValue(name, field, value, p)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if _, given := values[Namespace+":"+name]; !given {
			missing(name, root.FieldByIndex(fields[name]).Type(), p)
		}
	}
}

// parse reads a top-level value: JSON for objects, lists, numbers and flags; text as it stands for text.
func parse(text string, field reflect.Value) any {
	if field.Kind() == reflect.String {
		return text
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var out any
	if err := decoder.Decode(&out); err != nil || decoder.More() {
		return text
	}
	return out
}

// decodeValue sets one field and names what does not fit. A number is taken where text is wanted, because
// `pulumi config set --path` stores an account id as a number.
func decodeValue(path string, field reflect.Value, value any, p *Problems) {
	switch field.Kind() {
	case reflect.Struct:
		decodeObject(path, field, value, p)
	case reflect.String:
		switch v := value.(type) {
		case string:
			field.SetString(v)
		case json.Number:
			field.SetString(v.String())
		default:
			p.unreadable(path, value, "text")
		}
	case reflect.Int:
		n, ok := wholeNumber(value)
		if !ok {
			p.unreadable(path, value, "a whole number")
			return
		}
		field.SetInt(n)
	case reflect.Bool:
		b, ok := value.(bool)
		if !ok {
			p.unreadable(path, value, "true or false")
			return
		}
		field.SetBool(b)
	case reflect.Slice:
		decodeList(path, field, value, p)
	case reflect.Map:
		decodeMap(path, field, value, p)
	}
}

func wholeNumber(value any) (int64, bool) {
	number, ok := value.(json.Number)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(number.String(), 10, 64)
	return n, err == nil && n >= math.MinInt32 && n <= math.MaxInt32
}

func decodeObject(path string, field reflect.Value, value any, p *Problems) {
	object, ok := value.(map[string]any)
	if !ok {
		p.unreadable(path, value, "an object with the keys "+strings.Join(slices.Sorted(maps.Keys(fieldsOf(field.Type()))), ", "))
		return
	}
	fields := fieldsOf(field.Type())
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if fields[name] == nil {
			p.unknown(path+"."+name, fields)
			continue
		}
		decodeValue(path+"."+name, field.FieldByIndex(fields[name]), object[name], p)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if _, given := object[name]; !given && !optional(field.Type(), fields[name]) {
			missing(path+"."+name, field.FieldByIndex(fields[name]).Type(), p)
		}
	}
}

func decodeList(path string, field reflect.Value, value any, p *Problems) {
	items, ok := value.([]any)
	if !ok {
		p.unreadable(path, value, "a list of "+elements(field.Type().Elem()))
		return
	}
	list := reflect.MakeSlice(field.Type(), len(items), len(items))
	for i, item := range items {
		decodeValue(fmt.Sprintf("%s[%d]", path, i), list.Index(i), item, p)
	}
	field.Set(list)
}

func decodeMap(path string, field reflect.Value, value any, p *Problems) {
	object, ok := value.(map[string]any)
	if !ok {
		p.unreadable(path, value, "an object of texts")
		return
	}
	out := map[string]string{}
	for _, k := range slices.Sorted(maps.Keys(object)) {
		element := reflect.New(field.Type().Elem()).Elem()
		decodeValue(path+"."+k, element, object[k], p)
		out[k] = element.String()
	}
	field.Set(reflect.ValueOf(out))
}

// telling are the texts of a value that name something: words such as "none" or "production" are everybody's.
func telling(value any) []string {
	var out []string
	switch v := value.(type) {
	case string:
		if len(v) > 3 && strings.ContainsAny(v, ".0123456789") {
			out = append(out, v)
		}
	case json.Number:
		if text := v.String(); len(text) > 3 {
			out = append(out, text)
		}
	case []any:
		for _, item := range v {
			out = append(out, telling(item)...)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, telling(v[k])...)
		}
	}
	return out
}

// missing names every key below a path that has no value. Pulumi.yaml has a default for each optional key, and the engine
// fills it in, so what is missing here is required.
func missing(path string, t reflect.Type, p *Problems) {
	if t.Kind() == reflect.Struct {
		fields := fieldsOf(t)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			missing(path+"."+name, t.FieldByIndex(fields[name]).Type, p)
		}
		return
	}
	p.unread = append(p.unread, path)
	p.list = append(p.list, fmt.Sprintf("%s: missing; set it with `pulumi config set --path %s:%s <value>`", path, Namespace, path))
}

func (p *Problems) unknown(path string, fields map[string][]int) {
	p.list = append(p.list, fmt.Sprintf("%s: unknown key; known here are %s", path, strings.Join(slices.Sorted(maps.Keys(fields)), ", ")))
}

// fieldsOf maps the keys of a struct to its fields.
func fieldsOf(t reflect.Type) map[string][]int {
	out := map[string][]int{}
	for i := range t.NumField() {
		f := t.Field(i)
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "-" {
			out[name] = f.Index
		}
	}
	return out
}

// optional says whether a key may be left out: in the objects of a list, whose defaults Pulumi.yaml cannot fill in.
func optional(t reflect.Type, index []int) bool {
	_, options, _ := strings.Cut(t.FieldByIndex(index).Tag.Get("json"), ",")
	return options == "omitempty"
}

// elements names what a list consists of.
func elements(t reflect.Type) string {
	if t.Kind() == reflect.Struct {
		return "objects with the keys " + strings.Join(slices.Sorted(maps.Keys(fieldsOf(t))), ", ")
	}
	return "texts"
}

// shown is a given value in a message: short, and quoted when it is text.
func shown(value any) string {
	var text string
	switch v := value.(type) {
	case string:
		text = strconv.Quote(v)
	case json.Number:
		text = v.String()
	default:
		encoded, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprintf("a %T", v)
		}
		text = string(encoded)
	}
	const longest = 120
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "..."
	}
	return text
}
