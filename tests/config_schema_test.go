package tests

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
)

// schema maps the dotted path of each field of stackconfig.Config to the type that Pulumi.yaml must declare.
func schema(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	var walk func(prefix string, of reflect.Type)
	walk = func(prefix string, of reflect.Type) {
		for i := range of.NumField() {
			field := of.Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			require.NotEmpty(t, name, "%s.%s has no key", of, field.Name)
			switch kind := field.Type.Kind(); kind {
			case reflect.Struct:
				walk(prefix+name+".", field.Type)
			case reflect.String:
				out[prefix+name] = "string"
			case reflect.Int:
				out[prefix+name] = "integer"
			case reflect.Bool:
				out[prefix+name] = "boolean"
			case reflect.Slice:
				element := field.Type.Elem().String()
				if field.Type.Elem().Kind() == reflect.Struct {
					element = "object"
				}
				out[prefix+name] = "array<" + element + ">"
			case reflect.Map:
				out[prefix+name] = "object"
			default:
				require.Fail(t, "a kind that the configuration does not support", "%s%s: %s", prefix, name, kind)
			}
		}
	}
	of := reflect.TypeFor[stackconfig.Config]()
	var fields []reflect.StructField
	for i := range of.NumField() {
		if f := of.Field(i); f.Tag.Get("json") != "-" {
			fields = append(fields, f)
		}
	}
	walk("", reflect.StructOf(fields))
	return out
}

func TestEveryKeyOfTheProjectIsAFieldOfTheSameType(t *testing.T) {
	fields := schema(t)
	declared := map[string]string{}
	for key, c := range loadProject(t).Config {
		if c.Value != nil { // set for all stacks, such as pulumi:disable-default-providers
			continue
		}
		require.NotNil(t, c.Type, "%s: with a type, the CLI itself refuses a value of another type", key)
		declared[key] = *c.Type
		if c.Items != nil {
			declared[key] += "<" + c.Items.Type + ">"
		}
	}
	assert.Equal(t, fields, declared, "Pulumi.yaml and stackconfig.Config must have the same keys with the same types")
}

func TestEveryKeyIsDescribed(t *testing.T) {
	for key, c := range loadProject(t).Config {
		if c.Value == nil {
			assert.Greater(t, len(c.Description), 15, "%s: `pulumi config` shows users the description", key)
		}
	}
}

// A guessed default for the user's account or for the allowed clients would be deployed by accident.
func TestOnlyWhatNobodyCanGuessIsRequired(t *testing.T) {
	var required []string
	for key, c := range loadProject(t).Config {
		if c.Default == nil && c.Value == nil {
			required = append(required, key)
		}
	}
	assert.ElementsMatch(t, []string{
		"environment", "aws.region", "aws.accountId", "network.availabilityZones",
		"dns.hostName", "morpheus.packageUrl", "morpheus.packageSha256",
	}, required)
}

func TestTheEngineFillsEveryDefaultIn(t *testing.T) {
	for _, stack := range committed {
		values := loadStack(t, stack)
		for key := range schema(t) {
			section, rest, nested := strings.Cut(key, ".")
			value, ok := values[namespace+":"+section]
			require.True(t, ok, "%s: no value for %s", stack, key)
			if nested {
				assert.Contains(t, value, `"`+rest[strings.LastIndex(rest, ".")+1:]+`":`, "%s: no value for %s", stack, key)
			}
		}
	}
}

func TestEveryStackTurnsDefaultProvidersOff(t *testing.T) {
	for _, stack := range committed {
		assert.JSONEq(t, `["aws"]`, loadStack(t, stack)["pulumi:disable-default-providers"],
			"a resource without an explicit provider could end up in another account")
	}
}

// declared checks the keys of an object.
func declared(t *testing.T, known map[string]string, at string, object map[string]any, stack string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(object)) {
		key := at + "." + name
		if nested, isObject := object[name].(map[string]any); isObject && known[key] == "" {
			declared(t, known, key, nested, stack)
			continue
		}
		assert.Contains(t, known, key, stack)
	}
}

// Readers learn from the committed stack files, so these have no undeclared keys.
func TestStackFilesHaveOnlyDeclaredKeys(t *testing.T) {
	known := schema(t)
	for _, stack := range committed {
		for key, value := range stackFile(t, stack).Values() {
			object, err := value.ToObject()
			require.NoError(t, err)
			nested, isObject := object.(map[string]any)
			if !isObject || known[key.Name()] == "object" {
				assert.Contains(t, known, key.Name(), stack)
				continue
			}
			declared(t, known, key.Name(), nested, stack)
		}
	}
}
