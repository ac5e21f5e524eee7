package awstypes

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/evaluate"
)

// IAMPolicy is the type of AWS's managed policies and of a permissions boundary. They exist before the first
// deployment; the program creates none.
const IAMPolicy = "aws:iam/policy:Policy"

var (
	// iamName are the checks of IAM names in role.go, role_policy.go and instance_profile.go.
	iamName = matches(`^[0-9A-Za-z_+=,.@-]*$`)

	listedRoles = &Listing{Kind: "role", Service: "iam", Call: "ListRoles", ID: `<RoleName>([^<]+)`}

	toRoleByName = Reference{
		Path: "role", To: []string{awstoken.IAMRole}, By: "name", NotFound: "NoSuchEntity", BlocksDelete: true,
	}
)

func iamTypes() []Type {
	return []Type{
		role(),
		{
			Token: awstoken.IAMRolePolicy,
			Simulation: Simulation{
				Global: true, ID: "{role}:{name}",
				Duration:   Duration{Create: 1, Update: 1, Delete: 1},
				References: []Reference{toRoleByName},
				Rules: []Rule{{
					Name: "role-policy", AWS: Error,
					Refuses: "a principal, a statement without actions or resources, more than 10,240 " +
						"bytes in all policies of the role",
					Source: docs + "IAM/latest/APIReference/API_PutRolePolicy.html",
					Check:  rolePolicy,
				}},
			},
			Provider: Provider{
				Source:    "iam/role_policy",
				Autonamed: "name", NameLimit: 128,
				Checks: map[string][]Check{"policy": {isPolicy}, "name": {iamName}},
			},
			Permissions: &Permissions{
				Read:  actions("iam: GetRolePolicy"),
				Write: actions("iam: PutRolePolicy DeleteRolePolicy"),
			},
			NotListed: "AWS does not delete a role that has one",
			Example: Values{
				"role": "${role.name}", "name": "read",
				"policy": policy(Values{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "${key.arn}"}),
			},
		},
		{
			Token: awstoken.IAMRolePolicyAttachment,
			Simulation: Simulation{
				Global: true, ID: "{role}-{hex16}",
				Duration: Duration{Create: 1, Update: 1, Delete: 1},
				References: []Reference{
					toRoleByName,
					{
						Path:         "policyArn",
						To:           []string{IAMPolicy},
						By:           "arn",
						NotFound:     "NoSuchEntity",
						BlocksDelete: true,
					},
				},
			},
			Provider: Provider{
				Source: "iam/role_policy_attachment",
				Checks: map[string][]Check{"policyArn": {isARN}},
			},
			Permissions: &Permissions{
				Read:  actions("iam: ListAttachedRolePolicies"),
				Write: actions("iam: AttachRolePolicy DetachRolePolicy"),
			},
			NotListed: "AWS does not delete a role that has one",
			Example: Values{
				"role": "${role.name}", "policyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
			},
		},
		{
			Token: awstoken.IAMInstanceProfile,
			Simulation: Simulation{
				Global: true, ID: "{name}", ARN: "iam::{account}:instance-profile/{name}", Unique: "name",
				Duration:   Duration{Create: 8, Update: 1, Delete: 1},
				References: []Reference{toRoleByName},
				Outputs:    func(c *Call) { c.once("uniqueId", "AIPA{hex16}") },
			},
			Provider: Provider{
				Source:    "iam/instance_profile",
				Autonamed: "name", NameLimit: 128,
				Checks: map[string][]Check{"name": {iamName}},
			},
			Permissions: &Permissions{
				Read: actions("iam: GetInstanceProfile GetRole"),
				Write: actions("iam: CreateInstanceProfile DeleteInstanceProfile AddRoleToInstanceProfile " +
					"RemoveRoleFromInstanceProfile TagInstanceProfile UntagInstanceProfile"),
				Dependent: actions("iam: PassRole"),
			},
			Listing: &Listing{
				Kind: "instance profile", Service: "iam", Call: "ListInstanceProfiles",
				ID: `<InstanceProfileName>([^<]+)`,
			},
			Example: Values{"name": "app", "role": "${role.name}"},
		},
		{
			Token: IAMPolicy,
			Simulation: Simulation{
				Global: true, ID: "{name}", ARN: "iam::{account}:policy/{name}", Unique: "name",
			},
		},
		serviceLinkedRole(),
	}
}

