package filesystem

import "github.com/morpheus-ha/morpheus-aws/internal/alarm"

var filters = []alarm.Filter{
	// The words of mount.nfs4, in the log of the boot and, after a reboot, in the system's log.
	{Name: "filesystem-mounts-denied", Group: alarm.Of(alarm.NodeLogsRole), Pattern: `"access denied by server while mounting"`},
}

func deniedFact(metricNamespace string) alarm.Fact {
	return alarm.Fact{
		Name: "mount-denied", Aspect: alarm.Errors, Severity: alarm.Ticket,
		Metrics:    alarm.Logged(metricNamespace, filters[0].Name),
		Comparison: alarm.Above, Threshold: 0, Unit: "refused mounts in five minutes", Window: alarm.For(1, 300),
		Missing: alarm.NotBreaching, WhyMissing: "no node logs anything",
		Meaning: "EFS refuses a node: its policy does not allow the node role, or the mount has no TLS. No new node serves.",
		Action: "Compare the policy of the file system (`aws efs describe-file-system-policy`) with `pulumi preview`, and look " +
			"whether somebody changed the node role.",
		Source: "https://docs.aws.amazon.com/efs/latest/ug/troubleshooting-efs-mounting.html",
	}
}
