package recovery

import (
	"github.com/morpheus-ha/morpheus-aws/components/cluster"
	"github.com/morpheus-ha/morpheus-aws/components/database"
	"github.com/morpheus-ha/morpheus-aws/components/filesystem"
	"github.com/morpheus-ha/morpheus-aws/components/loadbalancer"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/contract"
)

// TakeOver is what a stack takes over of another one. A nil one stands for a stack with data of its own.
type TakeOver struct {
	Settings config.Recovery
	Contract contract.Contract
}

// Secondary returns what the database takes over; nil for one that is made of a snapshot and has users of its own.
func (t *TakeOver) Secondary() *database.Secondary {
	if t == nil || t.Settings.Restored() {
		return nil
	}
	return &database.Secondary{
		Global: config.GlobalDatabaseOf(t.Settings.PrimaryStack), SourceRegion: t.Settings.PrimaryRegion,
		UserSecretArn: t.Contract.DatabaseSecretArn, AdminSecretArn: t.Contract.DatabaseAdminSecretArn,
		SecretsKeyArn: t.Contract.SecretsKeyArn,
	}
}

// Files returns the copy of the files.
func (t *TakeOver) Files() *filesystem.Copied {
	if t == nil {
		return nil
	}
	if t.Settings.Restored() {
		return &filesystem.Copied{ID: t.Settings.FileSystemID, Serves: true, Restored: true}
	}
	return &filesystem.Copied{ID: t.Contract.FileSystemID, Serves: t.Settings.Serves()}
}

// Appliance returns the secret of the nodes.
func (t *TakeOver) Appliance() *cluster.Appliance {
	if t == nil {
		return nil
	}
	return &cluster.Appliance{SecretArn: t.Contract.ApplianceSecretArn, KeyArn: t.Contract.SecretsKeyArn}
}

// Name says whose the record of the appliance's name is.
func Name(settings config.Recovery) loadbalancer.Name {
	switch {
	case settings.TakesOver():
		return loadbalancer.NameOfOther
	case settings.FailedOver:
		return loadbalancer.NameMoved
	}
	return loadbalancer.NameHere
}
