package search

import "github.com/morpheus-ha/morpheus-aws/internal/backups"

// Backups of the search domain.
var Backups = backups.Tier{Name: "search", Parts: []backups.Part{{
	What:    "indexes: logs and activity of the appliance",
	Besides: "OpenSearch, hourly for 14 days inside the domain: they are lost with it",
	WhyNot:  "AWS Backup does not take domains; snapshots into the bucket searchSnapshotBucket are made by hand",
	Restore: "`pulumi up` makes an empty domain; the appliance writes new indexes, and old log lines are missing",
	Source:  "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html",
}}}
