package cluster

import "github.com/morpheus-ha/morpheus-aws/internal/backups"

// Backups of the nodes.
var Backups = backups.Tier{Name: "cluster", Parts: []backups.Part{
	{
		What:    "appliance secret: the encryption suffix, without which the rows cannot be read",
		WhyNot:  "AWS Backup does not take secrets; a deleted one can be restored for 30 days in production",
		Restore: "docs/restore.md: keep a copy outside of the account",
		Source:  "https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_restore-secret.html",
	},
	{
		What:    "nodes and their volumes",
		WhyNot:  "a node keeps nothing of its own: it is made again from the image and the boot files",
		Restore: "the scaling group launches a new node",
		Source:  "https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html",
	},
}}
