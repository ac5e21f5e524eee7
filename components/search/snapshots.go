package search

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/bucket"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// snapshots are where manual snapshots go and the role that writes them. The automatic ones can be restored into the same
// domain only, and go with it.
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html
type snapshots struct {
	bucket *bucket.Bucket
	role   *iam.Role
}

func (s *Search) newSnapshots(ctx *pulumi.Context, name string, args *Args) (*snapshots, error) {
	// Nothing expires: a snapshot's files are shared with the snapshots after it, and an end to them, or a move to an
	// archive, would break those. What a repository deletes can be had back for a month.
	kept, err := bucket.New(ctx, naming.Child(name, "snapshots"), &bucket.Args{
		Protection: args.Protection,
		KeyArn:     args.KeyArn,
		Versioned:  true,
	}, pulumi.Parent(s))
	if err != nil {
		return nil, err
	}
	// Only for this domain: the service is the same for all accounts.
	trust, err := policy.AssumeRole("es.amazonaws.com", map[string]map[string]string{
		"StringEquals": {"aws:SourceAccount": args.Location.AccountID},
		"ArnLike":      {"aws:SourceArn": args.arn()},
	})
	if err != nil {
		return nil, fmt.Errorf("write the snapshot role's trust: %w", err)
	}
	role, err := iam.NewRole(ctx, naming.Child(name, "snapshot", "role"), &iam.RoleArgs{
		Description:      pulumi.String("Manual snapshots of " + args.DomainName),
		AssumeRolePolicy: pulumi.String(trust),

		PermissionsBoundary: policy.Boundary(args.PermissionsBoundary),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("create the snapshot role: %w", err)
	}
	_, err = iam.NewRolePolicy(ctx, naming.Child(name, "snapshot", "policy"), &iam.RolePolicyArgs{
		Role:   role.Name,
		Policy: policy.Document(writeStatements(args, kept)...),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("allow the snapshot role to write: %w", err)
	}
	return &snapshots{kept, role}, nil
}

func writeStatements(args *Args, kept *bucket.Bucket) []policy.Statement {
	return []policy.Statement{
		{
			Sid:       "ListSnapshots",
			Actions:   []string{"s3:ListBucket"},
			Resources: policy.On(kept.Arn),
		},
		{
			Sid:       "KeepSnapshots",
			Actions:   []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
			Resources: policy.On(pulumi.Sprintf("%s/*", kept.Arn)),
		},
		{
			Sid:        "EncryptSnapshots",
			Actions:    []string{"kms:Decrypt", "kms:GenerateDataKey"},
			Resources:  policy.On(args.KeyArn),
			Conditions: []policy.Condition{policy.When("StringEquals", "kms:ViaService", args.Location.ViaService("s3"))},
		},
	}
}
