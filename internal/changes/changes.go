// Package changes describes what a change of a property does to a data tier. Each tier has a table, in its
// changes.go; components.Changes has all of them. A table lists the properties whose change replaces, restarts or
// copies something; a property that is not in it changes in place while clients go on working.
package changes

import (
	"fmt"
	"slices"
	"strings"
)

// Effect is what happens to the resource whose property changes.
type Effect string

// The effects, the worst first.
const (
	// DataLoss replaces the resource by an empty one: files, messages, rows or documents are gone.
	DataLoss Effect = "data loss"
	// Replacement replaces something that holds no data, such as a database instance.
	Replacement Effect = "replacement"
	// BlueGreen makes AWS copy everything to new nodes beside the old ones.
	BlueGreen Effect = "blue/green"
	// Restart restarts the resource in the maintenance window.
	Restart Effect = "restart"
	// ManualStep is a change that AWS does not carry out by itself: an operator must finish it.
	ManualStep Effect = "manual step"
)

// worstFirst are all effects.
var worstFirst = []Effect{DataLoss, Replacement, BlueGreen, Restart, ManualStep}

// Row is one property whose change has an effect.
type Row struct {
	// Token is the type token of the resource, and Property the path of the property in it, without indexes:
	// "users.password".
	Token, Property string
	Effect          Effect
	// Risk is what a preview says: what happens, how long it takes, what it costs.
	Risk string
	// When selects the changes of the property that have the effect; nil selects all. It gets the values of the
	// property, nil when there was or will be none.
	When func(old, wanted any) bool
	// Input is the input of the tier's component that the property follows. By it the preview recognises the change
	// before it is made, refuses a data loss and warns of the rest. Empty for what the program never changes.
	Input string
	// Keys of the configuration that change it, separated by ", "; empty when none does.
	Keys string
}

// Table has the rows of one tier. When several rows are about the same property, the first that applies counts.
type Table []Row

// Of finds the row for a change of a property. The path may have indexes, and may point above or below the row's own:
// a provider compares some objects and lists as a whole.
func (t Table) Of(token, property string, old, wanted any) (Row, bool) {
	path := withoutIndexes(property)
	for _, row := range t {
		if row.Token != token || !sameOrNested(path, row.Property) {
			continue
		}
		if path == row.Property && row.When != nil && !row.When(old, wanted) {
			continue
		}
		return row, true
	}
	return Row{}, false
}

// Has says whether the table has a row about a resource type.
func (t Table) Has(token string) bool {
	return slices.ContainsFunc(t, func(r Row) bool { return r.Token == token })
}

// withoutIndexes makes users.password of users[0].password.
func withoutIndexes(path string) string {
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

// sameOrNested says whether two paths are equal, or one of them lies below the other.
func sameOrNested(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+".") || strings.HasPrefix(b, a+".")
}

// Compare orders rows by their effect, the worst first.
func Compare(a, b Row) int {
	return slices.Index(worstFirst, a.Effect) - slices.Index(worstFirst, b.Effect)
}

func (r Row) String() string { return fmt.Sprintf("%s.%s: %s", r.Token, r.Property, r.Risk) }
