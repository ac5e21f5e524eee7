package boot_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

const generated = "/etc/morpheus/morpheus-secrets.json"

// generatedOf are the generated secrets that the nodes share, by part and name.
func generatedOf(t *testing.T, text string) map[string]map[string]string {
	t.Helper()
	var out map[string]map[string]string
	require.NoError(t, json.Unmarshal([]byte(text), &out))
	return out
}

// The first node of a release that generates one secret more adds it; all others take it.
func TestUpgradeMayAddAGeneratedSecret(t *testing.T) {
	w, shared, settings := fresh(t)
	settings.MirrorBucket, settings.ToolSHA256 = "", nil // an image that has the tools
	former := w.launch(t, 1, shared, settings)[0]
	require.Zero(t, former.exit(t, 200*time.Second), former.tail())
	before := generatedOf(t, former.read(generated))

	begin := time.Now()
	settings.Package = boot.Download{URL: "s3://" + mirrorBucket + "/" + filepath.Base(files.newer), SHA256: files.sum(files.newer)}
	var nodes []*node
	for i := range 2 {
		n := w.newNode(t, i+2, shared, "200m", settings)
		w.aws.await(n.id, boot.LaunchHook)
		nodes = append(nodes, n)
	}
	for _, n := range nodes {
		n.powerOn(t)
	}
	for _, n := range nodes {
		require.Zero(t, n.exit(t, 200*time.Second), "no node of the new release comes up: %s", n.tail())
		assertNoLeaks(t, n)
	}
	text, err := w.aws.secret("appliance")
	require.NoError(t, err)
	var kept struct{ Secrets string }
	require.NoError(t, json.Unmarshal([]byte(text), &kept))
	after := generatedOf(t, kept.Secrets)
	assert.NotEmpty(t, after["guacd"]["token"], "the next node would make another")
	for part, values := range before {
		for name, value := range values {
			assert.Equal(t, value, after[part][name], "%s %s: what was there is what the data was written with", part, name)
		}
	}
	for _, n := range nodes {
		assert.Equal(t, after, generatedOf(t, n.read(generated)), "%s has the secrets of all", n.name)
	}
	shown(t, "upgrade that adds a generated secret", "the first adds it, the others take it", "2 CONTINUE, equal secrets", begin)
}

// The first node makes the administrator and fails by its licence. Whoever comes next finds an administrator.
func TestLicenceThatWasRefusedIsInstalledByTheNextNode(t *testing.T) {
	w, shared, settings := fresh(t)
	settings.MirrorBucket, settings.ToolSHA256 = "", nil // an image that has the tools
	refusal := filepath.Join(shared, "refuse-license")
	require.NoError(t, os.WriteFile(refusal, nil, 0o644))
	begin := time.Now()
	first := w.launch(t, 1, shared, settings)[0]
	require.Equal(t, 1, first.exit(t, 200*time.Second), first.tail())
	assert.Contains(t, first.console(), "boot FAILED at step setup: the appliance refused its licence: curl: (22) The requested URL returned error: 500")
	assertNoLeaks(t, first)
	first.powerOff()

	require.NoError(t, os.Remove(refusal))
	second := w.newNode(t, 2, shared, "200m", settings)
	w.aws.await(second.id, boot.LaunchHook)
	second.powerOn(t)
	require.Zero(t, second.exit(t, 200*time.Second), second.tail())
	assertNoLeaks(t, second)
	text, err := os.ReadFile(filepath.Join(shared, "shared/.standin-setup.json.license"))
	require.NoError(t, err, "the appliance serves without its licence: %s", second.tail())
	assert.Equal(t, licenseKey, string(text))
	assert.NoFileExists(t, filepath.Join(shared, "shared/.morpheus-node/license"), "nothing is left to do for a third node")
	shown(t, "licence refused, then taken", "ABANDON, the next node installs it", "ABANDON, then CONTINUE", begin)
}
