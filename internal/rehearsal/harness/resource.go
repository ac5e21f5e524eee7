package harness

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

// Resource is a resource that the program registered.
type Resource struct {
	Token, Name, URN string
	// Parent is a URN, and Provider a provider reference; both may be empty.
	Parent, Provider string
	// Inputs are the program's inputs after ignoreChanges. Checked has the provider's names and default tags too. State
	// is AWS's response, or the known part of it in a preview. Secrets stay secret in all three.
	Inputs, Checked, State resource.PropertyMap
	// ID is empty for a component, and for a resource that a preview would create.
	ID string
	// RPC has the options of the resource and its dependencies.
	RPC *pulumirpc.RegisterResourceRequest
}

// IsComponent reports whether the resource is a component.
func (r *Resource) IsComponent() bool { return !r.RPC.GetCustom() }

// IsAWS reports whether the resource belongs to the AWS provider.
func (r *Resource) IsAWS() bool { return strings.HasPrefix(r.Token, "aws:") }

// Values returns the plain values of a checked input at a path such as "users.password", also inside lists.
func (r *Resource) Values(path string) []any { return ValuesAt(provider.Plain(r.Checked), path) }

// ValuesAt returns the values at a path inside a value, also inside lists.
func ValuesAt(value any, path string) []any {
	if list, ok := value.([]any); ok {
		var out []any
		for _, item := range list {
			out = append(out, ValuesAt(item, path)...)
		}
		return out
	}
	if path == "" {
		return []any{value}
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	name, rest, _ := strings.Cut(path, ".")
	next, ok := object[name]
	if !ok {
		return nil
	}
	return ValuesAt(next, rest)
}

// Get returns the only value at a path, or nil.
func (r *Resource) Get(path string) any {
	if all := r.Values(path); len(all) == 1 {
		return all[0]
	}
	return nil
}

// Texts returns the texts among the values at a path.
func (r *Resource) Texts(path string) []string {
	var out []string
	for _, value := range r.Values(path) {
		if text, ok := value.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// Output returns a text in AWS's response, such as "arn"; empty if there is none.
func (r *Resource) Output(name resource.PropertyKey) string {
	value := r.State[name]
	if value.IsSecret() {
		value = value.SecretValue().Element
	}
	if !value.IsString() {
		return ""
	}
	return value.StringValue()
}
