package component

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"reflect"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Inputs are the inputs of a component: every key of its section of the configuration under the key's own name, and
// extra, which wins. A preview shows them, and the guard compares them by name. A section is a struct with json
// names, whose fields are text, numbers, booleans, and lists, maps or structs of these; a field without a json name
// is left out.
//
// The value of a key that ends in "Url" may be signed. Of it only the file name is shown, or the host when it has
// none.
func Inputs(section any, extra pulumi.Map) pulumi.Map {
	out := fields(reflect.ValueOf(section))
	maps.Copy(out, extra)
	return out
}

func fields(section reflect.Value) pulumi.Map {
	out := pulumi.Map{}
	for i := range section.NumField() {
		name, _, _ := strings.Cut(section.Type().Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		value := section.Field(i)
		if strings.HasSuffix(strings.ToLower(name), "url") {
			value = reflect.ValueOf(unsigned(value.String()))
		}
		out[name] = input(value)
	}
	return out
}

func input(value reflect.Value) pulumi.Input {
	switch value.Kind() {
	case reflect.String:
		return pulumi.String(value.String())
	case reflect.Bool:
		return pulumi.Bool(value.Bool())
	case reflect.Int:
		return pulumi.Int(int(value.Int()))
	case reflect.Float64:
		return pulumi.Float64(value.Float())
	case reflect.Struct:
		return fields(value)
	case reflect.Slice:
		out := make(pulumi.Array, value.Len())
		for i := range out {
			out[i] = input(value.Index(i))
		}
		return out
	case reflect.Map:
		out := pulumi.Map{}
		for _, key := range value.MapKeys() {
			out[key.String()] = input(value.MapIndex(key))
		}
		return out
	}
	// Only a new kind of field in internal/config leads here; the text keeps its changes visible.
	return pulumi.String(fmt.Sprint(value.Interface()))
}

// unsigned is what may be shown of a URL.
func unsigned(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	if file := FileName(text); file != "" {
		return file
	}
	return u.Host
}

// FileName is the last part of a URL's path; empty when it has none.
func FileName(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Path == "" || strings.HasSuffix(u.Path, "/") {
		return ""
	}
	return path.Base(u.Path)
}
