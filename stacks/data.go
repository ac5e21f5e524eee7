package stacks

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/database"
	"github.com/morpheus-ha/morpheus-aws/components/encryption"
	"github.com/morpheus-ha/morpheus-aws/components/filesystem"
	"github.com/morpheus-ha/morpheus-aws/components/messaging"
	"github.com/morpheus-ha/morpheus-aws/components/network"
	"github.com/morpheus-ha/morpheus-aws/components/search"
	"github.com/morpheus-ha/morpheus-aws/internal/guard"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/risk"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// dataTiers know nothing of each other, so the engine makes them side by side.
func (p *primary) dataTiers() error {
	made := map[string]func(tier) error{
		"filesystem": p.fileSystemTier, "database": p.databaseTier, "messaging": p.messagingTier, "search": p.searchTier,
	}
	for _, name := range risk.Tiers {
		protection, err := p.config.ProtectionOf(name)
		if err != nil {
			return err
		}
		kept, err := guard.Option(p.ctx, name, p.config.Safety.AllowReplace)
		if err != nil {
			return err
		}
		if err := made[name](tier{
			name: name, protection: protection, placements: p.network.Placements(subnets.Data),
			options: []pulumi.ResourceOption{p.in, kept},
		}); err != nil {
			return err
		}
	}
	return nil
}

// tier is what the data tiers have in common.
type tier struct {
	name       string
	protection lifecycle.Protection
	placements []connection.Placement
	options    []pulumi.ResourceOption
}

func (p *primary) fileSystemTier(t tier) (err error) {
	f := p.config.FileSystem
	p.fileSystem, err = filesystem.New(p.ctx, t.name, &filesystem.Args{
		Location: p.location, Protection: t.protection,
		Name: f.Name, PerformanceMode: f.PerformanceMode, ThroughputMode: f.ThroughputMode,
		ColdAfterDays: f.TransitionToIADays, ReplicaRegion: f.ReplicationRegion, ReplicaKeyArn: f.ReplicationKeyArn,
		Placements:      t.placements,
		SecurityGroupID: p.network.SecurityGroupID(network.FileSystem),
		KeyArn:          p.keys.KeyArn(encryption.FileSystem),
		NodeRoleArn:     p.access.NodeRoleArn,
	}, t.options...)
	return err
}

func (p *primary) databaseTier(t tier) (err error) {
	d := p.config.Database
	p.database, err = database.New(p.ctx, t.name, &database.Args{
		Location: p.location, Protection: t.protection,
		Identifier: d.Name, EngineVersion: d.EngineVersion, InstanceClass: d.InstanceClass, Instances: d.Instances,
		BackupRetentionDays: d.BackupRetentionDays, BackupWindow: d.BackupWindow, MaintenanceWindow: d.MaintenanceWindow,
		SnapshotIdentifier: d.SnapshotIdentifier,
		Administrator:      database.Administrator(d.AdministratorSecret),
		GlobalIdentifier:   d.GlobalDatabase,
		Insights:           d.Insights,
		ConnectionsPerNode: d.ConnectionsPerNode,
		UserRotation:       p.config.Rotation.DatabaseUser, AdministratorRotation: p.config.Rotation.DatabaseAdministrator,
		LogRetentionDays: p.config.Logs.RetentionDays,
		Placements:       t.placements,
		SecurityGroupID:  p.network.SecurityGroupID(network.Database),
		KeyArn:           p.keys.KeyArn(encryption.Database),
		SecretsKeyArn:    p.keys.KeyArn(encryption.Secrets),
		LogsKeyArn:       p.keys.KeyArn(encryption.Logs),
		TopicArn:         p.notifications.TopicArn,

		PermissionsBoundary: p.config.Access.PermissionsBoundary,
	}, t.options...)
	return err
}

func (p *primary) messagingTier(t tier) (err error) {
	m := p.config.Messaging
	p.messaging, err = messaging.New(p.ctx, t.name, &messaging.Args{
		Location: p.location, Protection: t.protection,
		BrokerName: m.Name, EngineVersion: m.EngineVersion, InstanceType: m.InstanceType, DeploymentMode: m.DeploymentMode,
		MaintenanceDay: m.MaintenanceDay, MaintenanceTime: m.MaintenanceTime,
		Placements:      t.placements,
		SecurityGroupID: p.network.SecurityGroupID(network.Messaging),
		KeyArn:          p.keys.KeyArn(encryption.Messaging),
		SecretsKeyArn:   p.keys.KeyArn(encryption.Secrets),
		Rotation:        p.config.Rotation.Messaging,
	}, t.options...)
	return err
}

func (p *primary) searchTier(t tier) (err error) {
	s := p.config.Search
	p.search, err = search.New(p.ctx, t.name, &search.Args{
		Location: p.location, Protection: t.protection,
		DomainName: s.Name, EngineVersion: s.EngineVersion,
		InstanceType: s.InstanceType, InstanceCount: s.InstanceCount,
		DedicatedMasters: s.DedicatedMasters, MasterInstanceType: s.MasterInstanceType,
		VolumeSizeGiB: s.VolumeGiB, Iops: s.VolumeIops, ThroughputMiBps: s.VolumeThroughput,
		OffPeakStartHour: s.OffPeakStartHour,
		LogRetentionDays: p.config.Logs.RetentionDays,
		Placements:       t.placements,
		SecurityGroupID:  p.network.SecurityGroupID(network.Search),
		KeyArn:           p.keys.KeyArn(encryption.Search),
		SecretsKeyArn:    p.keys.KeyArn(encryption.Secrets),
		LogsKeyArn:       p.keys.KeyArn(encryption.Logs),
		Rotation:         p.config.Rotation.Search,

		ServiceLinkedRole:   p.access.OpenSearchServiceRole,
		PermissionsBoundary: p.config.Access.PermissionsBoundary,
	}, t.options...)
	return err
}
