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

// failure is one way for a boot to fail.
type failure struct {
	name, branch string
	// arrange breaks something before the node starts.
	arrange func(t *testing.T, w *world, shared string, settings *boot.Node)
	size    string
	step    string
	// reason is what whoever is called reads.
	reason string
	// final failures are not tried again: waiting does not help, and the group has another node to start.
	final bool
	// check looks at what else must hold; nil for nothing.
	check func(t *testing.T, w *world, n *node)
}

var failures = []failure{
	{
		name: "tool checksum", branch: "checksum of the AWS CLI wrong",
		arrange: func(_ *testing.T, _ *world, _ string, s *boot.Node) {
			s.ToolSHA256["aws-cli"] = strings.Repeat("0", 64)
		},
		step: "tools", reason: "but must have " + strings.Repeat("0", 64),
	},
	{
		name: "tool unknown", branch: "tool neither in the image nor in the mirror",
		arrange: func(_ *testing.T, _ *world, _ string, s *boot.Node) { s.MirrorBucket = "" },
		step:    "tools", reason: "aws-cli is not in the image, and neither nodeTools.bucket nor its checksum",
	},
	{
		name: "mirror missing", branch: "mirror bucket missing, before the AWS CLI is there",
		arrange: func(_ *testing.T, _ *world, _ string, s *boot.Node) {
			s.MirrorBucket = "no-such-mirror"
		},
		step: "tools", final: true, reason: "aws-cli could not be fetched from s3://no-such-mirror/node-tools/awscli-exe-linux-x86_64.zip: NoSuchBucket The specified bucket does not exist",
	},
	{
		name: "mirror refuses", branch: "mirror bucket refuses, before the AWS CLI is there",
		arrange: func(_ *testing.T, w *world, _ string, s *boot.Node) {
			w.aws.fail("", 1000) // calls without a target are those of S3
			s.Bounds["tools"] = 12
		},
		step: "tools", reason: "aws-cli could not be fetched from s3://",
		check: func(t *testing.T, w *world, n *node) {
			assert.GreaterOrEqual(t, w.aws.heartbeats(), 2, "the hook ends a node that is busy and says nothing: %s", n.tail())
		},
	},
	{
		name: "package missing", branch: "package missing in its bucket",
		arrange: func(_ *testing.T, _ *world, _ string, s *boot.Node) { s.Package.URL += ".old" },
		step:    "package", final: true, reason: "morpheus-appliance could not be fetched from s3://mirror-of-the-test/morpheus-appliance_8.0.7-1_amd64.deb.old: fatal error: An error occurred (404)",
	},
	{
		name: "package checksum", branch: "checksum of the package wrong",
		arrange: func(_ *testing.T, _ *world, _ string, s *boot.Node) { s.Package.SHA256 = strings.Repeat("0", 64) },
		step:    "package", reason: "morpheus-appliance from s3://mirror-of-the-test/morpheus-appliance_8.0.7-1_amd64.deb has the SHA-256 ",
	},
	{
		name: "secret missing", branch: "secret missing",
		arrange: func(t *testing.T, w *world, _ string, _ *boot.Node) {
			require.NoError(t, w.aws.call("secretsmanager", "secretsmanager.DeleteSecret",
				map[string]any{"SecretId": "messaging", "ForceDeleteWithoutRecovery": true}, nil))
		},
		step: "secrets", final: true, reason: "the secret of the messaging, messaging, cannot be read: An error occurred (ResourceNotFoundException)",
	},
	{
		name: "mount refused", branch: "mount refused",
		arrange: func(t *testing.T, _ *world, shared string, s *boot.Node) {
			require.NoError(t, os.WriteFile(filepath.Join(shared, "refuse"), nil, 0o644))
			s.Bounds["mount"] = 10
		},
		step: "mount", reason: "the file system fs-0123456789abcdef0 cannot be mounted: mount.nfs4: access denied by server",
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
		name: "broker down", branch: "broker down for good",
		arrange: func(_ *testing.T, w *world, _ string, s *boot.Node) {
			w.management.close()
			w.amqp.close()
			s.Bounds["broker"] = 15
		},
		step: "broker", reason: "the broker at https://" + brokerHost + " is not usable: curl: (7) Failed to connect to " + brokerHost,
	},
	{
		name: "suffix lost", branch: "database holds data, the secret has no suffix",
		arrange: func(t *testing.T, w *world, _ string, _ *boot.Node) {
			_, err := w.root("CREATE DATABASE morpheus CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; CREATE TABLE morpheus.account (id INT);")
			require.NoError(t, err)
		},
		step: "configuration", final: true,
		reason: "the database holds data of an appliance whose encryption suffix is not in the secret appliance: put the former value into it (docs/secrets.md)",
	},
	{
		name: "reconfigure", branch: "reconfigure fails and shows a password",
		arrange: func(t *testing.T, _ *world, shared string, _ *boot.Node) {
			require.NoError(t, os.WriteFile(filepath.Join(shared, "refuse-reconfigure"), nil, 0o644))
		},
		step: "reconfigure", reason: "morpheus-ctl reconfigure failed twice: morpheus-ctl: Access denied using password [redacted]",
		check: func(t *testing.T, _ *world, n *node) {
			assert.Contains(t, n.bootLog(), "reconfigure: password [redacted], suffix [redacted]\n", "what is left must be of use")
		},
	},
	{
		name: "setup unknown", branch: "appliance does not say whether it has an administrator",
		arrange: func(t *testing.T, _ *world, shared string, s *boot.Node) {
			require.NoError(t, os.WriteFile(filepath.Join(shared, "refuse-setup"), nil, 0o644))
			s.Bounds["setup"] = 10
		},
		step: "setup", reason: "the appliance does not say whether it has an administrator: curl: (22) The requested URL returned error: 503",
	},
	{
		name: "secret no JSON", branch: "secret is no JSON",
		arrange: func(t *testing.T, w *world, _ string, _ *boot.Node) { w.aws.put(t, "messaging", brokerPassword) },
		step:    "secrets", final: true, reason: "the secret of the messaging, messaging, is not JSON with a username and a password",
	},
	{
		name: "broker password", branch: "broker refuses the password",
		arrange: func(t *testing.T, w *world, _ string, s *boot.Node) {
			require.NoError(t, w.aws.call("secretsmanager", "secretsmanager.PutSecretValue",
				map[string]string{"SecretId": "messaging", "SecretString": `{"username": "morpheus", "password": "another-password"}`,
					"ClientRequestToken": strings.Repeat("1", 32)}, nil))
			s.Bounds["broker"] = 10
		},
		step: "broker", reason: "is not usable: curl: (22) The requested URL returned error: 401",
	},
	{
		name: "file system stalls", branch: "shared file system stalls after the mount",
		arrange: func(t *testing.T, _ *world, shared string, s *boot.Node) {
			folder := filepath.Join(shared, "shared/.morpheus-node")
			require.NoError(t, os.MkdirAll(folder, 0o700))
			// Nobody reads it: opening it to write waits for ever, as on a server that does not answer.
			require.NoError(t, syscall.Mkfifo(filepath.Join(folder, "lock"), 0o600))
			s.Bounds["lock"] = 3
		},
		step: "lock", reason: "the file system fs-0123456789abcdef0 did not take the lock's file within 3 s (status 124)",
	},
	{
		name: "lock held", branch: "another node holds the lock for too long",
		arrange: func(t *testing.T, _ *world, shared string, s *boot.Node) {
			folder := filepath.Join(shared, "shared/.morpheus-node")
			require.NoError(t, os.MkdirAll(folder, 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(folder, "holder"), []byte("2026-01-01T00:00:00Z i-0other\n"), 0o600))
			hold(t, filepath.Join(folder, "lock"))
			s.Bounds["lock"] = 3
		},
		step: "lock", reason: "another node held the lock for 3 s; who: 2026-01-01T00:00:00Z i-0other",
	},
}

