package boot_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

// failure is a boot that must fail, and what it must report.
type failure struct {
	name, branch string
	// arrange breaks something before the node starts.
	arrange func(t *testing.T, w *world, shared string, settings *boot.Node)
	// size is the size of the root volume; empty for 200m.
	size string
	// step is the step that must fail.
	step string
	// reason is part of the reason in the report.
	reason string
	// final failures must not be retried: waiting does not help, and the group can start another node.
	final bool
	// check verifies what is specific to this failure; nil for nothing.
	check func(t *testing.T, w *world, n *node)
}

var failures = []failure{
	{
		name: "boot files missing", branch: "files of the boot missing in their bucket",
		arrange: func(t *testing.T, w *world, _ string, _ *boot.Node) {
			require.NoError(t, w.aws.do("DELETE", "s3", "/"+filesBucket+"/"+boot.BundleKey(boot.Extras{}), nil, "", nil))
		},
		step: "files", final: true,
		reason: "the bundle of the boot could not be fetched from s3://" + filesBucket + "/" + boot.BundleKey(boot.Extras{}) +
			": fatal error: An error occurred (404)",
	},
	{
		name: "boot files changed", branch: "files of the boot with another content",
		arrange: func(t *testing.T, w *world, _ string, _ *boot.Node) {
			require.NoError(t, w.aws.putFiles(boot.Extras{}, "touch /srv/another-script\n"))
		},
		step: "files", final: true,
		reason: "the bundle of the boot from s3://" + filesBucket + "/" + boot.BundleKey(boot.Extras{}) + " has the SHA-256 ",
		check: func(t *testing.T, _ *world, n *node) {
			assert.Empty(t, n.read("/srv/another-script"))
			assert.NoFileExists(t, n.upper("/srv/another-script"), "a script that anybody has changed must not run")
		},
	},
	{
		name: "tool checksum", branch: "wrong checksum of the AWS CLI",
		arrange: func(_ *testing.T, _ *world, _ string, s *boot.Node) {
			s.ToolSHA256["aws-cli"] = strings.Repeat("0", 64)
		},
		step: "tools", reason: ", expected " + strings.Repeat("0", 64),
	},
	{
		name: "tool unknown", branch: "tool neither in the image nor in the mirror bucket",
		arrange: func(_ *testing.T, _ *world, _ string, s *boot.Node) { s.MirrorBucket = "" },
		step:    "tools",
		reason:  "aws-cli is not in the image: nodeTools.bucket and the checksum of the tool are required to install it",
	},
	{
		name: "mirror missing", branch: "mirror bucket missing, AWS CLI not installed",
		arrange: func(_ *testing.T, _ *world, _ string, s *boot.Node) {
			s.MirrorBucket = "no-such-mirror"
		},
		step: "tools", final: true,
		reason: "aws-cli could not be fetched from s3://no-such-mirror/node-tools/awscli-exe-linux-x86_64.zip: " +
			"NoSuchBucket The specified bucket does not exist",
	},
	{
		name: "mirror refuses", branch: "mirror bucket denies access, AWS CLI not installed",
		arrange: func(_ *testing.T, w *world, _ string, s *boot.Node) {
			w.aws.fail("s3 "+mirrorBucket, 1000)
			// 20 s: with any jitter of the pauses, the retries last at least 7 s, which is 3 heartbeats.
			s.TimeLimits["tools"] = 20
		},
		step: "tools", reason: "aws-cli could not be fetched from s3://",
		check: func(t *testing.T, w *world, n *node) {
			assert.GreaterOrEqual(t, w.aws.heartbeats(), 2, "without heartbeats the hook times out: %s", n.tail())
		},
	},
	{
		name: "package missing", branch: "package missing in its bucket",
		arrange: func(_ *testing.T, _ *world, _ string, s *boot.Node) { s.Package.URL += ".old" },
		step:    "package", final: true,
		reason: "morpheus-appliance could not be fetched from " +
			"s3://mirror-of-the-test/morpheus-appliance_8.0.7-1_amd64.deb.old: fatal error: An error occurred (404)",
	},
	{
		name: "package checksum", branch: "wrong checksum of the package",
		arrange: func(_ *testing.T, _ *world, _ string, s *boot.Node) { s.Package.SHA256 = strings.Repeat("0", 64) },
		step:    "package",
		reason: "morpheus-appliance from s3://mirror-of-the-test/morpheus-appliance_8.0.7-1_amd64.deb " +
			"has the SHA-256 ",
	},
	{
		name: "secret missing", branch: "secret missing",
		arrange: func(t *testing.T, w *world, _ string, _ *boot.Node) {
			require.NoError(t, w.aws.call("secretsmanager", "secretsmanager.DeleteSecret",
				map[string]any{"SecretId": "messaging", "ForceDeleteWithoutRecovery": true}, nil))
		},
		step: "secrets", final: true,
		reason: "the secret of the messaging, messaging, cannot be read: An error occurred (ResourceNotFoundException)",
	},
	{
		name: "mount refused", branch: "mount refused",
		arrange: func(t *testing.T, _ *world, shared string, s *boot.Node) {
			require.NoError(t, os.WriteFile(filepath.Join(shared, "refuse"), nil, 0o644))
			s.TimeLimits["mount"] = 10
		},
		step:   "mount",
		reason: "the file system fs-0123456789abcdef0 cannot be mounted: mount.nfs4: access denied by server",
	},
	{
		name: "disk full", branch: "disk full", size: "12m",
		arrange: func(_ *testing.T, _ *world, _ string, _ *boot.Node) {},
		step:    "package", reason: "MiB free, but morpheus-appliance needs 20 MiB: the disk is full or too small",
	},
	{
		name: "disk full to the last byte", branch: "disk full to the last byte", size: "1m",
		arrange: func(_ *testing.T, _ *world, _ string, _ *boot.Node) {},
		step:    "tools", reason: "; the root volume has 0 MiB free",
	},
	{
		name: "broker down", branch: "broker down",
		arrange: func(_ *testing.T, w *world, _ string, s *boot.Node) {
			w.management.close()
			w.amqp.close()
			s.TimeLimits["broker"] = 15
		},
		step:   "broker",
		reason: "the broker at https://" + brokerHost + " is not usable: curl: (7) Failed to connect to " + brokerHost,
	},
	{
		name: "suffix lost", branch: "database has data, the secret has no suffix",
		arrange: func(t *testing.T, w *world, _ string, _ *boot.Node) {
			_, err := w.root("CREATE DATABASE morpheus CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; " +
				"CREATE TABLE morpheus.account (id INT);")
			require.NoError(t, err)
		},
		step: "configuration", final: true,
		reason: "the database has data, but the secret appliance has no encryption suffix: " +
			"put its former value back (docs/secrets.md)",
	},
	{
		name: "reconfigure", branch: "reconfigure fails and prints a password",
		arrange: func(t *testing.T, _ *world, shared string, _ *boot.Node) {
			require.NoError(t, os.WriteFile(filepath.Join(shared, "refuse-reconfigure"), nil, 0o644))
		},
		step:   "reconfigure",
		reason: "morpheus-ctl reconfigure failed twice: morpheus-ctl: Access denied using password [redacted]",
		check: func(t *testing.T, _ *world, n *node) {
			assert.Contains(t, n.bootLog(), "reconfigure: password [redacted], suffix [redacted]\n",
				"the rest must remain readable")
		},
	},
	{
		name: "generated secret changed", branch: "reconfigure changes a generated secret of other nodes",
		arrange: func(t *testing.T, w *world, shared string, _ *boot.Node) {
			w.aws.put(t, "appliance", `{"suffix": "`+strings.Repeat("5f", 32)+`", `+
				`"secrets": "{\"rabbitmq\": {\"cookie\": \"cookie-of-another-node-7f3a\"}}"}`)
			require.NoError(t, os.WriteFile(filepath.Join(shared, "change-cookie"), nil, 0o644))
		},
		step:   "reconfigure",
		reason: "reconfigure changed values in /etc/morpheus/morpheus-secrets.json that other nodes use: rabbitmq.cookie",
	},
	{
		name: "setup unknown", branch: "setup state unknown",
		arrange: func(t *testing.T, _ *world, shared string, s *boot.Node) {
			require.NoError(t, os.WriteFile(filepath.Join(shared, "refuse-setup"), nil, 0o644))
			s.TimeLimits["setup"] = 10
		},
		step: "setup",
		reason: "cannot determine whether the appliance has an administrator: " +
			"curl: (22) The requested URL returned error: 503",
	},
	{
		name: "secret not JSON", branch: "secret is not JSON",
		arrange: func(t *testing.T, w *world, _ string, _ *boot.Node) { w.aws.put(t, "messaging", brokerPassword) },
		step:    "secrets", final: true,
		reason: "the secret of the messaging, messaging, is not JSON with a username and a password",
	},
	{
		name: "broker password", branch: "broker rejects the password",
		arrange: func(t *testing.T, w *world, _ string, s *boot.Node) {
			w.aws.put(t, "messaging", `{"username": "morpheus", "password": "another-password"}`)
			s.TimeLimits["broker"] = 10
		},
		step: "broker", reason: "is not usable: curl: (22) The requested URL returned error: 401",
	},
	{
		name: "file system stalls", branch: "shared file system stalls after the mount",
		arrange: func(t *testing.T, _ *world, shared string, s *boot.Node) {
			folder := filepath.Join(shared, "shared/.morpheus-node")
			require.NoError(t, os.MkdirAll(folder, 0o700))
			// Opening a FIFO without a reader for writing hangs, as on a server that does not answer.
			require.NoError(t, syscall.Mkfifo(filepath.Join(folder, "lock"), 0o600))
			s.TimeLimits["lock"] = 3
		},
		step:   "lock",
		reason: "the lock file could not be created on the file system fs-0123456789abcdef0 within 3 s (status 124)",
	},
	{
		name: "lock held", branch: "another node holds the lock too long",
		arrange: func(t *testing.T, _ *world, shared string, s *boot.Node) {
			folder := filepath.Join(shared, "shared/.morpheus-node")
			require.NoError(t, os.MkdirAll(folder, 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(folder, "holder"), []byte("2026-01-01T00:00:00Z i-0other\n"), 0o600))
			holdLock(t, filepath.Join(folder, "lock"))
			s.TimeLimits["lock"] = 3
		},
		step: "lock", reason: "another node held the lock for 3 s; holder: 2026-01-01T00:00:00Z i-0other",
	},
}

