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
		{from: "", to: "8.0.7", want: NoUpgrade},
		{from: "8.0.7", to: "8.0.7", want: NoUpgrade},
		{from: "8.0.5", to: "8.0.7", want: Rolling, says: "one node after the other"},
		{from: "8.0.6", to: "8.0.7", want: Rolling, says: "from 8.0.5 on"},
		{from: "8.0.4", to: "8.0.7", want: StopAll, says: "from 8.0.5 on only"},
		{from: "7.0.12", to: "8.0.7", want: StopAll, says: "every node is terminated at once"},
		{from: "8.0.7", to: "8.0.10", want: StopAll, says: "no rule for a rolling upgrade to 8.0.10"}, // 10 > 7
		{from: "8.0.10", to: "8.0.7", want: StopAll, says: "8.0.10 -> 8.0.7 goes back"},
	} {
		path, why, err := Upgrade(c.from, c.to)
		require.NoError(t, err)
		assert.Equal(t, c.want, path, "%s -> %s", c.from, c.to)
		if c.says == "" {
			assert.Empty(t, why)
		} else {
			assert.Contains(t, why, c.says, "%s -> %s: the preview must show the path and the reason", c.from, c.to)
		}
	}
	_, _, err := Upgrade("newest", "8.0.7")
	assert.ErrorContains(t, err, `deployed release "newest"`, "the message must name an output that was changed by hand")
}
