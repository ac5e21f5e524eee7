package monitoring

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// rulesRole is a role that EventBridge assumes for rules.
type rulesRole struct {
	// role and policy are the roles of the resources in their names.
	role, policy, description string
	// location is that of the rules, and rules the pattern of their names.
	location location.Location
	rules    string
	// boundary is the ARN of the permissions boundary; empty for none.
	boundary   string
	statements []policy.Statement
}

// newRulesRole makes the role with its policy. What needs the permissions waits for the policy.
func newRulesRole(
	ctx *pulumi.Context, parent pulumi.Resource, name string, r rulesRole,
) (*iam.Role, *iam.RolePolicy, error) {
	trust, err := policy.AssumeRole(eventsService, map[string]map[string]string{
		"StringEquals": {"aws:SourceAccount": r.location.AccountID},
		"ArnLike":      {"aws:SourceArn": r.location.ARN("events", "rule/"+r.rules)},
	})
	if err != nil {
		return nil, nil, fmt.Errorf("write the trust policy of the rules: %w", err)
	}
	role, err := iam.NewRole(ctx, naming.Child(name, r.role), &iam.RoleArgs{
		Description:         pulumi.String(r.description),
		AssumeRolePolicy:    pulumi.String(trust),
		PermissionsBoundary: policy.Boundary(r.boundary),
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, nil, fmt.Errorf("create the role of the rules: %w", err)
	}
	permission, err := iam.NewRolePolicy(ctx, naming.Child(name, r.policy), &iam.RolePolicyArgs{
		Role: role.Name, Policy: policy.Document(r.statements...),
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, nil, fmt.Errorf("allow the rules to call: %w", err)
	}
	return role, permission, nil
}
