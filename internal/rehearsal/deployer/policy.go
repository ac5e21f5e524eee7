// Package deployer generates the IAM policies for the user or pipeline that deploys the program. They follow from the
// permissions of each resource type and look-up in package awstypes.
package deployer

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

// MaxSize is the largest size of a managed policy of IAM, in characters without white space:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const MaxSize = 6144

// Document is one policy.
type Document struct {
	Version   string
	Statement []Statement
}

// Statement is a statement of an identity policy. Resources have no partition and no account, so a policy works in the
// account that it is attached in.
type Statement struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  []string
	Condition Condition `json:",omitempty"`
}

// Condition maps operator and key to values.
type Condition = map[string]map[string][]string

// permissions returns the permissions of all types that the program creates and of all its look-ups.
func permissions() []*awstypes.Permissions {
	out := []*awstypes.Permissions{{Read: ProviderActions}}
	for _, t := range awstypes.Created() {
		out = append(out, t.Permissions)
	}
	for _, l := range awstypes.LookUps() {
		if l.Permissions != nil {
			out = append(out, l.Permissions)
		}
	}
	return out
}

// ProviderActions are the actions of the provider itself, which looks up its account.
var ProviderActions = []string{"sts:GetCallerIdentity"}

// version of the policy language.
const version = "2012-10-17"

// Policies returns the policies by file name: preview.json, and the parts of an update, which are attached in addition.
func Policies() map[string]Document {
	var read, write []string
	for _, p := range permissions() {
		read, write = append(read, p.Read...), append(write, p.Updates()...)
	}
	write = append(write, "iam:CreateServiceLinkedRole")
	read, write = sorted(
		read,
	), slices.DeleteFunc(sorted(write), func(a string) bool { return slices.Contains(read, a) })
	network, rest := split(write, service("ec2"))
	access, rest := split(rest, service("iam", "kms"))
	secrets, rest := split(rest, service("secretsmanager", "logs"))
	data, rest := split(rest, service("rds", "elasticfilesystem", "mq", "es"))
	watching, services := split(rest, service("cloudwatch", "sns", "events", "budgets", "ce", "lambda"))
	return map[string]Document{
		"preview.json":           {Version: version, Statement: reads(read)},
		"update-network.json":    document(network),
		"update-access.json":     document(access),
		"update-secrets.json":    document(secrets),
		"update-data.json":       document(data),
		"update-monitoring.json": document(watching),
		"update-services.json":   document(services),
	}
}

// reads returns the statements of the reading actions: those of readScopes for their resources, the others for any.
func reads(actions []string) []Statement {
	var out []Statement
	for _, s := range readScopes {
		var mine []string
		mine, actions = split(actions, s.actions)
		out = append(out, Statement{Sid: s.sid, Effect: "Allow", Action: mine, Resource: s.resources})
	}
	return append([]Statement{{Sid: "Read", Effect: "Allow", Action: actions, Resource: anywhere}}, out...)
}

// BoundaryARN is the placeholder in boundary.json for the ARN of the user's own policy.
const BoundaryARN = "BOUNDARY_ARN"

// Boundary denies the creation of roles without the permissions boundary. Without the boundary, a deployer could give
// the nodes' role any permission and use it through an instance. It is a Deny statement, because a condition on an
// Allow would also apply to calls without the condition key.
func Boundary(arn string) Document {
	return Document{Version: version, Statement: []Statement{
		{
			Sid: "RolesWithoutBoundary", Effect: "Deny",
			Action: []string{
				"iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy",
			},
			Resource:  anywhere,
			Condition: with("StringNotEquals", "iam:PermissionsBoundary", arn),
		},
		{
			Sid: "BoundariesStay", Effect: "Deny",
			Action:   []string{"iam:DeleteRolePermissionsBoundary"},
			Resource: anywhere,
		},
	}}
}

func sorted(actions []string) []string { return slices.Compact(slices.Sorted(slices.Values(actions))) }

// split separates the actions that match from the others.
func split(actions []string, first func(string) bool) (matching, others []string) {
	for _, a := range actions {
		if first(a) {
			matching = append(matching, a)
		} else {
			others = append(others, a)
		}
	}
	return matching, others
}

// document returns a policy that allows each action in its scope.
func document(actions []string) Document {
	out := Document{Version: version}
	for _, s := range scopes() {
		mine, others := split(actions, s.actions)
		if !slices.Contains(alternatives, s.sid) {
			actions = others
		}
		if len(mine) > 0 {
			out.Statement = append(out.Statement, Statement{
				Sid: s.sid, Effect: "Allow", Action: mine, Resource: s.resources, Condition: s.condition,
			})
		}
	}
	return out
}

// Actions returns the distinct actions of the documents, sorted.
func Actions(documents ...Document) []string {
	all := map[string]bool{}
	for _, d := range documents {
		for _, s := range d.Statement {
			for _, a := range s.Action {
				all[a] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// JSON returns the policy as indented JSON.
func (d Document) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(d, "", "  ")
	return append(text, '\n'), err
}
