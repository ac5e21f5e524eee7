// Package differential sends the same requests to the real and the simulated AWS provider, over the engine's protocol,
// and requires the same responses.
package differential

import (
	"fmt"
	"testing"
)

// providers are the compared providers.
type providers struct{ real, simulated asked }

func TestTheSimulatedProviderAgreesWithTheRealOne(t *testing.T) {
	pair := providers{realProvider(t), simulatedProvider(t)}
	var values, settled, risks int
	t.Run("values", func(t *testing.T) { values = compareValues(t, pair) })
	t.Run("changes", func(t *testing.T) { settled = compareChanges(t, pair) })
	t.Run("risks", func(t *testing.T) { risks = compareRisks(t, pair) })
	fmt.Printf("differential: %d/%d config changes, %d/%d rows of the tables of risks, %d/%d bad values, %d explained "+
		"exceptions\n",
		settled, len(configChanges), risks, len(samples), values, len(bads)-len(lenient), len(lenient))
}
