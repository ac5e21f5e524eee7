package cost

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Text writes an estimate for people.
func (e Estimate) Text(w io.Writer, stack string) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: at least %s USD a month, about %s with the assumed use\n", stack, USD(e.Fixed()), USD(e.Total()))
	fmt.Fprintf(&out, "List prices of %s, read %s to %s; %.0f %% of the sum is not verified\n", PricesOf, oldest(e.Lines),
		newest(e.Lines), 100*e.Unverified())
	if e.Region != PricesOf {
		fmt.Fprintf(&out, "The table has no prices of %s: other regions often cost more\n", e.Region)
	}
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, part := range []struct {
		title string
		byUse bool
	}{{"by configuration", false}, {"by use", true}} {
		fmt.Fprintf(table, "\ntier\t%s\tquantity\tUSD each\tUSD a month\n", part.title)
		for _, l := range e.Lines {
			if (l.Assumption != "") != part.byUse {
				continue
			}
			fmt.Fprintf(table, "%s\t%s\t%s %s\t%s\t%s%s\n", l.Tier, l.What, amount(l.Quantity), l.Unit, amount(l.USD),
				USD(l.Monthly()), suffix(l))
		}
	}
	fmt.Fprint(table, "\ntier\tUSD a month\n")
	for _, tier := range e.Tiers() {
		fmt.Fprintf(table, "%s\t%s\n", tier, USD(e.OfTier(tier)))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	out.WriteString("\nnot in the sum\n")
	for _, what := range slices.Concat(e.Unknown, Outside) {
		fmt.Fprintf(&out, "  %s\n", what)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func suffix(l Line) string {
	var notes []string
	if l.Assumption != "" {
		notes = append(notes, l.Assumption)
	}
	if !l.Verified {
		notes = append(notes, "price not verified")
	}
	if len(notes) == 0 {
		return ""
	}
	return "\t" + strings.Join(notes, "; ")
}

// JSON writes an estimate for programs.
func (e Estimate) JSON(w io.Writer, stack string) error {
	tiers := map[string]float64{}
	for _, tier := range e.Tiers() {
		tiers[tier] = cents(e.OfTier(tier))
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Stack      string             `json:"stack"`
		Region     string             `json:"region"`
		PricesOf   string             `json:"pricesOf"`
		AtLeast    float64            `json:"atLeastUsdAMonth"`
		WithUse    float64            `json:"withAssumedUseUsdAMonth"`
		Unverified float64            `json:"shareUnverified"`
		Tiers      map[string]float64 `json:"tiers"`
		Lines      []Line             `json:"lines"`
		Unknown    []string           `json:"unknown"`
	}{
		stack, e.Region, PricesOf, cents(e.Fixed()), cents(e.Total()), cents(e.Unverified()), tiers,
		e.Lines, slices.Concat(e.Unknown, Outside),
	})
}

// Difference of two estimates in a line: what a change costs or saves a month.
func Difference(before, after Estimate) string {
	change := after.Total() - before.Total()
	text := "unchanged, about " + USD(after.Total()) + " USD a month"
	if math.Abs(change) >= cent {
		text = fmt.Sprintf("%s USD a month: from about %s to %s", signed(change), USD(before.Total()), USD(after.Total()))
	}
	var tiers []string
	for _, tier := range union(before.Tiers(), after.Tiers()) {
		if by := after.OfTier(tier) - before.OfTier(tier); math.Abs(by) >= cent {
			tiers = append(tiers, tier+" "+signed(by))
		}
	}
	if len(tiers) > 1 {
		text += " (" + strings.Join(tiers, ", ") + ")"
	}
	for _, what := range after.Unknown {
		if !slices.Contains(before.Unknown, what) {
			text += "; without " + what
		}
	}
	for _, what := range before.Unknown {
		if !slices.Contains(after.Unknown, what) {
			text += "; before without " + what
		}
	}
	return text
}

const cent = 0.01

func cents(usd float64) float64 { return math.Round(100*usd) / 100 }

func signed(usd float64) string {
	if usd < 0 {
		return "-" + USD(-usd)
	}
	return "+" + USD(usd)
}

func union(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// USD returns an amount such as 2,920.00.
func USD(usd float64) string {
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(usd, 'f', 2, 64), ".")
	return thousands(whole) + "." + fraction
}

// amount returns a quantity or a price without needless zeros.
func amount(n float64) string {
	whole, fraction, found := strings.Cut(strconv.FormatFloat(math.Round(n*1e4)/1e4, 'f', -1, 64), ".")
	if !found {
		return thousands(whole)
	}
	return thousands(whole) + "." + fraction
}

func thousands(whole string) string {
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	return whole
}

// oldest and newest are the dates of the lines' prices.
func oldest(lines []Line) string {
	out := readDate
	for _, l := range lines {
		if p, _ := PriceOf(l.Price); p.Date < out {
			out = p.Date
		}
	}
	return out
}

func newest(lines []Line) string {
	out := ""
	for _, l := range lines {
		if p, _ := PriceOf(l.Price); p.Date > out {
			out = p.Date
		}
	}
	return out
}
