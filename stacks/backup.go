package stacks

import (
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/components/backup"
	"github.com/morpheus-ha/morpheus-aws/components/encryption"
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
	p.backup, err = backup.New(p.ctx, name, &backup.Args{
		Settings: p.config.Backup, Access: p.config.Access, Location: p.location, Protection: protection,
		KeyArn: p.keys.KeyArn(encryption.Backup), TopicArn: p.notifications.TopicArn,
		Tags:  p.config.DefaultTags(),
		Tiers: components.Backups, Arns: arns,
	}, options...)
	return err
}
