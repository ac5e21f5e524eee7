package project_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
)

const committed = `
secretsprovider: awskms://alias/deployments
encryptedkey: c2VjcmV0
config:
  morpheus:aws:
    accountId: "<twelve digits>"
  morpheus:network:
    zones: [a, b]
`

func parsed(t *testing.T, stackFile string) (*project.StackFile, error) {
	t.Helper()
	p, err := project.Parse([]byte(`
name: morpheus
runtime: go
config:
  pulumi:disable-default-providers: {value: [aws]}
  tags: {type: object}
  database.instances: {type: integer}
  database.storage.type: {type: string}
`))
	require.NoError(t, err)
	return p.ParseStack([]byte(stackFile))
}

func TestStackFileSetFollowsPulumiConfigSetPath(t *testing.T) {
	tests := map[string]struct {
		key, value, want string
	}{
		"a string stays a string":   {"aws.accountId", "123456789012", `"morpheus:aws":{"accountId":"123456789012"}`},
		"a whole number":            {"database.instances", "3", `"morpheus:database":{"instances":3}`},
		"a leading zero is an id":   {"database.port", "0123", `"morpheus:database":{"port":"0123"}`},
		"a version is no number":    {"messaging.version", "3.13", `"morpheus:messaging":{"version":"3.13"}`},
		"a boolean":                 {"safety.allowDestroy", "true", `"morpheus:safety":{"allowDestroy":true}`},
		"an element":                {"network.zones[1]", "c", `"morpheus:network":{"zones":["a","c"]}`},
		"an additional element":     {"network.zones[2]", "c", `"morpheus:network":{"zones":["a","b","c"]}`},
		"a whole list":              {"network.zones", `["x"]`, `"morpheus:network":{"zones":["x"]}`},
		"another namespace":         {"pulumi:tags.owner", "ops", `"pulumi:tags":{"owner":"ops"}`},
		"a whole section":           {"database", "{instances: 3}", `"morpheus:database":{"instances":3}`},
		"another project's section": {"aws:database", "3", `"aws:database":"3"`},
		"a key at the top":          {"environment", "production", `"morpheus:environment":"production"`},
		"a list instead of text":    {"aws.accountId", "[1]", `"morpheus:aws":{"accountId":[1]}`},
		"text into an element": {"network.zones[0]", "10.0.0.0/16",
			`"morpheus:network":{"zones":["10.0.0.0/16","b"]}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file, err := parsed(t, committed)
			require.NoError(t, err)
			require.NoError(t, file.Set(test.key, test.value))
			assert.Contains(t, asJSON(t, file), test.want)
		})
	}
}

func TestStackFileRefusesInvalidKeys(t *testing.T) {
	for key, want := range map[string]string{
		"":                         "must begin with a name",
		"[0]":                      "must begin with a name",
		"network.zones[7]":         "out of range",
		"network.zones[-1]":        "out of range",
		"network.zones.first":      "key for an array must be an int",
		"aws[0]":                   "key for a map must be a string",
		"network.zones[":           "closing bracket",
		"network.zones[0].address": "expected a map",
	} {
		file, err := parsed(t, committed)
		require.NoError(t, err)
		assert.ErrorContains(t, file.Set(key, "x"), want, "key %q", key)
	}
}

// The engine would silently treat such a section as missing and use every default.
func TestStackFileKeepsSectionsMappings(t *testing.T) {
	for key, value := range map[string]string{
		"database": "3", "morpheus:database": "x", "database[0]": "x", "database.storage": "true",
	} {
		file, err := parsed(t, committed)
		require.NoError(t, err)
		assert.ErrorContains(t, file.Set(key, value), "is a section", "%s=%s", key, value)
	}
	file, err := parsed(t, committed)
	require.NoError(t, err)
	assert.ErrorContains(t, file.Set("database", "{storage: fast}"), "morpheus:database.storage is a section")
}

func TestStackFileForgetsTheRealKeyService(t *testing.T) {
	file, err := parsed(t, committed)
	require.NoError(t, err)
	file.ForgetEncryption()
	text, err := file.Text()
	require.NoError(t, err)
	assert.NotContains(t, string(text), "awskms", "a rehearsal has no credentials for it")
	assert.NotContains(t, string(text), "encryptedkey")
}

func TestStackFileMustBeAMapping(t *testing.T) {
	for _, text := range []string{"config: [a]", "- a", "config: {"} {
		_, err := parsed(t, text)
		assert.ErrorContains(t, err, "stack file", "%q", text)
	}
}

func asJSON(t *testing.T, file *project.StackFile) string {
	t.Helper()
	text, err := file.Text()
	require.NoError(t, err)
	var content map[string]any
	require.NoError(t, yaml.Unmarshal(text, &content))
	encoded, err := json.Marshal(content)
	require.NoError(t, err)
	return string(encoded)
}
