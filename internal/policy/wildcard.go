package policy

// Unscoped is an action that an identity policy may allow on the resource "*", because AWS has no narrower one.
type Unscoped struct {
	Action string
	Why    string
	// Condition is the key that narrows the action instead; empty when there is none.
	Condition string
}

// WithoutResource is the whole list. Tests hold every policy of the program against it: an action that is not here names
// its resources.
// https://docs.aws.amazon.com/service-authorization/latest/reference/
var WithoutResource = []Unscoped{
	{"cloudwatch:PutMetricData", "a metric namespace has no ARN", "cloudwatch:namespace"},
	{"logs:DescribeLogGroups", "a listing, which IAM takes for all groups or none", ""},
	{"ssmmessages:CreateControlChannel", "a channel has no ARN; Systems Manager opens it for the caller's own instance", ""},
	{"ssmmessages:CreateDataChannel", "a channel has no ARN; Systems Manager opens it for the caller's own instance", ""},
	{"ssmmessages:OpenControlChannel", "a channel has no ARN; Systems Manager opens it for the caller's own instance", ""},
	{"ssmmessages:OpenDataChannel", "a channel has no ARN; Systems Manager opens it for the caller's own instance", ""},
}
