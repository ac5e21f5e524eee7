// Package connection has what one tier hands to the next: the subnets to use, and how a client connects to a tier:
// its host, its secret, the permissions that a client needs. A tier knows its own ARNs, so that least privilege is
// composed from connections, not repeated.
package connection

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// Connection is what a client of any tier needs.
type Connection struct {
	// Host is a DNS name without scheme or port.
	Host pulumi.StringInput
	// Port is the TCP port that clients use, always with TLS.
	Port int
	// Statements are what a client's role must be allowed, on exactly this tier's resources.
	Statements []policy.Statement
	// Ready are the resources without which a client could not use the tier: a database is its instances, a file system
	// its mount targets, a secret its version. A client depends on all of them.
	Ready []pulumi.Resource
}

// FileSystem is the way into the shared storage. It has no secret: clients enter with their IAM role.
type FileSystem struct {
	Connection
	// ID is what the mount helper calls the file system.
	ID pulumi.StringInput
	// SyncWrites makes clients wait until a write is stored.
	SyncWrites bool
	// Restored is true while the files may be in the folder into which AWS Backup restores.
	Restored bool
}

// Database is the way to the writer of the database.
type Database struct {
	Connection
	// SecretArn names the credentials of the application's user, JSON {"username","password"}.
	SecretArn pulumi.StringInput
	// AdminSecretArn names those of the administrator, with which the first client makes the application's user.
	AdminSecretArn pulumi.StringInput
	// MaxOpen is how many connections one client may keep open at once.
	MaxOpen int
}

// Messaging is the way to the broker.
type Messaging struct {
	Connection
	// SecretArn names the credentials, JSON {"username","password"}.
	SecretArn pulumi.StringInput
	// ManagementURL is the https URL of the API for virtual hosts, permissions and policies, with the same credentials.
	ManagementURL pulumi.StringInput
	// DefinitionsBucket is where a client keeps the definitions of the broker.
	DefinitionsBucket pulumi.StringInput
}

// Search is the way to the search domain.
type Search struct {
	Connection
	// SecretArn names the credentials, JSON {"username","password"}.
	SecretArn pulumi.StringInput
	// Replicas is how many copies of a shard the client must ask for; 0 for its own default.
	Replicas int
	// SnapshotBucket and SnapshotRoleArn are what a client registers in the domain, so that it keeps snapshots.
	SnapshotBucket, SnapshotRoleArn pulumi.StringInput
}

// Subnet is the subnet that a tier uses in one availability zone.
type Subnet struct {
	// Zone is the plain name of the availability zone, such as "us-east-1a": known before the first resource, so that
	// children can be named and counted by it.
	Zone string
	ID   pulumi.StringOutput
}

// SubnetIDs of subnets, in their order.
func SubnetIDs(subnets []Subnet) pulumi.StringArray {
	ids := make(pulumi.StringArray, len(subnets))
	for i, s := range subnets {
		ids[i] = s.ID
	}
	return ids
}

// Zones of subnets, in their order.
func Zones(subnets []Subnet) pulumi.StringArray {
	zones := make(pulumi.StringArray, len(subnets))
	for i, s := range subnets {
		zones[i] = pulumi.String(s.Zone)
	}
	return zones
}
