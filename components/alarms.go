package components

import (
	"github.com/morpheus-ha/morpheus-aws/components/backup"
	"github.com/morpheus-ha/morpheus-aws/components/cluster"
	"github.com/morpheus-ha/morpheus-aws/components/database"
	"github.com/morpheus-ha/morpheus-aws/components/encryption"
	"github.com/morpheus-ha/morpheus-aws/components/filesystem"
	"github.com/morpheus-ha/morpheus-aws/components/loadbalancer"
	"github.com/morpheus-ha/morpheus-aws/components/messaging"
	"github.com/morpheus-ha/morpheus-aws/components/network"
	"github.com/morpheus-ha/morpheus-aws/components/notifications"
	"github.com/morpheus-ha/morpheus-aws/components/search"
	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// Alarms are what the tiers of a stack declare as alarming, from the clients to the network.
func Alarms(c *config.Config) []alarm.Tier {
	all := []alarm.Tier{
		loadbalancer.Alarms(c.LoadBalancer, c.Monitoring, c.AWS.Region, c.Network.AvailabilityZones,
			c.Cluster.LeastNodes()),
		cluster.Alarms(c.Cluster, c.Monitoring, c.MetricNamespace()),
		filesystem.Alarms(c.FileSystem, c.Recovery.CopiesFiles(), c.MetricNamespace()),
		database.Alarms(c.Database, c.Monitoring, c.MetricNamespace()),
		messaging.Alarms(c.Messaging, c.Monitoring, c.MetricNamespace()),
		search.Alarms(c.Search, c.MetricNamespace()),
		backup.Alarms(c.Backup, c.Recovery.Region, Backups),
		network.Alarms(c.Network),
		notifications.Alarms(),
		encryption.Alarms(),
	}
	if c.Monitoring.Alarms == config.EssentialAlarms {
		for i := range all {
			all[i] = all[i].EssentialOnly()
		}
	}
	return all
}
