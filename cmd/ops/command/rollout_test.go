package command

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

// configured returns a folder with the stack prod, whose placeholders are replaced.
func configured(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"Pulumi.yaml", "Pulumi.prod.yaml"} {
		text, err := os.ReadFile(filepath.Join("../../..", name)) //nolint:gosec // of this repository
		require.NoError(t, err)
		for placeholder, value := range map[string]string{
			"<twelve digits>": "123456789012", "<CIDR ranges of your users and managed machines>": "203.0.113.0/24",
			"<Route 53 hosted zone id>": "Z1", "<morpheus.your-domain>": "m.example.com", "<bucket with the node tools>": "bucket",
			"<https URL of the appliance package>": "https://example.com/morpheus-appliance_8.0.7-1_amd64.deb",
		} {
			text = bytes.ReplaceAll(text, []byte(placeholder), []byte(value))
		}
		text = regexp.MustCompile(`"<[^">]*>"`).ReplaceAll(text, []byte(`"`+strings.Repeat("1a", 32)+`"`))
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), text, 0o600)) //nolint:gosec // into a folder of the test
	}
	return folder
}

// TestRolloutExitsWithZeroOnlyIfItIsSuccessful: scripts wait by it.
func TestRolloutExitsWithZeroOnlyIfItIsSuccessful(t *testing.T) {
	folder, g := configured(t), opstest.NewAccount(t)
	for _, c := range []struct {
		status, arguments, says string
		want                    int
	}{
		{status: "Successful", arguments: "--wait", says: "rollout r-1: Successful", want: check.ExitHealthy},
		{status: "Failed", arguments: "--wait", says: "the rollout is Failed: of the test", want: check.ExitFindings},
		{status: "RollbackSuccessful", arguments: "--wait", says: "the rollout is RollbackSuccessful", want: check.ExitFindings},
		{status: "Failed", says: "rollout r-1: Failed, 40 percent, 2 nodes left: of the test", want: check.ExitHealthy},
		{status: "InProgress", arguments: "--cancel", says: "would    cancel", want: check.ExitHealthy},
	} {
		var out bytes.Buffer
		f := &flags{
			streams: Streams{Out: &out, Err: &out},
			open: func(context.Context, string) (*account.Account, error) {
				return g.Account(t, opstest.Stub{Call: "autoscaling DescribeInstanceRefreshes", Answer: map[string]any{
					"InstanceRefreshes": []any{map[string]any{
						"InstanceRefreshId": "r-1", "Status": c.status, "StatusReason": "of the test", "PercentageComplete": 40,
						"InstancesToUpdate": 2,
					}},
				}}), nil
			},
			pulumi: func(string) stack.Run { return nil },
		}
		arguments := append([]string{"rollout", "--stack", "prod", "--cwd", folder}, strings.Fields(c.arguments)...)
		assert.Equal(t, c.want, execute(t.Context(), arguments, f), "%s %s: %s", c.status, c.arguments, out.String())
		assert.Contains(t, out.String(), c.says)
	}
}
