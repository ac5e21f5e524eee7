package stacks

import (
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/components/backup"
	"github.com/morpheus-ha/morpheus-aws/components/encryption"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
)

func (p *primary) makeBackup() error {
	const name = "backup"
	if !p.config.Backup.Enabled {
		return nil
	}
	protection, options, err := p.protect(name)
	if err != nil {
		return err
	}
	arns := map[string]pulumi.StringInput{}
	maps.Copy(arns, p.database.BackupArns())
	maps.Copy(arns, p.fileSystem.BackupArns())
	targets := map[string]pulumi.StringMapInput{}
	maps.Copy(targets, p.database.RestoreTargets())
	maps.Copy(targets, p.fileSystem.RestoreTargets())
	copies, err := p.makeCopies(protection)
	if err != nil {
		return err
	}
	p.backup, err = backup.New(p.ctx, name, &backup.Args{
		Settings: p.config.Backup, Access: p.config.Access, Location: p.location, Protection: protection,
		Stack: p.config.Stack, KeyArn: p.keys.KeyArn(encryption.Backup), TopicArn: p.notifications.TopicArn,
		Tags: p.config.DefaultTags(), Copies: copies,
		Tiers: components.Backups, Arns: arns, Targets: targets,
	}, options...)
	return err
}

// makeCopies makes the vault in the second region; nil for no copies.
func (p *primary) makeCopies(protection lifecycle.Protection) (*backup.Copies, error) {
	if p.receivers == nil {
		return nil, nil //nolint:nilnil // the stack has no copies
	}
	return backup.NewCopies(p.ctx, "copies", &backup.CopiesArgs{
		Settings: p.config.Backup, Location: p.receivers.Location, Protection: protection,
		Key: encryption.Statements(encryption.Backup, p.receivers.Location, p.access.AutoScalingServiceRoleArn),
	}, p.receivers.In)
}
