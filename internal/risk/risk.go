// Package risk says what the change of a property does to a data tier: one table for each tier, to be read before a
// change and printed by the preview of one. The tables hold what replaces, restarts or copies something; a property that
// is not in them changes in place while clients go on working.
package risk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// Effect is what happens to the resource whose property changes.
type Effect string

// The effects, the worst first.
const (
	// Loses is a replacement by an empty one: files, messages, rows or documents are gone.
	Loses Effect = "data loss"
	// Replaces is a replacement of something that holds no data, such as a database instance.
	Replaces Effect = "replacement"
	// BlueGreen is AWS copying everything to new nodes beside the old ones.
	BlueGreen Effect = "blue/green"
	// Restarts is a restart, in the maintenance window.
	Restarts Effect = "restart"
	// Waits is a change that AWS does not carry out by itself; somebody must.
	Waits Effect = "needs a hand"
)

var order = []Effect{Loses, Replaces, BlueGreen, Restarts, Waits}

// Row is one property whose change is felt.
type Row struct {
	// Token is the resource type, and Property the path of the property in it, without indexes: "users.password".
	Token, Property string
	Effect          Effect
	// Risk is what a preview says: what happens, how long it takes, what it costs.
	Risk string
	// When tells the change that is felt from one of the same property that is not; nil for every change. It gets the
	// values of the property, nil when there was or will be none.
	When func(old, wanted any) bool
	// Input is the input of the tier's component that the property follows: by it a preview knows of the change before it
	// is made, refuses what loses data and warns of the rest. Empty for what the program never changes.
	Input string
	// Keys of the configuration that change it; empty when none does.
	Keys string
}

// Tiers in the order of the deployment.
var Tiers = config.DataTiers

var tables = map[string][]Row{
	"filesystem": fileSystem,
	"database":   database,
	"messaging":  messaging,
	"search":     search,
}

// Table of a tier.
func Table(tier string) []Row { return tables[tier] }

// Of finds the row for a change of a property. Paths may carry indexes, and may point above or below the row's own:
// a provider compares some objects and lists as a whole.
func Of(tier, token, property string, old, wanted any) (Row, bool) {
	path := plain(property)
	for _, row := range tables[tier] {
		if row.Token != token || !within(path, row.Property) {
			continue
		}
		if path == row.Property && row.When != nil && !row.When(old, wanted) {
			continue
		}
		return row, true
	}
	return Row{}, false
}

// plain takes the indexes out of a path: users[0].password is users.password.
func plain(path string) string {
	var out strings.Builder
	depth := 0
	for _, r := range path {
		switch {
		case r == '[':
			depth++
		case r == ']':
			depth--
		case depth == 0:
			out.WriteRune(r)
		}
	}
	return out.String()
}

func within(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+".") || strings.HasPrefix(b, a+".")
}

// Knows says whether the table of a tier has anything about a resource type.
func Knows(tier, token string) bool {
	return slices.ContainsFunc(tables[tier], func(r Row) bool { return r.Token == token })
}

// Compare orders rows by their effect, the worst first.
func Compare(a, b Row) int { return slices.Index(order, a.Effect) - slices.Index(order, b.Effect) }

func (r Row) String() string { return fmt.Sprintf("%s.%s: %s", r.Token, r.Property, r.Risk) }
