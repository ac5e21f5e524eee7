package awsplugin

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// packageSchema is what of a plug-in's schema is compared.
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

// schemaOf starts the plug-in and asks it, as the engine does.
func schemaOf(t *testing.T, plugin Plugin) packageSchema {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), plugin.Path)
	cmd.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	port, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err, "the plug-in says its port first")
	connection, err := grpc.NewClient("127.0.0.1:"+strings.TrimSpace(port),
		grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	response, err := pulumirpc.NewResourceProviderClient(connection).GetSchema(t.Context(), &pulumirpc.GetSchemaRequest{})
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
