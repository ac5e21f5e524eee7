// Package components collects what the tiers say about themselves, each in its own folder.
package components

import (
	"github.com/morpheus-ha/morpheus-aws/components/backup"
	"github.com/morpheus-ha/morpheus-aws/components/database"
	"github.com/morpheus-ha/morpheus-aws/components/filesystem"
	"github.com/morpheus-ha/morpheus-aws/components/loadbalancer"
	"github.com/morpheus-ha/morpheus-aws/components/messaging"
	"github.com/morpheus-ha/morpheus-aws/components/search"
	"github.com/morpheus-ha/morpheus-aws/internal/changes"
)

// Changes are the tables of the tiers in config.Replaceable.
var Changes = map[string]changes.Table{
	"filesystem": filesystem.Changes,
	"database":   database.Changes,
	"messaging":  messaging.Changes,
	"search":     search.Changes,

	"loadbalancer": loadbalancer.Changes,
	"backup":       backup.Changes,
}
