package awstypes

import (
	"slices"
	"strings"
)

// Permissions are the IAM actions that a deployment needs for one resource type or look-up.
type Permissions struct {
	// Read are the actions of a preview and a refresh, Write those that create, change and delete: the provider's
	// calls.
	Read, Write []string
	// Dependent are actions that the services require of their caller besides. No call shows them. The service
	// authorization reference calls them dependent actions.
	Dependent []string
	// NeverCalled are calls that the provider's code has for the type and that this program never causes.
	NeverCalled []NeverCalled
}

// NeverCalled are actions that the program never causes, and which input is missing for them.
type NeverCalled struct {
	Actions []string
	Because string
}

// Updates are all actions that an update needs beyond those of a preview.
func (p *Permissions) Updates() []string { return slices.Concat(p.Write, p.Dependent) }

// actions reads lists such as "ec2: CreateVpc DeleteVpc", each of one service.
func actions(lists ...string) []string {
	var out []string
	for _, list := range lists {
		service, names, _ := strings.Cut(list, ":")
		for _, name := range strings.Fields(names) {
			out = append(out, service+":"+name)
		}
	}
	return out
}

// LookUp is the record of a function of the provider that reads from the account.
type LookUp struct {
	// Token is Pulumi's name of the function, such as aws:ec2/getVpc:getVpc.
	Token string
	// Source is the file of the look-up below internal/service of terraform-provider-aws, without ".go".
	Source string
	// Permissions are nil for a look-up that the program does not make.
	Permissions *Permissions
	// Answer reads the account.
	Answer func(c *Call) (Values, error)
}

var lookUps = slices.Concat(ec2LookUps, iamLookUps, kmsLookUps, partitionLookUps, route53LookUps, ssmLookUps)

// LookUps returns the records of all look-ups.
func LookUps() []LookUp { return slices.Clone(lookUps) }