func role() Type {
	return Type{
		Token: awstoken.IAMRole,
		Simulation: Simulation{
			Global: true, ID: "{name}", ARN: "iam::{account}:role/{name}", Unique: "name",
			Duration: Duration{Create: 2, Update: 1, Delete: 2},
			// IAM checks the boundary when it creates the role.
			References: []Reference{{
				Path: "permissionsBoundary", To: []string{IAMPolicy}, By: "arn", NotFound: "NoSuchEntity: scope ARN",
				BlocksDelete: true,
			}},
			Rules: []Rule{{
				Name: "trust-policy", AWS: Error,
				Refuses: "a trust policy without principals, or with resources",
				Source:  docs + "IAM/latest/APIReference/API_CreateRole.html",
				Check:   trustPolicy,
			}},
			Outputs: func(c *Call) { c.once("uniqueId", "AROA{hex16}") },
		},
		Provider: Provider{
			Source:    "iam/role",
			Autonamed: "name", NameLimit: 64,
			Checks: map[string][]Check{"assumeRolePolicy": {isPolicy}, "name": {iamName}},
		},
		Permissions: &Permissions{
			Read: actions("iam: GetRole GetRolePolicy ListRolePolicies ListAttachedRolePolicies " +
				"ListInstanceProfilesForRole"),
			Write: actions("iam: CreateRole DeleteRole UpdateRole UpdateAssumeRolePolicy UpdateRoleDescription " +
				"PutRolePermissionsBoundary DeleteRolePermissionsBoundary TagRole UntagRole " +
				"RemoveRoleFromInstanceProfile"),
			NeverCalled: []NeverCalled{{
				Actions: actions("iam: AttachRolePolicy DeleteRolePolicy DetachRolePolicy PutRolePolicy"),
				Because: "policies are separate resources",
			}},
		},
		Listing: listedRoles,
		Example: Values{"name": "app", "assumeRolePolicy": trusting("ec2.amazonaws.com")},
	}
}

func serviceLinkedRole() Type {
	return Type{
		Token: awstoken.IAMServiceLinkedRole,
		Simulation: Simulation{
			Global: true, ID: "{id}",
			Duration: Duration{Create: 5, Update: 1, Delete: 5},
			Rules: []Rule{{
				Name: "service-linked-role-once", AWS: Error,
				Refuses: "a role that exists in the account already",
				Source:  docs + "IAM/latest/APIReference/API_CreateServiceLinkedRole.html",
				Check:   linkedRoleOnce,
			}},
			Outputs: func(c *Call) {
				service := c.Text("awsServiceName")
				name := linkedRoleName(service)
				c.State["name"], c.State["path"] = name, "/aws-service-role/"+service+"/"
				c.ID = c.Expand("arn:{partition}:iam::{account}:role/aws-service-role/" + service + "/" + name)
				c.State["arn"] = c.ID
				c.once("uniqueId", "AROA{hex16}")
			},
		},
		Provider: Provider{Source: "iam/service_linked_role"},
		Permissions: &Permissions{
			Read: actions("iam: GetRole"),
			// The provider tags the role after its creation, because there are always default tags. The role stays
			// when the stack is destroyed.
			Write: actions("iam: CreateServiceLinkedRole TagRole UntagRole"),
			NeverCalled: []NeverCalled{
				{
					Actions: actions("iam: DeleteServiceLinkedRole GetServiceLinkedRoleDeletionStatus"),
					Because: "it is kept when the stack is destroyed",
				},
				{Actions: actions("iam: UpdateRole"), Because: "no description"},
			},
		},
		Listing: listedRoles,
		Example: Values{"awsServiceName": "backup.amazonaws.com"},
	}
}

func (c *Call) roleExists(arn string) bool {
	is := func(r *Resource) bool { return r.State["arn"] == arn }
	return len(c.Find(awstoken.IAMRole, is))+len(c.Find(awstoken.IAMServiceLinkedRole, is)) > 0
}

