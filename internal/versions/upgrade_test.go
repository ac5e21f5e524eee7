package versions

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnUpgradeTakesTheVendorsPath(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     Path
		says     string
	}{
		{"", "8.0.7", NoUpgrade, ""},
		{"8.0.7", "8.0.7", NoUpgrade, ""},
		{"8.0.5", "8.0.7", Rolling, "one node after the other"},
		{"8.0.6", "8.0.7", Rolling, "from 8.0.5 on"},
		{"8.0.4", "8.0.7", StopAll, "from 8.0.5 on only"},
		{"7.0.12", "8.0.7", StopAll, "every node is ended at once"},
		{"8.0.7", "8.0.10", StopAll, "no rule for a rolling upgrade to 8.0.10"}, // ten is more than seven
		{"8.0.10", "8.0.7", StopAll, "8.0.10 -> 8.0.7 goes back"},
	} {
		path, why, err := Upgrade(c.from, c.to)
		require.NoError(t, err)
		assert.Equal(t, c.want, path, "%s -> %s", c.from, c.to)
		if c.says == "" {
			assert.Empty(t, why)
		} else {
			assert.Contains(t, why, c.says, "%s -> %s: the preview says which and why", c.from, c.to)
		}
	}
	_, _, err := Upgrade("newest", "8.0.7")
	assert.ErrorContains(t, err, `deployed release "newest"`, "an output that somebody overwrote is named, not guessed at")
}