func TestAFailedBootIsAbandonedWithItsReason(t *testing.T) {
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			w, shared, settings := emptyWorld(t)
			if f.step != "tools" {
				useImageWithTools(&settings)
			}
			f.arrange(t, w, shared, &settings)
			size := f.size
			if size == "" {
				size = "200m"
			}
			n := w.newNode(t, 1, shared, size, settings)
			w.aws.openHook(n.id, boot.LaunchHook)
			begin := time.Now()
			n.powerOn(t)
			assert.Equal(t, 1, n.exit(t, 200*time.Second), "%s", n.tail())
			assert.Equal(t, map[string]string{n.id: "ABANDON"}, w.aws.results(boot.LaunchHook),
				"the group must replace the node: %s", n.tail())
			assert.Contains(t, n.console(), "boot FAILED at step "+f.step+": ",
				"the console can be read after the node is terminated")
			assert.Contains(t, n.console(), f.reason)
			if f.final {
				assert.NotContains(t, n.bootLog(), "retrying in", "a final failure must end the boot at once")
			}
			report, err := w.aws.report(n.id)
			require.NoError(t, err, "%s", n.tail())
			assert.Contains(t, report, "step: "+f.step+"\nreason: ")
			assert.Contains(t, report, f.reason)
			assert.Empty(t, findSecret(secretsOf(w), report), "the report is shown to people")
			if f.step != "tools" { // without the AWS CLI there is no report in the bucket
				var listing string
				require.NoError(t, w.aws.do("GET", "s3", "/"+diagnosticsBucket+"?prefix=boot/"+n.id, nil, "", &listing))
				assert.Contains(t, listing, "<Key>boot/"+n.id+"-", "the bucket must have the report too")
			}
			assertNoLeaks(t, n)
			if f.check != nil {
				f.check(t, w, n)
			}
			addRow(t, f.branch, "ABANDON at step "+f.step,
				"ABANDON: "+after(n.console(), "boot FAILED at step "+f.step+": "), begin)
		})
	}
}

