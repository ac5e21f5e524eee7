package preflight

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

func (s *Subject) existingChecks() []check.Check {
	const group = "given"
	return []check.Check{
		{
			ID: "given-keys", Group: group, Severity: check.Error,
			Asks: "are the keys of encryption.keys enabled symmetric keys?",
			Do:   "correct encryption.keys, or enable the key: aws kms enable-key",
			Run:  s.givenKeys,
		},
		{
			ID: "permissions-boundary", Group: group, Severity: check.Error,
			Asks: "does the policy of access.permissionsBoundary exist?",
			Do:   "create the policy, or correct access.permissionsBoundary",
			Run:  s.boundary,
		},
		{
			ID: "setup-secret", Group: group, Severity: check.Error,
			Asks: "does the secret of morpheus.setupSecretArn exist?",
			Do:   "create the secret (docs/node-boot.md, \"First setup\"), or correct morpheus.setupSecretArn",
			Run:  s.setupSecret,
		},
		{
			ID: "snapshot", Group: group, Severity: check.Error,
			Asks: "is the snapshot of database.snapshotIdentifier a finished one of Aurora MySQL?",
			Do:   "wait until the snapshot is available, or correct database.snapshotIdentifier",
			Run:  s.snapshot,
		},
	}
}

func (s *Subject) givenKeys(ctx context.Context) (check.Result, error) {
	given := s.Config.Encryption.Keys.Given()
	if len(given) == 0 {
		return check.Skip("the stack makes its keys"), nil
	}
	var problems []string
	for _, key := range given {
		found, err := s.Account.KMS().DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &key.ARN})
		switch {
		case account.IsCode(err, "NotFoundException"):
			problems = append(problems, key.Key+": there is no such key")
			continue
		case err != nil:
			return check.Result{}, err
		}
		k := found.KeyMetadata
		if k.KeyState != kmstypes.KeyStateEnabled {
			problems = append(problems, fmt.Sprintf("%s: the key is %s", key.Key, k.KeyState))
		}
		if k.KeySpec != kmstypes.KeySpecSymmetricDefault || k.KeyUsage != kmstypes.KeyUsageTypeEncryptDecrypt {
			problems = append(problems, fmt.Sprintf("%s: the key is %s for %s", key.Key, k.KeySpec, k.KeyUsage))
		}
	}
	return check.Judge(problems, "the %d keys are enabled", len(given)), nil
}

func (s *Subject) boundary(ctx context.Context) (check.Result, error) {
	arn := s.Config.Access.PermissionsBoundary
	if arn == "" {
		return check.Skip("access.permissionsBoundary is empty"), nil
	}
	_, err := s.Account.IAM().GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &arn})
	switch {
	case account.IsCode(err, "NoSuchEntity"):
		return check.Finding("the account has no policy %s", arn), nil
	case err != nil:
		return check.Result{}, err
	}
	return check.Pass("%s exists", arn), nil
}

func (s *Subject) setupSecret(ctx context.Context) (check.Result, error) {
	arn := s.Config.Morpheus.SetupSecretArn
	if arn == "" {
		return check.Skip("morpheus.setupSecretArn is empty"), nil
	}
	found, err := s.Account.Secrets().DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &arn})
	switch {
	case account.IsCode(err, "ResourceNotFoundException"):
		return check.Finding("the account has no secret %s", arn), nil
	case err != nil:
		return check.Result{}, err
	case found.DeletedDate != nil:
		return check.Finding("the secret %s is being deleted", arn), nil
	}
	return check.Pass("%s exists", arn), nil
}

func (s *Subject) snapshot(ctx context.Context) (check.Result, error) {
	id, shared := s.Config.Database.SnapshotIdentifier, true
	if id == "" {
		return check.Skip("database.snapshotIdentifier is empty"), nil
	}
	found, err := s.Account.RDS().DescribeDBClusterSnapshots(ctx, &rds.DescribeDBClusterSnapshotsInput{
		DBClusterSnapshotIdentifier: &id, IncludeShared: &shared,
	})
	switch {
	case account.IsCode(err, "DBClusterSnapshotNotFoundFault", "DBClusterSnapshotNotFound") ||
		err == nil && len(found.DBClusterSnapshots) == 0:
		return check.Finding("the account sees no snapshot %s", id), nil
	case err != nil:
		return check.Result{}, err
	}
	snapshot := found.DBClusterSnapshots[0]
	if engine := aws.ToString(snapshot.Engine); engine != "aurora-mysql" {
		return check.Finding("the snapshot %s is of %s", id, engine), nil
	}
	if state := aws.ToString(snapshot.Status); state != "available" {
		return check.Finding("the snapshot %s is %s", id, state), nil
	}
	return check.Pass("the snapshot %s is available", id), nil
}
