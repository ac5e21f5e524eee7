package tests

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// AWS refuses a missing certificate only at the listener, and takes one of another name: users then see a warning of
// their browser, and agents refuse the connection. A preview must say so.
func TestAGivenCertificateMustBeThereIssuedAndOfTheHostName(t *testing.T) {
	const arn = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-1111-2222-3333-444444444444"
	issued := func(names ...any) account.Values {
		return account.Values{
			"arn": arn, "status": "ISSUED", "domainName": names[0], "subjectAlternativeNames": names,
		}
	}
	require.Equal(t, "morpheus.example.com", simaws.HostName)
	for name, c := range map[string]struct {
		certificate account.Values
		problem     string
	}{
		"missing": {problem: "resource '" + arn + "' does not exist"},
		"pending": {
			certificate: account.Values{
				"arn": arn, "status": "PENDING_VALIDATION", "domainName": simaws.HostName,
				"subjectAlternativeNames": []any{simaws.HostName},
			},
			problem: `loadBalancer.certificateArn: must be an issued certificate, got "` + arn +
				`": it is in the state PENDING_VALIDATION`,
		},
		"of another name": {
			certificate: issued("other.example.com", "other.example.com", "more.example.com"),
			problem: `loadBalancer.certificateArn: must be a certificate of dns.hostName morpheus.example.com, got "` + arn +
				`": it is of other.example.com, more.example.com`,
		},
		"of the zone only":      {certificate: issued("example.com"), problem: "it is of example.com"},
		"wildcard of two steps": {certificate: issued("*.com"), problem: "it is of *.com"},
		"wildcard below":        {certificate: issued("*.morpheus.example.com"), problem: "it is of *.morpheus.example.com"},
		"of the name":           {certificate: issued(simaws.HostName)},
		"in capitals":           {certificate: issued("Morpheus.Example.COM")},
		"of the name beside":    {certificate: issued("www.example.com", "www.example.com", simaws.HostName)},
		"wildcard":              {certificate: issued("*.example.com")},
	} {
		for _, preview := range []bool{true, false} {
			a := effectAccount(t)
			if c.certificate != nil {
				a.Exists("us-east-1", awstoken.ACMCertificate, arn, c.certificate)
			}
			r, err := launch{
				Stack: "prod", Config: change(t, loadStack(t, "prod"), overrides{"loadBalancer.certificateArn": arn}), Account: a,
				Preview: preview,
			}.Start()
			if c.problem == "" {
				require.NoError(t, err, name)
				assert.True(t, slices.ContainsFunc(r.Reads, func(read pulumi.MockResourceArgs) bool {
					return read.TypeToken == awstoken.ACMCertificate && read.ID == arn
				}), "it is read, not created")
				assert.Empty(t, r.OfType(awstoken.ACMCertificate), "the stack must not own it")
				continue
			}
			require.ErrorContains(t, err, c.problem, "%s, preview: %t", name, preview)
			assert.Empty(t, r.OfType(awstoken.LBListener), "%s: the listener must not be tried", name)
		}
	}
}