func TestTheBootWaitsForTheDatabase(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	w.database.close()
	begin := time.Now()
	n := w.launch(t, 1, shared, settings)[0]
	require.NoError(t, await(150*time.Second, func() bool {
		return strings.Contains(n.bootLog(), "step database: started")
	}))
	time.Sleep(6 * time.Second)
	assert.Contains(t, n.read("/var/lib/standin-agent.json"), "/var/log/morpheus-node/boot.log",
		"people must be able to read in CloudWatch what a slow boot waits for")
	require.NoError(t, w.database.open())
	assertAllServe(t, []*node{n})
	assert.Contains(t, n.bootLog(), "database: retrying in", "the database must have been down at the first try")
	addRow(t, "database down, then up", "CONTINUE", "waited, then CONTINUE", begin)
}

// Without the AWS CLI the node signs its calls with curl. It must understand AWS's errors then too.
func TestAFailedBootWithoutAHookDoesNotRetry(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	settings.ToolSHA256["aws-cli"] = strings.Repeat("0", 64)
	n := w.newNode(t, 1, shared, "200m", settings)
	begin := time.Now()
	n.powerOn(t)
	assert.Equal(t, 1, n.exit(t, 200*time.Second), "%s", n.tail())
	assert.Contains(t, n.console(), "hook launch has no open lifecycle action for this instance", "%s", n.tail())
	assert.NotContains(t, n.console(), "answer to the launch hook: retrying", "a missing action is final")
	addRow(t, "boot fails without the AWS CLI, no hook waits", "one call", "one call", begin)
}

