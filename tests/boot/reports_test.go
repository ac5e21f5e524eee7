package boot_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

// The vendor requires accurate time, but a node without it can serve.
func TestANodeReportsAClockThatIsNotSynchronised(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	require.NoError(t, os.WriteFile(filepath.Join(shared, "clock-unsynchronised"), nil, 0o644))
	begin := time.Now()
	n := w.launchOne(t, 1, shared, settings)
	require.Zero(t, n.exit(t, 200*time.Second), n.tail())
	assert.Contains(t, n.bootLog(), "warning: the clock of the node is not synchronised")
	addRow(t, "clock not synchronised", "CONTINUE, a warning", "CONTINUE, warned", begin)
}

// The vendor's documents contradict each other about max_active with an external database. Two zones need two replicas,
// and synchronous writes are a mount option.
func TestANodeReportsASettingThatTheApplianceIgnores(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	settings.SearchReplicas, settings.SyncWrites = 2, true
	require.NoError(t, os.WriteFile(filepath.Join(shared, "ignore-max-active"), nil, 0o644))
	begin := time.Now()
	n := w.launchOne(t, 1, shared, settings)
	require.Zero(t, n.exit(t, 200*time.Second), n.tail())
	assert.Contains(t, n.bootLog(), "warning: the appliance may open 50 database connections instead of 150")
	assert.Contains(t, n.read("/etc/morpheus/morpheus.rb"), "\nelasticsearch['replica_count'] = 2\n")
	assert.Contains(t, n.read("/var/log/standin-mount-options"), ",sync", "the first mount must use it too")
	assert.Contains(t, n.read("/etc/fstab"), ",sync 0 0\n", "a reboot must mount it in the same way")
	assertNoLeaks(t, n)
	addRow(t, "two zones, synchronous writes, max_active ignored", "CONTINUE, a warning", "CONTINUE, warned", begin)
}

// A stack can add lines of morpheus.rb and certificate authorities.
func TestWhatAStackAddsReachesTheAppliance(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	authority, err := os.ReadFile(w.path("ca.pem"))
	require.NoError(t, err)
	settings.Extras = boot.Extras{Configuration: "ui['pool_size'] = 20", TrustedCertificates: string(authority)}
	require.NoError(t, w.aws.putFiles(settings.Extras, boot.Bundle(settings.Extras)))
	begin := time.Now()
	n := w.launchOne(t, 1, shared, settings)
	require.Zero(t, n.exit(t, 200*time.Second), n.tail())
	assert.Contains(t, n.read("/etc/morpheus/morpheus.rb"), "\nguacd['gid'] = 894\nui['pool_size'] = 20\n",
		"the lines come last")
	assert.Equal(t, string(authority), n.read("/etc/morpheus/ssl/trusted_certs/stack-1.crt"))
	assertNoLeaks(t, n)
	addRow(t, "extra lines and certificates of the stack", "CONTINUE with both", "CONTINUE", begin)
}
