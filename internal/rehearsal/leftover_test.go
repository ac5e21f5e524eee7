package rehearsal

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAKeptResourceIsFoundInEachAccountsLeftovers(t *testing.T) {
	vault := Made{Type: "aws:backup/vault:Vault", ID: "points"}
	for line, want := range map[string]bool{
		"aws:backup/vault:Vault points us-east-1":                                  true,
		"aws:backup/vault:Vault points-2 us-east-1":                                false,
		"aws:iam/role:Role points":                                                 false,
		"backup vault arn:aws:backup:us-east-1:123456789012:backup-vault:points":   true,
		"backup vault arn:aws:backup:us-east-1:123456789012:backup-vault:x-points": false,
		"role points":   true,
		"role points-2": false,
	} {
		assert.Equal(t, want, vault.is(line), "%s: what a stack keeps on purpose must not count as left over, and nothing else may", line)
	}
}
