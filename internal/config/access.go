package config

import "regexp"

// Access limits the roles that the program makes.
type Access struct {
	PermissionsBoundary string `json:"permissionsBoundary"`
}

// policyARN has the account as its group; it is "aws" for the policies that AWS owns.
var policyARN = regexp.MustCompile(`^arn:aws[a-z-]*:iam::(\d{12}|aws):policy/` +
	`(?:[\x21-\x7e]{1,510}/)?[\w+=,.@-]{1,128}$`)

var accessRows = []Row{
	{
		Key:   "access.permissionsBoundary",
		Limit: Text{Is: "the ARN of an IAM policy", Pattern: policyARN},
		Empty: "for none",
	},
}

var accessRules = []Rule{
	{
		Keys:  []string{"access.permissionsBoundary"},
		Needs: []string{"aws.accountId"},
		Says:  "of the stack's account or of AWS",
		check: (*Config).checkBoundary,
	},
}

func (c *Config) checkBoundary(p *Problems) {
	arn := c.Access.PermissionsBoundary
	m := policyARN.FindStringSubmatch(arn)
	if m == nil || m[1] == "aws" || m[1] == c.AWS.AccountID { // what is no ARN is refused by its row
		return
	}
	p.Add("access.permissionsBoundary", arn, "a policy of account "+c.AWS.AccountID+" or of AWS",
		"IAM takes a boundary of its own account only")
}

// ServiceLinkedRoles says whether the stack creates the roles that AWS services use.
type ServiceLinkedRoles struct {
	AutoScaling string `json:"autoscaling"`
	OpenSearch  string `json:"opensearch"`
}

// Values of the keys below serviceLinkedRoles.
const (
	RoleCreate   = "create"
	RoleExisting = "existing"
)

const whyRoleOnce = "an account has each of these roles once, and creating it twice fails"

var serviceLinkedRolesRows = []Row{
	{
		Key:   "serviceLinkedRoles.autoscaling",
		Limit: Choice{Values: []string{RoleCreate, RoleExisting}},
		Why:   whyRoleOnce,
	},
	{
		Key:   "serviceLinkedRoles.opensearch",
		Limit: Choice{Values: []string{RoleCreate, RoleExisting}},
		Why:   whyRoleOnce,
	},
}
