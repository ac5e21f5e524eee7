package alarm

// Query is a saved query of CloudWatch Logs Insights: an answer that a runbook asks for.
type Query struct {
	// Name within the stack, such as "failed-boots". The console shows it below the stack's folder.
	Name string
	// Question that it answers.
	Question string
	// Groups are the names of the log groups, outputs of a tier.
	Groups []Dimension
	// Text of the query, one command a line.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
	Text string
}
