package config

import (
	"regexp"
	"strings"
)

// AWS is the account and region of the stack.
type AWS struct {
	Region    string `json:"region"`
	AccountID string `json:"accountId"`
}

var (
	// region has the parts that AWS's names are made of. Which regions an account may use, AWS says.
	region = regexp.MustCompile(`^(af|ap|ca|cn|eu|eu-isoe|eusc-de|il|me|mx|sa|us|us-gov|us-iso|us-isob|us-isof)` +
		`-(central|(north|south)?(east|west)|north|south)-\d$`)
	accountID = regexp.MustCompile(`^\d{12}$`)
)

var awsRows = []Row{
	{
		Key:   "aws.region",
		Limit: Text{Is: "the name of a region such as us-east-1", Pattern: region},
	},
	{
		Key:   "aws.accountId",
		Limit: Text{Is: "twelve digits (quote it when it begins with 0)", Pattern: accountID, Digits: true},
		Why:   "the provider refuses to touch any other account",
	},
}

// partitions are the beginnings of the region names that are apart from all others.
var partitions = []string{"cn-", "us-gov-", "us-iso-", "us-isob-", "us-isof-", "eu-isoe-", "eusc-"}

// partitionPrefix is what the region names of a partition begin with; empty for AWS's commercial regions.
func partitionPrefix(region string) string {
	for _, prefix := range partitions {
		if strings.HasPrefix(region, prefix) {
			return prefix
		}
	}
	return ""
}

// arnRule is a reference to something of AWS that must be in the stack's own region and account.
type arnRule struct {
	key, arn string
	// pattern has the region and the account as its groups.
	pattern *regexp.Regexp
	// what it is, with an article; why it must be there.
	what, why string
}

// checkPlace refuses an ARN of another region or account. A text that is no ARN is refused by its row.
func (c *Config) checkPlace(p *Problems, r arnRule) {
	m := r.pattern.FindStringSubmatch(r.arn)
	if m == nil || m[1] == c.AWS.Region && m[2] == c.AWS.AccountID {
		return
	}
	p.Add(r.key, r.arn, r.what+" in "+c.AWS.Region+" of account "+c.AWS.AccountID, r.why)
}
