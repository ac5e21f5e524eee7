package stacks

import (
	"fmt"

	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// planUpgrade decides how a new release is rolled out to the nodes, and warns of it in the preview.
func (p *primary) planUpgrade() error {
	path, why, err := versions.Upgrade(p.before.Text(versionOutput), p.config.Morpheus.Version,
		p.config.Morpheus.Upgrade)
	if err != nil {
		return fmt.Errorf("morpheus.version (deployed: output %s): %w", versionOutput, err)
	}
	p.upgrade = path
	if path == versions.NoUpgrade {
		return nil
	}
	return warn(p.ctx, []string{"morpheus.version: " + why})
}
