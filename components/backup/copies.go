package backup

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/backup"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/component"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// CopiesArgs of the Copies. All are required.
type CopiesArgs struct {
	Settings config.Backup
	// Location is that of the copies: the other region.
	Location   location.Location
	Protection lifecycle.Protection
	// Key are the statements of the policy of the key there.
	Key []policy.Statement
}

// Copies is the vault in the other region, with a key of its own: a copy is encrypted with the key of its vault, and
// for Aurora that must be a customer's key of that region.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html
type Copies struct {
	pulumi.ResourceState

	VaultName pulumi.StringOutput `pulumi:"vaultName"`
	VaultArn  pulumi.StringOutput `pulumi:"vaultArn"`

	ready []pulumi.Resource
}

// NewCopies makes the vault of the copies. Its provider is that of the other region.
func NewCopies(ctx *pulumi.Context, name string, args *CopiesArgs, opts ...pulumi.ResourceOption) (*Copies, error) {
	c := &Copies{}
	return component.New(ctx, name, c, component.Shape{
		Token:     token.BackupCopies,
		Check:     args.check,
		Inputs:    args.inputs,
		Provision: func() error { return c.provision(ctx, name, args) },
		Outputs:   func() pulumi.Map { return pulumi.Map{"vaultName": c.VaultName, "vaultArn": c.VaultArn} },
	}, opts...)
}

func (a *CopiesArgs) check() error {
	if a == nil || a.Location.Region == "" || len(a.Key) == 0 {
		return errors.New("a location and the policy of the key are required")
	}
	return nil
}

func (a *CopiesArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"region":  pulumi.String(a.Location.Region),
		"lock":    pulumi.String(lockText(a.Settings.Lock)),
		"protect": pulumi.Bool(a.Protection.Protect),
	}
}

func (c *Copies) provision(ctx *pulumi.Context, name string, args *CopiesArgs) error {
	key, err := kms.NewKey(ctx, naming.Child(name, "key"), &kms.KeyArgs{
		Description:          pulumi.String("Morpheus: copies of the backups"),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(args.Protection.KeyDeletionDays),
		Policy:               policy.Document(args.Key...),
	}, pulumi.Parent(c), pulumi.Protect(args.Protection.Protect))
	if err != nil {
		return fmt.Errorf("create the key: %w", err)
	}
	_, err = kms.NewAlias(ctx, naming.Child(name, "key", "alias"), &kms.AliasArgs{TargetKeyId: key.KeyId}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("name the key: %w", err)
	}
	made, err := newVault(ctx, name, vaultArgs{
		settings: args.Settings, protection: args.Protection, keyArn: key.Arn, parent: c,
	})
	if err != nil {
		return err
	}
	c.VaultName, c.VaultArn, c.ready = made.vault.Name, made.vault.Arn, made.ready
	return nil
}

// settings are what must exist before the first copy.
func (c *Copies) settings() []pulumi.Resource {
	if c == nil {
		return nil
	}
	return c.ready
}

// actions copy each recovery point of a rule. A copy has a lifecycle of its own: without one it is kept for ever.
func (c *Copies) actions(days int) backup.PlanRuleCopyActionArray {
	if c == nil {
		return nil
	}
	return backup.PlanRuleCopyActionArray{backup.PlanRuleCopyActionArgs{
		DestinationVaultArn: c.VaultArn,
		Lifecycle:           backup.PlanRuleCopyActionLifecycleArgs{DeleteAfter: pulumi.Int(days)},
	}}
}
