// Package backup keeps recovery points of the tiers that AWS Backup takes: a locked vault, a plan with the schedules of
// the configuration, and a selection of what the tiers declare.
package backup

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/backup"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/component"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/backups"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// service assumes the roles of jobs. It has the same name in every partition.
const service = "backup.amazonaws.com"

// Args of a Backup. All are required.
type Args struct {
	Settings   config.Backup
	Access     config.Access
	Location   location.Location
	Protection lifecycle.Protection
	// Stack is part of the name of the restore tests.
	Stack string
	// KeyArn encrypts the vault; a change replaces it, and its recovery points are lost.
	KeyArn pulumi.StringInput
	// Tags of the recovery points: those of the provider do not reach what AWS Backup makes.
	Tags map[string]string
	// Copies is the vault in the other region; nil for no copies.
	Copies *Copies
	// TopicArn gets what fails.
	TopicArn pulumi.StringInput
	// Tiers are what the tiers declare, and Arns their resources by role.
	Tiers []backups.Tier
	Arns  map[string]pulumi.StringInput
	// Targets are the settings of what a restore test makes, by the role of the part.
	Targets map[string]pulumi.StringMapInput
}

// Backup is the vault and what fills it.
type Backup struct {
	pulumi.ResourceState

	VaultName pulumi.StringOutput `pulumi:"vaultName"`
	VaultArn  pulumi.StringOutput `pulumi:"vaultArn"`

	// CopiesVault is the name of the vault in the other region; nil without copies.
	CopiesVault pulumi.StringInput
	// RestoreRoleArn is the role of restore jobs; nil without restore tests and copies.
	RestoreRoleArn pulumi.StringInput

	// tests is the ARN of the plan of the restore tests; nil without them.
	tests pulumi.StringInput
}

// New makes the vault, its lock, the plan and the selection.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Backup, error) {
	b := &Backup{}
	return component.New(ctx, name, b, component.Shape{
		Token:     token.Backup,
		Check:     args.check,
		Inputs:    args.inputs,
		Provision: func() error { return b.provision(ctx, name, args) },
		Outputs:   b.outputs,
	}, opts...)
}

func (a *Args) check() error {
	switch {
	case a == nil || a.Location.Partition == "" || a.Stack == "":
		return errors.New("a location and a stack are required")
	case a.KeyArn == nil || a.TopicArn == nil:
		return errors.New("a key and a topic are required")
	}
	for _, part := range backups.Protected(a.Tiers) {
		if a.Arns[part.Role] == nil {
			return fmt.Errorf("nothing has the role %q of the part %q", part.Role, part.What)
		}
		if a.Settings.TestsRestores() && a.Targets[part.Role] == nil {
			return fmt.Errorf("nothing says how %q is restored in a test", part.What)
		}
	}
	return nil
}

// inputs have the lock as a text, so that a preview and a warning show what changes of it.
func (a *Args) inputs() pulumi.Map {
	return component.Inputs(a.Settings, pulumi.Map{
		"lock":    pulumi.String(lockText(a.Settings.Lock)),
		"keyArn":  a.KeyArn,
		"protect": pulumi.Bool(a.Protection.Protect),
	})
}

func (b *Backup) provision(ctx *pulumi.Context, name string, args *Args) error {
	made, err := newVault(ctx, name, vaultArgs{
		settings: args.Settings, protection: args.Protection, keyArn: args.KeyArn, parent: b,
	})
	if err != nil {
		return err
	}
	if args.Copies != nil {
		b.CopiesVault = args.Copies.VaultName
	}
	b.VaultName, b.VaultArn = made.vault.Name, made.vault.Arn
	if err := b.notifications(ctx, name, args); err != nil {
		return err
	}
	role, err := b.role(ctx, name, args)
	if err != nil {
		return err
	}
	selection, err := b.plan(ctx, name, args, made.ready, role)
	if err != nil {
		return err
	}
	return b.restoreTests(ctx, name, args, selection)
}

func (b *Backup) outputs() pulumi.Map {
	return pulumi.Map{"vaultName": b.VaultName, "vaultArn": b.VaultArn}
}

// events are what the topic gets: jobs that did not do what they should. They say which resource and why; the alarms, that
// it has not been made good.
var events = []string{"BACKUP_JOB_EXPIRED", "BACKUP_JOB_FAILED", "COPY_JOB_FAILED", "RESTORE_JOB_FAILED"}

func (b *Backup) notifications(ctx *pulumi.Context, name string, args *Args) error {
	_, err := backup.NewVaultNotifications(ctx, naming.Child(name, "events"), &backup.VaultNotificationsArgs{
		BackupVaultName: b.VaultName, SnsTopicArn: args.TopicArn, BackupVaultEvents: pulumi.ToStringArray(events),
	}, pulumi.Parent(b),
		// A vault has one topic: the deletion of the replaced notifications would take away the new ones.
		pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("notify of the vault's events: %w", err)
	}
	return nil
}

