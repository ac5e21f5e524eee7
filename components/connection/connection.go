// Package connection is what a tier hands to the tiers that use it: where it is, which secret opens it, and the
// permissions a client needs. Tiers know their own ARNs, so least privilege is composed from connections, not repeated.
package connection

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// Connection describes one tier to its clients.
type Connection struct {
	// Name of the tier, such as "database"; it begins the Sid of the statements.
	Name string
	// Host is a DNS name without scheme or port.
	Host pulumi.StringOutput
	// Port is the TCP port that clients use; always with TLS.
	Port int
	// ResourceID is what AWS's own client program calls the tier: the file system's id for the mount helper. nil for a tier
	// that clients know by Host alone.
	ResourceID pulumi.StringPtrInput
	// ManagementURL is an https API beside it, with the same credentials: the broker's, for virtual hosts, permissions and
	// policies. nil for a tier without one.
	ManagementURL pulumi.StringPtrInput
	// MaxOpen is how many connections one client may keep open at once; 0 for a tier that does not count them.
	MaxOpen int
	// SecretArn is the Secrets Manager secret with the client's credentials as JSON {"username","password"}; nil for a
	// tier that clients enter with their IAM role (the file system).
	SecretArn pulumi.StringPtrInput
	// AdminSecretArn is a secret of the same form, with which a client makes its own user, once; nil for a tier whose user
	// comes with it.
	AdminSecretArn pulumi.StringPtrInput
	// Statements are what a client's role must be allowed, on exactly this tier's resources.
	Statements []policy.Statement
	// Ready are the resources without which a client could not use the tier: a database is its instances, a file system
	// its mount targets, a secret its version. Whoever depends on the tier depends on these.
	Ready []pulumi.Resource
}

// Placement is one availability zone with the subnet that a tier uses in it.
type Placement struct {
	// Zone is the plain name of the availability zone, such as "us-east-1a": known before the first resource, so that
	// children can be named and counted by it.
	Zone     string
	SubnetID pulumi.StringOutput
}

// SubnetIDs of the placements, in their order.
func SubnetIDs(placements []Placement) pulumi.StringArray {
	ids := make(pulumi.StringArray, len(placements))
	for i, p := range placements {
		ids[i] = p.SubnetID
	}
	return ids
}
