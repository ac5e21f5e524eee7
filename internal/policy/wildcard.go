package policy

// Unscoped is an action that an identity policy may allow on the resource "*", because AWS does not support a more
// specific one.
type Unscoped struct {
	Action string
	Why    string
	// Condition is the condition key that restricts the action instead; empty if there is none.
	Condition string
}

const noChannelARN = "a channel has no ARN; Systems Manager opens it for the caller's own instance"

// WithoutResource are all such actions. Tests compare every policy of the program with the list: an action that is
// not in it names its resources.
// https://docs.aws.amazon.com/service-authorization/latest/reference/
var WithoutResource = []Unscoped{
	{Action: "cloudwatch:PutMetricData", Why: "a metric namespace has no ARN", Condition: "cloudwatch:namespace"},
	{Action: "logs:DescribeLogGroups", Why: "a listing, which IAM allows for all groups or none"},
	{Action: "ssmmessages:CreateControlChannel", Why: noChannelARN},
	{Action: "ssmmessages:CreateDataChannel", Why: noChannelARN},
	{Action: "ssmmessages:OpenControlChannel", Why: noChannelARN},
	{Action: "ssmmessages:OpenDataChannel", Why: noChannelARN},
}
