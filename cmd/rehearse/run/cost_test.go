package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func priced(t *testing.T, arguments ...string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := costCommand(&out)
	cmd.SetArgs(arguments)
	require.NoError(t, cmd.ExecuteContext(t.Context()))
	return out.String()
}

func TestTheCostOfAChangedStackIsPriced(t *testing.T) {
	fixed := func(arguments ...string) float64 {
		var document struct {
			AtLeast float64 `json:"atLeastUsdAMonth"`
		}
		require.NoError(t, json.Unmarshal([]byte(priced(t, append(arguments, "--stack", "prod", "--json")...)), &document))
		return document.AtLeast
	}
	before := fixed()
	assert.Positive(t, before)
	assert.Greater(t, fixed("--config", "database.instances=3"), before, "a third instance costs something")
	assert.Contains(t, priced(t, "--stack", "private"), "private: at least ", "examples have a price too")
	assert.Contains(t, priced(t, "--config", "aws.region=eu-west-1", "--config",
		"network.availabilityZones=[eu-west-1a,eu-west-1b,eu-west-1c]"), "The table has no prices of eu-west-1")
}

func TestACostWithAWrongValueIsRefused(t *testing.T) {
	for want, arguments := range map[string][]string{
		"database.instances": {"--config", "database.instances=99"},
		"must be key=value":  {"--config", "database.instances"},
		`no stack "nil"`:     {"--stack", "nil"},
	} {
		cmd := costCommand(&bytes.Buffer{})
		cmd.SilenceUsage, cmd.SilenceErrors = true, true
		cmd.SetArgs(arguments)
		assert.ErrorContains(t, cmd.ExecuteContext(t.Context()), want, "%v", arguments)
	}
}
