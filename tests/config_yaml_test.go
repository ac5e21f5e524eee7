package tests

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
)

// loadYAML reads the tags of a stack file as the CLI does.
func loadYAML(t *testing.T, tags string) (*stackconfig.Config, error) {
	t.Helper()
	folder, err := project.Find()
	require.NoError(t, err)
	parsed, err := folder.Project()
	require.NoError(t, err)
	file, err := parsed.ParseStack([]byte("config:\n  morpheus:tags: {" + tags + "}\n"))
	require.NoError(t, err)
	plain := map[string]string{}
	for key, value := range file.Values() {
		plain[key.String()], err = value.Value(nil)
		require.NoError(t, err)
	}
	values := loadStack(t, "prod")
	maps.Copy(values, plain)
	return stackconfig.Load(stackconfig.Source{Stack: "prod", Values: values})
}

// YAML reads a text without quotes as a number, a flag or a date if it looks like one, and the CLI passes on another
// text. Before the check, that text was used.
func TestATextThatYAMLHasChangedIsRefused(t *testing.T) {
	for written, reads := range map[string]string{
		"1.10": "a number", "1e30": "a number", "12345678901234567890": "a number", "0.50": "a number",
		"2026-01-01": "a date", "2026-01-01 10:30:00": "a date", "2026-01-01T10:30:00Z": "a date",
	} {
		_, err := loadYAML(t, "release: "+written)
		if assert.Error(t, err, "%s would become another text", written) {
			assert.Contains(t, err.Error(), "tags.release: must be text, got ")
			assert.Contains(t, err.Error(), "(quote it: without quotes YAML reads "+reads)
		}
		quoted, err := loadYAML(t, "release: '"+written+"'")
		if assert.NoError(t, err, written) {
			assert.Equal(t, written, quoted.Tags["release"], "in quotes it is what was written")
		}
	}
	_, err := loadYAML(t, "release: true")
	assert.ErrorContains(t, err, "tags.release: must be text, got true")
	for _, same := range []string{"123456789012", "7", "8.0.7", "yes", "10:30"} {
		read, err := loadYAML(t, "release: "+same)
		if assert.NoError(t, err, same) {
			assert.Equal(t, same, read.Tags["release"], "YAML does not change it")
		}
	}
}

// `pulumi config set --secret --path` keeps every value as text, also that of a number.
func TestASecretIsReadLikeAPlainValue(t *testing.T) {
	for key, value := range map[string]any{
		"database.instances": "3", "network.interfaceEndpoints": "true", "cluster.instanceTypes": `["m5.xlarge","m5a.xlarge"]`,
	} {
		section, _, _ := strings.Cut(key, ".")
		config := change(t, loadStack(t, "prod"), overrides{key: value})
		secret := map[string]bool{"morpheus:" + section: true}
		_, err := stackconfig.Load(stackconfig.Source{Stack: "prod", Values: config, Secrets: secret})
		require.ErrorContains(t, err, section+": must not be given with --secret")
		assert.NotContains(t, err.Error(), key, "%s: a text stands for the number, flag or list", key)
		_, err = stackconfig.Load(stackconfig.Source{Stack: "prod", Values: config})
		assert.ErrorContains(t, err, key+": must be ", "a plain value is not text")
	}
	config := change(t, loadStack(t, "prod"), overrides{"database.instances": "many-secrets-1"})
	_, err := stackconfig.Load(stackconfig.Source{
		Stack: "prod", Values: config, Secrets: map[string]bool{"morpheus:database": true},
	})
	require.ErrorContains(t, err, "database.instances: must be a whole number, got a secret value")
	assert.NotContains(t, err.Error(), "many-secrets-1")
}

// A version is most often copied from a page that leaves the prefix out.
func TestAVersionWithoutItsPrefixNamesTheWholeOne(t *testing.T) {
	for key, c := range map[string]struct{ given, whole string }{
		"database.engineVersion": {given: "3.10.4", whole: "8.0.mysql_aurora.3.10.4"},
		"search.engineVersion":   {given: "2.19", whole: "OpenSearch_2.19"},
	} {
		_, err := run(t, "prod", overrides{key: c.given})
		assert.ErrorContains(t, err, "(write it as "+c.whole+")", "%s: %s", key, c.given)
	}
	_, err := run(t, "prod", overrides{"database.engineVersion": "mysql_aurora.3.10.4"})
	assert.ErrorContains(t, err, "(write it as 8.0.mysql_aurora.3.10.4)")
}

// User data, the state and a launch template have the URL in plain text.
func TestAURLWithATokenIsRefusedAndNotShown(t *testing.T) {
	const file = "https://downloads.example.com/morpheus-appliance_8.0.7-1_amd64.deb"
	for _, query := range []string{
		"?X-Amz-Signature=c2lnbmVk", "?token=c2lnbmVk", "?a=1&api_key=c2lnbmVk", "?sig=c2lnbmVk", "?Password=c2lnbmVk",
	} {
		_, err := run(t, "prod", overrides{"morpheus.packageUrl": file + query})
		if assert.Error(t, err, query) {
			assert.Contains(t, err.Error(), `morpheus.packageUrl: must be a URL without a token or a signature`)
			assert.NotContains(t, err.Error(), "c2lnbmVk", "the message must not show it")
		}
	}
	for _, query := range []string{"", "?version=8.0.7", "?token=", "?keyboard=us"} {
		_, err := run(t, "prod", overrides{"morpheus.packageUrl": file + query})
		assert.NoError(t, err, query)
	}
}