// role is what the jobs act with. It has AWS's own policy, which AWS extends when a service changes its calls: a copy of
// it here would miss that, and jobs would fail.
func (b *Backup) role(ctx *pulumi.Context, name string, args *Args) (pulumi.StringOutput, error) {
	return newRole(ctx, naming.Child(name, "role"), "AWSBackupServiceRolePolicyForBackup",
		"AWS Backup makes recovery points of Morpheus", args,
		// AWS Backup ends recovery points with the role of their jobs: a vault that outlives the stack needs it.
		// https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-iam.html
		pulumi.Parent(b), pulumi.RetainOnDelete(args.Protection.KeepBackups))
}

// newRole makes a role of AWS Backup with one of AWS's policies. The ARN waits for the policy.
func newRole(
	ctx *pulumi.Context, name, managed, description string, args *Args, options ...pulumi.ResourceOption,
) (arn pulumi.StringOutput, err error) {
	trust, err := policy.AssumeRole(service, nil)
	if err != nil {
		return arn, fmt.Errorf("write the trust policy: %w", err)
	}
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description:         pulumi.String(description),
		AssumeRolePolicy:    pulumi.String(trust),
		PermissionsBoundary: policy.Boundary(args.Access.PermissionsBoundary),
	}, options...)
	if err != nil {
		return arn, fmt.Errorf("create the role %s: %w", name, err)
	}
	attached, err := iam.NewRolePolicyAttachment(ctx, naming.Child(name, "policy"), &iam.RolePolicyAttachmentArgs{
		Role:      role.Name,
		PolicyArn: pulumi.Sprintf("arn:%s:iam::aws:policy/service-role/%s", args.Location.Partition, managed),
	}, options...)
	if err != nil {
		return arn, fmt.Errorf("attach AWS's policy to the role %s: %w", name, err)
	}
	return attached.ID().ApplyT(func(pulumi.ID) pulumi.StringOutput { return role.Arn }).(pulumi.StringOutput), nil
}

func (b *Backup) plan(
	ctx *pulumi.Context, name string, args *Args, ready []pulumi.Resource, roleArn pulumi.StringInput,
) (*backup.Selection, error) {
	plan, err := backup.NewPlan(ctx, naming.Child(name, "plan"), &backup.PlanArgs{
		Rules: rules(args, b.VaultName),
	}, pulumi.Parent(b),
		// A job that begins before the lock and the policy are set makes a recovery point that anybody can delete.
		pulumi.DependsOn(append(ready, args.Copies.settings()...)))
	if err != nil {
		return nil, fmt.Errorf("create the plan: %w", err)
	}
	var arns pulumi.StringArray
	for _, part := range backups.Protected(args.Tiers) {
		arns = append(arns, args.Arns[part.Role])
	}
	selection, err := backup.NewSelection(ctx, naming.Child(name, "tiers"), &backup.SelectionArgs{
		PlanId: plan.ID(), IamRoleArn: roleArn, Resources: arns,
	}, pulumi.Parent(b))
	if err != nil {
		return nil, fmt.Errorf("select what is backed up: %w", err)
	}
	return selection, nil
}

// days on which each schedule runs, in the last three fields of a cron expression.
var days = map[string]string{"daily": "? * * *", "weekly": "? * SUN *", "monthly": "1 * ? *"}

// rules begin at the same time of day. Where their days fall together, AWS Backup makes one recovery point, for the rule
// with the longest retention: https://docs.aws.amazon.com/aws-backup/latest/devguide/creating-a-backup-plan.html
func rules(args *Args, vault pulumi.StringInput) backup.PlanRuleArray {
	s := args.Settings
	jobs := s.JobWindow()
	var out backup.PlanRuleArray
	for _, kept := range s.Kept() {
		out = append(out, backup.PlanRuleArgs{
			RuleName:          pulumi.String(kept.Name),
			TargetVaultName:   vault,
			Schedule:          pulumi.String("cron(" + jobs.Cron() + " " + days[kept.Name] + ")"),
			StartWindow:       pulumi.Int(int(jobs.Length.Minutes())),
			CompletionWindow:  pulumi.Int(s.CompletionHours * 60), //nolint:mnd // minutes of an hour
			RecoveryPointTags: pulumi.ToStringMap(args.Tags),
			Lifecycle:         backup.PlanRuleLifecycleArgs{DeleteAfter: pulumi.Int(kept.Days)},
			CopyActions:       args.Copies.actions(kept.Days),
		})
	}
	return out
}
