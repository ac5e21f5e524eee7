package backup

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/backup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// vaultArgs are what a vault is made of.
type vaultArgs struct {
	settings   config.Backup
	protection lifecycle.Protection
	keyArn     pulumi.StringInput
	parent     pulumi.Resource
}

// vault is a vault with its settings.
type vault struct {
	vault *backup.Vault
	// ready are the settings that must exist before the first recovery point.
	ready []pulumi.Resource
}

// newVault makes a vault with its access policy and its lock. A protected one outlives the stack, with both: AWS refuses
// to delete a vault with recovery points, and they are what is left when the rest is gone.
func newVault(ctx *pulumi.Context, name string, args vaultArgs) (*vault, error) {
	keeps := args.protection.KeepBackups
	made, err := backup.NewVault(ctx, naming.Child(name, "vault"), &backup.VaultArgs{
		KmsKeyArn:    args.keyArn.ToStringOutput(),
		ForceDestroy: pulumi.Bool(!keeps),
	}, pulumi.Parent(args.parent), pulumi.Protect(args.protection.Protect), pulumi.RetainOnDelete(keeps))
	if err != nil {
		return nil, fmt.Errorf("create the vault: %w", err)
	}
	access, err := backup.NewVaultPolicy(ctx, naming.Child(name, "policy"), &backup.VaultPolicyArgs{
		BackupVaultName: made.Name,
		Policy:          policy.Document(denyDeletion(args.settings.DeletionRoleArn)),
	}, pulumi.Parent(args.parent), pulumi.RetainOnDelete(keeps))
	if err != nil {
		return nil, fmt.Errorf("set the access policy of the vault: %w", err)
	}
	out := &vault{vault: made, ready: []pulumi.Resource{access}}
	s := args.settings.Lock
	if s.Mode == config.LockNone {
		return out, nil
	}
	values := &backup.VaultLockConfigurationArgs{BackupVaultName: made.Name}
	values.MinRetentionDays, values.MaxRetentionDays = given(s.MinDays), given(s.MaxDays)
	if s.Mode == config.LockCompliance {
		values.ChangeableForDays = pulumi.Int(s.GraceDays)
	}
	lock, err := backup.NewVaultLockConfiguration(ctx, naming.Child(name, "lock"), values,
		pulumi.Parent(args.parent), pulumi.RetainOnDelete(keeps),
		// A vault has one lock: the deletion of a replaced one would take away the new one.
		pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("lock the vault: %w", err)
	}
	out.ready = append(out.ready, lock)
	return out, nil
}

// given returns a number; nil for 0.
func given(days int) pulumi.IntPtrInput {
	if days == 0 {
		return nil
	}
	return pulumi.Int(days)
}

// lockText is a lock in words.
func lockText(s config.BackupLock) string {
	if s.Mode == config.LockNone {
		return s.Mode
	}
	text := s.Mode
	if s.MinDays > 0 {
		text += fmt.Sprintf(", at least %d days", s.MinDays)
	}
	if s.MaxDays > 0 {
		text += fmt.Sprintf(", at most %d days", s.MaxDays)
	}
	if s.GraceDays > 0 {
		text += fmt.Sprintf(", changeable for %d days", s.GraceDays)
	}
	return text
}

// denyDeletion refuses what ends a recovery point before its time to everybody but a role. Who may replace the policy
// can still lift it, as the deployer can; the lock is against them. AWS Backup's own deletion at the end of the retention
// is not a call of a principal.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html
func denyDeletion(roleArn string) policy.Statement {
	out := policy.Statement{
		Sid:       "NobodyEndsARecoveryPoint",
		Effect:    "Deny",
		Principal: policy.Everybody,
		Actions: []string{
			"backup:DeleteRecoveryPoint", "backup:DisassociateRecoveryPoint", "backup:UpdateRecoveryPointLifecycle",
		},
		Resources: policy.Any,
	}
	if roleArn != "" {
		out.Sid = "OneRoleEndsRecoveryPoints"
		out.Conditions = []policy.Condition{policy.When("ArnNotEquals", "aws:PrincipalArn", roleArn)}
	}
	return out
}
