package cluster

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
)

func TestTheNoticeOfARolloutSaysWhetherAnybodyIsServed(t *testing.T) {
	assert.Contains(t, notice("cluster", "every node", false), "replaces every node, one after the other, and does not wait")
	assert.Contains(t, notice("cluster", "every node", true), "all at the same time, so that nobody is served meanwhile")
}

func TestOnlyAChangeThatReplacesNodesIsNoticed(t *testing.T) {
	old := resource.PropertyMap{"maxSize": resource.NewProperty(6.0), "mixedInstancesPolicy": resource.NewProperty("a")}
	for change, want := range map[resource.PropertyKey]string{
		"maxSize": "", "mixedInstancesPolicy": "every node",
		"tags": "the nodes that do not have the group's launch template",
	} {
		wanted := old.Copy()
		wanted[change] = resource.NewProperty("another")
		assert.Equal(t, want, rolledOut(old, wanted), "%s", change)
	}
}
