package cluster

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// refresh replaces the nodes when the launch template or the instance types change. `pulumi up` starts it and does
// not wait for it.
//
// AutoRollback stays off: AWS rolls back to what the group had when the refresh began, and the provider sets the new
// launch template of the group just before (https://github.com/hashicorp/terraform-provider-aws/issues/34189), so it
// would replace failed nodes by the same nodes, for ever. To roll back, run `pulumi up` with the earlier program or
// configuration.
func refresh(args *Args, rolloutAlarm *cloudwatch.MetricAlarm) autoscaling.GroupInstanceRefreshArgs {
	preferences := autoscaling.GroupInstanceRefreshPreferencesArgs{
		MinHealthyPercentage: pulumi.Int(minHealthyPercent),
		MaxHealthyPercentage: pulumi.Int(refreshMaxHealthyPercent),
		// An update cancels a running refresh; the next one skips nodes that are replaced already.
		SkipMatching: pulumi.Bool(true),
	}
	if args.StopAll {
		preferences.MinHealthyPercentage, preferences.MaxHealthyPercentage = pulumi.Int(0), pulumi.Int(100)
	}
	// While every node is stopped on purpose, the alarm would stop the rollout.
	if args.Settings.RolloutGuard && !args.StopAll {
		preferences.AlarmSpecification = autoscaling.GroupInstanceRefreshPreferencesAlarmSpecificationArgs{
			Alarms: pulumi.StringArray{rolloutAlarm.Name},
		}
	}
	return autoscaling.GroupInstanceRefreshArgs{
		Strategy: pulumi.String("Rolling"), Preferences: preferences,
		// In the words of the provider: another number in rolloutTag starts a refresh.
		Triggers: pulumi.StringArray{pulumi.String("tag")},
	}
}

// rolloutTag is on the group alone. When an update fails to start its refresh, the group has the new template already,
// and no later update sees a change: another number then starts the refresh.
func rolloutTag(number int) autoscaling.GroupTagArgs {
	return autoscaling.GroupTagArgs{
		Key: pulumi.String("morpheus:rollout"), Value: pulumi.String(strconv.Itoa(number)),
		PropagateAtLaunch: pulumi.Bool(false),
	}
}

// rolloutNotice returns a hook that says in the preview, and in the update, that nodes will be replaced: a plan shows
// only that the group is updated. The SDK's mocks have no hooks.
func rolloutNotice(ctx *pulumi.Context, name string, stopAll bool) (pulumi.ResourceOption, error) {
	if ctx.RunningWithMocks() {
		return pulumi.Composite(), nil
	}
	hook, err := ctx.RegisterResourceHook(name+"-rollout-notice", func(args *pulumi.ResourceHookArgs) error {
		if what := rolledOut(args.OldInputs, args.NewInputs); what != "" {
			return ctx.Log.Warn(notice(name, what, stopAll), nil)
		}
		return nil
	}, &pulumi.ResourceHookOptions{OnDryRun: true})
	if err != nil {
		return nil, fmt.Errorf("notice of a rollout: %w", err)
	}
	return pulumi.ResourceHooks(&pulumi.ResourceHookBinding{BeforeUpdate: []*pulumi.ResourceHook{hook}}), nil
}

func notice(name, what string, stopAll bool) string {
	order := "one after the other"
	if stopAll {
		order = "all at the same time, so that nobody is served meanwhile"
	}
	return fmt.Sprintf("%s: this update replaces %s, %s, and does not wait for it (docs/nodes.md#wait-for-a-rollout)",
		name, what, order)
}

// rolledOut says which nodes an update of the group replaces; empty for none.
func rolledOut(old, wanted resource.PropertyMap) string {
	changed := func(property resource.PropertyKey) bool { return !old[property].DeepEquals(wanted[property]) }
	switch {
	case changed("mixedInstancesPolicy"):
		return "every node"
	case changed("tags"):
		return "the nodes that do not have the group's launch template"
	}
	return ""
}
