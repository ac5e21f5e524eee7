// Package deployed reads what earlier updates of the stack left: its outputs and its resources. It asks the engine, as
// a stack reference does, but adds no resource to the state.
package deployed

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
)

// State is the stack as it is deployed. The zero value is a stack that no update has completed.
type State struct {
	// Outputs are those of the last update that succeeded; empty before the first one.
	Outputs map[string]any

	resources map[string]Resource
}

// Resource is a resource in the state.
type Resource struct {
	URN, Token, Name string
	Outputs          map[string]any
}

// Read reads the state. A stack that no update has completed yet counts as empty: nobody has used it, so it has no
// data that a change could lose, and the engine cannot list the resources of a stack without a checkpoint.
func Read(ctx *pulumi.Context) (State, error) {
	name := ctx.Organization() + "/" + ctx.Project() + "/" + ctx.Stack()
	outputs, err := ask(ctx, "pulumi:pulumi:readStackOutputs", &struct {
		Name string `pulumi:"name"`
	}{name})
	if err != nil || len(outputs) == 0 {
		return State{}, err
	}
	resources, err := ask(ctx, "pulumi:pulumi:readStackResourceOutputs", &struct {
		StackName string `pulumi:"stackName"`
	}{name})
	return New(outputs, resources), err
}

// OutputsOf returns the outputs of another stack of the project; empty if there is none.
func OutputsOf(ctx *pulumi.Context, stack string) (map[string]any, error) {
	outputs, err := ask(ctx, "pulumi:pulumi:readStackOutputs", &struct {
		Name string `pulumi:"name"`
	}{ctx.Organization() + "/" + ctx.Project() + "/" + stack})
	if err != nil {
		return nil, fmt.Errorf("read the outputs of the stack %s: %w", stack, err)
	}
	return outputs, nil
}

// ask calls a function of the engine and returns the outputs in its answer.
func ask(ctx *pulumi.Context, function string, args any) (map[string]any, error) {
	return patiently(time.Second/4, func() (map[string]any, error) { return askOnce(ctx, function, args) })
}

// patiently repeats a read that finds no checkpoint. The engine may write one at the same moment, and a backend in a
// folder or bucket renames the old one first.
func patiently(pause time.Duration, read func() (map[string]any, error)) (values map[string]any, err error) {
	for range 12 {
		values, err = read()
		if err == nil || !strings.Contains(err.Error(), "failed to load checkpoint") {
			return values, err
		}
		time.Sleep(pause)
	}
	return values, err
}

// askOnce makes one call. Some outputs are secrets, which an ordinary call refuses; nothing here shows them.
func askOnce(ctx *pulumi.Context, function string, args any) (map[string]any, error) {
	answer := ctx.InvokeOutput(function, args, pulumi.AnyOutput{}, pulumi.InvokeOutputOptions{})
	result, err := internals.UnsafeAwaitOutput(ctx.Context(), answer)
	if err != nil {
		return nil, fmt.Errorf("ask the engine what is deployed (if the backend is a folder or bucket that an old CLI made, "+
			"without a folder for each project: pulumi state upgrade): %w", err)
	}
	object, _ := result.Value.(map[string]any)
	outputs, _ := object["outputs"].(map[string]any)
	return outputs, nil
}

// New returns a state from the answers of the engine: the outputs of the stack, and by URN an object with the type and
// the outputs of each resource.
func New(outputs, resources map[string]any) State {
	s := State{Outputs: outputs, resources: map[string]Resource{}}
	for urn, value := range resources {
		object, _ := value.(map[string]any)
		token, _ := object["type"].(string)
		values, _ := object["outputs"].(map[string]any)
		s.resources[urn] = Resource{URN: urn, Token: token, Name: resource.URN(urn).Name(), Outputs: values}
	}
	return s
}

// Completed reports whether an update of the stack has succeeded.
func (s State) Completed() bool { return len(s.Outputs) > 0 }

// Text returns the text of a stack output; empty if there is none.
func (s State) Text(name string) string {
	text, _ := s.Outputs[name].(string)
	return text
}

// Has reports whether a resource exists.
func (s State) Has(urn string) bool {
	_, has := s.resources[urn]
	return has
}

// OfType returns the resources of a type, sorted by URN.
func (s State) OfType(token string) []Resource {
	var out []Resource
	for _, urn := range slices.Sorted(maps.Keys(s.resources)) {
		if s.resources[urn].Token == token {
			out = append(out, s.resources[urn])
		}
	}
	return out
}

// Named returns the resource of a type with a logical name.
func (s State) Named(token, name string) (Resource, bool) {
	for _, r := range s.OfType(token) {
		if r.Name == name {
			return r, true
		}
	}
	return Resource{}, false
}

// Tier returns the name of the component that a resource belongs to. Names of children begin with it.
func (r Resource) Tier() string { return Tier(r.Name) }

// Tier returns the name of the component that the resource with a logical name belongs to.
func Tier(name string) string {
	tier, _, _ := strings.Cut(name, "-")
	return tier
}

// At returns the output at a path such as "encryptAtRest.kmsKeyId"; nil if there is none.
func (r Resource) At(path string) any {
	var value any = r.Outputs
	for step := range strings.SplitSeq(path, ".") {
		fields, _ := value.(map[string]any)
		value = fields[step]
	}
	return value
}

// Text returns the text at a path; empty if there is none.
func (r Resource) Text(path string) string {
	text, _ := r.At(path).(string)
	return text
}
