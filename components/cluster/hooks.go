package cluster

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// LaunchHook and DrainHook are the fixed names by which a node tells the group that it serves, and that it has stopped.
const (
	LaunchHook = boot.LaunchHook
	DrainHook  = boot.TerminateHook
)

// drainSeconds is how long a leaving node may take to stop; the vendor's graceful stop waits for running work.
const drainSeconds = 900

// hook is one moment at which the group waits for a node.
type hook struct {
	name       string
	transition string
	// seconds without a word from the node until the result counts.
	seconds int
	result  string
}

func (a *Args) hooks() []hook {
	return []hook{
		// A node that never says that it serves is ended, and its reason is in the log group.
		{LaunchHook, "autoscaling:EC2_INSTANCE_LAUNCHING", a.BootTimeoutMinutes * 60, "ABANDON"},
		// A node that dies while it stops goes anyway.
		{DrainHook, "autoscaling:EC2_INSTANCE_TERMINATING", drainSeconds, "CONTINUE"},
	}
}

// initialHooks exist with the group: hooks that are added after it would miss its first nodes.
func (a *Args) initialHooks() autoscaling.GroupInitialLifecycleHookArray {
	var out autoscaling.GroupInitialLifecycleHookArray
	for _, h := range a.hooks() {
		out = append(out, autoscaling.GroupInitialLifecycleHookArgs{
			Name:                pulumi.String(h.name),
			LifecycleTransition: pulumi.String(h.transition),
			HeartbeatTimeout:    pulumi.Int(h.seconds),
			DefaultResult:       pulumi.String(h.result),
		})
	}
	return out
}

// makeHooks puts the same hooks again as resources of their own. They change in place, while a change of the initial ones
// would replace the group and every node with it. AWS keeps one hook of a name, so there are still two.
func (c *Cluster) makeHooks(ctx *pulumi.Context, name string, args *Args, group *autoscaling.Group) error {
	for _, h := range args.hooks() {
		_, err := autoscaling.NewLifecycleHook(ctx, naming.Child(name, "hook", h.name), &autoscaling.LifecycleHookArgs{
			Name:                 pulumi.String(h.name),
			AutoscalingGroupName: group.Name,
			LifecycleTransition:  pulumi.String(h.transition),
			HeartbeatTimeout:     pulumi.Int(h.seconds),
			DefaultResult:        pulumi.String(h.result),
			// A destroy would take the hooks first, and cut the nodes off in their work: they go with the group.
		}, pulumi.Parent(c), pulumi.DeletedWith(group))
		if err != nil {
			return fmt.Errorf("create the %s hook: %w", h.name, err)
		}
	}
	return nil
}
