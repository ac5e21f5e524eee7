// Package contract is what the stack of the recovery region reads of the first region's stack: the output "contract". It
// has only what cannot be computed from names, and no secret. The engine keeps outputs with the state, so it can be
// read while the first region is gone.
package contract

import (
	"fmt"
	"slices"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// Output is the name of the output of the first region's stack.
const Output = "contract"

const (
	// Version of the contract that this program writes. Count it up with each change of a field.
	Version = 2
	// Readable is the oldest version whose reader understands what this program writes. Raise it to Version if a field
	// was removed or has another meaning; a new field alone does not.
	Readable = 1
	// oldest is the oldest version that this program can read.
	oldest = 1
)

// Contract is one version of it.
type Contract struct {
	// Version is that of the writer, and Readable the oldest reader's.
	Version, Readable int
	// Region of the writer, and RecoveryRegion and RecoveryStack where it allows what follows it.
	Region, RecoveryRegion, RecoveryStack string
	// Mode is the recovery.mode of the writer.
	Mode string
	// DatabaseVersion is that of the first region's cluster. Members of its global database must have the same, and a copied
	// snapshot is restored with it.
	DatabaseVersion string
	// FileSystemID is the copy of the files in the recovery region.
	FileSystemID string
	// The secrets in the recovery region, and the key there that encrypts them.
	ApplianceSecretArn, DatabaseSecretArn, DatabaseAdminSecretArn, SecretsKeyArn string
	// CopiesVault is the name of the vault in the recovery region, RestoreRoleArn the role of restore jobs, and FilesKeyArn the
	// key there of the file system that such a job makes. Since version 2.
	CopiesVault, RestoreRoleArn, FilesKeyArn string
}

// fields are the texts by their keys in the output.
func (c *Contract) fields() map[string]*string {
	return map[string]*string{
		"region": &c.Region, "recoveryRegion": &c.RecoveryRegion, "recoveryStack": &c.RecoveryStack, "mode": &c.Mode,
		"databaseVersion": &c.DatabaseVersion, "fileSystemId": &c.FileSystemID,
		"applianceSecretArn": &c.ApplianceSecretArn, "databaseSecretArn": &c.DatabaseSecretArn,
		"databaseAdminSecretArn": &c.DatabaseAdminSecretArn, "secretsKeyArn": &c.SecretsKeyArn,
		"copiesVault": &c.CopiesVault, "restoreRoleArn": &c.RestoreRoleArn, "filesKeyArn": &c.FilesKeyArn,
	}
}

// Keys of the texts, sorted.
func Keys() []string {
	var out []string
	for key := range (&Contract{}).fields() {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

// Read reads the output of a stack. Fields that this version does not know are left out.
func Read(stack string, outputs map[string]any) (Contract, error) {
	var c Contract
	given, isObject := outputs[Output].(map[string]any)
	if !isObject {
		return c, fmt.Errorf("the stack %s has no output %q: deploy it with recovery.mode backup or pilotLight first", stack, Output)
	}
	version, _ := given["version"].(float64)
	readable, _ := given["readable"].(float64)
	c.Version, c.Readable = int(version), int(readable)
	switch {
	case c.Version < oldest:
		return c, fmt.Errorf("the contract of the stack %s has the version %d, and this program reads %d and newer: deploy %s "+
			"with this program first", stack, c.Version, oldest, stack)
	case c.Readable > Version:
		return c, fmt.Errorf("the contract of the stack %s has the version %d, which readers before %d do not understand, and "+
			"this program reads up to %d: use a newer program here", stack, c.Version, c.Readable, Version)
	}
	for key, into := range c.fields() {
		*into, _ = given[key].(string)
	}
	return c, nil
}

// Check compares the contract with the stack that reads it. The error is a *config.Problems.
func (c Contract) Check(cfg *config.Config) error {
	p := cfg.NewProblems("nothing")
	r := cfg.Recovery
	same := func(key, got, want, why string) {
		if got != want {
			p.Add(key, got, fmt.Sprintf("%q as the stack %s has it", want, r.PrimaryStack), why)
		}
	}
	same("recovery.primaryRegion", r.PrimaryRegion, c.Region, "")
	same("aws.region", cfg.AWS.Region, c.RecoveryRegion, "its copies are there")
	same("the name of the stack", cfg.Stack, c.RecoveryStack, "two stacks that take over the same copies would take them from "+
		"each other; recovery.stack of the other one says which may")
	switch {
	case r.Restored() && c.Mode == config.RecoveryBackup:
		c.checkRestored(p, cfg)
	case !r.Restored() && c.Mode == config.RecoveryPilotLight:
		same("database.engineVersion", cfg.Database.EngineVersion, c.DatabaseVersion,
			"RDS moves the writer only between members of the same version")
	case c.Mode == config.RecoveryBackup:
		p.Add("recovery.mode", r.Mode, "restored while recovery.mode of the stack "+r.PrimaryStack+" is "+c.Mode,
			"there are no files and rows to take over, only copies of recovery points")
	case c.Mode == config.RecoveryPilotLight:
		p.Add("recovery.mode", r.Mode, "pilotLight or active while recovery.mode of the stack "+r.PrimaryStack+" is "+c.Mode,
			"the rows and files that follow are newer than any copy of a recovery point")
	default:
		p.Add("recovery.mode", r.Mode, "left out while recovery.mode of the stack "+r.PrimaryStack+" is "+c.Mode,
			"there are no files and rows to take over")
	}
	if p.None() {
		return nil
	}
	return p
}

// checkRestored refuses a stack that has nothing to begin with, or a contract of a program that offers no copies.
func (c Contract) checkRestored(p *config.Problems, cfg *config.Config) {
	const made = "`ops failover --unplanned` restores it from a copied recovery point and sets the key"
	if cfg.Recovery.FileSystemID == "" {
		p.Add("recovery.fileSystemId", "", "the file system that AWS Backup has restored, with recovery.mode restored", made)
	}
	if cfg.Database.SnapshotIdentifier == "" {
		p.Add("database.snapshotIdentifier", "", "the copied snapshot of the cluster, with recovery.mode restored",
			"without it the stack would begin with an empty database; `ops failover --unplanned` sets the key")
	}
	if got := cfg.Database.EngineVersion; got != c.DatabaseVersion {
		p.Add("database.engineVersion", got, fmt.Sprintf("%q as the stack %s has it", c.DatabaseVersion, cfg.Recovery.PrimaryStack),
			"Aurora restores no snapshot into an older version, and a newer one is an upgrade of its own")
	}
	if c.ApplianceSecretArn == "" || c.SecretsKeyArn == "" {
		p.Add("recovery.mode", cfg.Recovery.Mode,
			"left out until the stack "+cfg.Recovery.PrimaryStack+" is deployed with this program",
			fmt.Sprintf("its contract has the version %d and names no copied secret", c.Version))
	}
}
