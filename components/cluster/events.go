package cluster

import "github.com/morpheus-ha/morpheus-aws/internal/alarm"

const (
	groupEventsPage   = "https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-event-reference.html"
	refreshEventsPage = "https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-eventbridge-events.html"
)

// events of the scaling group and its instances. AWS has no event for a lifecycle hook that nobody answers: it ends the
// instance, which the group reports as a launch or a termination that failed.
func events() []alarm.Event {
	ofGroup := func(types ...string) []alarm.Field {
		return append(alarm.From("aws.autoscaling", types...), alarm.About("detail.AutoScalingGroupName", alarm.GroupRole))
	}
	return []alarm.Event{
		{
			Name: "launch-failed", Severity: alarm.Ticket, Essential: true,
			Fields: ofGroup("EC2 Instance Launch Unsuccessful", "EC2 Instance Terminate Unsuccessful"),
			Meaning: "A node could not be launched or terminated, or its boot was abandoned. The group tries again; " +
				"cluster-too-few-nodes pages if that does not help.",
			Action: "Read the reason in the message: no capacity of the type, a quota, a key that may not be used, or a " +
				"\"Lifecycle Action\" that was abandoned, which is a failed boot: docs/nodes.md, \"When a boot fails\".",
			Source: groupEventsPage,
		},
		{
			Name: "refresh-failed", Severity: alarm.Ticket, Essential: true,
			Fields: ofGroup("EC2 Auto Scaling Instance Refresh Failed", "EC2 Auto Scaling Instance Refresh Cancelled",
				"EC2 Auto Scaling Instance Refresh Rollback Started", "EC2 Auto Scaling Instance Refresh Rollback Succeeded",
				"EC2 Auto Scaling Instance Refresh Rollback Failed"),
			Meaning: "A rollout to the nodes has failed, was cancelled or is rolled back: some nodes have the former version.",
			Action: "`aws autoscaling describe-instance-refreshes` says why. Read the report of the failed boot " +
				"(docs/nodes.md, \"When a boot fails\"), repair the cause and run `pulumi up` again.",
			Source: refreshEventsPage,
		},
		alarm.Health("the nodes", "EC2", "EBS", "AUTOSCALING"),
	}
}
