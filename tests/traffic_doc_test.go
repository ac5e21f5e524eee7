package tests

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/network"
	"github.com/morpheus-ha/morpheus-aws/internal/endpoints"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/cost"
)

// TestGoldenTraffic generates docs/traffic.md from the table that the rules are created from.
func TestGoldenTraffic(t *testing.T) {
	const path = "../docs/traffic.md"
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	want := between(t, string(text), "picture", trafficPicture())
	want = between(t, want, "traffic", trafficTable())
	want = between(t, want, "services", servicesTable())
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	assert.Equal(t, string(text), want, "docs/traffic.md differs from the program: run make golden")
}

func port(row network.Row) string {
	if row.Port == 0 {
		return "configured"
	}
	return fmt.Sprint(row.Port)
}

func trafficTable() string {
	var out strings.Builder
	out.WriteString("| from | to | port | when | why |\n|---|---|---|---|---|\n")
	for _, row := range network.Traffic {
		when := string(row.When)
		if row.When != network.Always {
			when = "`" + strings.Replace(when, " is ", "` is ", 1)
			if !strings.Contains(when, "` is ") {
				when += "`"
			}
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s |\n", row.From, row.To, port(row), when, row.Why)
	}
	return out.String()
}

// trafficPicture joins the rows between two groups into one arrow. Arrows of optional rules are dotted.
func trafficPicture() string {
	type ends struct{ from, to network.Group }
	var order []ends
	ports := map[ends][]string{}
	dotted := map[ends]bool{}
	for _, row := range network.Traffic {
		e := ends{row.From, row.To}
		if ports[e] == nil {
			order = append(order, e)
		}
		ports[e] = append(ports[e], port(row))
		dotted[e] = row.When != network.Always
	}
	var out strings.Builder
	out.WriteString("```mermaid\nflowchart LR\n")
	for _, e := range order {
		arrow := "-->"
		if dotted[e] {
			arrow = "-.->"
		}
		fmt.Fprintf(&out, "  %s %s|%s| %s\n", graphNode(e.from), arrow,
			strings.Join(slices.Compact(ports[e]), ", "), graphNode(e.to))
	}
	out.WriteString("```\n")
	return out.String()
}

// node returns a node of the picture. Outsiders are round.
func graphNode(g network.Group) string {
	if g.Outsider() {
		return fmt.Sprintf("%s([%s])", g, g)
	}
	return fmt.Sprintf("%s[%s]", g, g)
}

func servicesTable() string {
	endpointPrice, _ := cost.PriceOf("endpoint/hour") // in a zone
	var out strings.Builder
	out.WriteString("| service | for | with internet access | without | keys of other accounts |\n|---|---|---|---|---|\n")
	yes := map[bool]string{true: "yes", false: "no"}
	with, without := endpoints.Services(true), endpoints.Services(false)
	for _, s := range without {
		fmt.Fprintf(&out, "| `%s` | %s | %s | yes | %s |\n", s.Name, s.Why, yes[slices.Contains(with, s)], yes[s.AnyAccount])
	}
	price := func(services []endpoints.Service) string {
		const zones = 3
		each := len(services) * zones
		return fmt.Sprintf("%d x %.2f USD an hour, %.0f USD a month", each, endpointPrice.USD,
			float64(each)*endpointPrice.USD*cost.HoursAMonth)
	}
	fmt.Fprintf(&out, "| **price in 3 zones** | | %s | %s | |\n", price(with), price(without))
	return out.String()
}
