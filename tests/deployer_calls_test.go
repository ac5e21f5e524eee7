package tests

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/deployer"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
)

// The test compares the permissions of the records with the provider's source for each type. moto and recorded calls
// only show the calls of a rehearsal.
func TestRecordsHaveTheCallsOfTheProvidersCode(t *testing.T) {
	code := providerCalls(t)
	calls, reasons := 0, 0
	compare := func(token string, p *awstypes.Permissions) {
		never := map[string]bool{}
		for _, n := range p.NeverCalled {
			reasons++
			for _, action := range n.Actions {
				assert.Contains(t, code[token], action,
					"%s: NeverCalled has an action that the provider's code does not call", token)
				never[action] = true
			}
		}
		have := slices.Concat(p.Read, p.Write)
		if !assert.NotEmpty(t, code[token],
			"%s: provider.txt does not have its calls; internal/rehearsal/deployer/testdata/providercalls.go writes it and "+
				"says how to run it", token) {
			return
		}
		for _, call := range code[token] {
			calls++
			assert.NotEqual(t, slices.Contains(have, call), never[call],
				"%s: the provider's code calls %s; it must be in Read or Write, or in NeverCalled with the reason",
				token, call)
		}
		for _, action := range have {
			assert.Contains(t, code[token], action,
				"%s: the provider does not call it; actions that services need belong in Dependent", token)
		}
	}
	for _, typ := range awstypes.Created() {
		compare(typ.Token, typ.Permissions)
	}
	for _, lookUp := range awstypes.LookUps() {
		if lookUp.Permissions != nil && lookUp.Source != "" {
			compare(lookUp.Token, lookUp.Permissions)
		}
	}
	assert.Greater(t, calls, 400, "too few calls were found")
	t.Logf("%d calls in the provider's code compared, %d with a reason in NeverCalled", calls, reasons)
}

// providerCalls are the IAM actions in the provider's code, by token.
func providerCalls(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deployerData, "provider.txt"))
	require.NoError(t, err)
	module, err := os.ReadFile(filepath.Join("..", "tools", "awsprovider", "go.mod"))
	require.NoError(t, err)
	code, version := map[string][]string{}, ""
	for line := range strings.Lines(string(text)) {
		if _, after, found := strings.Cut(strings.TrimSpace(line), "# terraform-provider-aws@"); found {
			version = after
			assert.Contains(t, string(module), "/terraform-provider-aws "+version,
				"the deep rehearsal builds another version: extract the calls from its source again")
		}
		if fields := strings.Fields(line); !strings.HasPrefix(line, "#") {
			code[fields[0]] = fields[1:]
		}
	}
	require.NotEmpty(t, version, "the file must name the version of the source")
	return code
}

// preview.json must have the reads of an update too, because the other policies are attached together with it.
func TestPreviewsMayReadWhatTheProviderReads(t *testing.T) {
	levels, preview := iamActions(t), deployer.Actions(deployer.Policies()["preview.json"])
	reads := map[string][]string{harness.AWSProvider: deployer.ProviderActions}
	for _, typ := range awstypes.Created() {
		reads[typ.Token] = typ.Permissions.Read
	}
	for _, lookUp := range awstypes.LookUps() {
		if lookUp.Permissions != nil {
			reads[lookUp.Token] = lookUp.Permissions.Read
		}
	}
	for token, actions := range reads {
		for _, action := range actions {
			assert.Contains(t, preview, action, token)
			assert.Contains(t, []string{"Read", "List"}, levels[action].level, "%s: %s is not a read action", token, action)
		}
	}
}
