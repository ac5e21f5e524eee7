package cost

import (
	"fmt"
	"strings"
)

// Markdown returns the lines of an estimate as a table: what the configuration decides, or what depends on use.
func (e Estimate) Markdown(byUse bool) string {
	var out strings.Builder
	out.WriteString("| tier | what | quantity a month | USD each | USD a month |")
	rule := "|---|---|---|---|---|"
	if byUse {
		out.WriteString(" assumption |")
		rule += "---|"
	}
	out.WriteString("\n" + rule + "\n")
	sum := 0.0
	for _, l := range e.Lines {
		if (l.Assumption != "") != byUse {
			continue
		}
		sum += l.Monthly()
		price := amount(l.USD)
		if !l.Verified {
			price += " (not verified)"
		}
		fmt.Fprintf(&out, "| %s | %s | %s %s | %s | %s |", l.Tier, l.What, amount(l.Quantity), l.Unit, price, USD(l.Monthly()))
		if byUse {
			fmt.Fprintf(&out, " %s |", l.Assumption)
		}
		out.WriteString("\n")
	}
	fmt.Fprintf(&out, "| **sum** | | | | **%s** |", USD(sum))
	if byUse {
		out.WriteString(" |")
	}
	return out.String() + "\n"
}

// PriceTable returns the table of prices, with the source of each.
func PriceTable() string {
	var out strings.Builder
	out.WriteString("| price | USD | each | region | read | source | confirm at | verified |\n|---|---|---|---|---|---|---|---|\n")
	for _, p := range Prices {
		verified := "yes"
		if !p.Verified {
			verified = "no"
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s | %s | %s | [page](%s) | %s |\n", p.ID, amount(p.USD), p.Unit, PricesOf, p.Date,
			p.Source, p.Page, verified)
	}
	return out.String()
}

// TypeTable returns how each resource type is priced.
func TypeTable(tokens []string) string {
	var out strings.Builder
	out.WriteString("| resource type | cost |\n|---|---|\n")
	for _, token := range tokens {
		fmt.Fprintf(&out, "| `%s` | %s |\n", token, Verdict(token))
	}
	return out.String()
}
