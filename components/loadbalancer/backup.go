package loadbalancer

import "github.com/morpheus-ha/morpheus-aws/internal/backups"

// Backups of the load balancer.
var Backups = backups.Tier{Name: "loadbalancer", Parts: []backups.Part{{
	What:    "listeners, certificate and DNS record",
	WhyNot:  "they are this program's configuration; AWS Backup does not take load balancers",
	Restore: "`pulumi up` makes them again",
	Source:  "https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-feature-availability.html",
}}}
