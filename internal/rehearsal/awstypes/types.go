// Package awstypes has one record for each AWS resource type that the proof knows. A record holds everything about its
// type: how the simulated AWS treats it, what the provider's code checks, which IAM actions a deployment needs, how an
// inventory lists it, and an example. The records stand in one file for each AWS service.
//
// To add a resource type, add its token to package awstoken and its record to the file of its service. Tests name what
// is missing.
package awstypes

import (
	"fmt"
	"slices"
	"strings"
)

// docs is where AWS documents its services.
const docs = "https://docs.aws.amazon.com/"

// Type is the record of one resource type.
type Type struct {
	// Token is Pulumi's name of the type, such as aws:ec2/vpc:Vpc.
	Token string
	// Simulation is how the simulated AWS creates, changes and deletes a resource.
	Simulation Simulation
	// Provider is what the provider's code does beyond its schema, which package contract has.
	Provider Provider
	// Permissions are the IAM actions that a deployment needs. They are nil for a type that the program refers to and
	// never creates.
	Permissions *Permissions
	// Listing finds the resources that a destroy left behind. It is nil when NotListed says why none can be left.
	Listing   *Listing
	NotListed string
	// Example is a request that AWS accepts in the test account of package awstypes. "${name.property}" is a property
	// of a resource in that account. Each type that the program creates has an example.
	Example Values
}

// Values are the plain properties of a resource, as JSON has them: string, float64, bool, []any, map[string]any.
type Values = map[string]any

// Simulation is how the simulated AWS treats a resource type.
type Simulation struct {
	// Global is true for services without regions (IAM, Route 53).
	Global bool
	// ID and ARN are patterns. {hex8}, {hex16}, {hex17}, {hex32}, {suffix6} and {uuid} are new hexadecimal digits.
	// {id}, {region}, {account}, {partition} and {suffix} (of DNS names) are what they say. Any other name in braces
	// is the value of that property. The ARN may be empty.
	ID  string
	ARN string
	// Unique is a property that no two resources of the type may share in a region. With UniqueWithin, no two
	// resources that have the same value of that property may share it.
	Unique, UniqueWithin string
	// References are the properties that name other resources.
	References []Reference
	// Duration is how long AWS takes.
	Duration Duration
	// Outputs adds to c.State what AWS computes beside id, arn and the provider's defaults. It runs in updates too,
	// and must give the same values again: use once, fill and digitsOnce.
	Outputs func(c *Call)
	// Rules are what the service refuses in a create or update.
	Rules []Rule
	// OnDelete refuses a delete, or notes what AWS keeps after it.
	OnDelete func(c *Call) error
}

// Duration is how long a create, update and delete take in AWS, in seconds, as measured (rounded).
type Duration struct{ Create, Update, Delete int }

// Reference is a property whose values name resources that must exist.
type Reference struct {
	// Path of the property: "vpcId", "subnetIds[]", "vpcOptions.subnetIds[]".
	Path string
	// To lists the types of the named resource. By is its property that the reference holds: "id", "arn" or "name".
	To []string
	By string
	// NotFound is the error of AWS when the named resource does not exist.
	NotFound string
	// BlocksDelete is true when AWS refuses to delete the named resource while this one exists.
	BlocksDelete bool
}

// Rule is one thing that a service refuses.
type Rule struct {
	Name string
	// Refuses describes, for the README of the simulated AWS, which requests the rule refuses.
	Refuses string
	// AWS is how AWS itself reacts to such a request.
	AWS Reaction
	// Source is the page that states the rule.
	Source string
	Check  func(c *Call) error
}

// Reaction of AWS to a request that a rule refuses.
type Reaction string

// The reactions: AWS answers with an error; or it accepts the request and the stack is broken, weak or not highly
// available; or one or the other, depending on the request.
const (
	Error        Reaction = "error"
	Quiet        Reaction = "quiet"
	ErrorOrQuiet Reaction = "error, quiet"
)

// All returns the records of all types, sorted by token.
func All() []Type { return slices.Clone(all) }

// Created returns the records of the types that the program creates, sorted by token.
func Created() []Type {
	return slices.DeleteFunc(All(), func(t Type) bool { return t.Permissions == nil })
}

// Of returns the record of a type, or nil when the proof does not know it.
func Of(token string) *Type { return byToken[token] }

// all has the records of every service.
var all = sorted(acmTypes(), autoscalingTypes(), cloudwatchTypes(), ec2NetworkTypes(), ec2RoutingTypes(),
	ec2SecurityGroupTypes(), ec2EndpointTypes(), ec2InstanceTypes(), efsTypes(), elbv2Types(), iamTypes(), kmsTypes(),
	logsTypes(), mqTypes(), opensearchTypes(), rdsTypes(), route53Types(), s3Types(), secretsmanagerTypes(),
	snsTypes(), ssmTypes(), wafv2Types())

func sorted(services ...[]Type) []Type {
	out := slices.Concat(services...)
	slices.SortFunc(out, func(a, b Type) int { return strings.Compare(a.Token, b.Token) })
	return out
}

var byToken = index(all)

// index panics on a type that has two records: an error of the programmer, which every test shows.
func index(list []Type) map[string]*Type {
	out := map[string]*Type{}
	for i := range list {
		if out[list[i].Token] != nil {
			panic(fmt.Sprintf("two records of %s", list[i].Token))
		}
		out[list[i].Token] = &list[i]
	}
	return out
}
