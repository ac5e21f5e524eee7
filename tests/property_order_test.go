package tests

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

// The engine makes resources side by side, so what exists when AWS checks a request differs between two deployments,
// but for what the resource waits for. A dependency that is missing is refused now and then only; here each resource
// is created in an account that has nothing but what it waits for.
func TestNothingIsAcceptedByTheLuckOfTheOrder(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, res := range d.AWS() {
			made := map[[2]string]bool{}
			for _, earlier := range allBefore(d.recorder, res) {
				made[[2]string{earlier.Token, earlier.ID}] = true
			}
			request := account.Request{Region: "us-east-1", Token: res.Token, Inputs: provider.Plain(res.Checked)}
			err := d.Account.Refuses(request, func(e *account.Resource) bool { return made[[2]string{e.Token, e.ID}] })
			p.is(err == nil, "%s does not wait for something that AWS requires before it; add pulumi.DependsOn: %v",
				res.Name, withoutIDs(d.recorder, err))
		}
	})
}

// allBefore is everything that exists before a resource is made.
func allBefore(r *recorder, res *registered) []*registered {
	var out []*registered
	seen := map[string]bool{}
	var walk func(*registered)
	walk = func(from *registered) {
		for _, urn := range waitsFor(from) {
			if next := r.ByURN[urn]; next != nil && !seen[urn] {
				seen[urn] = true
				out = append(out, next)
				walk(next)
			}
		}
	}
	walk(res)
	return out
}

// withoutIDs is the text of an error with names instead of what AWS made up.
func withoutIDs(r *recorder, err error) string {
	if err == nil {
		return ""
	}
	return references(r).Replace(err.Error())
}

// Ids that depend on the order would differ between two runs, and with them the size of the user data and every message
// that has one. Passwords and what is made of them are random on purpose.
func TestTwoRunsHaveTheSameIDs(t *testing.T) {
	first := deployed(t, "prod")
	again, err := run(t, "prod", nil)
	require.NoError(t, err)
	looked := 0
	for _, res := range first.AWS() {
		if hasRandom(first, res) {
			continue
		}
		looked++
		if other := again.ByURN[res.URN]; other.ID != res.ID {
			t.Errorf("%s has the id %s in one run and %s in another: the simulated AWS must make ids of the request alone",
				res.Name, res.ID, other.ID)
		}
	}
	t.Logf("looked at %d ids", looked)
}

// hasRandom says whether a resource waits for something of the random provider.
func hasRandom(r *recorder, res *registered) bool {
	return slices.ContainsFunc(allBefore(r, res), func(earlier *registered) bool {
		return strings.HasPrefix(earlier.Token, "random:")
	})
}
