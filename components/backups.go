package components

import (
	"github.com/morpheus-ha/morpheus-aws/components/cluster"
	"github.com/morpheus-ha/morpheus-aws/components/database"
	"github.com/morpheus-ha/morpheus-aws/components/filesystem"
	"github.com/morpheus-ha/morpheus-aws/components/loadbalancer"
	"github.com/morpheus-ha/morpheus-aws/components/messaging"
	"github.com/morpheus-ha/morpheus-aws/components/search"
	"github.com/morpheus-ha/morpheus-aws/internal/backups"
)

// Backups are what the tiers declare about their backups, the tiers with data first.
var Backups = []backups.Tier{
	database.Backups, filesystem.Backups, messaging.Backups, search.Backups, cluster.Backups, loadbalancer.Backups,
}
