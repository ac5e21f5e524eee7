package cluster

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

// A draining node sends no heartbeat.
func TestTheDrainEndsBeforeItsHookDoes(t *testing.T) {
	assert.Greater(t, drainSeconds, boot.DrainSeconds, "the group would terminate the node while it still drains")
}
