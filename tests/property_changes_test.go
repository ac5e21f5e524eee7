package tests

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// A row without its type or with a property that does not exist is never found, and the guard refuses nothing.
func TestEveryRowOfTheTablesOfChangesIsAboutAPropertyOfItsType(t *testing.T) {
	looked := 0
	for _, tier := range slices.Sorted(maps.Keys(components.Changes)) {
		for _, row := range components.Changes[tier] {
			looked++
			facts := contract.Load().Resources[row.Token]
			if assert.NotNil(t, facts, "%s: the row %q is about no type: %q", tier, row.Risk, row.Token) {
				assert.Contains(t, facts.Inputs, rootOf(row.Property), "%s: %s has no such property", tier, row)
			}
			assert.NotEmpty(t, row.Effect, "%s: %s has no effect", tier, row)
			assert.NotEmpty(t, row.Risk, "%s: a preview would warn with an empty text", row)
		}
	}
	t.Logf("looked at %d rows", looked)
}

// The guard knows what its tables know. A property that replaces a resource with data, and that has no row, is changed
// without a question.
func TestEveryPropertyThatReplacesAResourceWithDataHasItsRow(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, res := range d.AWS() {
			rows := rowsOf(res)
			if len(rows) == 0 || !res.RPC.GetProtect() {
				continue
			}
			for name, facts := range contract.Load().Resources[res.Token].Inputs {
				if _, given := res.Checked[resource.PropertyKey(name)]; !given || !facts.ForceNew || facts.Autonamed {
					continue // a name that Pulumi chose stays
				}
				has := false
				for _, row := range rows {
					has = has || rootOf(row.Property) == name
				}
				p.is(has, "%s: a change of %s replaces it, and no table of changes has a row for it", res.Name, name)
			}
		}
	})
}

// rootOf is the first name of a path.
func rootOf(path string) string {
	name, _, _ := strings.Cut(path, ".")
	return name
}

// A row without keys says in the documents that nothing in the configuration changes the property.
func TestARowWithoutKeysIsAboutAPropertyThatNoKeyChanges(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, res := range d.AWS() {
			for _, row := range rowsOf(res) {
				if row.Keys != "" {
					continue
				}
				for key, its := range effects {
					changed := slices.ContainsFunc(its.in, func(e effect) bool { return e.at == row.Property && like(e.of, res.Name) })
					p.is(!changed, "%s: %s changes it, so the row must name the key", row, key)
				}
			}
		}
	})
}
