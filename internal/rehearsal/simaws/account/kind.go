package account

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is one resource type: how AWS names it, what it refers to, how long it takes, and what its service refuses.
type Kind struct {
	Token string
	// Global is true for services without regions (IAM, Route 53).
	Global bool
	// ID and ARN are patterns. {hex8} and {hex17} are new hexadecimal digits, {id}, {region}, {account}, {partition}, {suffix}
	// (of DNS names) what they say, and {name}, or any other property, its value. The ARN may be empty.
	ID  string
	ARN string
	// Unique is a property that no two resources of the kind may share in a region, or among those that share the
	// property Within, when that is given.
	Unique, Within string
	// Refs are the properties that name other resources.
	Refs []Ref
	// Took is how long AWS takes, in real seconds.
	Took Took
	// Outputs adds to c.State what AWS computes beside id, arn and the provider's defaults.
	Outputs func(c *Call)
	// Rules are what the service refuses in a create or update.
	Rules []Rule
	// OnDelete refuses a delete, or notes what is kept after it.
	OnDelete func(c *Call) error
}

// Took is how long create, update and delete take, in seconds, as seen in AWS (rounded).
type Took struct{ Create, Update, Delete int }

// Ref is a property whose values name resources that must exist.
type Ref struct {
	// Path of the property: "vpcId", "subnetIds[]", "vpcOptions.subnetIds[]".
	Path string
	// To lists the kinds that it may name, and By the property of them that it holds ("id", "arn", "name").
	To []string
	By string
	// NotFound is the error code of AWS when it does not exist.
	NotFound string
	// Holds is true when AWS refuses to delete the named resource while this one exists.
	Holds bool
}

// Rule is one thing that a service refuses.
type Rule struct {
	Name   string
	Source string
	Check  func(c *Call) error
}

var kinds = map[string]*Kind{}

func register(list ...Kind) {
	for i := range list {
		if _, twice := kinds[list[i].Token]; twice {
			panic("registered twice: " + list[i].Token)
		}
		kinds[list[i].Token] = &list[i]
	}
}

func kindOf(token string) (*Kind, error) {
	if kind, ok := kinds[token]; ok {
		return kind, nil
	}
	return nil, fmt.Errorf("the simulated AWS does not model %s; nothing is accepted by silence", token)
}

// Known says whether the account models a resource type.
func Known(token string) bool { return kinds[token] != nil }

// Rules lists every rule by kind, for the documentation and for the test that each one is exercised.
func Rules() map[string][]Rule {
	out := map[string][]Rule{}
	for token, kind := range kinds {
		if len(kind.Rules) > 0 {
			out[token] = slices.Clone(kind.Rules)
		}
	}
	return out
}

// expand fills a pattern in.
func (c *Call) expand(pattern string) string {
	var out strings.Builder
	for {
		before, rest, open := strings.Cut(pattern, "{")
		out.WriteString(before)
		if !open {
			return out.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		out.WriteString(c.placeholder(name))
		pattern = after
	}
}

func (c *Call) placeholder(name string) string {
	switch name {
	case "id":
		return c.self.ID
	case "region":
		return c.Region
	case "account":
		return c.Account.ID
	case "suffix":
		return c.Account.DNSSuffix()
	case "partition":
		return c.Account.Partition
	case "hex8":
		return c.Account.hex(8)
	case "hex16":
		return c.Account.hex(16)
	case "hex17":
		return c.Account.hex(17)
	case "hex32":
		return c.Account.hex(32)
	case "uuid":
		h := c.Account.hex(32)
		return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:32]}, "-")
	case "suffix6":
		return c.Account.hex(6)
	default:
		return c.Text(name)
	}
}
