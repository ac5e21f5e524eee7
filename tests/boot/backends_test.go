package boot_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A node that starts again checks its back ends before it serves. One that it cannot trust or use fails the boot.
func TestARebootedNodeRefusesABackEndThatItCannotTrustOrUse(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	for _, step := range []string{"database", "broker", "backends"} {
		settings.TimeLimits[step] = 10
	}
	n := w.launchOne(t, 1, shared, settings)
	require.Zero(t, n.exit(t, 200*time.Second), n.tail())

	wrong, err := w.ca.pair("impostor", "impostor.example.com")
	require.NoError(t, err)
	reboot := func(t *testing.T) (status int, console string) {
		t.Helper()
		before := len(n.console())
		n.powerOff()
		n.powerOn(t)
		status = n.exit(t, 200*time.Second)
		return status, n.console()[before:]
	}
	statement := func(sql string) func(t *testing.T) {
		return func(t *testing.T) {
			t.Helper()
			_, err := w.root(sql)
			require.NoError(t, err)
		}
	}
	for _, f := range []struct {
		branch         string
		spoil, restore func(t *testing.T)
		step, reason   string
	}{
		{
			branch:  "reboot, search domain with another certificate",
			spoil:   func(*testing.T) { w.searchGate.impersonate(&wrong) },
			restore: func(*testing.T) { w.searchGate.impersonate(nil) },
			step:    "backends", reason: "the search domain at " + searchHost + ":443: curl: (60) SSL: ",
		},
		{
			branch:  "reboot, search domain red",
			spoil:   func(*testing.T) { w.search.setStatus("red") },
			restore: func(*testing.T) { w.search.setStatus("green") },
			step:    "backends", reason: "the search domain at " + searchHost + ":443: its status is red",
		},
		{
			branch:  "reboot, broker's management API with another certificate",
			spoil:   func(*testing.T) { w.management.impersonate(&wrong) },
			restore: func(*testing.T) { w.management.impersonate(nil) },
			step:    "broker", reason: "the broker at https://" + brokerHost + " is not usable: curl: (60) SSL: ",
		},
		{
			branch:  "reboot, broker with another certificate",
			spoil:   func(*testing.T) { w.amqp.impersonate(&wrong) },
			restore: func(*testing.T) { w.amqp.impersonate(nil) },
			step:    "backends", reason: "the broker at " + brokerHost + ":5671: ",
		},
		{
			branch:  "reboot, database with another certificate",
			spoil:   func(t *testing.T) { require.NoError(t, w.setDatabaseCertificate("impostor.example.com")) },
			restore: func(t *testing.T) { require.NoError(t, w.setDatabaseCertificate(databaseHost)) },
			step:    "database", reason: "the database at " + databaseHost + ":3306 is not usable: ERROR 2026 (HY000): ",
		},
		{
			branch:  "reboot, database read-only",
			spoil:   statement("SET GLOBAL read_only = 1;"),
			restore: statement("SET GLOBAL read_only = 0;"),
			step:    "database",
			reason:  "the database at " + databaseHost + ":3306 is not usable: the database is read-only",
		},
	} {
		t.Run(f.branch, func(t *testing.T) {
			begin := time.Now()
			f.spoil(t)
			status, console := reboot(t)
			f.restore(t)
			assert.Equal(t, 1, status, "the node must not serve: %s", n.tail())
			assert.Contains(t, console, "boot FAILED at step "+f.step+": ", n.tail())
			assert.Contains(t, console, f.reason, "the reason must name the back end")
			assert.Contains(t, console, "boot failed on a node in service: its health check decides")
			addRow(t, f.branch, "fails at step "+f.step, after(console, "boot FAILED at step "+f.step+": "), begin)
		})
	}
	status, _ := reboot(t)
	assert.Zero(t, status, "with all back ends restored the node must serve again: %s", n.tail())
	assertNoLeaks(t, n)
}
