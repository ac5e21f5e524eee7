package versions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

func TestAnOlderVersionOfEachEngineIsFound(t *testing.T) {
	for _, c := range []struct {
		old, wanted string
		lowered     bool
	}{
		{old: "8.0.mysql_aurora.3.10.4", wanted: "8.0.mysql_aurora.3.10.3", lowered: true},
		{old: "8.0.mysql_aurora.3.10.4", wanted: "8.0.mysql_aurora.3.9.9", lowered: true},
		{old: "8.0.mysql_aurora.3.9.4", wanted: "8.0.mysql_aurora.3.10.0"},
		{old: "OpenSearch_2.19", wanted: "OpenSearch_2.5", lowered: true},
		{old: "OpenSearch_2.5", wanted: "OpenSearch_2.19"},
		{old: "3.13", wanted: "3.12", lowered: true},
		{old: "3.13.7", wanted: "3.13"},
		{old: "3.13", wanted: "3.13"},
		{old: "", wanted: "3.13"},
		{old: "3.13", wanted: ""},
		{old: "99999999999999999999", wanted: "1"},
	} {
		assert.Equal(t, c.lowered, versions.Lowered(c.old, c.wanted), "from %q to %q", c.old, c.wanted)
	}
}
