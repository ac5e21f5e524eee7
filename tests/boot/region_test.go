package boot_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// copyTo makes the copies of secrets in another region, as Secrets Manager does, and what a stack has there.
func (a *awsAPI) copyTo(t *testing.T, other string, names ...string) {
	t.Helper()
	values := map[string]string{}
	for _, name := range names {
		value, err := a.secret(name)
		require.NoError(t, err)
		values[name] = value
	}
	a.region = other
	for name, value := range values {
		require.NoError(t, a.createSecret(name, value))
	}
	require.NoError(t, a.call("logs", "Logs_20140328.CreateLogGroup", map[string]string{"logGroupName": logGroup}, nil))
}

// The recovery stack has copies of the rows, the files and three secrets, and a broker and a search domain of its own.
// The first region is gone: the node resolves no name there.
func TestANodeOfTheOtherRegionBootsFromWhatWasCopied(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	first := w.launch(t, 1, shared, settings)[0]
	assertAllServe(t, []*node{first})
	before := generatedOf(t, first.read(generated))
	first.powerOff()

	begin := time.Now()
	w.aws.copyTo(t, otherRegion, "appliance", "database", "admin", "setup")
	_, err := w.brokerCall(http.MethodDelete, "vhosts/morpheus", http.NoBody, nil)
	require.NoError(t, err)
	w.search.reset()
	password := `Other'pw"$(id)\#;&{}*x`
	require.NoError(t, w.setBrokerPassword(password))
	for name, secret := range map[string]string{"messaging": password, "search": searchPassword} {
		value, err := json.Marshal(map[string]string{"username": "morpheus", "password": secret})
		require.NoError(t, err)
		require.NoError(t, w.aws.createSecret(name, string(value)))
	}

	settings.Region = otherRegion
	n := w.launchOne(t, 2, shared, settings)
	require.Zero(t, n.exit(t, 200*time.Second), n.tail())
	assert.Equal(t, "1", initialisations(t, w), "the node must use the rows of the first region")
	after := generatedOf(t, n.read(generated))
	assert.Equal(t, password, after["rabbitmq"]["queue_user_password"], "the broker there has a user of its own")
	before["rabbitmq"]["queue_user_password"] = password
	assert.Equal(t, before, after, "without the same suffix the node cannot read what the first region encrypted")
	assert.FileExists(t, filepath.Join(n.shared, "shared/bitcan/backups", first.name), "the files of the first region")
	assertBroker(t, w)
	assertNoLeaks(t, n)
	addRow(t, "region: the first one is gone", "CONTINUE from the copies", "CONTINUE, the same suffix", begin)
}
