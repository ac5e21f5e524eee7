// Package policy builds IAM, key and resource policies from Go values.
//
// A policy of this program is never a JSON string in the source: several tiers add statements to one document, and
// tests parse the documents.
package policy

import (
	"encoding/json"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Principal is the principal of a statement. The zero value is for a statement of an identity policy, which has no
// principal.
type Principal struct {
	// Kind is "AWS", "Service" or "*" (every principal; conditions must then restrict the statement).
	Kind string
	// IDs are account roots, role ARNs or service names.
	IDs []pulumi.StringInput
}

// Everybody is the principal "*". A statement with it must be a Deny or have conditions that restrict it.
var Everybody = Principal{Kind: "*"}

// Service returns the principal of an AWS service, such as "logs.us-east-1.amazonaws.com".
func Service(names ...string) Principal {
	return Principal{Kind: "Service", IDs: inputs(names)}
}

// AWS returns a principal of an account: the root, a role or a service-linked role, by ARN.
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

// When returns a condition with plain values.
func When(test, key string, values ...string) Condition {
	return Condition{Test: test, Key: key, Values: inputs(values)}
}

// Statement is one statement of a policy. An empty Effect means "Allow".
type Statement struct {
	Sid        string
	Effect     string
	Principal  Principal
	Actions    []string
	Resources  []pulumi.StringInput
	Conditions []Condition
}

// On converts plain strings and outputs to the resources of a statement.
func On(resources ...pulumi.StringInput) []pulumi.StringInput { return resources }

// Any is the resource "*". In a key policy it means the key itself. In an identity policy it is allowed only if AWS has
// no resource-level permission for the action.
var Any = []pulumi.StringInput{pulumi.String("*")}

// Document returns the JSON of a policy with the given statements. In a preview it is unknown while an ARN in it is
// unknown.
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

// AssumeRole returns the trust policy that allows a service to assume a role. It contains no outputs, so it is a plain
// string. conditions restrict the trust, for example to the account that the service acts for, against the confused
// deputy problem.
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

// AssumeRoleWithToken returns the trust policy that allows the tokens of an OIDC provider to assume a role. The
// conditions must name the audience and the subject: without them, everybody with a token of the provider may.
func AssumeRoleWithToken(provider pulumi.StringInput, conditions ...Condition) pulumi.StringOutput {
	return pulumi.JSONMarshal(pulumi.Map{
		"Version": pulumi.String("2012-10-17"),
		"Statement": pulumi.Array{pulumi.Map{
			"Effect":    pulumi.String("Allow"),
			"Action":    pulumi.String("sts:AssumeRoleWithWebIdentity"),
			"Principal": pulumi.Map{"Federated": provider},
			"Condition": renderConditions(conditions),
		}},
	})
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
		// {"AWS": "*"} and "*" mean the same. EFS and OpenSearch return the first form, so it causes no drift.
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

// Boundary returns the permissions boundary for a role's arguments; nil for an empty ARN.
func Boundary(arn string) pulumi.StringPtrInput {
	if arn == "" {
		return nil
	}
	return pulumi.String(arn)
}
