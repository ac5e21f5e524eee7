package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/restorefiles"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/validate"
)

func newRestoreFiles(f *flags) *cobra.Command {
	yes, r, vault := &approval{}, restorefiles.Restore{}, ""
	c := &cobra.Command{
		Use:   "files",
		Short: "Bring files back from a recovery point of AWS Backup",
		Long: "Bring files back from a recovery point of AWS Backup: it restores them into a folder of the file system, and a " +
			"node moves them to where they were. Files that are newer stay, and files that the recovery point does not have stay " +
			"in any case. Run it again if it was interrupted: it goes on.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			clean, err := restorefiles.CleanPath(r.Path)
			if err != nil {
				return err
			}
			d, err := f.deployed(c.Context())
			if err != nil {
				return err
			}
			one := r
			one.Path, one.AWS, one.FileSystem = clean, d.Account, d.Outputs["fileSystemId"]
			if one.Vault = vault; vault == "" {
				one.Vault = idOf(d, awstoken.BackupVault, "backup-vault")
			}
			if one.Role == "" {
				one.Role = textOf(d, awstoken.IAMRole, "backup-restore-role", "arn")
			}
			switch {
			case one.Vault == "":
				return errors.New("--vault: the stack has no vault: give the name of the one with the recovery point")
			case one.Role == "":
				return errors.New("--role: without restore tests the stack has no role that may restore: give the ARN of one with " +
					"AWSBackupServiceRolePolicyForRestores that backup.amazonaws.com may assume")
			}
			one.OnNode = restorefiles.OnNode(groupOf(d))
			if err := one.Check(c.Context()); err != nil {
				return err
			}
			if _, err := steps.Run(c.Context(), one.Steps(), yes.options(f)); err != nil {
				return err
			}
			if one.Moved != nil {
				fmt.Fprintln(f.streams.Out, one.Moved)
			}
			yes.closing(f)
			return nil
		},
	}
	c.Flags().StringVar(&r.PointArn, "recovery-point", "", "ARN of a recovery point of the file system (required)")
	c.Flags().StringVar(&r.Path, "path", "", "restore only this file or folder, from the root of the file system (default: all)")
	c.Flags().BoolVar(&r.Overwrite, "overwrite", false, "also replace files that are newer than the recovery point")
	c.Flags().BoolVar(&r.Again, "again", false, "restore once more what a completed job of the last 30 days has restored")
	c.Flags().StringVar(&vault, "vault", "", "vault with the recovery point (default: that of the stack)")
	c.Flags().StringVar(&r.Role, "role", "", "ARN of the role of the job (default: that of the restore tests)")
	yes.addTo(c)
	if err := c.MarkFlagRequired("recovery-point"); err != nil {
		panic("no flag recovery-point")
	}
	return c
}

// idOf returns the id of a resource by its type and name; empty for none.
func idOf(d *validate.Subject, token, name string) string {
	for _, r := range d.State.Of(token) {
		if r.Name() == name {
			return r.ID
		}
	}
	return ""
}

// textOf returns an output of a resource; empty for none.
func textOf(d *validate.Subject, token, name, output string) string {
	for _, r := range d.State.Of(token) {
		if r.Name() == name {
			text, _ := r.Outputs[output].(string)
			return text
		}
	}
	return ""
}
