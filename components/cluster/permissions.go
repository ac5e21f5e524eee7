package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// grant gives the node role what its back ends ask for and the management channel of Systems Manager. A node started
// without them would fail at its first secret, so the group waits for what is returned.
func (c *Cluster) grant(ctx *pulumi.Context, name string, args *Args) ([]pulumi.Resource, error) {
	backEnds, err := iam.NewRolePolicy(ctx, naming.Child(name, "backends"), &iam.RolePolicyArgs{
		Role:   args.NodeRoleName,
		Policy: policy.Document(args.statements()...),
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("attach the permissions of the back ends: %w", err)
	}
	// Shells on nodes go through Session Manager: no key pair, no open port, every session logged by identity.
	sessions, err := iam.NewRolePolicyAttachment(ctx, naming.Child(name, "ssm"), &iam.RolePolicyAttachmentArgs{
		Role:      args.NodeRoleName,
		PolicyArn: pulumi.String(args.Location.ManagedPolicyARN("AmazonSSMManagedInstanceCore")),
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("attach the permissions of Systems Manager: %w", err)
	}
	return []pulumi.Resource{backEnds, sessions}, nil
}

// statements of all connections, in the order of their names: the order in which a caller lists them is no change.
func (a *Args) statements() []policy.Statement {
	sorted := slices.Clone(a.Connections)
	slices.SortStableFunc(sorted, func(x, y connection.Connection) int { return strings.Compare(x.Name, y.Name) })
	var out []policy.Statement
	for _, conn := range sorted {
		out = append(out, conn.Statements...)
	}
	return out
}

// validateStatements keeps IAM from refusing the document: it takes neither an empty one nor a Sid twice.
func (a *Args) validateStatements() error {
	statements := a.statements()
	if len(statements) == 0 {
		return errors.New("connections with at least one statement are required")
	}
	seen := map[string]bool{}
	for _, s := range statements {
		if s.Sid != "" && seen[s.Sid] {
			return fmt.Errorf("two statements of the connections have the Sid %q", s.Sid)
		}
		seen[s.Sid] = true
	}
	return nil
}
