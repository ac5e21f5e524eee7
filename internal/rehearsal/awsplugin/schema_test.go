package awsplugin

import (
	"encoding/json"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

// packageSchema is the part of a plug-in's schema that is compared.
type packageSchema struct {
	Resources map[string]resourceSchema
	Functions map[string]struct{ Inputs, Outputs objectSchema }
	Types     map[string]objectSchema
	Provider  resourceSchema
}

type resourceSchema struct {
	InputProperties map[string]typeSchema
	Properties      map[string]typeSchema
}

type objectSchema struct {
	Type       string // string for a set of named values
	Properties map[string]typeSchema
}

type typeSchema struct {
	Type                 string
	Ref                  string `json:"$ref"`
	Items                *typeSchema
	AdditionalProperties *typeSchema
	OneOf                []typeSchema
}

// schemaOf starts the plug-in and requests its schema, like the engine.
func schemaOf(t *testing.T, plugin Plugin) packageSchema {
	t.Helper()
	client, stop, err := plugin.Start(t.Context(), "", nil)
	require.NoError(t, err)
	t.Cleanup(stop)
	response, err := client.GetSchema(t.Context(), &pulumirpc.GetSchemaRequest{})
	require.NoError(t, err)
	var schema packageSchema
	require.NoError(t, json.Unmarshal([]byte(response.GetSchema()), &schema))
	return schema
}

func (s packageSchema) shape(properties map[string]typeSchema) shape {
	out := shape{}
	for name, typ := range properties {
		s.describe(out, name, typ)
	}
	return out
}

var schemaKinds = map[string]string{"string": "string", "integer": "int", "number": "float", "boolean": "bool"}

func (s packageSchema) describe(out shape, path string, typ typeSchema) {
	object := s.Types[strings.TrimPrefix(typ.Ref, "#/types/")]
	switch {
	case object.Type == "object":
		out[path] = "object"
		for name, property := range object.Properties {
			s.describe(out, path+"."+name, property)
		}
	case typ.Type == "array":
		out[path] = "list"
		s.describe(out, path+"[]", *typ.Items)
	case typ.Type == "object" && typ.AdditionalProperties != nil:
		out[path] = "map"
		s.describe(out, path+"{}", *typ.AdditionalProperties)
	case schemaKinds[typ.Type] != "" && len(typ.OneOf) == 0:
		out[path] = schemaKinds[typ.Type]
	default:
		out[path] = "any"
	}
}
