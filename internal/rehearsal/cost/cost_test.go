package cost_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/cost"
)

func TestEveryTypeOfTheProgramHasACost(t *testing.T) {
	looked := 0
	for _, token := range awstoken.All {
		if !strings.HasPrefix(token, "aws:") {
			continue
		}
		looked++
		assert.NotEmpty(t, cost.Verdict(token), "%s: internal/rehearsal/cost/types.go must say what it costs, why it is free, "+
			"or that its price is unknown; else the sum is too low", token)
	}
	t.Logf("looked at %d types", looked)
	for _, token := range cost.Types() {
		assert.Contains(t, awstoken.All, token, "the program does not register %s", token)
	}
}

func TestEveryPriceHasASource(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range cost.Prices {
		assert.False(t, seen[p.ID], "%s has two prices", p.ID)
		seen[p.ID] = true
		assert.Positive(t, p.USD, "%s: a price", p.ID)
		for what, text := range map[string]string{"what": p.What, "unit": p.Unit, "source": p.Source} {
			assert.NotEmpty(t, text, "%s: the %s is missing", p.ID, what)
		}
		assert.Regexp(t, `^20\d\d-\d\d-\d\d$`, p.Date, "%s: a price ages, so it needs the date", p.ID)
		assert.Regexp(t, `^https://aws\.amazon\.com/`, p.Page, "%s: the page where it is confirmed", p.ID)
	}
}

func instance(class string) cost.Resource {
	return cost.Resource{
		Name: "database-instance", Token: awstoken.RDSClusterInstance, Tier: "database",
		Inputs: map[string]any{"instanceClass": class},
	}
}

func TestWhatHasNoPriceIsNamed(t *testing.T) {
	e := cost.Of(cost.PricesOf, []cost.Resource{
		instance("db.r5.xlarge"), instance("db.x99.large"),
		{Token: awstoken.EFSReplication, Tier: "filesystem"}, {Token: "aws:new/thing:Thing", Tier: "search"},
		{Token: "random:index/randomId:RandomId", Tier: "database"},
	})
	assert.InDelta(t, 0.58*cost.HoursAMonth, e.Total(), 0.001, "an unknown class must not count as free of charge")
	assert.Equal(t, []string{
		"database: aurora/db.x99.large: the table has no price for it",
		"filesystem: copy of the shared files in the other region: storage and transfer",
		"search: aws:new/thing:Thing: the table has no row for it",
	}, e.Unknown)
	assert.InDelta(t, 1, e.Unverified(), 0.001, "the only price is not verified")

	var text bytes.Buffer
	require.NoError(t, e.Text(&text, "prod"))
	for _, want := range []string{
		"prod: at least 423.40 USD a month", "100 % of the sum is not verified", "aurora/db.x99.large", "the Morpheus licence",
	} {
		assert.Contains(t, text.String(), want)
	}
	var document bytes.Buffer
	require.NoError(t, e.JSON(&document, "prod"))
	var parsed map[string]any
	require.NoError(t, json.Unmarshal(document.Bytes(), &parsed))
	assert.InDelta(t, 423.40, parsed["atLeastUsdAMonth"], 0.001)
	assert.Len(t, parsed["unknown"], len(e.Unknown)+len(cost.Outside))
}

func TestTheNodesArePricedWithTheVolumesOfTheirTemplate(t *testing.T) {
	e := cost.Of(cost.PricesOf, []cost.Resource{
		{Token: awstoken.AutoScalingGroup, Tier: "cluster", Inputs: map[string]any{
			"minSize": 3.0, "mixedInstancesPolicy": map[string]any{"launchTemplate": map[string]any{
				"overrides": []any{map[string]any{"instanceType": "m5.xlarge"}, map[string]any{"instanceType": "m5a.xlarge"}},
			}},
		}},
		{Token: awstoken.EC2LaunchTemplate, Tier: "cluster", Inputs: map[string]any{
			"instanceType": "m5.2xlarge", "monitoring": map[string]any{"enabled": true},
			"blockDeviceMappings": []any{map[string]any{"ebs": map[string]any{"volumeType": "gp3", "volumeSize": 400.0}}},
		}},
	})
	assert.InDelta(t, 3*(0.192*cost.HoursAMonth+400*0.08+7*0.30), e.Fixed(), 0.001,
		"the first type of the group, its volumes and its detailed monitoring, for each node")
	assert.Empty(t, e.Unknown)
}

func TestADifferenceNamesItsTiersAndWhatHasNoPrice(t *testing.T) {
	stack := func(resources ...cost.Resource) cost.Estimate { return cost.Of(cost.PricesOf, resources) }
	const class = "db.r5.xlarge"
	secret := cost.Resource{Token: awstoken.SecretsManagerSecret, Tier: "search"}
	none, one, two := stack(), stack(instance(class)), stack(instance(class), instance(class))
	for _, c := range []struct {
		before, after cost.Estimate
		want          string
	}{
		{one, one, "unchanged, about 423.40 USD a month"},
		{one, two, "+423.40 USD a month: from about 423.40 to 846.80"},
		{two, stack(instance(class), secret), "-423.00 USD a month: from about 846.80 to 423.80 (database -423.40, search +0.40)"},
		{one, stack(instance("new")),
			"-423.40 USD a month: from about 423.40 to 0.00; without database: aurora/new: the table has no price for it"},
		{stack(instance("new")), none,
			"unchanged, about 0.00 USD a month; before without database: aurora/new: the table has no price for it"},
	} {
		assert.Equal(t, c.want, cost.Difference(c.before, c.after))
	}
}
