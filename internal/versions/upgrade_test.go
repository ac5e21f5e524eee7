package versions

import (
	"testing"

	"github.com/blang/semver"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnUpgradeTakesTheVendorsPath(t *testing.T) {
	for _, c := range []struct {
		from, to, named string
		want            Path
		says            string
	}{
		{from: "", to: "8.0.7", want: NoUpgrade},
		{from: "8.0.7", to: "8.0.7", want: NoUpgrade},
		{from: "8.0.5", to: "8.0.7", want: StopAll, says: "contradicts itself"},
		{from: "8.0.5", to: "8.0.7", named: "8.0.5 -> 8.0.7 rolling", want: Rolling, says: "from 8.0.5 on"},
		{from: "8.0.6", to: "8.0.7", named: "8.0.5 -> 8.0.7 rolling", want: StopAll, says: "8.0.6 -> 8.0.7, stop-all"},
		{from: "8.0.4", to: "8.0.7", want: StopAll, says: "from 8.0.5 on"},
		{from: "6.0.0", to: "8.0.7", want: StopAll, says: "every node is terminated at once"},
		{from: "8.0.3", to: "8.0.4", want: StopAll, says: "no rolling upgrade to 8.0.4"},
		{from: "5.5.3", to: "8.0.7", named: "5.5.3 -> 8.0.7", want: StopAll},
		{from: "8.0.7", to: "8.0.10", named: "8.0.7 -> 8.0.10", want: StopAll, says: "rules are not known"}, // 10 > 7
		{from: "8.0.10", to: "8.0.7", named: "8.0.10 -> 8.0.7", want: StopAll, says: "8.0.10 -> 8.0.7 goes back"},
	} {
		path, why, err := Upgrade(c.from, c.to, c.named)
		require.NoError(t, err)
		assert.Equal(t, c.want, path, "%s -> %s", c.from, c.to)
		if c.want == NoUpgrade {
			assert.Empty(t, why)
		} else {
			assert.Contains(t, why, c.says, "%s -> %s: the preview must show the path and the reason", c.from, c.to)
		}
	}
	_, _, err := Upgrade("newest", "8.0.7", "")
	assert.ErrorContains(t, err, `deployed release "newest"`, "the message must name an output that was changed by hand")
}

func TestAnUpgradeThatTheVendorDoesNotSupportIsRefused(t *testing.T) {
	for _, c := range []struct{ from, to, named, says string }{
		{from: "5.5.3", to: "8.0.7", says: "from 6.0.0 on, so upgrade to a release in between first"},
		{from: "8.0.7", to: "8.0.10", says: "not known here, read its release notes"},
		{from: "8.0.7", to: "9.0.1", says: `set morpheus.upgrade to "8.0.7 -> 9.0.1"`},
		{from: "8.0.7", to: "9.0.1", named: "8.0.6 -> 9.0.1", says: "8.0.7 -> 9.0.1 is refused"},
		{from: "8.0.10", to: "8.0.7", says: "cannot downgrade the schema"},
		{from: "8.0.4", to: "8.0.7", named: "8.0.4 -> 8.0.7 rolling", says: "rolling upgrade to 8.0.7 from 8.0.5 on"},
		{from: "8.0.3", to: "8.0.4", named: "8.0.3 -> 8.0.4 rolling", says: "no rolling upgrade to 8.0.4"},
	} {
		_, _, err := Upgrade(c.from, c.to, c.named)
		assert.ErrorContains(t, err, c.says, "%s -> %s", c.from, c.to)
	}
}

func TestTheReleasesAreInOrderAndPossible(t *testing.T) {
	last := semver.MustParse("0.0.0")
	for _, r := range Releases {
		v := semver.MustParse(r.Version)
		assert.True(t, v.GT(last), "%s: one row for each release, in order", r.Version)
		assert.True(t, v.GT(semver.MustParse(r.Minimum)), "%s: the minimum is an earlier release", r.Version)
		if r.RollingFrom != "" {
			from := semver.MustParse(r.RollingFrom)
			assert.True(t, v.GT(from) && from.GE(semver.MustParse(r.Minimum)), "%s: rolling from %s", r.Version, from)
		}
		last = v
	}
}

func TestTheSearchSectionFollowsTheRelease(t *testing.T) {
	for release, want := range map[string]string{
		"8.0.7": "elasticsearch", "8.0.10": "elasticsearch", "8.1.0": "opensearch", "10.0.0": "opensearch",
	} {
		assert.Equal(t, want, SearchSection(release), release)
	}
}
