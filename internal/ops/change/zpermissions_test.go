package change

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

var update = flag.Bool("update", false, "rewrite the list of permissions in docs/operations.md")

// TestGoldenPermissions compares the document with the calls of all tests of this package, which run before. The scripts on
// the nodes run in the tests' world, not by Systems Manager.
func TestGoldenPermissions(t *testing.T) {
	preview, err := os.ReadFile(filepath.Join(opstest.Repository(), "docs", "deployer-policy", "preview.json"))
	require.NoError(t, err)
	opstest.AssertListed(t, "change-permissions", opstest.Permissions(string(preview), "ssm:SendCommand",
		"ssm:GetCommandInvocation", "ssm:CancelCommand"), *update)
}
