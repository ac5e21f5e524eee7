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
	Version = 1
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
	// DatabaseVersion is that of the global database's writer: its members must have the same.
	DatabaseVersion string
	// FileSystemID is the copy of the files in the recovery region.
	FileSystemID string
	// The secrets in the recovery region, and the key there that encrypts them.
	ApplianceSecretArn, DatabaseSecretArn, DatabaseAdminSecretArn, SecretsKeyArn string
}

// fields are the texts by their keys in the output.
func (c *Contract) fields() map[string]*string {
	return map[string]*string{
		"region": &c.Region, "recoveryRegion": &c.RecoveryRegion, "recoveryStack": &c.RecoveryStack, "mode": &c.Mode,
		"databaseVersion": &c.DatabaseVersion, "fileSystemId": &c.FileSystemID,
		"applianceSecretArn": &c.ApplianceSecretArn, "databaseSecretArn": &c.DatabaseSecretArn,
		"databaseAdminSecretArn": &c.DatabaseAdminSecretArn, "secretsKeyArn": &c.SecretsKeyArn,
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
		return c, fmt.Errorf("the stack %s has no output %q: deploy it with recovery.mode pilotLight first", stack, Output)
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
	if c.Mode != config.RecoveryPilotLight {
		p.Add("recovery.mode", r.Mode, "left out while recovery.mode of the stack "+r.PrimaryStack+" is "+c.Mode,
			"there are no files and rows to take over")
	} else {
		same("database.engineVersion", cfg.Database.EngineVersion, c.DatabaseVersion,
			"RDS moves the writer only between members of the same version")
	}
	if p.None() {
		return nil
	}
	return p
}
