// Package component gives all components one shape: check, register, provision, outputs.
package component

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Shape is what a constructor is made of. New calls the functions in the order of the fields.
type Shape struct {
	// Token is the type token, from package token.
	Token string
	// Check returns what is missing in the arguments. It knows only what the configuration cannot: inputs of other
	// tiers.
	Check func() error
	// Inputs are what a preview shows of the component; see Inputs.
	Inputs func() pulumi.Map
	// Provision registers the children.
	Provision func() error
	// Outputs are what the component registers as its outputs.
	Outputs func() pulumi.Map
}

// New registers component c of a shape and returns it. It is the one place that wraps errors with the name of the
// component: `database "database": create the cluster: ...`.
func New[C pulumi.ComponentResource](
	ctx *pulumi.Context, name string, c C, shape Shape, opts ...pulumi.ResourceOption,
) (C, error) {
	fail := func(err error) (C, error) {
		var none C
		return none, fmt.Errorf("%s %q: %w", strings.Split(shape.Token, ":")[1], name, err)
	}
	if err := shape.Check(); err != nil {
		return fail(err)
	}
	if err := ctx.RegisterComponentResourceV2(shape.Token, name, shape.Inputs(), c, opts...); err != nil {
		return fail(fmt.Errorf("register: %w", err))
	}
	if err := shape.Provision(); err != nil {
		return fail(err)
	}
	if err := ctx.RegisterResourceOutputs(c, shape.Outputs()); err != nil {
		return fail(fmt.Errorf("outputs: %w", err))
	}
	return c, nil
}
