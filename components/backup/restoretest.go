package backup

import (
	"fmt"
	"math"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/backup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/backups"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// restoreNameMax is the limit of CreateRestoreTestingPlan and CreateRestoreTestingSelection.
const restoreNameMax = 50

// restoreRole makes the role of restore jobs. A stack with copies has it also without tests: when its region is lost, that
// of IAM's control plane may be lost too.
func (b *Backup) restoreRole(ctx *pulumi.Context, name string, args *Args) error {
	if !args.Settings.TestsRestores() && args.Copies == nil {
		return nil
	}
	role, err := newRole(ctx, naming.Child(name, "restore", "role"), "AWSBackupServiceRolePolicyForRestores",
		"AWS Backup restores recovery points of Morpheus in tests", args, pulumi.Parent(b))
	b.RestoreRoleArn = role
	return err
}

// restoreTests makes the plan of the restore tests and a selection for each part. They begin after selected, without
// which there are no recovery points.
func (b *Backup) restoreTests(ctx *pulumi.Context, name string, args *Args, selected pulumi.Resource) error {
	if err := b.restoreRole(ctx, name, args); err != nil || !args.Settings.TestsRestores() {
		return err
	}
	s := args.Settings.RestoreTest
	start := s.StartWindow()
	plan, err := backup.NewRestoreTestingPlan(ctx, naming.Child(name, "restore", "plan"), &backup.RestoreTestingPlanArgs{
		Name: pulumi.String(restoreName(args.Stack)),
		RecoveryPointSelection: &backup.RestoreTestingPlanRecoveryPointSelectionArgs{
			Algorithm: pulumi.String("LATEST_WITHIN_WINDOW"),
			// No rule of the plan makes continuous backups.
			RecoveryPointTypes:  pulumi.ToStringArray([]string{"SNAPSHOT"}),
			IncludeVaults:       pulumi.StringArray{b.VaultArn},
			SelectionWindowDays: pulumi.Int(selectionDays(args.Settings)),
		},
		ScheduleExpression:         pulumi.String("cron(" + start.Cron() + " ? * " + s.DayNames() + " *)"),
		ScheduleExpressionTimezone: pulumi.String("Etc/UTC"),
		StartWindowHours:           pulumi.Int(int(start.Length.Hours())),
	}, pulumi.Parent(b), pulumi.DependsOn([]pulumi.Resource{selected}),
		// The name is fixed, and an account has it once.
		pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("create the plan of the restore tests: %w", err)
	}
	b.tests = plan.Arn
	for _, part := range backups.Protected(args.Tiers) {
		service := strings.ToLower(part.Service)
		_, err := backup.NewRestoreTestingSelection(ctx, naming.Child(name, "restore", service),
			&backup.RestoreTestingSelectionArgs{
				Name:                     pulumi.String(service),
				RestoreTestingPlanName:   plan.Name,
				ProtectedResourceType:    pulumi.String(part.Service),
				ProtectedResourceArns:    pulumi.StringArray{args.Arns[part.Role]},
				IamRoleArn:               b.RestoreRoleArn,
				RestoreMetadataOverrides: args.Targets[part.Role],
				ValidationWindowHours:    pulumi.Int(s.ValidationHours),
			}, pulumi.Parent(b),
			// The provider does not send a change of the ARNs, and stores it as if it had.
			// https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/backup/restore_testing_selection.go
			pulumi.ReplaceOnChanges([]string{"protectedResourceArns"}), pulumi.DeleteBeforeReplace(true))
		if err != nil {
			return fmt.Errorf("select %s for the restore tests: %w", part.What, err)
		}
	}
	return nil
}

// restoreName is the name of the plan. AWS allows no dashes in it, and Pulumi's own name would have some. The name of a
// stack has no underscore, so that two stacks do not meet.
func restoreName(stack string) string {
	return strings.ReplaceAll(naming.Fit(restoreNameMax, "morpheus", stack, "restore-test"), "-", "_")
}

// selectionDays is how far back a test looks for a recovery point: further than the newest one can be old, a day and the
// longest job. Without one, AWS Backup tests nothing and says nothing.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing.html
func selectionDays(settings config.Backup) int {
	return 1 + int(math.Ceil(float64(longestJob(settings))/day))
}

// longestJob are the hours from the start of the window to the end of the longest job in it.
func longestJob(settings config.Backup) int {
	return int(math.Ceil(settings.JobWindow().Length.Hours())) + settings.CompletionHours
}
