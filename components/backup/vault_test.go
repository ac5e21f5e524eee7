package backup

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// A preview shows this text, and the guard compares it: two locks that differ must not have the same.
func TestEverySettingOfALockIsInItsText(t *testing.T) {
	for text, lock := range map[string]config.BackupLock{
		"none":                         {Mode: config.LockNone},
		"governance":                   {Mode: "governance"},
		"governance, at least 7 days":  {Mode: "governance", MinDays: 7},
		"governance, at most 400 days": {Mode: "governance", MaxDays: 400},
		"compliance, at least 7 days, at most 400 days, changeable for 3 days": {
			Mode: "compliance", MinDays: 7, MaxDays: 400, GraceDays: 3,
		},
	} {
		assert.Equal(t, text, lockText(lock))
	}
}
