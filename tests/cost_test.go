package tests

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/cost"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
)

// withoutHA is the cost of prod without high availability.
func withoutHA(t *testing.T) cost.Estimate {
	t.Helper()
	config, err := harness.Load("prod", nil)
	require.NoError(t, err)
	config, err = config.With(harness.WithoutHA)
	require.NoError(t, err)
	estimate, err := config.Cost("prod")
	require.NoError(t, err)
	return estimate
}

func TestEveryPartOfTheCommittedStacksHasAPrice(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		e := r.Cost()
		assert.Empty(t, e.Unknown, "the sum is too low")
		for _, tier := range slices.Concat(mission, []string{"encryption", "monitoring"}) {
			assert.Positive(t, e.OfTier(tier), "%s costs something", tier)
		}
		assert.Positive(t, e.Fixed())
		t.Logf("at least %s USD a month, %s with the assumed use, %.0f %% of it not verified", cost.USD(e.Fixed()),
			cost.USD(e.Total()), 100*e.Unverified())
	})
}

// A part that costs something and is missing in a sum is a surprise on the bill.
func TestNoResourceOfAnyDeploymentIsForgottenInItsCost(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, res := range d.AWS() {
			p.is(res.Token == harness.AWSProvider || cost.Verdict(res.Token) != "", "%s: the cost of %s", res.Name, res.Token)
		}
	})
}

// A stack with copies has a provider for each of its two regions.
func TestAnEstimateIsOfTheRegionOfTheStack(t *testing.T) {
	r, err := run(t, "prod", inRegion("backup", nil))
	require.NoError(t, err)
	for range 20 {
		require.Equal(t, "us-east-1", r.Cost().Region, "the region of the copies is not the stack's")
	}
}

// What surprises people has a line of its own.
func TestTheCostShowsNATEndpointsAddressesAndLogs(t *testing.T) {
	r := deployed(t, "prod")
	quantity := map[string]float64{}
	for _, l := range r.Cost().Lines {
		quantity[l.Price] += l.Quantity
	}
	gateways, interfaces := len(r.OfType(awstoken.EC2NATGateway)), 0
	for _, res := range r.OfType(awstoken.EC2VPCEndpoint) {
		if res.Get("vpcEndpointType") == "Interface" {
			interfaces += len(res.Values("subnetIds"))
		}
	}
	require.Positive(t, gateways*interfaces)
	assert.InDelta(t, gateways*cost.HoursAMonth, quantity["nat/hour"], 0.1, "NAT gateways are charged by the hour")
	assert.Positive(t, quantity["nat/traffic"], "and by what flows through them")
	assert.InDelta(t, interfaces*cost.HoursAMonth, quantity["endpoint/hour"], 0.1, "an endpoint is charged in each zone")
	subnets := len(named(t, r, "loadbalancer-alb").Values("subnets"))
	assert.InDelta(t, (gateways+subnets)*cost.HoursAMonth, quantity["vpc/public-ipv4"], 0.1,
		"each public address is charged: of the NAT gateways and of the load balancer")
	assert.Positive(t, quantity["logs/ingest"], "logs are charged by what is taken in")
}

func TestHighAvailabilityCostsSomethingInEveryTierThatHasIt(t *testing.T) {
	with, without := deployed(t, "prod").Cost(), withoutHA(t)
	for _, tier := range []string{"network", "database", "messaging", "search", "cluster"} {
		assert.Greater(t, with.OfTier(tier), without.OfTier(tier), "%s has one of everything without high availability", tier)
	}
}

// hourly is the sentence of README.md about the deployed stack.
var hourly = regexp.MustCompile(`about [0-9.]+ USD an hour from here on`)

// TestGoldenCost writes the tables of README.md and docs/cost.md.
func TestGoldenCost(t *testing.T) {
	prod, dev, single := deployed(t, "prod").Cost(), deployed(t, "dev").Cost(), withoutHA(t)
	const page = "../docs/cost.md"
	goldenTable(t, "../README.md", "cost", stackTable(prod, single, dev))
	goldenTable(t, page, "stacks", stackTable(prod, single, dev))
	goldenTable(t, page, "without", withoutTable())
	goldenTable(t, page, "tiers", tierTable(prod, single, dev))
	goldenTable(t, page, "configuration", prod.Markdown(false))
	goldenTable(t, page, "use", prod.Markdown(true))
	goldenTable(t, page, "outside", "- "+strings.Join(cost.Outside, "\n- ")+"\n")
	goldenTable(t, page, "prices", cost.PriceTable())
	goldenTable(t, page, "types", cost.TypeTable(slices.Sorted(slices.Values(cost.Types()))))

	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	want := hourly.ReplaceAllString(string(text),
		fmt.Sprintf("about %.2f USD an hour from here on", prod.Total()/cost.HoursAMonth))
	require.Regexp(t, hourly, string(text))
	if *update {
		require.NoError(t, os.WriteFile("../README.md", []byte(want), 0o644))
		return
	}
	assert.Equal(t, string(text), want, "README.md tells another price: run make golden")
}

func stackTable(prod, single, dev cost.Estimate) string {
	var out strings.Builder
	out.WriteString("| stack | at least, USD a month | with the assumed use | of it not verified |\n|---|---|---|---|\n")
	row := func(name string, e cost.Estimate) {
		fmt.Fprintf(&out, "| %s | %s | %s | %.0f %% |\n", name, cost.USD(e.Fixed()), cost.USD(e.Total()), 100*e.Unverified())
	}
	row("prod", prod)
	row("prod without high availability", single)
	fmt.Fprintf(&out, "| **what high availability costs** | **%s** | **%s** | |\n", cost.USD(prod.Fixed()-single.Fixed()),
		cost.USD(prod.Total()-single.Total()))
	row("dev", dev)
	return out.String()
}

func tierTable(prod, single, dev cost.Estimate) string {
	var out strings.Builder
	out.WriteString("| tier | prod | prod without high availability | dev |\n|---|---|---|---|\n")
	for _, tier := range prod.Tiers() {
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", tier, cost.USD(prod.OfTier(tier)), cost.USD(single.OfTier(tier)),
			cost.USD(dev.OfTier(tier)))
	}
	return out.String()
}

func withoutTable() string {
	var out strings.Builder
	out.WriteString("| key | value |\n|---|---|\n")
	for _, key := range slices.Sorted(maps.Keys(harness.WithoutHA)) {
		fmt.Fprintf(&out, "| `%s` | %v |\n", strings.TrimPrefix(key, "morpheus:"), harness.WithoutHA[key])
	}
	return out.String()
}
