// Package policy builds IAM, key and resource policies from Go values.
//
// A policy of this program is never a JSON string in the source: the statements of several tiers are composed into
// one document, and tests read them back as data.
package policy

import (
	"encoding/json"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Principal says who a statement is about. The zero value is for a statement of an identity policy, which
// names no principal.
type Principal struct {
	// Kind is "AWS", "Service" or "*" (everybody; the conditions must then narrow it).
	Kind string
	// IDs are account roots, role ARNs or service names.
	IDs []pulumi.StringInput
}

// Everybody is the principal "*". A statement that uses it must be a Deny or carry conditions that narrow it.
var Everybody = Principal{Kind: "*"}

// Service is the principal of an AWS service, such as "logs.us-east-1.amazonaws.com".
func Service(names ...string) Principal {
	return Principal{Kind: "Service", IDs: inputs(names)}
}

// AWS is a principal of an account: the root, a role or a service-linked role, by ARN.
func AWS(arns ...pulumi.StringInput) Principal {
	return Principal{Kind: "AWS", IDs: arns}
}

// Condition is one line of a statement's Condition block, for example
// {"StringEquals", "aws:SourceAccount", ["123456789012"]}.
type Condition struct {
	Test   string
	Key    string
	Values []pulumi.StringInput
}

// When builds a condition from plain values.
func When(test, key string, values ...string) Condition {
	return Condition{Test: test, Key: key, Values: inputs(values)}
}

// Statement is one statement of a policy. Effect is "Allow" when empty.
type Statement struct {
	Sid        string
	Effect     string
	Principal  Principal
	Actions    []string
	Resources  []pulumi.StringInput
	Conditions []Condition
}

// On turns plain strings and outputs into the resources of a statement.
func On(resources ...pulumi.StringInput) []pulumi.StringInput { return resources }

// Any is the resource "*". In a key policy it means the key itself; in an identity policy it is allowed only where
// AWS has no resource-level permission.
var Any = []pulumi.StringInput{pulumi.String("*")}

// Document is the JSON of a policy with the given statements. It stays unknown in a preview while an ARN in it is.
func Document(statements ...Statement) pulumi.StringOutput {
	rendered := make(pulumi.Array, len(statements))
	for i, s := range statements {
		rendered[i] = s.render()
	}
	return pulumi.JSONMarshal(pulumi.Map{
		"Version":   pulumi.String("2012-10-17"),
		"Statement": rendered,
	})
}

// AssumeRole is the trust policy that lets a service assume a role. It has no outputs in it, so it is a plain string.
// conditions narrow the trust, for example to the account that the service acts for: the confused-deputy problem.
func AssumeRole(service string, conditions map[string]map[string]string) (string, error) {
	statement := map[string]any{
		"Effect":    "Allow",
		"Action":    "sts:AssumeRole",
		"Principal": map[string]any{"Service": service},
	}
	if len(conditions) > 0 {
		statement["Condition"] = conditions
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{statement}})
	return string(text), err
}

func (s Statement) render() pulumi.Map {
	effect := s.Effect
	if effect == "" {
		effect = "Allow"
	}
	out := pulumi.Map{
		"Effect":   pulumi.String(effect),
		"Action":   pulumi.ToStringArray(s.Actions),
		"Resource": pulumi.StringArray(s.Resources),
	}
	if s.Sid != "" {
		out["Sid"] = pulumi.String(s.Sid)
	}
	switch s.Principal.Kind {
	case "":
	case "*":
		// {"AWS": "*"} and "*" mean the same; EFS and OpenSearch return the first form, so it causes no drift.
		out["Principal"] = pulumi.Map{"AWS": pulumi.String("*")}
	default:
		out["Principal"] = pulumi.Map{s.Principal.Kind: pulumi.StringArray(s.Principal.IDs)}
	}
	if len(s.Conditions) > 0 {
		out["Condition"] = renderConditions(s.Conditions)
	}
	return out
}

func renderConditions(conditions []Condition) pulumi.Map {
	tests := pulumi.Map{}
	for _, c := range conditions {
		keys, ok := tests[c.Test].(pulumi.Map)
		if !ok {
			keys = pulumi.Map{}
			tests[c.Test] = keys
		}
		keys[c.Key] = pulumi.StringArray(c.Values)
	}
	return tests
}

func inputs(values []string) []pulumi.StringInput {
	out := make([]pulumi.StringInput, len(values))
	for i, v := range values {
		out[i] = pulumi.String(v)
	}
	return out
}

// Boundary is the permissions boundary of a role, as its argument takes it; nothing for an empty ARN.
func Boundary(arn string) pulumi.StringPtrInput {
	if arn == "" {
		return nil
	}
	return pulumi.String(arn)
}
