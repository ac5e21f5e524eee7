// Package awstypes has one record for each AWS resource type that the rehearsal supports. A record has everything about
// its type: the simulation, the checks in the provider's code, the IAM actions of a deployment, the listing for an
// inventory, and an example. There is one file for each AWS service.
//
// To add a resource type, add its token to package awstoken and its record to the file of its service. Tests report
// missing parts.
package awstypes

import (
	"fmt"
	"slices"
	"strings"
)

// docs is the address of AWS's documentation.
const docs = "https://docs.aws.amazon.com/"

// Type is the record of one resource type.
type Type struct {
	// Token is Pulumi's name of the type, such as aws:ec2/vpc:Vpc.
	Token string
	// Simulation describes how the simulated AWS creates, changes and deletes a resource.
	Simulation Simulation
	// Provider describes the provider's code, in addition to the schema in package contract.
	Provider Provider
	// Permissions are the IAM actions that a deployment needs; nil for a type that the program only refers to.
	Permissions *Permissions
	// Listing finds resources that a destroy did not delete. It is nil if NotListed gives the reason why there are none.
	Listing   *Listing
	NotListed string
	// Example is a request that AWS accepts in the test account of package awstypes. "${name.property}" is a property
	// of a resource in that account. Each type that the program creates has an example.
	Example Values
}

// Values are the plain properties of a resource with JSON types: string, float64, bool, []any, map[string]any.
type Values = map[string]any

// Simulation describes a resource type in the simulated AWS.
type Simulation struct {
	// Global is true for services without regions (IAM, Route 53).
	Global bool
	// ID and ARN are patterns. {hex8}, {hex16}, {hex17}, {hex32}, {suffix6} and {uuid} are new hexadecimal digits.
	// {id}, {region}, {account}, {partition} and {suffix} (of DNS names) are replaced by these values. Any other name
	// in braces is replaced by the value of that property. The ARN may be empty.
	ID  string
	ARN string
	// Unique is a property that must be unique for the type in a region. With UniqueWithin, it must be unique among
	// the resources with the same value of that property.
	Unique, UniqueWithin string
	// References are the properties that name other resources.
	References []Reference
	// Duration is the time that AWS needs.
	Duration Duration
	// Outputs adds the computed values other than id, arn and the provider's defaults to c.State. It also runs in
	// updates and must set the same values again: use once, fill and digitsOnce.
	Outputs func(c *Call)
	// Rules are the service's checks in a create or update.
	Rules []Rule
	// After runs when a create or update is stored. Its error is one of the provider, which then waits in vain: the
	// change has been made, and the engine's state has it.
	After func(c *Call) error
	// OnDelete refuses a delete, or records what AWS keeps after it.
	OnDelete func(c *Call) error
}

// Duration is the measured time of a create, update and delete in AWS, in rounded seconds.
type Duration struct{ Create, Update, Delete int }

// Reference is a property whose values name resources that must exist.
type Reference struct {
	// Path is the path of the property: "vpcId", "subnetIds[]", "vpcOptions.subnetIds[]".
	Path string
	// To lists the types of the named resource. By is its property in the reference: "id", "arn" or "name".
	To []string
	By string
	// NotFound is AWS's error if the named resource does not exist.
	NotFound string
	// BlocksDelete is true if AWS refuses to delete the named resource while this one exists.
	BlocksDelete bool
}

// Rule is one check of a service.
type Rule struct {
	Name string
	// Refuses describes the refused requests for the README of the simulated AWS.
	Refuses string
	// AWS is the real AWS's reaction to such a request.
	AWS Reaction
	// Source is the page with the rule.
	Source string
	Check  func(c *Call) error
}

// Reaction is AWS's reaction to a request that a rule refuses.
type Reaction string

// The reactions: AWS returns an error; or it accepts the request and the stack is broken, insecure or not highly
// available; or one of both, depending on the request.
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

// Of returns the record of a type; nil if there is none.
func Of(token string) *Type { return byToken[token] }

// all has the records of every service.
var all = sorted(acmTypes(), autoscalingTypes(), backupTypes(), budgetsTypes(), cloudwatchTypes(), costTypes(),
	restoreTestTypes(), ec2NetworkTypes(), ec2RoutingTypes(), ec2SecurityGroupTypes(), ec2EndpointTypes(), ec2InstanceTypes(), efsTypes(),
	elbv2Types(), eventbridgeTypes(), iamTypes(), kmsTypes(), lambdaTypes(),
	logsTypes(), mqTypes(), opensearchTypes(), rdsTypes(), route53Types(), s3Types(), secretsmanagerTypes(),
	snsTypes(), ssmTypes(), wafv2Types())

func sorted(services ...[]Type) []Type {
	out := slices.Concat(services...)
	slices.SortFunc(out, func(a, b Type) int { return strings.Compare(a.Token, b.Token) })
	return out
}

var byToken = index(all)

// index panics if a type has two records. This is a programming error that every test shows.
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
