package versions

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestAnUpgradeThatCannotBeMadeIsRefusedWithItsReason: each of these would end in an error of AWS halfway, or in a stack
// that cannot go back.
func TestAnUpgradeThatCannotBeMadeIsRefusedWithItsReason(t *testing.T) {
	const aurora = "8.0.mysql_aurora."
	for _, c := range []struct {
		name     string
		engine   Engine
		from, to string
		targets  []string
		says     string // empty when it is accepted
	}{
		{name: "a patch", engine: Aurora, from: aurora + "3.10.4", to: aurora + "3.10.5", targets: []string{aurora + "3.10.5"}},
		{name: "a broker's patch number", engine: RabbitMQ, from: "3.13.7", to: "3.13"},
		{name: "the next minor version", engine: RabbitMQ, from: "3.12.13", to: "3.13"},
		{name: "nothing to do", engine: OpenSearch, from: "OpenSearch_2.19", to: "OpenSearch_2.19", targets: []string{}},
		{
			name: "downgrade of the database", engine: Aurora, from: aurora + "3.12.1", to: aurora + "3.10.4",
			says: "is a downgrade, which AWS refuses: restore a snapshot",
		},
		{
			name: "downgrade of the domain", engine: OpenSearch, from: "OpenSearch_2.19", to: "OpenSearch_2.17",
			says: "is a downgrade",
		},
		{
			name: "skipped step", engine: RabbitMQ, from: "3.11.28", to: "3.13",
			says: "3.11.28 -> 3.13 skips 3.12: RabbitMQ is upgraded by one minor version at a time",
		},
		{
			name: "out of the vendor's range", engine: RabbitMQ, from: "3.13.7", to: "4.2",
			says: "4.2 is refused: Morpheus 8.0 supports RabbitMQ 3.5-3.13",
		},
		{
			name: "retired", engine: Aurora, from: aurora + "3.10.4", to: aurora + "3.11.1",
			says: "its support has ended",
		},
		{
			name: "unknown", engine: OpenSearch, from: "OpenSearch_2.19", to: "OpenSearch_9.9",
			says: "the version table does not have it; it has OpenSearch_2.19",
		},
		{
			name: "no path", engine: Aurora, from: aurora + "3.10.4", to: aurora + "3.12.1", targets: []string{aurora + "3.10.5"},
			says: "has no path: AWS offers it " + aurora + "3.10.5",
		},
		{
			name: "no path at all", engine: OpenSearch, from: "OpenSearch_2.5", to: "OpenSearch_2.19", targets: []string{},
			says: "AWS offers it no version at all",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Step(c.engine, c.from, c.to, c.targets, today)
			if c.says == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, c.says)
			}
		})
	}
}