func TestFailedBootIsAbandonedWithItsReason(t *testing.T) {
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			w, shared, settings := fresh(t)
			if f.step != "tools" {
				settings.MirrorBucket, settings.ToolSHA256 = "", nil // an image that has the tools
			}
			f.arrange(t, w, shared, &settings)
			size := f.size
			if size == "" {
				size = "200m"
			}
			n := w.newNode(t, 1, shared, size, settings)
			w.aws.await(n.id, boot.LaunchHook)
			begin := time.Now()
			n.powerOn(t)
			assert.Equal(t, 1, n.exit(t, 200*time.Second), "%s", n.tail())
			assert.Equal(t, map[string]string{n.id: "ABANDON"}, w.aws.results(boot.LaunchHook), "the group must replace the node: %s", n.tail())
			assert.Contains(t, n.console(), "boot FAILED at step "+f.step+": ", "the console outlives the node")
			assert.Contains(t, n.console(), f.reason)
			if f.final {
				assert.NotContains(t, n.bootLog(), "not yet, again in", "what will not pass ends the boot at once")
			}
			report, err := w.aws.report(n.id)
			require.NoError(t, err, "%s", n.tail())
			assert.Contains(t, report, "step: "+f.step+"\nreason: ")
			assert.Contains(t, report, f.reason)
			assert.Empty(t, named(secretsOf(w), report), "the report is read by people")
			if f.step != "tools" { // before that there is no CLI
				var listing string
				require.NoError(t, w.aws.do("GET", "s3", "/"+diagnosticsBucket+"?prefix=boot/"+n.id, nil, "", &listing))
				assert.Contains(t, listing, "<Key>boot/"+n.id+"-", "the bucket has the report too")
			}
			assertNoLeaks(t, n)
			if f.check != nil {
				f.check(t, w, n)
			}
			shown(t, f.branch, "ABANDON at step "+f.step, "ABANDON: "+after(n.console(), "boot FAILED at step "+f.step+": "), begin)
		})
	}
}

