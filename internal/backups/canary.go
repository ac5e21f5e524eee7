package backups

import "github.com/morpheus-ha/morpheus-aws/internal/alarm"

// CanaryFact counts the hours in which a node has written a canary, by which a restore test recognises what a recovery
// point has. metric counts the canaries that the nodes have written.
func CanaryFact(namespace, metric string) alarm.Fact {
	return alarm.Fact{
		Name: "canary", Aspect: alarm.Errors, Severity: alarm.Ticket,
		Metrics: []alarm.Metric{{
			Namespace: namespace, Name: metric, Statistic: "Sum", Dimensions: map[string]alarm.Dimension{},
		}},
		Comparison: alarm.Below, Threshold: 1, Unit: "canaries", Window: alarm.For(6, 3600),
		Missing: alarm.Breaching, WhyMissing: "no node has written one",
		Meaning: "No node has written the canary for six hours: the next restore test will fail, whatever is restored.",
		Action:  "Read the log stream keep of the nodes for the step that failed.",
		Source:  "https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-validation.html",
	}
}
