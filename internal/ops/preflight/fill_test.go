package preflight

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

func example(t *testing.T) (defaults, values []byte) {
	t.Helper()
	defaults, err := os.ReadFile(filepath.Join(opstest.Repository(), "Pulumi.yaml"))
	require.NoError(t, err)
	values, err = os.ReadFile(filepath.Join(opstest.Repository(), "Pulumi.prod.yaml"))
	require.NoError(t, err)
	return defaults, values
}

// TestThreeAnswersMakeAConfigurationWithAPassingPreflight: everything else can be found out.
func TestThreeAnswersMakeAConfigurationWithAPassingPreflight(t *testing.T) {
	g, values, stubs := plainTable.Shared(t)
	a := g.Account(t, stubs...)
	defaults, text := example(t)
	filled, err := Fill(t.Context(), a, "team", defaults, text, Answers{
		HostName: host, Clients: []string{"203.0.113.0/24"}, Package: values["morpheus.packageUrl"].(string),
		Bucket: values["nodeTools.bucket"].(string),
	})
	require.NoError(t, err)
	assert.Contains(t, string(filled.Text), "# Production sizes.", "comments must stay")
	for _, s := range filled.Settings {
		assert.NotEmpty(t, s.Source, "%s: readers must see where %s comes from", s.Key, s.Value)
	}
	c, err := stack.Parse(defaults, filled.Text, "team")
	require.NoError(t, err)
	assert.Equal(t, []string{"us-east-1a", "us-east-1b", "us-east-1c"}, c.Network.AvailabilityZones)
	assert.Equal(t, "morpheus-team-logs", c.Search.Name, "the fixed names are prod's")
	for _, o := range check.Run(t.Context(), checksOf(c, a, nil), check.Options{Explain: account.Explain, Timeout: 3e11}) {
		assert.Contains(t, []check.Status{check.Passed, check.Skipped}, o.Status, "%s: %s", o.ID, o.Evidence)
	}
}

// TestEverythingThatCannotBeFoundOutIsInOneMessage: people repair it at once.
func TestEverythingThatCannotBeFoundOutIsInOneMessage(t *testing.T) {
	g, _, stubs := plainTable.Shared(t)
	defaults, text := example(t)
	_, err := Fill(t.Context(), g.Account(t, stubs...), "prod", defaults, text, Answers{
		HostName: "morpheus.example.org", Clients: []string{"203.0.113.0/24"}, Package: "https://example.com/" + packageURL,
		Bucket: "no-such-bucket-of-the-test",
	})
	require.Error(t, err)
	for _, says := range []string{
		"no public hosted zone for morpheus.example.org", "give --package-sha256", "has 0 of the 4 node tools",
		"go run ./tools/node-tools -bucket no-such-bucket-of-the-test",
	} {
		assert.ErrorContains(t, err, says)
	}
}

func TestZonesThatLackATypeAreNotChosen(t *testing.T) {
	g, values, stubs := plainTable.Shared(t)
	defaults, text := example(t)
	_, err := Fill(t.Context(), g.Account(t, append(stubs, searchTypes([]string{"us-east-1a", "us-east-1b"}))...), "prod",
		defaults, text, Answers{
			HostName: host, Clients: []string{"203.0.113.0/24"}, Package: values["morpheus.packageUrl"].(string),
			Bucket: values["nodeTools.bucket"].(string),
		})
	require.ErrorContains(t, err, "2 zones of us-east-1 offer all types of the configuration, and 3 are needed")
}
