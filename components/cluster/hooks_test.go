package cluster

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

// Once the hook has taken the node's last heartbeat, nobody sends another.
func TestTheDrainEndsBeforeItsHookDoes(t *testing.T) {
	assert.Greater(t, drainSeconds, boot.DrainSeconds, "the group would end the node while it still works")
}
