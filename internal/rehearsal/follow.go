package rehearsal

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// follow adds the stack whose data a stack takes over: to the account what it has there, and to the backend its outputs.
// A stack with data of its own follows none.
func (s *Session) follow(ctx context.Context, stack string) error {
	simulated, ok := s.cloud.(interface {
		Followed(get func(key string) string) map[string]map[string]any
	})
	if !ok || string(s.project.Name) != config.Namespace {
		return nil
	}
	file, err := s.readStackFile(stack)
	if err != nil {
		return err
	}
	values, err := file.EngineValues(stack)
	if err != nil {
		return err
	}
	others := simulated.Followed(func(key string) string {
		section, below, _ := strings.Cut(key, ".")
		var object map[string]any
		_ = json.Unmarshal([]byte(values[config.Namespace+":"+section]), &object) // a key without an object is empty
		text, _ := object[below].(string)
		return text
	})
	for name, outputs := range others {
		if err := s.hasOutputs(ctx, name, outputs); err != nil {
			return fmt.Errorf("add the stack %s to the backend: %w", name, err)
		}
	}
	return nil
}

// hasOutputs makes a stack that has nothing but outputs.
func (s *Session) hasOutputs(ctx context.Context, name string, outputs map[string]any) error {
	other, err := s.selected(ctx, name)
	if err != nil {
		return err
	}
	deployment, err := json.Marshal(apitype.DeploymentV3{Resources: []apitype.ResourceV3{{
		URN:  resource.DefaultRootStackURN(tokens.QName(name), s.project.Name),
		Type: resource.RootStackType, Outputs: outputs,
	}}})
	if err != nil {
		return err
	}
	return other.Import(ctx, apitype.UntypedDeployment{Version: apitype.DeploymentSchemaVersionCurrent, Deployment: deployment})
}
