// Package cost prices the resources of a stack from a table of list prices. It knows no account: what depends on use is
// priced with a stated assumption, and what has no price is named. What the configuration decides is therefore a lower limit.
package cost

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// HoursAMonth is the number of hours that AWS's own estimates have in a month.
const HoursAMonth = 730

// Resource is one resource of a stack.
type Resource struct {
	// Name is the logical name, and Tier that of the component: see Tier.
	Name, Token, Tier string
	// Inputs are the plain inputs with the provider's defaults.
	Inputs map[string]any
}

// Line is one position of an estimate.
type Line struct {
	Tier string `json:"tier"`
	// Price is the row of the table of prices.
	Price string `json:"price"`
	What  string `json:"what"`
	// Quantity a month in Unit, at USD each.
	Quantity float64 `json:"quantity"`
	Unit     string  `json:"unit"`
	USD      float64 `json:"usd"`
	// Assumption is why the quantity is what it is; empty if the configuration decides it.
	Assumption string `json:"assumption,omitempty"`
	Verified   bool   `json:"verified"`
}

// Monthly is the price of a line in USD a month.
func (l Line) Monthly() float64 { return l.Quantity * l.USD }

// Estimate is the cost of a stack in USD a month.
type Estimate struct {
	// Region of the stack. The prices are those of PricesOf.
	Region string
	// Lines are sorted by tier and price, one for each tier, price and assumption.
	Lines []Line
	// Unknown are the parts of the stack that the table has no price for.
	Unknown []string
}

// Of prices resources. Resources of other providers and components cost nothing.
func Of(region string, resources []Resource) Estimate {
	e := Estimate{Region: region}
	for _, r := range resources {
		row, priced := types[r.Token]
		switch {
		case !strings.HasPrefix(r.Token, "aws:"):
		case !priced:
			e.unknown(r.Tier + ": " + r.Token + ": the table has no row for it")
		case row.unknown != "":
			e.unknown(r.Tier + ": " + row.unknown)
		case row.uses != nil:
			for _, use := range row.uses(r, resources) {
				e.add(r, use)
			}
		}
	}
	slices.SortFunc(e.Lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.Tier, b.Tier), cmp.Compare(a.Price, b.Price), cmp.Compare(a.Assumption, b.Assumption))
	})
	slices.Sort(e.Unknown)
	return e
}

func (e *Estimate) unknown(what string) {
	if !slices.Contains(e.Unknown, what) {
		e.Unknown = append(e.Unknown, what)
	}
}

func (e *Estimate) add(r Resource, u use) {
	price, found := PriceOf(u.price)
	if !found {
		e.unknown(r.Tier + ": " + u.price + ": the table has no price for it")
		return
	}
	line := Line{
		Tier: r.Tier, Price: u.price, What: price.What, Quantity: u.quantity, Unit: price.Unit, USD: price.USD,
		Assumption: u.assumption, Verified: price.Verified,
	}
	for i, l := range e.Lines {
		if l.Tier == line.Tier && l.Price == line.Price && l.Assumption == line.Assumption {
			e.Lines[i].Quantity += line.Quantity
			return
		}
	}
	e.Lines = append(e.Lines, line)
}

// Fixed is what the configuration decides, in USD a month: the stack costs at least as much.
func (e Estimate) Fixed() float64 { return e.sum(func(l Line) bool { return l.Assumption == "" }) }

// ByUse is what depends on use, at the assumed use, in USD a month.
func (e Estimate) ByUse() float64 { return e.sum(func(l Line) bool { return l.Assumption != "" }) }

// Total is the sum of all lines in USD a month.
func (e Estimate) Total() float64 { return e.sum(func(Line) bool { return true }) }

// OfTier is the sum of one tier in USD a month.
func (e Estimate) OfTier(tier string) float64 {
	return e.sum(func(l Line) bool { return l.Tier == tier })
}

// Unverified is the share of the sum with prices that are not verified, 0 to 1.
func (e Estimate) Unverified() float64 {
	if e.Total() == 0 {
		return 0
	}
	return e.sum(func(l Line) bool { return !l.Verified }) / e.Total()
}

func (e Estimate) sum(of func(Line) bool) (usd float64) {
	for _, l := range e.Lines {
		if of(l) {
			usd += l.Monthly()
		}
	}
	return usd
}

// Tiers are the tiers that cost something, sorted.
func (e Estimate) Tiers() []string {
	var out []string
	for _, l := range e.Lines {
		if !slices.Contains(out, l.Tier) {
			out = append(out, l.Tier)
		}
	}
	return out
}

// Tier returns the name of a resource's outermost component type, such as "database"; empty for none.
func Tier(urn string) string {
	outermost, rest, _ := strings.Cut(string(resource.URN(urn).QualifiedType()), "$")
	if outermost == string(resource.RootStackType) {
		outermost, _, _ = strings.Cut(rest, "$")
	}
	parts := strings.Split(outermost, ":")
	if len(parts) != 3 || parts[0] != "morpheus" {
		return ""
	}
	return parts[1]
}
