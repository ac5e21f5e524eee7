package boot_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// put gives a secret another value, as an operator does.
func (a *awsAPI) put(t *testing.T, name, value string) {
	t.Helper()
	require.NoError(t, a.call("secretsmanager", "secretsmanager.PutSecretValue", map[string]string{
		"SecretId": name, "SecretString": value, "ClientRequestToken": fmt.Sprintf("%032d", time.Now().UnixNano()),
	}, nil))
}

// In a new stack the appliance secret has no value, and its database may come from a snapshot.
func TestARestoredDatabaseNeedsItsFormerSuffix(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	n := w.launch(t, 1, shared, settings)[0]
	assertAllServe(t, []*node{n})
	former, err := w.aws.secret("appliance")
	require.NoError(t, err)
	n.powerOff()

	begin := time.Now()
	require.NoError(t, w.aws.call("secretsmanager", "secretsmanager.DeleteSecret",
		map[string]any{"SecretId": "appliance", "ForceDeleteWithoutRecovery": true}, nil))
	require.NoError(t, w.aws.createSecret("appliance", ""))
	databasePassword := w.rotate(t, "database")
	brokerPassword := w.rotate(t, "messaging")
	require.NoError(t, w.setBrokerPassword(brokerPassword))
	second := w.launchOne(t, 2, shared, settings)
	require.Equal(t, 1, second.exit(t, 200*time.Second),
		"with a new suffix, the data could not be read: %s", second.tail())
	assert.Contains(t, second.console(), "the secret appliance has no encryption suffix")
	_, err = w.aws.secret("appliance")
	require.ErrorContains(t, err, "ResourceNotFoundException", "the next node would use a new suffix in the secret")

	w.aws.put(t, "appliance", former)
	third := w.launchOne(t, 3, shared, settings)
	require.Zero(t, third.exit(t, 200*time.Second), third.tail())
	assert.Equal(t, "1", initialisations(t, w), "the node must use the data of the snapshot")
	secrets := generatedOf(t, third.read(generated))
	assert.Equal(t, databasePassword, secrets["mysql"]["morpheus_password"], "not the former password")
	assert.Equal(t, brokerPassword, secrets["rabbitmq"]["queue_user_password"], "not the former password")
	assert.Equal(t, generatedOf(t, n.read(generated))["rabbitmq"]["cookie"], secrets["rabbitmq"]["cookie"])
	addRow(t, "restored database", "ABANDON without its suffix, CONTINUE with it", "ABANDON, then CONTINUE", begin)
}

// rotate gives the secret of a back end a new password and returns it.
func (w *world) rotate(t *testing.T, secret string) string {
	t.Helper()
	password := `New'pw"$(id)\#;&{}*x-` + secret
	value, err := json.Marshal(map[string]string{"username": "morpheus", "password": password})
	require.NoError(t, err)
	w.aws.put(t, secret, string(value))
	return password
}

// What `ops rotate` does: the broker and the secret have the new password, then the boot runs again. The
// file that the nodes share still has the former one.
func TestNodesAdoptANewPasswordOfTheBrokerUser(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	n := w.launch(t, 1, shared, settings)[0]
	assertAllServe(t, []*node{n})
	before := generatedOf(t, n.read(generated))
	n.powerOff()

	begin := time.Now()
	password := w.rotate(t, "messaging")
	require.NoError(t, w.setBrokerPassword(password))
	n.powerOn(t)
	require.Zero(t, n.exit(t, 200*time.Second), n.tail())
	assert.Equal(t, 2, strings.Count(n.read("/var/lib/standin-reconfigures"), "\n"), "the appliance must be reconfigured")
	second := w.launchOne(t, 2, shared, settings)
	require.Zero(t, second.exit(t, 200*time.Second), second.tail())
	before["rabbitmq"]["queue_user_password"] = password
	for _, n := range []*node{n, second} {
		assert.Equal(t, before, generatedOf(t, n.read(generated)), "%s: only the broker's password may change", n.name)
		assert.NotContains(t, n.bootLog()+n.console(), password, "the log is shown to people")
	}
	addRow(t, "password of the broker user rotated", "serving and new node adopt it", "adopted, 2 CONTINUE", begin)
}

// What `ops rotate` does: the secret gets the new password, then the boot runs again on a serving node.
func TestANodeAdoptsANewPasswordOfTheDatabaseUser(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	n := w.launch(t, 1, shared, settings)[0]
	assertAllServe(t, []*node{n})
	n.powerOff()

	begin := time.Now()
	password := w.rotate(t, "database")
	n.powerOn(t)
	require.Zero(t, n.exit(t, 200*time.Second), n.tail())
	assert.Equal(t, 2, strings.Count(n.read("/var/lib/standin-reconfigures"), "\n"), "the appliance must be reconfigured")
	assert.Contains(t, n.read("/etc/morpheus/morpheus.rb"), `New\'pw"$(id)\\#;&{}*x`)
	assert.Equal(t, password, generatedOf(t, n.read(generated))["mysql"]["morpheus_password"])
	assert.NotContains(t, n.bootLog()+n.console(), password, "the log is shown to people")
	assert.Equal(t, 2, strings.Count(n.bootLog(), "creating the database, its user and the privileges"),
		"on the first boot and after the rotation, when the user cannot log in")
	addRow(t, "password of the database user rotated", "adopts it, reconfigures", "adopted, reconfigured", begin)
}
