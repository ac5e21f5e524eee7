// Package token lists the type tokens of the components. A token is part of the URN of every child: changing one
// replaces everything below it, unless an alias is added first. A test pins the list.
package token

// Type tokens, in the order of the deployment.
const (
	Encryption    = "morpheus:encryption:Encryption"
	Access        = "morpheus:access:Access"
	Notifications = "morpheus:notifications:Notifications"
	Network       = "morpheus:network:Network"
	FileSystem    = "morpheus:filesystem:FileSystem"
	Database      = "morpheus:database:Database"
	Messaging     = "morpheus:messaging:Messaging"
	Search        = "morpheus:search:Search"
	Credential    = "morpheus:credential:Credential" // #nosec G101 -- a type token
	LoadBalancer  = "morpheus:loadbalancer:LoadBalancer"
	Backup        = "morpheus:backup:Backup"
	BackupCopies  = "morpheus:backup:Copies"
	Cluster       = "morpheus:cluster:Cluster"
	Monitoring    = "morpheus:monitoring:Monitoring"
	Bucket        = "morpheus:bucket:Bucket"

	MonitoringGlobal = "morpheus:monitoring:Global"
)
