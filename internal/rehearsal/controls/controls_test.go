package controls

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
)

var today = time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)

// recorded is a run of production with other values.
func recorded(t *testing.T, values harness.Overrides) *harness.Run {
	t.Helper()
	config, err := harness.Load("prod", nil)
	require.NoError(t, err)
	config, err = config.With(values)
	require.NoError(t, err)
	run, err := harness.Launch{Stack: "prod", Config: config}.Start()
	require.NoError(t, err)
	return run
}

// failures are the findings that would fail the gate, by control.
func failures(findings []Finding) map[string]string {
	out := map[string]string{}
	for _, f := range findings {
		if f.Failed(today) {
			out[f.IDs] = f.Resource
		}
	}
	return out
}

// A user's stack of production may do without endpoints; the gate must say so, until somebody accepts it.
func TestAWeakerValueFailsUntilItIsAccepted(t *testing.T) {
	run := recorded(t, harness.Overrides{"network.interfaceEndpoints": false})
	check := func() []Finding { return Check(run, lifecycle.Production, All()) }
	assert.Equal(t, map[string]string{"EC2.10": "network-vpc", "EC2.57": "network-vpc"}, failures(check()))

	for name, c := range map[string]struct {
		e       Exception
		accepts bool
	}{
		"accepted": {Exception{Control: "EC2.10", Stack: "prod", last: today.AddDate(0, 1, 0)}, true},
		"last day": {Exception{Control: "EC2.10", Stack: "prod", last: today}, true},
		"of the resource": {Exception{Control: "EC2.10", Stack: "prod", Resource: "network-vpc",
			last: today.AddDate(0, 1, 0)}, true},
		"ended":              {Exception{Control: "EC2.10", Stack: "prod", last: today.AddDate(0, 0, -2)}, false},
		"of another stack":   {Exception{Control: "EC2.10", Stack: "qa", last: today.AddDate(0, 1, 0)}, false},
		"of another thing":   {Exception{Control: "EC2.10", Stack: "prod", Resource: "x", last: today.AddDate(0, 1, 0)}, false},
		"of another control": {Exception{Control: "EC2.57", Stack: "prod", last: today.AddDate(0, 1, 0)}, false},
	} {
		findings := check()
		c.e.Reason = "a proxy"
		Accept(findings, "prod", []Exception{c.e})
		assert.Equal(t, c.accepts, failures(findings)["EC2.10"] == "", name)
	}
}

// Each requirement of the zones must be able to fail, otherwise it proves nothing.
func TestRequirementsOfZonesFailWithoutThem(t *testing.T) {
	run := recorded(t, harness.WithoutHA)
	found := failures(Check(run, lifecycle.Production, zoneRequirements))
	for _, c := range zoneRequirements {
		assert.Contains(t, found, c.IDs)
	}
	assert.Empty(t, failures(Check(run, lifecycle.Development, zoneRequirements)), "development need not survive a zone")
}
