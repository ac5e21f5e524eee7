package tests

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// Without an entry in the list, a type has no simulated AWS and no deployer policy. An entry for a type that the
// program does not register must be removed.
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
