// Package lifecycle decides, by the environment alone, how stateful resources are protected against loss. It answers
// the question "what happens to the data on destroy?".
package lifecycle

import "fmt"

// Environment names how much a stack's data is worth.
type Environment string

// The environments a stack can declare.
const (
	Development Environment = "development"
	Production  Environment = "production"
)

// Environments are the values allowed in the configuration.
var Environments = []string{string(Development), string(Production)}

// Protection is what every stateful resource is given.
type Protection struct {
	// Protect makes Pulumi refuse to delete or replace the resource until `pulumi state unprotect`.
	Protect bool
	// DeletionProtection makes AWS refuse the deletion, also outside Pulumi (Aurora, load balancer).
	DeletionProtection bool
	// FinalSnapshot makes Aurora keep a snapshot when the cluster is deleted.
	FinalSnapshot bool
	// SecretRecoveryDays is how long a deleted secret can be restored; with 0 it is deleted at once, so that a stack of
	// the same name can be created again the same day.
	SecretRecoveryDays int
	// KeyDeletionDays is how long a KMS key waits for its deletion (7..30); then its data cannot be decrypted any more.
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
			SecretRecoveryDays: 30,
			KeyDeletionDays:    30,
		}, nil
	case Development:
		return Protection{KeyDeletionDays: 7}, nil
	default:
		return Protection{}, fmt.Errorf("unknown environment %q", env)
	}
}
