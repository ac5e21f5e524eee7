package cluster

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// LaunchHook and DrainHook are the fixed names of the hooks with which a node reports that it serves, and that it
// stopped.
const (
	LaunchHook = boot.LaunchHook
	DrainHook  = boot.TerminateHook
)

// drainSeconds is how long a node that is terminated may take to stop: the vendor's graceful stop waits for running
// work.
const drainSeconds = 900

// hook is a transition of a node at which the group waits for it.
type hook struct {
	name       string
	transition string
	// seconds without a heartbeat of the node until the result applies.
	seconds int
	result  string
}

func (a *Args) lifecycleHooks() []hook {
	return []hook{
		// A node that never reports that it serves is terminated; the log group has the reason.
		{
			name: LaunchHook, transition: "autoscaling:EC2_INSTANCE_LAUNCHING",
			seconds: a.Settings.BootTimeoutMinutes * 60, result: "ABANDON",
		},
		// A node that fails while it stops is terminated anyway.
		{
			name: DrainHook, transition: "autoscaling:EC2_INSTANCE_TERMINATING",
			seconds: drainSeconds, result: "CONTINUE",
		},
	}
}

// initialHooks are created with the group: hooks that are added later would miss its first nodes.
func (a *Args) initialHooks() autoscaling.GroupInitialLifecycleHookArray {
	var out autoscaling.GroupInitialLifecycleHookArray
	for _, h := range a.lifecycleHooks() {
		out = append(out, autoscaling.GroupInitialLifecycleHookArgs{
			Name:                pulumi.String(h.name),
			LifecycleTransition: pulumi.String(h.transition),
			HeartbeatTimeout:    pulumi.Int(h.seconds),
			DefaultResult:       pulumi.String(h.result),
		})
	}
	return out
}

// hooks has the same hooks as separate resources, which change in place: a change of the initial hooks would replace
// the group and every node. AWS has one hook of each name, so there are still two.
func (c *Cluster) hooks(ctx *pulumi.Context, name string, args *Args, group *autoscaling.Group) error {
	for _, h := range args.lifecycleHooks() {
		_, err := autoscaling.NewLifecycleHook(ctx, naming.Child(name, "hook", h.name), &autoscaling.LifecycleHookArgs{
			Name:                 pulumi.String(h.name),
			AutoscalingGroupName: group.Name,
			LifecycleTransition:  pulumi.String(h.transition),
			HeartbeatTimeout:     pulumi.Int(h.seconds),
			DefaultResult:        pulumi.String(h.result),
			// A destroy would delete the hooks first and stop the nodes without a drain, so the group's deletion covers them.
		}, pulumi.Parent(c), pulumi.DeletedWith(group))
		if err != nil {
			return fmt.Errorf("create the %s hook: %w", h.name, err)
		}
	}
	return nil
}
