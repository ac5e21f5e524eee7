package boot_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

const generated = "/etc/morpheus/morpheus-secrets.json"

// generatedOf parses the generated secrets: values by part and name.
func generatedOf(t *testing.T, text string) map[string]map[string]string {
	t.Helper()
	var out map[string]map[string]string
	require.NoError(t, json.Unmarshal([]byte(text), &out))
	return out
}

// A newer release generates one more secret: the first node stores it, the other nodes use it.
func TestAnUpgradeMayAddAGeneratedSecret(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	former := w.launch(t, 1, shared, settings)[0]
	require.Zero(t, former.exit(t, 200*time.Second), former.tail())
	before := generatedOf(t, former.read(generated))

	begin := time.Now()
	settings.Package, settings.SearchSection = files.download(files.adds), "opensearch"
	var nodes []*node
	for i := range 2 {
		n := w.newNode(t, i+2, shared, "200m", settings)
		w.aws.openHook(n.id, boot.LaunchHook)
		nodes = append(nodes, n)
	}
	for _, n := range nodes {
		n.powerOn(t)
	}
	for _, n := range nodes {
		require.Zero(t, n.exit(t, 200*time.Second), "the node of the new release does not boot: %s", n.tail())
		assertNoLeaks(t, n)
	}
	text, err := w.aws.secret("appliance")
	require.NoError(t, err)
	var kept struct{ Secrets string }
	require.NoError(t, json.Unmarshal([]byte(text), &kept))
	after := generatedOf(t, kept.Secrets)
	assert.NotEmpty(t, after["guacd"]["token"], "the next node would generate another one")
	for part, values := range before {
		for name, value := range values {
			assert.Equal(t, value, after[part][name], "%s %s: existing values were used to write the data", part, name)
		}
	}
	for _, n := range nodes {
		assert.Equal(t, after, generatedOf(t, n.read(generated)), "%s must have the shared secrets", n.name)
	}
	addRow(t, "upgrade that adds a generated secret", "the first node stores it, the others use it",
		"2 CONTINUE, equal secrets", begin)
}

// A newer release removes a generated secret. Nodes of the former release still need it, and no node reconfigures
// again.
func TestAnUpgradeMayDropAGeneratedSecret(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	former := w.launchOne(t, 1, shared, settings)
	require.Zero(t, former.exit(t, 200*time.Second), former.tail())
	before := generatedOf(t, former.read(generated))

	begin := time.Now()
	settings.Package = files.download(files.drops)
	newer := w.launchOne(t, 2, shared, settings)
	require.Zero(t, newer.exit(t, 200*time.Second), newer.tail())
	assert.Contains(t, newer.bootLog(),
		"warning: reconfigure dropped values from /etc/morpheus/morpheus-secrets.json: mysql.ops_password")
	for _, n := range []*node{former, newer} {
		n.powerOff()
		n.powerOn(t)
		require.Zero(t, n.exit(t, 200*time.Second), n.tail())
		assert.Equal(t, before, generatedOf(t, n.read(generated)), "%s must have the shared secrets", n.name)
		assert.Equal(t, 1, strings.Count(n.read("/var/lib/standin-reconfigures"), "\n"), "%s: nothing has changed", n.name)
	}
	addRow(t, "upgrade that drops a generated secret", "a warning, the value stays for the former release",
		"2 CONTINUE, equal secrets", begin)
}

// The first node creates the administrator, but its licence is rejected. The next node finds an administrator.
func TestARejectedLicenceIsInstalledByTheNextNode(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	refusal := filepath.Join(shared, "refuse-license")
	require.NoError(t, os.WriteFile(refusal, nil, 0o644))
	begin := time.Now()
	first := w.launch(t, 1, shared, settings)[0]
	require.Equal(t, 1, first.exit(t, 200*time.Second), first.tail())
	assert.Contains(t, first.console(), "boot FAILED at step setup: the appliance rejected the licence: "+
		"curl: (22) The requested URL returned error: 500")
	assertNoLeaks(t, first)
	first.powerOff()

	require.NoError(t, os.Remove(refusal))
	second := w.launchOne(t, 2, shared, settings)
	require.Zero(t, second.exit(t, 200*time.Second), second.tail())
	assertNoLeaks(t, second)
	text, err := os.ReadFile(filepath.Join(shared, "shared/.standin-setup.json.license"))
	require.NoError(t, err, "the appliance has no licence: %s", second.tail())
	assert.Equal(t, licenseKey, string(text))
	assert.NoFileExists(t, filepath.Join(shared, "shared/.morpheus-node/license"),
		"a third node must not install it again")
	addRow(t, "licence rejected, then accepted", "ABANDON, the next node installs it", "ABANDON, then CONTINUE", begin)
}
