package harness

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

// Resource is one resource as the program registered it.
type Resource struct {
	Token, Name, URN string
	// Parent is a URN, and Provider the reference of one; both may be empty.
	Parent, Provider string
	// Inputs are the program's, after ignoreChanges. Checked adds what the provider adds: names and default tags. State
	// is AWS's answer, or what a preview knows of it. Secrets are still secret in all three.
	Inputs, Checked, State resource.PropertyMap
	// ID is empty for a component, and for a resource that a preview would create.
	ID string
	// RPC has the options of the resource and its dependencies.
	RPC *pulumirpc.RegisterResourceRequest
}

// IsComponent tells a component from a resource of a provider.
func (r *Resource) IsComponent() bool { return !r.RPC.GetCustom() }

// IsAWS is true for a resource of the AWS provider.
func (r *Resource) IsAWS() bool { return strings.HasPrefix(r.Token, "aws:") }

// Values are the values of a checked input at a path such as "users.password", with secrets opened. It goes through
// lists.
func (r *Resource) Values(path string) []any { return ValuesAt(provider.Plain(r.Checked), path) }

// ValuesAt returns the values at a path inside a value, through lists.
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

// Texts are the values at a path that are text.
func (r *Resource) Texts(path string) []string {
	var out []string
	for _, value := range r.Values(path) {
		if text, ok := value.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// Output is a text in AWS's answer, such as "arn"; empty if there is none.
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
