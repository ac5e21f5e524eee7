package stacks

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/components/database"
	"github.com/morpheus-ha/morpheus-aws/components/encryption"
	"github.com/morpheus-ha/morpheus-aws/components/filesystem"
	"github.com/morpheus-ha/morpheus-aws/components/messaging"
	"github.com/morpheus-ha/morpheus-aws/components/network"
	"github.com/morpheus-ha/morpheus-aws/components/search"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/guard"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// protect returns the protection of a tier's data and the component options with the guard.
func (p *primary) protect(tier string) (lifecycle.Protection, []pulumi.ResourceOption, error) {
	protection, err := p.config.ProtectionOf(tier)
	if err != nil {
		return protection, nil, err
	}
	table, ok := components.Changes[tier]
	if !ok {
		return protection, nil, fmt.Errorf("guard of %s: the tier has no table of changes", tier)
	}
	kept, err := guard.Option(p.ctx, tier, table, p.config.Safety.AllowReplace, p.before)
	return protection, []pulumi.ResourceOption{p.inProvider, kept}, err
}

func (p *primary) makeFileSystem() error {
	const name = "filesystem"
	protection, options, err := p.protect(name)
	if err != nil {
		return err
	}
	p.fileSystem, err = filesystem.New(p.ctx, name, &filesystem.Args{
		Settings: p.config.FileSystem, Location: p.location, Protection: protection,
		Subnets:         p.network.Subnets(subnets.Data),
		SecurityGroupID: p.network.SecurityGroupID(network.FileSystem),
		KeyArn:          p.keys.KeyArn(encryption.FileSystem),
		NodeRoleArn:     p.access.NodeRoleArn,

		AutomaticBackups: !p.config.Backup.Enabled,
		Replica:          p.receivers.Files(),
		Copied:           p.takes.Files(),
	}, options...)
	return err
}

func (p *primary) makeDatabase() error {
	const name = "database"
	protection, options, err := p.protect(name)
	if err != nil {
		return err
	}
	settings := p.config.Database
	if !p.config.Recovery.Serves() {
		settings.Instances = 1 // RDS cannot make a member the writer that has none
	}
	p.database, err = database.New(p.ctx, name, &database.Args{
		Settings: settings, Logs: p.config.Logs, Rotation: p.config.Rotation, Access: p.config.Access,
		Location: p.location, Protection: protection,
		Subnets:         p.network.Subnets(subnets.Data),
		SecurityGroupID: p.network.SecurityGroupID(network.Database),
		KeyArn:          p.keys.KeyArn(encryption.Database),
		SecretsKeyArn:   p.keys.KeyArn(encryption.Secrets),
		LogsKeyArn:      p.keys.KeyArn(encryption.Logs),
		TopicArn:        p.notifications.TopicArn,

		DeployedSnapshot: p.deployedSnapshot(),
		GlobalDatabase:   p.config.GlobalDatabase(),
		Replica:          p.receivers.Secrets(),
		Secondary:        p.takes.Secondary(),
	}, options...)
	return err
}

// deployedSnapshot returns the name of the deployed cluster's final snapshot while the cluster may be replaced.
func (p *primary) deployedSnapshot() string {
	if !slices.Contains(p.config.Safety.AllowReplace, "database") {
		return ""
	}
	cluster, _ := p.before.Named(awstoken.RDSCluster, "database-cluster")
	return cluster.Text("finalSnapshotIdentifier")
}

func (p *primary) makeMessaging() error {
	const name = "messaging"
	protection, options, err := p.protect(name)
	if err != nil {
		return err
	}
	p.messaging, err = messaging.New(p.ctx, name, &messaging.Args{
		Settings: p.config.Messaging, Rotation: p.config.Rotation, Location: p.location, Protection: protection,
		Subnets:         p.network.Subnets(subnets.Data),
		SecurityGroupID: p.network.SecurityGroupID(network.Messaging),
		KeyArn:          p.keys.KeyArn(encryption.Messaging),
		SecretsKeyArn:   p.keys.KeyArn(encryption.Secrets),
	}, options...)
	return err
}

func (p *primary) makeSearch() error {
	const name = "search"
	protection, options, err := p.protect(name)
	if err != nil {
		return err
	}
	p.search, err = search.New(p.ctx, name, &search.Args{
		Settings: p.config.Search, Logs: p.config.Logs, Rotation: p.config.Rotation, Access: p.config.Access,
		Location: p.location, Protection: protection,
		Subnets:         p.network.Subnets(subnets.Data),
		SecurityGroupID: p.network.SecurityGroupID(network.Search),
		KeyArn:          p.keys.KeyArn(encryption.Search),
		SecretsKeyArn:   p.keys.KeyArn(encryption.Secrets),
		LogsKeyArn:      p.keys.KeyArn(encryption.Logs),

		ServiceLinkedRole: p.access.OpenSearchServiceRole,
	}, options...)
	return err
}
