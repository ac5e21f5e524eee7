package deployed

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A backend in a folder has no checkpoint between the renaming of the old one and the writing of the new one.
func TestAReadWaitsForACheckpointThatIsBeingWritten(t *testing.T) {
	reads := 0
	values, err := patiently(0, func() (map[string]any, error) {
		if reads++; reads < 3 {
			return nil, errors.New("rpc error: failed to load checkpoint: not found")
		}
		return map[string]any{"applianceUrl": "https://morpheus.example.com"}, nil
	})
	require.NoError(t, err, "an update must not fail because the engine writes at the same moment")
	assert.Len(t, values, 1)
}

func TestAReadGivesUp(t *testing.T) {
	for text, most := range map[string]int{"failed to load checkpoint": 12, "passphrase is wrong": 1} {
		reads := 0
		_, err := patiently(0, func() (map[string]any, error) {
			reads++
			return nil, errors.New(text)
		})
		require.ErrorContains(t, err, text)
		assert.Equal(t, most, reads, "%s: only a missing checkpoint may appear soon", text)
	}
}