// systemd stops the boot when the machine shuts down or the unit is restarted.
func TestAStoppedBootIsReportedAndAbandoned(t *testing.T) {
	for name, all := range map[string]bool{"control group": true, "main process": false} {
		t.Run(name, func(t *testing.T) {
			w, shared, settings := emptyWorld(t)
			useImageWithTools(&settings)
			w.database.close()
			begin := time.Now()
			n := w.launchOne(t, 1, shared, settings)
			require.NoError(t, await(150*time.Second, func() bool {
				return strings.Contains(n.bootLog(), "step database: started")
			}))
			time.Sleep(2 * time.Second)
			n.stopBoot(t, all)
			assert.Equal(t, 1, n.exit(t, 60*time.Second), "%s", n.tail())
			assert.Equal(t, map[string]string{n.id: "ABANDON"}, w.aws.results(boot.LaunchHook), "the hook must not time out")
			assert.Contains(t, n.console(), "boot FAILED at step database: the boot was stopped by SIGTERM")
			report, err := w.aws.report(n.id)
			require.NoError(t, err, "%s", n.tail())
			assert.Contains(t, report, "step: database\nreason: the boot was stopped by SIGTERM\n")
			addRow(t, "boot stopped by SIGTERM to the "+name, "report, ABANDON", "report, ABANDON", begin)
		})
	}
}

// EFS releases the lock of a disconnected client without notice, and another node takes it.
func TestANodeThatHasLostTheLockDoesNotReconfigure(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	w.database.close()
	begin := time.Now()
	n := w.launchOne(t, 1, shared, settings)
	require.NoError(t, await(150*time.Second, func() bool { return strings.Contains(n.bootLog(), "step lock: done") }))
	holder := filepath.Join(shared, "shared/.morpheus-node/holder")
	require.NoError(t, os.WriteFile(holder, []byte("2026-01-01T00:00:00Z i-0other\n"), 0o600))
	require.NoError(t, w.database.open())
	require.Equal(t, 1, n.exit(t, 200*time.Second), n.tail())
	assert.Contains(t, n.console(), "boot FAILED at step reconfigure: this node no longer holds the lock")
	assert.Empty(t, n.read("/var/lib/standin-reconfigures"), "two nodes may not reconfigure at the same time")
	assert.Equal(t, map[string]string{n.id: "ABANDON"}, w.aws.results(boot.LaunchHook))
	addRow(t, "lock lost before reconfigure", "ABANDON at step reconfigure", "ABANDON", begin)
}

// IAM is eventually consistent: a call that is denied once must not fail the boot.
func TestTheBootRetriesCallsThatAreDeniedOnce(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	actions := []string{"DescribeSecret", "GetSecretValue", "PutSecretValue", "CompleteLifecycleAction"}
	for _, action := range actions {
		w.aws.fail(action, 1)
	}
	begin := time.Now()
	n := w.launch(t, 1, shared, settings)[0]
	assertAllServe(t, []*node{n})
	for _, action := range actions {
		assert.Zero(t, w.aws.faultsLeft(action), "%s must have failed once", action)
	}
	assert.Contains(t, n.bootLog(), "appliance secret: retrying in", "the log must name the retried call")
	addRow(t, "each call is denied once", "CONTINUE", "retried, CONTINUE", begin)
}

// after returns the rest of the line after the mark.
func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	line, _, _ := strings.Cut(rest, "\n")
	return line
}