func trustPolicy(c *Call) error {
	doc, err := evaluate.Parse(c.Text("assumeRolePolicy"))
	if err != nil {
		return fmt.Errorf("MalformedPolicyDocument: the trust policy is not a policy: %w", err)
	}
	for _, s := range doc.Statements {
		if len(s.Principal) == 0 || len(s.Resource) > 0 || len(s.NotResource) > 0 {
			return fmt.Errorf("MalformedPolicyDocument: a trust policy names principals and no resources")
		}
	}
	return nil
}

// maxRolePolicies is the largest total size of a role's inline policies, in bytes.
const maxRolePolicies = 10240

func rolePolicy(c *Call) error {
	text := c.Text("policy")
	doc, err := evaluate.Parse(text)
	if err != nil {
		return fmt.Errorf("MalformedPolicyDocument: %w", err)
	}
	size := len(text)
	for _, other := range c.FindBy(awstoken.IAMRolePolicy, "role", c.In["role"]) {
		if other != c.Old {
			text, _ := other.State["policy"].(string)
			size += len(text)
		}
	}
	if size > maxRolePolicies {
		return fmt.Errorf("LimitExceeded: maximum policy size of %d bytes exceeded for role %s",
			maxRolePolicies, c.Text("role"))
	}
	for _, s := range doc.Statements {
		switch resources := slices.Concat(s.Resource, s.NotResource); {
		case len(s.Principal) > 0:
			return errors.New("MalformedPolicyDocument: policy document should not specify a principal")
		case len(resources) == 0 || slices.Contains(resources, ""):
			return errors.New("MalformedPolicyDocument: a statement needs actions and resources")
		}
	}
	return nil
}

// linkedRoleName returns the name of a service principal's role.
func linkedRoleName(service string) string {
	switch service {
	case "autoscaling.amazonaws.com":
		return "AWSServiceRoleForAutoScaling"
	case "opensearchservice.amazonaws.com":
		return "AWSServiceRoleForAmazonOpenSearchService"
	default:
		return "AWSServiceRoleFor" + strings.TrimSuffix(service, ".amazonaws.com")
	}
}

func linkedRoleOnce(c *Call) error {
	service := c.Text("awsServiceName")
	taken := c.Find(awstoken.IAMServiceLinkedRole,
		func(r *Resource) bool { return r.State["awsServiceName"] == service && r != c.Old })
	if len(taken) > 0 {
		return fmt.Errorf("InvalidInput: service role name %s has been taken in this account, please try a "+
			"different suffix", linkedRoleName(service))
	}
	return nil
}

var iamLookUps = []LookUp{{
	Token:       "aws:iam/getRole:getRole",
	Source:      "iam/role_data_source",
	Permissions: &Permissions{Read: actions("iam: GetRole")},
	Answer:      describeRole,
}}

// describeRole returns a role or a service-linked role. For a missing role, the error has the provider's text:
// internal/service/iam/role_data_source.go.
func describeRole(c *Call) (Values, error) {
	name := c.Text("name")
	found := append(c.FindBy(awstoken.IAMRole, "name", name), c.FindBy(awstoken.IAMServiceLinkedRole, "name", name)...)
	if len(found) == 0 {
		return nil, fmt.Errorf("reading IAM Role (%s): couldn't find resource", name)
	}
	state := found[0].State
	tags := Values{}
	for _, property := range []string{"tags", "tagsAll"} {
		given, _ := state[property].(map[string]any)
		maps.Copy(tags, given)
	}
	text := func(property, otherwise string) string {
		value, _ := state[property].(string)
		return cmp.Or(value, otherwise)
	}
	return Values{
		"id": name, "name": name, "arn": state["arn"], "tags": tags, "path": text("path", "/"),
		"uniqueId": text("uniqueId", "AROAREHEARSAL"), "description": text("description", ""),
		"assumeRolePolicy": text("assumeRolePolicy", "{}"), "permissionsBoundary": text("permissionsBoundary", ""),
		"createDate": "2025-01-01T00:00:00Z", "maxSessionDuration": 3600.0, "roleLastUseds": []any{},
	}, nil
}
