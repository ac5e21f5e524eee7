package boot_test

import (
	"encoding/json"
	"net/http"
	"os"
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

// AWS Backup restores into a folder of a new file system. The nodes find the files where the appliance has them.
func TestNodesMoveRestoredFilesToTheirPlacesBeforeTheyServe(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	first := w.launch(t, 1, shared, settings)[0]
	assertAllServe(t, []*node{first})
	first.powerOff()

	begin := time.Now()
	root := filepath.Join(shared, "shared")
	folder := filepath.Join(root, "aws-backup-restore_2026-11-29T05-00-00-000000000Z")
	names, err := os.ReadDir(root)
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(folder, 0o755))
	for _, name := range names {
		require.NoError(t, os.Rename(filepath.Join(root, name.Name()), filepath.Join(folder, name.Name())))
	}

	settings.FilesRestored = true
	n := w.launchOne(t, 2, shared, settings)
	require.Zero(t, n.exit(t, 200*time.Second), n.tail())
	assert.FileExists(t, filepath.Join(root, "bitcan/backups", first.name), "a restored file must be where the appliance looks for it")
	assert.NoDirExists(t, folder, "the folder of AWS Backup is empty and goes")
	assertNoLeaks(t, n)
	addRow(t, "region: files that AWS Backup has restored", "CONTINUE with the files in their places", "CONTINUE", begin)
}