func TestBootWaitsForADatabaseThatComes(t *testing.T) {
	w, shared, settings := fresh(t)
	w.database.close()
	begin := time.Now()
	n := w.launch(t, 1, shared, settings)[0]
	require.NoError(t, await(150*time.Second, func() bool { return strings.Contains(n.bootLog(), "step database: begins") }))
	time.Sleep(6 * time.Second)
	require.NoError(t, w.database.open())
	assertAllServe(t, []*node{n})
	assert.Contains(t, n.bootLog(), "database: not yet, again in", "it must have been tried while it was away")
	shown(t, "database down, then up", "CONTINUE", "waited, then CONTINUE", begin)
}

// Before the CLI is there the node signs by itself: what AWS says must be understood then too.
func TestFailedBootWithoutAHookDoesNotAskAgain(t *testing.T) {
	w, shared, settings := fresh(t)
	settings.ToolSHA256["aws-cli"] = strings.Repeat("0", 64)
	n := w.newNode(t, 1, shared, "200m", settings)
	begin := time.Now()
	n.powerOn(t)
	assert.Equal(t, 1, n.exit(t, 200*time.Second), "%s", n.tail())
	assert.Contains(t, n.console(), "no lifecycle action of launch waits for an answer", "%s", n.tail())
	assert.NotContains(t, n.console(), "answer to the launch hook: not yet", "nothing waits, so there is nothing to wait for")
	shown(t, "boot fails before the CLI, no hook waits", "asks once", "asked once", begin)
}

// A call that AWS refuses once, as long as a permission is on its way to all of IAM, fails no boot.
func TestBootOutlastsCallsThatFailOnce(t *testing.T) {
	w, shared, settings := fresh(t)
	settings.MirrorBucket, settings.ToolSHA256 = "", nil // an image that has the tools
	actions := []string{"DescribeSecret", "GetSecretValue", "PutSecretValue", "CompleteLifecycleAction"}
	for _, action := range actions {
		w.aws.fail(action, 1)
	}
	begin := time.Now()
	n := w.launch(t, 1, shared, settings)[0]
	assertAllServe(t, []*node{n})
	for _, action := range actions {
		assert.Zero(t, w.aws.left(action), "%s was to fail once", action)
	}
	assert.Contains(t, n.bootLog(), "secrets of the appliance: not yet, again in", "the log says what was tried again")
	shown(t, "each call fails once", "CONTINUE", "tried again, CONTINUE", begin)
}

// after is the rest of the line behind the mark.
func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	line, _, _ := strings.Cut(rest, "\n")
	return line
}
