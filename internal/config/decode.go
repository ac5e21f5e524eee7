package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// decode sets the fields of a configuration from the values of "morpheus:<section>" keys: text, or JSON for anything
// else.
func decode(into *Config, values map[string]string, p *Problems) {
	fields := fieldsOf(reflect.TypeFor[Config]())
	root := reflect.ValueOf(into).Elem()
	for _, key := range slices.Sorted(maps.Keys(values)) {
		namespace, name, _ := strings.Cut(key, ":")
		switch {
		case namespace == "pulumi":
		case namespace != Namespace:
			p.say(fmt.Sprintf("%s: unknown key; %s. Remove it: pulumi config rm '%s'", key, foreign(namespace, name), key))
		case fields[name] == nil && strings.Contains(name, "."):
			p.say(fmt.Sprintf("%s: unknown key; did you forget --path? pulumi config rm '%s', "+
				"then pulumi config set --path '%s' <value>; of a command, --config needs --config-path", name, key, key))
		case fields[name] == nil:
			p.unknown(name, fields)
		default:
			field := root.FieldByIndex(fields[name])
			value := parse(values[key], field)
			if p.secret[name] {
				p.hidden = append(p.hidden, identifiers(value)...)
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

// replaced says what to use instead of a key of earlier versions.
var replaced = map[string]string{
	"backup.copyRegion":            "set recovery.mode to backup and recovery.region to the region",
	"filesystem.replicationRegion": followsInstead,
	"filesystem.replicationKeyArn": "the stack makes a key in recovery.region for the files there",
	"database.globalDatabase":      followsInstead,
}

const followsInstead = "set recovery.mode to pilotLight and recovery.region to the region"

// instead says what to use instead of a key of the AWS provider.
var instead = map[string]string{
	"region":                 "the region is " + Namespace + ":aws.region",
	"allowedAccountIds":      "the account is " + Namespace + ":aws.accountId, and no other one is touched",
	"defaultTags":            "tags are " + Namespace + ":tags",
	"profile":                "choose the profile in the environment: AWS_PROFILE",
	"sharedConfigFiles":      "choose the file in the environment: AWS_CONFIG_FILE",
	"sharedCredentialsFiles": "choose the file in the environment: AWS_SHARED_CREDENTIALS_FILE",
	"assumeRole":             assumeRole, "assumeRoles": assumeRole, "assumeRoleWithWebIdentity": assumeRole,
	"accessKey": credentials, "secretKey": credentials, "token": credentials,
}

const (
	assumeRole = "assume the role with a profile that has role_arn, and choose it in the environment: AWS_PROFILE"
	// #nosec G101 -- advice
	credentials = "give credentials in the environment, such as AWS_PROFILE or AWS_ACCESS_KEY_ID; " +
		"none belong into a file of the repository"
)

// foreign says why a key of another namespace is not read.
func foreign(namespace, name string) string {
	if namespace != "aws" {
		return "this program reads " + Namespace + ":* only"
	}
	if advice := instead[name]; advice != "" {
		return "the program sets up the AWS provider itself; " + advice
	}
	return "the program sets up the AWS provider itself, and reads no aws:* key"
}

// parse reads a top-level value: text as it stands for a text, JSON for everything else.
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

// decodeValue sets one field, or records why the value has the wrong type. A text may be given as a number, because
// `pulumi config set --path` stores an account ID as one.
func decodeValue(path string, field reflect.Value, value any, p *Problems) {
	if text, isText := value.(string); isText && p.isSecret(path) {
		value = parse(text, field) // `pulumi config set --secret --path` keeps every value as text
	}
	switch field.Kind() {
	case reflect.Struct:
		decodeObject(path, field, value, p)
	case reflect.String:
		switch v := value.(type) {
		case string:
			if yamlTime.MatchString(v) {
				p.changedByYAML(path, v, "a date")
				return
			}
			field.SetString(v)
		case json.Number:
			if !wholeText.MatchString(v.String()) {
				p.changedByYAML(path, v, "a number")
				return
			}
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

var (
	// yamlTime is the form of a date without quotes: the CLI passes on the time that YAML makes of it.
	yamlTime = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} \S+$`)
	// wholeText is the form of numbers that are still as they were written: YAML drops the zeros of 1.10, and the digits
	// of a number with more than 15.
	wholeText = regexp.MustCompile(`^-?\d{1,15}$`)
)

// changedByYAML records a text that YAML has read as something else and changed.
func (p *Problems) changedByYAML(path string, got any, as string) {
	p.Add(path, got, "text", "quote it: without quotes YAML reads "+as+", and 1.10 or 2026-01-01 becomes another text")
	p.unread = append(p.unread, path)
}

// isSecret reports whether the section of a path was given with --secret.
func (p *Problems) isSecret(path string) bool {
	section, _, _ := strings.Cut(path, ".")
	section, _, _ = strings.Cut(section, "[")
	return p.secret[section]
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
		p.unreadable(path, value, "an object with the keys "+keyList(fieldsOf(field.Type())))
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

// identifiers are the texts in a secret value that messages must not repeat: those with a digit or a dot. Words such
// as "none" or "production" tell nobody anything.
func identifiers(value any) []string {
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
			out = append(out, identifiers(item)...)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, identifiers(v[k])...)
		}
	}
	return out
}

// missing records every key below a path that has no value. The engine fills in the defaults of Pulumi.yaml, so a key
// that is missing here is a required one.
func missing(path string, t reflect.Type, p *Problems) {
	if t.Kind() == reflect.Struct {
		fields := fieldsOf(t)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			missing(path+"."+name, t.FieldByIndex(fields[name]).Type, p)
		}
		return
	}
	p.unread = append(p.unread, path)
	p.say(fmt.Sprintf("%s: missing; set it with `pulumi config set --path %s:%s <value>`", path, Namespace, path))
}

func (p *Problems) unknown(path string, fields map[string][]int) {
	if now := replaced[path]; now != "" {
		p.say(fmt.Sprintf("%s: is no key any more; %s. Remove it: pulumi config rm --path '%s:%s'", path, now, Namespace, path))
		return
	}
	p.say(fmt.Sprintf("%s: unknown key; known here are %s", path, keyList(fields)))
}

// fieldsOf maps the keys of a struct to its fields. Every reader shares the map.
func fieldsOf(t reflect.Type) map[string][]int {
	if known, ok := knownFields.Load(t); ok {
		return known.(map[string][]int)
	}
	out := map[string][]int{}
	for i := range t.NumField() {
		f := t.Field(i)
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "-" {
			out[name] = f.Index
		}
	}
	knownFields.Store(t, out)
	return out
}

// knownFields has the result of fieldsOf by type.
var knownFields sync.Map

// keyList names the keys of a struct in a message.
func keyList(fields map[string][]int) string {
	return strings.Join(slices.Sorted(maps.Keys(fields)), ", ")
}

// optional reports whether a key may be left out: in the objects of a list, whose defaults Pulumi.yaml cannot fill in.
func optional(t reflect.Type, index []int) bool {
	_, options, _ := strings.Cut(t.FieldByIndex(index).Tag.Get("json"), ",")
	return options == "omitempty"
}

// elements names what a list consists of.
func elements(t reflect.Type) string {
	if t.Kind() == reflect.Struct {
		return "objects with the keys " + keyList(fieldsOf(t))
	}
	return "texts"
}
