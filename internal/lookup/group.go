package lookup

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/cluster"
)

// Group returns the sizes that a scaling group has now, which scaling and schedules change; nil if there is no group.
func Group(ctx *pulumi.Context, name string, in pulumi.InvokeOption) (*cluster.Live, error) {
	group, err := autoscaling.LookupGroup(ctx, &autoscaling.LookupGroupArgs{Name: name}, in)
	switch {
	case err != nil && strings.Contains(err.Error(), "couldn't find resource"):
		return nil, nil //nolint:nilnil // no group is not an error: somebody has deleted it
	case err != nil:
		return nil, fmt.Errorf("look up the scaling group %s: %w", name, err)
	}
	return &cluster.Live{MinSize: group.MinSize, MaxSize: group.MaxSize, DesiredCapacity: group.DesiredCapacity}, nil
}
