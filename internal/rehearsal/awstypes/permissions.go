package awstypes

import (
	"slices"
	"strings"
)

// Permissions are the IAM actions that a deployment needs for one resource type or look-up.
type Permissions struct {
	// Read are the provider's calls in a preview and a refresh. Write are its calls that create, change and delete.
	Read, Write []string
	// Dependent are additional actions that a service requires of the caller, without a call of the provider. The
	// service authorization reference calls them dependent actions.
	Dependent []string
	// NeverCalled are calls in the provider's code for the type that this program never causes.
	NeverCalled []NeverCalled
}

// NeverCalled are actions that the program never causes, with the reason.
type NeverCalled struct {
	Actions []string
	Because string
}

// Updates returns all actions that an update needs in addition to those of a preview.
func (p *Permissions) Updates() []string { return slices.Concat(p.Write, p.Dependent) }

// actions parses lists such as "ec2: CreateVpc DeleteVpc", each for one service.
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
	// Permissions is nil for a look-up that the program does not use.
	Permissions *Permissions
	// Answer returns the result from the account.
	Answer func(c *Call) (Values, error)
}

var lookUps = slices.Concat(autoscalingLookUps, ec2LookUps, iamLookUps, kmsLookUps, partitionLookUps, route53LookUps,
	ssmLookUps)

// LookUps returns the records of all look-ups.
func LookUps() []LookUp { return slices.Clone(lookUps) }
