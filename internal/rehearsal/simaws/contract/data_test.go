package contract

import (
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

// A correction of a missing property would have no effect.
func TestEveryCorrectionNamesAPropertyOfTheData(t *testing.T) {
	corrected := 0
	for _, typ := range awstypes.All() {
		r, p := Load().Resources[typ.Token], typ.Provider
		var paths []string
		for _, more := range []iter.Seq[string]{
			maps.Keys(p.Checks), maps.Keys(p.AlsoAccepted), maps.Keys(p.Ranges), slices.Values(p.Replacing),
			slices.Values(p.IgnoringCase), slices.Values(p.WithoutEnum), slices.Values(p.WithoutMinimum),
			slices.Values(p.ExactlyOneOf), slices.Values(p.ComparedWithState),
		} {
			paths = slices.AppendSeq(paths, more)
		}
		if p.Autonamed != "" {
			paths = append(paths, p.Autonamed)
		}
		if len(paths) > 0 && !assert.NotNil(t, r, "%s", typ.Token) {
			continue
		}
		for _, path := range paths {
			corrected++
			assert.NotPanics(t, func() { assert.NotNil(t, r.property(path), "%s %s", typ.Token, path) }, "%s %s",
				typ.Token, path)
		}
		for _, name := range p.Replacing {
			assert.True(t, r.property(name).ForceNew, "%s %s must replace the resource", typ.Token, name)
		}
		for _, path := range p.IgnoringCase {
			assert.NotEmpty(t, r.property(path).Enum, "%s %s: only an enum can ignore case", typ.Token, path)
		}
		if p.Autonamed != "" {
			limit := *r.property(p.Autonamed).Max
			assert.LessOrEqual(t, limit, float64(p.NameLimit), "%s: longer than AWS's limit", typ.Token)
		}
	}
	assert.Greater(t, corrected, 100, "too few corrections were checked")
}

// The checker would ignore an invalid pattern or an unknown type.
func TestTheCheckerUnderstandsAllOfTheData(t *testing.T) {
	var walk func(at string, properties map[string]*Property)
	walk = func(at string, properties map[string]*Property) {
		for name, p := range properties {
			path := at + "." + name
			assert.Contains(t, []string{"string", "int", "float", "bool", "object", "list", "map", "any"}, p.Type,
				"type of %s", path)
			for _, pattern := range p.Pattern {
				assert.NotContains(t, pattern, `\\`, "pattern of %s", path)
				assert.NotPanics(t, func() { (&checker{}).text(path, p, "x", "x") }, "pattern of %s", path)
			}
			for _, group := range [][]string{p.ConflictsWith, p.ExactlyOneOf, p.AtLeastOneOf, p.RequiredWith} {
				for _, other := range group {
					assert.NotEmpty(t, other, "group of %s", path)
				}
			}
			walk(path, p.Properties)
			if p.Items != nil {
				walk(path, p.Items.Properties)
			}
		}
	}
	for token, r := range Load().Resources {
		walk(token, r.Inputs)
	}
	walk("provider", Load().Provider)
	assert.Equal(t, len(Load().Resources), len(Load().Tokens()), "Tokens must list every type")
}
