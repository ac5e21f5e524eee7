package boot_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

// put is what somebody does who gives a secret another value.
func (a *awsAPI) put(t *testing.T, name, value string) {
	t.Helper()
	require.NoError(t, a.call("secretsmanager", "secretsmanager.PutSecretValue", map[string]string{
		"SecretId": name, "SecretString": value, "ClientRequestToken": strings.Repeat("2", 32),
	}, nil))
}

// A stack that is made again has an empty secret of the appliance, and its database may come from a snapshot.
func TestRestoredDatabaseIsServedWithItsFormerSuffix(t *testing.T) {
	w, shared, settings := fresh(t)
	settings.MirrorBucket, settings.ToolSHA256 = "", nil // an image that has the tools
	n := w.launch(t, 1, shared, settings)[0]
	assertAllServe(t, []*node{n})
	former, err := w.aws.secret("appliance")
	require.NoError(t, err)
	n.powerOff()

	begin := time.Now()
	require.NoError(t, w.aws.call("secretsmanager", "secretsmanager.DeleteSecret",
		map[string]any{"SecretId": "appliance", "ForceDeleteWithoutRecovery": true}, nil))
	require.NoError(t, w.aws.createSecret("appliance", ""))
	second := w.newNode(t, 2, shared, "200m", settings)
	w.aws.await(second.id, boot.LaunchHook)
	second.powerOn(t)
	require.Equal(t, 1, second.exit(t, 200*time.Second), "with a new suffix the data of the appliance is lost: %s", second.tail())
	assert.Contains(t, second.console(), "whose encryption suffix is not in the secret appliance")
	_, err = w.aws.secret("appliance")
	require.ErrorContains(t, err, "ResourceNotFoundException", "a new suffix in the secret would be taken for the right one by the next node")

	w.aws.put(t, "appliance", former)
	third := w.newNode(t, 3, shared, "200m", settings)
	w.aws.await(third.id, boot.LaunchHook)
	third.powerOn(t)
	require.Zero(t, third.exit(t, 200*time.Second), third.tail())
	assert.Equal(t, "1", initialisations(t, w), "the data is that of the snapshot")
	shown(t, "restored database", "ABANDON without its suffix, CONTINUE with it", "ABANDON, then CONTINUE", begin)
}

// What docs/secrets.md has somebody do for a new password: the secret first, then the boot again on a node that serves.
func TestNodeTakesANewPasswordOfTheDatabaseUser(t *testing.T) {
	w, shared, settings := fresh(t)
	settings.MirrorBucket, settings.ToolSHA256 = "", nil // an image that has the tools
	n := w.launch(t, 1, shared, settings)[0]
	assertAllServe(t, []*node{n})
	n.powerOff()

	begin := time.Now()
	const password = `New'pw"$(id)\#;&{}*x`
	value, err := json.Marshal(map[string]string{"username": "morpheus", "password": password})
	require.NoError(t, err)
	w.aws.put(t, "database", string(value))
	n.powerOn(t)
	require.Zero(t, n.exit(t, 200*time.Second), n.tail())
	assert.Equal(t, 2, strings.Count(n.read("/var/lib/standin-reconfigures"), "\n"), "the appliance is told")
	assert.Contains(t, n.read("/etc/morpheus/morpheus.rb"), `New\'pw"$(id)\\#;&{}*x`)
	assert.NotContains(t, n.bootLog()+n.console(), password, "the log is read by people")
	assert.Equal(t, 2, strings.Count(n.bootLog(), "making the database, the user and its rights"), "each time the user could not come in")
	shown(t, "password of the database user rotated", "takes the new one, reconfigures", "taken, reconfigured", begin)
}
