package encryption

// Concern is what a key encrypts.
type Concern string

// The concerns; each has a key of its own.
const (
	Database   Concern = "database"
	FileSystem Concern = "filesystem"
	Search     Concern = "search"
	Messaging  Concern = "messaging"
	Volumes    Concern = "volumes"
	Secrets    Concern = "secrets"
	Logs       Concern = "logs"
	Backup     Concern = "backup"
)

// Concerns in the order in which they are registered.
var Concerns = []Concern{Database, FileSystem, Search, Messaging, Volumes, Secrets, Logs, Backup}

// Usage says what a key is for, as docs/keys.md does.
type Usage struct {
	// description is shown in the console. A change of it updates every deployed key.
	description string
	// Encrypts is what is unreadable without the key.
	Encrypts string
	// UsedBy is who uses it, and with which permission.
	UsedBy string
}

// About a concern's key.
func About(concern Concern) Usage { return about[concern] }

var about = map[Concern]Usage{
	Database: {
		description: "Morpheus: database storage, snapshots and insights",
		Encrypts:    "Aurora storage, snapshots, final snapshots and Performance Insights",
		UsedBy:      "RDS, by a grant from the creator of the cluster",
	},
	FileSystem: {
		description: "Morpheus: shared file system",
		Encrypts:    "the EFS file system",
		UsedBy:      "EFS, by a grant from the creator of the file system; clients need no permission on the key",
	},
	Search: {
		description: "Morpheus: search domain",
		Encrypts: "indexes, logs, swap files and automated snapshots of the OpenSearch domain, " +
			"and the bucket of its snapshots",
		UsedBy: "OpenSearch Service, by a grant from the creator of the domain; the role of the snapshots has " +
			"kms:Decrypt and kms:GenerateDataKey, through S3 only",
	},
	Messaging: {
		description: "Morpheus: message broker",
		Encrypts:    "messages and definitions of the Amazon MQ broker, and the bucket with a copy of the definitions",
		UsedBy: "Amazon MQ, by a grant from the creator of the broker; the node role has kms:GenerateDataKey, through S3 " +
			"only",
	},
	Volumes: {
		description: "Morpheus: volumes of the application nodes",
		Encrypts:    "root volumes of the nodes",
		UsedBy: "EC2 Auto Scaling's service-linked role, which starts nodes with its own permissions only, " +
			"and EC2 by its grant",
	},
	Secrets: {
		description: "Morpheus: credentials in Secrets Manager",
		Encrypts:    "the secrets of database, broker and search, and the database administrator's, which RDS manages",
		UsedBy: "Secrets Manager, with the permissions of the caller: the node role has kms:Decrypt, and " +
			"kms:GenerateDataKey for the secret that all nodes share, through Secrets Manager only",
	},
	Logs: {
		description: "Morpheus: log groups",
		Encrypts:    "CloudWatch log groups, notifications and reports of failed boots",
		UsedBy: "CloudWatch Logs for the log groups of this account and region; the services that publish to encrypted " +
			"topics, for this account; the role of EventBridge's rules, through SNS only; the node role has kms:GenerateDataKey, through S3 only",
	},
	Backup: {
		description: "Morpheus: backups",
		Encrypts: "the backup vault: recovery points of the file system; those of the database keep the key of the " +
			"database",
		UsedBy: "AWS Backup, by a grant from the creator of the vault, and with the permissions of the role of its jobs",
	},
}
