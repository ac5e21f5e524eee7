package messaging

import "github.com/morpheus-ha/morpheus-aws/internal/backups"

// Backups of the broker.
var Backups = backups.Tier{Name: "messaging", Parts: []backups.Part{{
	What:    "messages on their way, queues and their policies",
	Besides: "definitions without messages, hourly for 30 days in the bucket messagingDefinitionsBucket",
	WhyNot:  "AWS Backup does not take brokers, and a message that is restored late would be worked off twice",
	Restore: "`pulumi up` makes an empty broker; the nodes declare their queues when they start. docs/restore.md: the " +
		"definitions that somebody added",
	Source: "https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-feature-availability.html",
}}}
