// Package changes describes the effect of a property's change on a tier. Each data tier has a table in its changes.go;
// components.Changes has all tables. A table lists the properties whose change replaces, restarts or copies something.
// Other properties change in place without an effect on clients.
package changes

import (
	"fmt"
	"slices"
	"strings"
)

// Effect is the effect of a change on the resource.
type Effect string

// The effects, the worst first.
const (
	// Refused is a change that AWS refuses, so the program refuses it first.
	Refused Effect = "refused"
	// DataLoss replaces the resource by an empty one: files, messages, rows or documents are lost.
	DataLoss Effect = "data loss"
	// Outage replaces a resource without which nobody is served.
	Outage Effect = "outage"
	// Replacement replaces a resource without data, such as a database instance.
	Replacement Effect = "replacement"
	// BlueGreen makes AWS copy all data to new nodes while the old ones run.
	BlueGreen Effect = "blue/green"
	// Restart restarts the resource in the maintenance window.
	Restart Effect = "restart"
	// ManualStep is a change that an operator must complete.
	ManualStep Effect = "manual step"
)

// worstFirst are all effects.
var worstFirst = []Effect{Refused, DataLoss, Outage, Replacement, BlueGreen, Restart, ManualStep}

// Row is one property whose change has an effect.
type Row struct {
	// Token is the type token of the resource, and Property the path of the property in it, without indexes:
	// "users.password".
	Token, Property string
	Effect          Effect
	// Risk is the text for a preview: the effect, its duration and its cost.
	Risk string
	// When selects the changes with the effect; nil selects all. It gets the old and the new value of the property; nil
	// if it is unset.
	When func(old, wanted any) bool
	// Input is the input of the tier's component that sets the property. With it, the preview recognises the change,
	// refuses a data loss and warns of other effects. It is empty if the program never changes the property.
	Input string
	// Keys are the configuration keys that change it, separated by ", "; empty if there is none.
	Keys string
}

// Table has the rows of one tier. If several rows have the same property, the first matching row applies.
type Table []Row

// Of returns the row for a change of a property. The path may have indexes. It may be a parent or a child of the row's
// path, because a provider compares some objects and lists as a whole.
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

// Has reports whether the table has a row for a resource type.
func (t Table) Has(token string) bool {
	return slices.ContainsFunc(t, func(r Row) bool { return r.Token == token })
}

// withoutIndexes converts users[0].password to users.password.
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

// sameOrNested reports whether two paths are equal, or one is a parent of the other.
func sameOrNested(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+".") || strings.HasPrefix(b, a+".")
}

// Compare sorts rows by their effect, the worst first.
func Compare(a, b Row) int {
	return slices.Index(worstFirst, a.Effect) - slices.Index(worstFirst, b.Effect)
}

// NeedsPermission reports whether safety.allowReplace must name the tier for the change.
func (r Row) NeedsPermission() bool { return r.Effect == DataLoss || r.Effect == Outage }

func (r Row) String() string { return fmt.Sprintf("%s.%s: %s", r.Token, r.Property, r.Risk) }
