package risk

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOfFindsTheRowOfAChange(t *testing.T) {
	for name, c := range map[string]struct {
		tier, token, property string
		old, wanted           any
		want                  Effect // empty for a change that is not felt
	}{
		"a property":               {"filesystem", fileSystemT, "performanceMode", "a", "b", Loses},
		"one in place":             {"filesystem", fileSystemT, "throughputMode", "a", "b", ""},
		"another type's property":  {"filesystem", mountTargetT, "performanceMode", "a", "b", ""},
		"another tier's":           {"search", fileSystemT, "performanceMode", "a", "b", ""},
		"a field of a block":       {"filesystem", replicaT, "destination.region", "a", "b", Replaces},
		"a block with such fields": {"messaging", brokerT, "encryptionOptions", nil, nil, Loses},
		"an element of a list":     {"messaging", brokerT, "subnetIds[0]", "a", "b", Loses},
		"a like-named property":    {"search", domainT, "vpcOptions.subnetIdsOfOthers", "a", "b", ""},
		"an upgrade":               {"search", domainT, "engineVersion", "OpenSearch_2.9", "OpenSearch_2.19", BlueGreen},
		"a downgrade":              {"search", domainT, "engineVersion", "OpenSearch_2.19", "OpenSearch_2.9", Loses},
		"a larger volume":          {"search", domainT, "ebsOptions.volumeSize", 100.0, 150.0, ""},
		"a smaller volume":         {"search", domainT, "ebsOptions.volumeSize", 100.0, 50, BlueGreen},
	} {
		t.Run(name, func(t *testing.T) {
			row, found := Of(c.tier, c.token, c.property, c.old, c.wanted)
			assert.Equal(t, c.want != "", found)
			assert.Equal(t, c.want, row.Effect)
		})
	}
}

func TestTheWorstComesFirst(t *testing.T) {
	rows := []Row{{Effect: Waits}, {Effect: BlueGreen}, {Effect: Loses}, {Effect: Restarts}, {Effect: Replaces}}
	slices.SortStableFunc(rows, Compare)
	assert.Equal(t, []Row{{Effect: Loses}, {Effect: Replaces}, {Effect: BlueGreen}, {Effect: Restarts}, {Effect: Waits}}, rows)
}

// A tier refuses what loses its data; whatever the configuration can change must therefore be an input of it.
func TestWhatLosesDataAndCanBeConfiguredIsGuarded(t *testing.T) {
	for _, tier := range Tiers {
		assert.NotEmpty(t, Table(tier), tier)
		for _, row := range Table(tier) {
			assert.NotEmpty(t, row.Risk, row.Property)
			assert.Contains(t, order, row.Effect)
			if row.Effect == Loses && row.Keys != "" {
				assert.NotEmpty(t, row.Input, "%s: nothing refuses it", row)
			}
		}
	}
}
