package search

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/bucket"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// snapshots makes the bucket of manual snapshots and the role that writes them. Automatic snapshots can be restored
// into the same domain only, and are deleted with it.
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html
func (s *Search) snapshots(ctx *pulumi.Context, name string, args *Args) error {
	// Nothing expires: later snapshots share the files of a snapshot, and to delete or archive the files would break
	// them. What a repository deletes can be restored for a month.
	kept, err := bucket.New(ctx, naming.Child(name, "snapshots"), &bucket.Args{
		Protection: args.Protection,
		KeyArn:     args.KeyArn,
		Versioned:  true,
	}, pulumi.Parent(s))
	if err != nil {
		return err
	}
	// Only for this domain: the service principal is the same for all accounts.
	trust, err := policy.AssumeRole("es.amazonaws.com", map[string]map[string]string{
		"StringEquals": {"aws:SourceAccount": args.Location.AccountID},
		"ArnLike":      {"aws:SourceArn": args.arn()},
	})
	if err != nil {
		return fmt.Errorf("write the snapshot role's trust: %w", err)
	}
	role, err := iam.NewRole(ctx, naming.Child(name, "snapshot", "role"), &iam.RoleArgs{
		Description:      pulumi.String("Manual snapshots of " + args.Settings.Name),
		AssumeRolePolicy: pulumi.String(trust),

		PermissionsBoundary: policy.Boundary(args.Access.PermissionsBoundary),
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("create the snapshot role: %w", err)
	}
	_, err = iam.NewRolePolicy(ctx, naming.Child(name, "snapshot", "policy"), &iam.RolePolicyArgs{
		Role:   role.Name,
		Policy: policy.Document(writeStatements(args, kept)...),
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("allow the snapshot role to write: %w", err)
	}
	s.SnapshotBucket, s.SnapshotRoleArn = kept.Name, role.Arn
	return nil
}

// repository is the name of the repository of the snapshots in the domain.
const repository = "morpheus"

// registerStatements let a client register the bucket in the domain, which hands the role to it. The domain's own
// permissions decide beside them.
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshot-registerdirectory.html
func registerStatements(args *Args, roleArn pulumi.StringInput) []policy.Statement {
	return []policy.Statement{
		{
			Sid:       "RegisterSnapshots",
			Actions:   []string{"es:ESHttpPut"},
			Resources: policy.On(pulumi.String(args.arn() + "/_snapshot/" + repository)),
		},
		{
			Sid:       "PassSnapshotRole",
			Actions:   []string{"iam:PassRole"},
			Resources: policy.On(roleArn),
		},
	}
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
