package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// previous has the stack's outputs of the last successful update; empty before the first update. A failed update does
// not change it.
type previous map[string]any

// readPrevious reads the outputs from the engine like a stack reference, but adds no resource to the state.
func readPrevious(ctx *pulumi.Context) (previous, error) {
	var args struct {
		Name string `pulumi:"name"`
	}
	args.Name = ctx.Organization() + "/" + ctx.Project() + "/" + ctx.Stack()
	var result struct {
		Outputs map[string]any `pulumi:"outputs"`
	}
	if err := ctx.Invoke("pulumi:pulumi:readStackOutputs", &args, &result); err != nil {
		return nil, fmt.Errorf("read the outputs of %s, to see what is deployed: %w", args.Name, err)
	}
	return result.Outputs, nil
}

// text returns the text of an output; empty if there is none.
func (p previous) text(name string) string {
	text, _ := p[name].(string)
	return text
}

// planUpgrade decides how a new release is rolled out to the nodes, and warns of it in the preview.
func (p *primary) planUpgrade() error {
	path, why, err := versions.Upgrade(p.before.text(versionOutput), p.config.Morpheus.Version)
	if err != nil {
		return fmt.Errorf("morpheus.version: output %s of the stack: %w", versionOutput, err)
	}
	p.upgrade = path
	if path == versions.NoUpgrade {
		return nil
	}
	if err := p.ctx.Log.Warn("morpheus.version: "+why, nil); err != nil {
		return fmt.Errorf("warn: %w", err)
	}
	return nil
}
