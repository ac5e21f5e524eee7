package lifecycle

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestProductionIsProtectedInEveryWay(t *testing.T) {
	p, err := For(Production)
	require.NoError(t, err)
	assert.Equal(t, Protection{
		Protect: true, DeletionProtection: true, FinalSnapshot: true, KeepBackups: true, SecretRecoveryDays: 30,
		KeyDeletionDays: 30,
	}, p, "each of these must protect the data when the others are off")
}

func TestDevelopmentCanBeDestroyedAndCreatedTheSameDay(t *testing.T) {
	p, err := For(Development)
	require.NoError(t, err)
	assert.Equal(t, Protection{KeyDeletionDays: 7}, p,
		"a secret in its recovery window keeps its name; a key waits at least a week")
}

func TestAnUnknownEnvironmentIsAnError(t *testing.T) {
	for _, env := range []Environment{"", "prod", "Production"} {
		_, err := For(env)
		assert.Error(t, err, "%q would leave data without protection", env)
	}
	for _, env := range Environments {
		_, err := For(Environment(env))
		assert.NoError(t, err, "%q is in the list of valid environments", env)
	}
}
