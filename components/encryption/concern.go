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

// Usage says what a key is for, in the words of the documentation.
type Usage struct {
	// description stands on the key in the console. A change of it updates every deployed key.
	description string
	// Encrypts is what is unreadable without the key.
	Encrypts string
	// UsedBy is who uses it, and by which right.
	UsedBy string
}

// About a concern's key.
func About(concern Concern) Usage { return about[concern] }

var about = map[Concern]Usage{
	Database: {
		"Morpheus: database storage, snapshots and insights",
		"Aurora storage, snapshots, final snapshots and Performance Insights",
		"RDS, by a grant that whoever creates the cluster gives it",
	},
	FileSystem: {
		"Morpheus: shared file system",
		"the EFS file system",
		"EFS, by a grant that whoever creates the file system gives it; clients need no permission on the key",
	},
	Search: {
		"Morpheus: search domain",
		"indexes, logs, swap files and automated snapshots of the OpenSearch domain, and the bucket of those that are made by hand",
		"OpenSearch Service, by a grant that whoever creates the domain gives it; the role of the snapshots has kms:Decrypt and kms:GenerateDataKey, through S3 only",
	},
	Messaging: {
		"Morpheus: message broker",
		"messages and definitions of the Amazon MQ broker",
		"Amazon MQ, by a grant that whoever creates the broker gives it",
	},
	Volumes: {
		"Morpheus: volumes of the application nodes",
		"root volumes of the nodes",
		"EC2 Auto Scaling's service-linked role, which starts nodes without anybody's permissions but its own, and EC2 by its grant",
	},
	Secrets: {
		"Morpheus: credentials in Secrets Manager",
		"the secrets of database, broker and search, and the database administrator's, which RDS manages",
		"Secrets Manager, with the permissions of whoever reads a secret: the node role has kms:Decrypt, and kms:GenerateDataKey for the secret that all nodes share, through Secrets Manager only",
	},
	Logs: {
		"Morpheus: log groups",
		"CloudWatch log groups, notifications and reports of failed boots",
		"CloudWatch Logs for the log groups of this account and region; the services that publish to encrypted topics, for this account; the node role has kms:GenerateDataKey, through S3 only",
	},
	Backup: {
		"Morpheus: backups",
		"nothing yet: it is kept for the recovery points of a backup vault",
		"nobody yet; AWS Backup would use it with the permissions of the role that a backup plan names",
	},
}
