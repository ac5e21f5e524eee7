package components_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/changes"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

func TestEveryTierThatMayBeReplacedHasATable(t *testing.T) {
	assert.ElementsMatch(t, config.Replaceable, slices.Collect(maps.Keys(components.Changes)))
}

// A tier refuses what loses its data. Whatever the configuration can change must therefore be an input of the tier.
func TestEveryConfigurableDataLossHasAnInput(t *testing.T) {
	for tier, table := range components.Changes {
		assert.NotEmpty(t, table, tier)
		for _, row := range table {
			assert.NotEmpty(t, row.Risk, row.Property)
			assert.Contains(t, awstoken.All, row.Token, "%s", row)
			if row.NeedsPermission() && row.Keys != "" {
				assert.NotEmpty(t, row.Input, "%s: nothing refuses it", row)
			}
		}
	}
}

func TestTheTablesFindTheRowOfAChange(t *testing.T) {
	for name, c := range map[string]struct {
		tier, token, property string
		old, wanted           any
		want                  changes.Effect // empty for a change without an effect
	}{
		"a property": {
			tier: "filesystem", token: awstoken.EFSFileSystem, property: "performanceMode", old: "a", wanted: "b",
			want: changes.DataLoss,
		},
		"a change in place": {
			tier: "filesystem", token: awstoken.EFSFileSystem, property: "throughputMode", old: "a", wanted: "b",
		},
		"a property of another type": {
			tier: "filesystem", token: awstoken.EFSMountTarget, property: "performanceMode", old: "a", wanted: "b",
		},
		"a type of another tier": {
			tier: "search", token: awstoken.EFSFileSystem, property: "performanceMode", old: "a", wanted: "b",
		},
		"a field of a block": {
			tier: "filesystem", token: awstoken.EFSReplication, property: "destination.region", old: "a", wanted: "b",
			want: changes.Replacement,
		},
		"a block with such fields": {
			tier: "messaging", token: awstoken.MQBroker, property: "encryptionOptions", want: changes.DataLoss,
		},
		"an element of a list": {
			tier: "messaging", token: awstoken.MQBroker, property: "subnetIds[0]", old: "a", wanted: "b",
			want: changes.DataLoss,
		},
		"a property whose name begins alike": {
			tier: "search", token: awstoken.OpenSearchDomain, property: "vpcOptions.subnetIdsOfOthers", old: "a", wanted: "b",
		},
		"an upgrade": {
			tier: "search", token: awstoken.OpenSearchDomain, property: "engineVersion",
			old: "OpenSearch_2.9", wanted: "OpenSearch_2.19", want: changes.BlueGreen,
		},
		"a downgrade": {
			tier: "search", token: awstoken.OpenSearchDomain, property: "engineVersion",
			old: "OpenSearch_2.19", wanted: "OpenSearch_2.9", want: changes.DataLoss,
		},
		"a larger volume": {
			tier: "search", token: awstoken.OpenSearchDomain, property: "ebsOptions.volumeSize", old: 100.0, wanted: 150.0,
		},
		"a smaller volume": {
			tier: "search", token: awstoken.OpenSearchDomain, property: "ebsOptions.volumeSize", old: 100.0, wanted: 50,
			want: changes.BlueGreen,
		},
	} {
		t.Run(name, func(t *testing.T) {
			row, has := components.Changes[c.tier].Of(c.token, c.property, c.old, c.wanted)
			assert.Equal(t, c.want != "", has)
			assert.Equal(t, c.want, row.Effect)
		})
	}
}
