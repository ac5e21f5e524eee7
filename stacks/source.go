package stacks

import (
	"fmt"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// Load reads and checks the configuration of the stack; see config.Load for the error.
func Load(ctx *pulumi.Context) (*config.Config, error) {
	values, err := allConfig(ctx)
	if err != nil {
		return nil, err
	}
	source := config.Source{Stack: ctx.Stack(), Values: values, Secrets: map[string]bool{}}
	for key := range values {
		source.Secrets[key] = ctx.IsConfigSecret(key)
	}
	return config.Load(source)
}

// allConfig returns the configuration by full key. Unknown keys must be errors, but the SDK only returns single keys by
// name. So allConfig reads the SDK's map by reflection; a test fails if the SDK changes it.
func allConfig(ctx *pulumi.Context) (map[string]string, error) {
	field := reflect.ValueOf(ctx)
	for _, name := range []string{"state", "info", "Config"} {
		for field.Kind() == reflect.Pointer {
			field = field.Elem()
		}
		if field.Kind() != reflect.Struct {
			return nil, fmt.Errorf("cannot list the configuration keys: pulumi.Context has changed before %q", name)
		}
		field = field.FieldByName(name)
	}
	if field.Kind() != reflect.Map {
		return nil, fmt.Errorf("cannot list the configuration keys: pulumi.Context has changed")
	}
	out := map[string]string{}
	for _, key := range field.MapKeys() {
		if value, ok := ctx.GetConfig(key.String()); ok {
			out[key.String()] = value
		}
	}
	return out, nil
}
