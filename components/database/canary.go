package database

import "github.com/morpheus-ha/morpheus-aws/internal/alarm"

// canaryFact counts the hours in which a node has written the canary, by which a restore test recognises the rows of a recovery point.
func canaryFact(metricNamespace string) alarm.Fact {
	return alarm.Fact{
		Name: "canary", Aspect: alarm.Errors, Severity: alarm.Ticket,
		Metrics: []alarm.Metric{{
			Namespace: metricNamespace, Name: "CanaryRowsWritten", Statistic: "Sum", Dimensions: map[string]alarm.Dimension{},
		}},
		Comparison: alarm.Below, Threshold: 1, Unit: "canaries", Window: alarm.For(6, 3600),
		Missing: alarm.Breaching, WhyMissing: "no node has written one",
		Meaning: "No node has written the canary for six hours: the next restore test will fail, whatever is restored.",
		Action:  "Read the log stream keep of the nodes for the step that failed.",
		Source:  "https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-validation.html",
	}
}
