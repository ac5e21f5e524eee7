package lookup

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// Deployed is what the last finished update of the stack left in its outputs; zero before the first one.
type Deployed struct {
	// Updated reports whether an update has finished.
	Updated bool
	// Version is the release of Morpheus.
	Version string
	// Fingerprints are those of the configuration of that update.
	Fingerprints map[string]string
}

// Keys of the fingerprints.
const (
	heldFileSystem = "filesystem.name"
	heldDatabase   = "database.name"
	heldBroker     = "messaging.name"
	heldDomain     = "search.name"
	heldHost       = "dns.hostName"
	heldStack      = "stack"
	heldBackup     = "backup.enabled"
	heldEndpoints  = "network.interfaceEndpoints"
	nodeOffers     = "cluster.instanceTypes"
	databaseOffers = "database.instanceClass"
	brokerOffers   = "messaging.instanceType"
	packageSum     = "morpheus.packageSha256"
)

// Fingerprints are short hashes of what the account is asked about once: the names that the stack holds after an
// update, and what its zones offered. An output of the stack has them, so that the next update asks only about what has
// changed. Hashes, because a section may be secret.
func Fingerprints(c *config.Config) map[string]string {
	zones := strings.Join(c.Network.AvailabilityZones, " ")
	out := map[string]string{}
	for key, values := range map[string][]any{
		heldFileSystem: {c.FileSystem.Name},
		heldDatabase:   {c.Database.Name},
		heldBroker:     {c.Messaging.Name},
		heldDomain:     {c.Search.Name},
		heldHost:       {c.DNS.HostedZoneID, c.DNS.HostName},
		heldStack:      {c.Stack},
		heldBackup:     {c.Backup.Enabled},
		heldEndpoints:  {c.Network.InterfaceEndpoints, c.Network.Existing.VpcID},
		nodeOffers:     {c.Cluster.InstanceTypes, zones},
		databaseOffers: {c.Database.InstanceClass, c.Database.EngineVersion, c.Database.Instances, zones},
		brokerOffers:   {c.Messaging.InstanceType, c.Messaging.DeploymentMode, zones},
		packageSum:     {c.Morpheus.PackageSHA256},
	} {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %v %v", key, c.AWS, values))
		out[key] = hex.EncodeToString(sum[:8])
	}
	return out
}

// unchanged reports whether the last update had the same values.
func (q *query) unchanged(key string) bool {
	before, known := q.deployed.Fingerprints[key]
	return known && before == Fingerprints(q.config)[key]
}

// checkPackage refuses the checksum of the deployed release for another one: every new node would fail to boot.
func (q *query) checkPackage() {
	m := q.config.Morpheus
	if q.deployed.Version != "" && q.deployed.Version != m.Version && q.unchanged(packageSum) {
		q.add(packageSum, m.PackageSHA256, "the SHA-256 of the package of "+m.Version,
			"it is still that of "+q.deployed.Version+", which is deployed")
	}
}
