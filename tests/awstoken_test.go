package tests

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// A type that is missing from the list has no simulated AWS and no deployer policy; a type that nothing registers is
// a leftover.
func TestTypeTokensAreThoseThatTheProgramRegisters(t *testing.T) {
	registered := map[string]bool{}
	for _, r := range shapes(t) {
		for _, res := range r.All() {
			if !res.IsComponent() && !strings.HasPrefix(res.Token, "pulumi:") {
				registered[res.Token] = true
			}
		}
	}
	assert.ElementsMatch(t, awstoken.All, slices.Collect(maps.Keys(registered)))
}
