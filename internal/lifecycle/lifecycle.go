// Package lifecycle decides how stateful resources are protected against loss. The protection only depends on the
// environment. The package answers the question "what happens to the data on destroy?".
package lifecycle

import "fmt"

// Environment is the kind of a stack, which decides how its data is protected.
type Environment string

// The environments of a stack.
const (
	Development Environment = "development"
	Production  Environment = "production"
)

// Environments are the allowed values in the configuration.
var Environments = []string{string(Development), string(Production)}

// Protection has the protection settings of stateful resources.
type Protection struct {
	// Protect makes Pulumi refuse to delete or replace the resource before `pulumi state unprotect`.
	Protect bool
	// DeletionProtection makes AWS refuse the deletion, also outside Pulumi (Aurora, load balancer).
	DeletionProtection bool
	// FinalSnapshot makes Aurora keep a snapshot when the cluster is deleted.
	FinalSnapshot bool
	// KeepBackups makes the backup vault, and what is in it, stay when the stack is destroyed.
	KeepBackups bool
	// SecretRecoveryDays is the number of days in which a deleted secret can be restored. With 0 it is deleted
	// immediately, so that a stack with the same name can be created again the same day.
	SecretRecoveryDays int
	// KeyDeletionDays is the number of days before a KMS key is deleted (7..30). Then its data cannot be decrypted.
	KeyDeletionDays int
}

// For returns the protection of an environment, and an error for an unknown one.
func For(env Environment) (Protection, error) {
	switch env {
	case Production:
		return Protection{
			Protect:            true,
			DeletionProtection: true,
			FinalSnapshot:      true,
			KeepBackups:        true,
			SecretRecoveryDays: 30,
			KeyDeletionDays:    30,
		}, nil
	case Development:
		return Protection{KeyDeletionDays: 7}, nil
	default:
		return Protection{}, fmt.Errorf("unknown environment %q", env)
	}
}
