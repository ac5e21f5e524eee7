package search

import "github.com/morpheus-ha/morpheus-aws/internal/backups"

// Backups of the search domain.
var Backups = backups.Tier{Name: "search", Parts: []backups.Part{{
	What: "indexes: logs and activity of the appliance",
	Besides: "OpenSearch, hourly for 14 days inside the domain: they are lost with it; and daily for 14 days in the bucket " +
		"searchSnapshotBucket",
	WhyNot:  "AWS Backup does not take domains",
	Restore: "docs/restore.md: `pulumi up` makes an empty domain, into which a snapshot of the bucket is restored",
	Source:  "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html",
}}}
