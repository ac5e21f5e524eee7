package changes

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCompareSortsTheWorstFirst(t *testing.T) {
	rows := []Row{{Effect: ManualStep}, {Effect: BlueGreen}, {Effect: DataLoss}, {Effect: Restart}, {Effect: Replacement}}
	slices.SortStableFunc(rows, Compare)
	assert.Equal(t, []Row{
		{Effect: DataLoss}, {Effect: Replacement}, {Effect: BlueGreen}, {Effect: Restart}, {Effect: ManualStep},
	}, rows)
}

func TestTheFirstMatchingRowApplies(t *testing.T) {
	down := func(old, wanted any) bool { return wanted.(int) < old.(int) }
	table := Table{
		{Token: "t", Property: "version", Effect: DataLoss, When: down},
		{Token: "t", Property: "version", Effect: Restart},
	}
	for wanted, effect := range map[int]Effect{1: DataLoss, 3: Restart} {
		row, has := table.Of("t", "version", 2, wanted)
		assert.True(t, has)
		assert.Equal(t, effect, row.Effect, "from 2 to %d", wanted)
	}
	assert.True(t, table.Has("t"))
	assert.False(t, table.Has("other"))
}
