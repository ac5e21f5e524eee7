package config

import (
	"fmt"
	"regexp"
)

// Notifications is who is notified of failures and maintenance.
type Notifications struct {
	Emails       []string `json:"emails"`
	FunctionArns []string `json:"functionArns"`
}

var (
	emailAddress = regexp.MustCompile(`^[A-Za-z0-9_%+'&-]+(\.[A-Za-z0-9_%+'&-]+)*@` +
		`([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$`)
	// functionARN has the region, account and name of a function, without a version or alias.
	functionARN = regexp.MustCompile(`^arn:aws[a-z-]*:lambda:([a-z0-9-]+):(\d{12}):function:[A-Za-z0-9_-]{1,64}$`)
)

var notificationsRows = []Row{
	{Key: "notifications.emails", Limit: List{}},
	{
		Key:   "notifications.emails[]",
		Limit: Text{Is: "an address such as oncall@example.com", Pattern: emailAddress},
		Once:  "an address",
	},
	{Key: "notifications.functionArns", Limit: List{}},
	{
		Key:   "notifications.functionArns[]",
		Limit: Text{Is: "the ARN of a Lambda function without a version", Pattern: functionARN},
		Once:  "a function",
	},
}

var notificationsRules = []Rule{{
	Keys:  []string{"notifications.functionArns"},
	Needs: []string{"aws.region", "aws.accountId"},
	Says:  "functions in aws.region and aws.accountId",
	check: (*Config).checkFunctions,
}}

// checkFunctions refuses a function elsewhere: SNS calls one of another region or account only if its owner lets it.
func (c *Config) checkFunctions(p *Problems) {
	for i, arn := range c.Notifications.FunctionArns {
		found := functionARN.FindStringSubmatch(arn)
		if found != nil && (found[1] != c.AWS.Region || found[2] != c.AWS.AccountID) {
			p.Add(fmt.Sprintf("notifications.functionArns[%d]", i), arn, "a function in aws.region and aws.accountId",
				"the stack gives SNS the permission to call it, which only its own account can; elsewhere subscribe it yourself")
		}
	}
}
