package preflight

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

var (
	plainTable = &opstest.Table{Healthy: healthy, Checks: checksOf, Cases: cases}
	givenTable = &opstest.Table{Healthy: given, Checks: checksOf, Cases: givenCases}
)

// notNeeded are skipped in an account for which the stack makes everything, and newOnly where it uses what is given.
var (
	notNeeded = []string{
		"recovery-region-enabled", "existing-vpc", "existing-subnets", "client-prefix-lists", "certificate",
		"supplemental-package", "given-keys", "permissions-boundary", "setup-secret", "snapshot",
	}
	newOnly = []string{
		"quota-elastic-ips", "quota-vpcs", "quota-internet-gateways", "quota-nat-gateways", "quota-interface-endpoints",
		"cidr-clash",
	}
)

// TestEveryCheckHasABrokenAndAHealthyCase: a check that was never seen to find anything, or to be content, proves
// nothing.
func TestEveryCheckHasABrokenAndAHealthyCase(t *testing.T) {
	healthyRun := append(plainTable.RunHealthy(t, notNeeded...), givenTable.RunHealthy(t, newOnly...)...)
	both := &opstest.Table{Cases: slices.Concat(cases, givenCases)}
	all := checksOf(opstest.Config(t, placeholders), nil, nil)
	assert.Empty(t, both.Uncovered(all, healthyRun))
	ids := map[string]bool{}
	for _, c := range all {
		assert.False(t, ids[c.ID], "the id %s is used twice", c.ID)
		ids[c.ID] = true
		assert.NotEmpty(t, c.Do, "%s does not say what to do", c.ID)
		assert.NotEmpty(t, c.Asks, c.ID)
	}
	t.Logf("%d checks, each with a broken and a healthy case", len(all))
}

// placeholders of the stack prod for a configuration that is only read.
var placeholders = map[string]any{
	"aws.accountId": "123456789012", "network.allowedClientCidrs": []string{"203.0.113.0/24"}, "dns.hostedZoneId": "Z1",
	"dns.hostName": host, "morpheus.packageUrl": "s3://bucket/" + packageURL, "morpheus.packageSha256": sum(content),
	"nodeTools.bucket": tools, "nodeTools.awsCliSha256": sum(content), "nodeTools.efsUtilsSha256": sum(content),
	"nodeTools.cloudwatchAgentSha256": sum(content), "nodeTools.rdsCaSha256": sum(content),
}

func TestChecksFindWhatIsBrokenInTheAccount(t *testing.T) { plainTable.Run(t) }

func TestChecksFindWhatIsBrokenInWhatTheConfigurationNames(t *testing.T) { givenTable.Run(t) }

var update = flag.Bool("update", false, "rewrite the lists of calls in docs/operations.md")

// TestGoldenCalls compares the document with the calls of all checks. It runs in the healthy accounts by itself.
func TestGoldenCalls(t *testing.T) {
	plainTable.RunHealthy(t, notNeeded...)
	givenTable.RunHealthy(t, newOnly...)
	preview, err := os.ReadFile(filepath.Join(opstest.Repository(), "docs", "deployer-policy", "preview.json"))
	require.NoError(t, err)
	opstest.AssertListed(t, "preflight-permissions", opstest.Permissions(string(preview),
		"servicequotas:GetAWSDefaultServiceQuota", "mq:ListTags"), *update)
	opstest.AssertListed(t, "preflight-answers", opstest.StubbedCalls(plainTable, givenTable), *update)
}

// TestAFailingServiceConcernsItsChecksOnly: throttling, a refusal, expired credentials and a service that does not
// answer are one clear line each, and the other checks still run.
func TestAFailingServiceConcernsItsChecksOnly(t *testing.T) {
	for _, c := range []struct {
		name, says string
		stub       opstest.Stub
	}{
		{"throttled", "throttles", opstest.Stub{Code: "ThrottlingException"}},
		{"expired", "expired", opstest.Stub{Code: "ExpiredTokenException"}},
		{"denied", "do not allow", opstest.Stub{Code: "AccessDeniedException"}},
		{"silent", "no answer", opstest.Stub{Hang: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g, values, stubs := plainTable.Shared(t)
			c.stub.Call = "kms ListKeys"
			options := check.Options{Explain: account.Explain}
			if c.stub.Hang {
				options.Timeout = 2e9
			}
			all := checksOf(opstest.Config(t, values), g.Account(t, append(stubs, c.stub)...), nil)
			some := slices.DeleteFunc(all, func(one check.Check) bool {
				return one.ID != "quota-keys" && one.ID != "quota-vpcs" && one.ID != "identity"
			})
			require.Len(t, some, 3)
			for _, o := range check.Run(t.Context(), some, options) {
				if o.ID != "quota-keys" {
					assert.Equal(t, check.Passed, o.Status, "%s: %s", o.ID, o.Evidence)
					continue
				}
				assert.Equal(t, check.Unknown, o.Status, o.Evidence)
				assert.Contains(t, o.Evidence, c.says)
				assert.NotContains(t, o.Evidence, "\n", "one line")
			}
		})
	}
}

// TestNoReportHasASecret: reports go to tickets and to build servers.
func TestNoReportHasASecret(t *testing.T) {
	g, values, stubs := givenTable.Shared(t)
	outcomes := check.Run(t.Context(), checksOf(opstest.Config(t, values), g.Account(t, stubs...), nil),
		check.Options{Explain: account.Explain})
	var report bytes.Buffer
	require.NoError(t, check.Table(&report, outcomes, true))
	require.NoError(t, check.JSON(&report, "preflight", "prod", outcomes))
	require.NoError(t, check.JUnit(&report, "preflight", outcomes))
	credentials, err := g.Direct.Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	for _, secret := range []string{
		secretValue, credentials.SecretAccessKey, credentials.SessionToken, credentials.AccessKeyID,
	} {
		assert.NotContains(t, report.String(), secret)
	}
}
