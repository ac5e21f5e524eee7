package tests

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

func TestTheDocsHaveTheRulesOfEveryRelease(t *testing.T) {
	text, err := os.ReadFile("../docs/nodes.md")
	require.NoError(t, err)
	for _, r := range versions.Releases {
		rolling := r.RollingFrom
		if rolling == "" {
			rolling = "no rolling upgrade"
		}
		assert.Contains(t, string(text), fmt.Sprintf("| %s | %s | %s |\n", r.Version, r.Minimum, rolling))
	}
}
