package stacks

import (
	"github.com/morpheus-ha/morpheus-aws/internal/deployed"
	"github.com/morpheus-ha/morpheus-aws/internal/lookup"
)

// fingerprintsOutput is the name of the output with lookup.Fingerprints.
const fingerprintsOutput = "fingerprints"

// lookUps returns what the look-ups need of the last finished update.
func lookUps(before deployed.State) lookup.Deployed {
	out := lookup.Deployed{
		Updated: before.Completed(), Version: before.Text(versionOutput), Fingerprints: map[string]string{},
	}
	kept, _ := before.Outputs[fingerprintsOutput].(map[string]any)
	for key, value := range kept {
		if text, ok := value.(string); ok {
			out.Fingerprints[key] = text
		}
	}
	return out
}
