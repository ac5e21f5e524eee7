package alarm

// Filter makes a metric of a log group: CloudWatch counts the events that match a pattern. The metric has no dimensions.
type Filter struct {
	// Name within the tier, and of the metric.
	Name string
	// Group is the log group's name, an output of a tier.
	Group Dimension
	// Pattern of CloudWatch Logs: all words must be in the event, in this case; words in quotes stay together.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
	Pattern string
}

// LogNamespace returns the namespace of the metrics of log groups. It is not that in which nodes may put metrics.
func LogNamespace(metricNamespace string) string { return metricNamespace + "/logs" }

// Logged returns the only metric of an alarm on a filter: how many events match in a period.
func Logged(metricNamespace, filter string) []Metric {
	return []Metric{{Namespace: LogNamespace(metricNamespace), Name: filter, Statistic: "Sum"}}
}
