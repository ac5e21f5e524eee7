package boot_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

func TestThreeNodesBootAtOnce(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	begin := time.Now()
	nodes := w.launch(t, 3, shared, settings)
	assertAllServe(t, nodes)
	addRow(t, "three nodes at once", "3 CONTINUE, one initialisation, equal secrets",
		fmt.Sprintf("%d CONTINUE, %s initialisation", len(w.aws.results(boot.LaunchHook)), initialisations(t, w)), begin)
	assert.Positive(t, w.aws.heartbeats(), "without heartbeats, the launch hook times out before a slow boot ends")
	printSteps(t, nodes)
}

// assertAllServe waits for successful boots and checks nodes, back ends and group.
func assertAllServe(t *testing.T, nodes []*node) {
	t.Helper()
	w := nodes[0].w
	for _, n := range nodes {
		require.Zero(t, n.exit(t, 200*time.Second), "%s: %s", n.name, n.tail())
	}
	for _, n := range nodes {
		assert.Equal(t, "CONTINUE", w.aws.results(boot.LaunchHook)[n.id], "%s must complete the launch hook once", n.name)
		assertNoLeaks(t, n)
		assert.NotContains(t, n.bootLog(), "the clock of the node is not synchronised", n.name)
		if !n.powerLost {
			assert.Contains(t, n.bootLog(), "the appliance keeps at most 150 database connections",
				"%s: the effective value must be read back", n.name)
			assert.Contains(t, n.bootLog(), "reconfigure: password [redacted], suffix [redacted]\n",
				"%s: the log must show where something was redacted", n.name)
		}
		for _, path := range []string{"/etc/morpheus/morpheus.rb", "/etc/morpheus/morpheus-secrets.json"} {
			info, err := os.Stat(n.upper(path))
			require.NoError(t, err)
			assert.Equal(t, "-rw-------", info.Mode().String(), "%s of %s", path, n.name)
			assert.Equal(t, nodes[0].read(path), n.read(path), "%s must be the same on every node", path)
		}
		for user, id := range map[string]string{"morpheus-app": "899", "morpheus-local": "898", "guacd": "894"} {
			assert.Regexp(t, `(?m)^`+user+`:x:`+id+`:`+id+`:`, n.read("/etc/passwd"),
				"the IDs own the shared files, so they must be equal on all nodes")
		}
		assert.Contains(t, n.read("/var/lib/standin-agent.json"), n.id+"/morpheus-ui",
			"the agent must send the node's logs to streams with its ID")
		assert.Contains(t, n.read("/etc/fstab"), fileSystemID+":/ /var/opt/morpheus/morpheus-ui efs _netdev",
			"the file system must be mounted after a reboot")
	}
	for _, n := range nodes {
		assert.FileExists(t, filepath.Join(n.shared, "shared/bitcan/backups", n.name),
			"a backup must outlive its node, and other nodes must read it")
	}
	assert.NoFileExists(t, filepath.Join(nodes[0].shared, "shared/.standin-overlap"),
		"two reconfigures ran at the same time")
	assert.Equal(t, "1", initialisations(t, w), "the tables must be created once")
	assert.Equal(t, len(nodes), w.search.indexed(), "each node must write to the search domain")
	assertBroker(t, w)
	assertGrants(t, w)
}

// initialisations returns how often the appliance has created its tables, as text.
func initialisations(t *testing.T, w *world) string {
	t.Helper()
	out, err := w.root("SELECT COUNT(*) FROM morpheus.initialisation;")
	require.NoError(t, err)
	return strings.TrimSpace(out)
}

func assertBroker(t *testing.T, w *world) {
	t.Helper()
	var permissions struct{ Configure, Write, Read string }
	status, err := w.brokerCall("GET", "permissions/morpheus/morpheus", http.NoBody, &permissions)
	require.NoError(t, err)
	assert.Equal(t, 200, status)
	assert.Equal(t, []string{".*", ".*", ".*"}, []string{permissions.Configure, permissions.Write, permissions.Read})
	var policies []struct {
		Name, Pattern string
		ApplyTo       string `json:"apply-to"`
		Priority      int
		Definition    map[string]any
	}
	_, err = w.brokerCall("GET", "policies/morpheus", http.NoBody, &policies)
	require.NoError(t, err)
	assert.Len(t, policies, len(boot.BrokerPolicies),
		"the boot and the appliance must create the same policies: %v", policies)
	names := map[string]string{}
	for _, p := range policies {
		names[p.Name] = p.ApplyTo
		assert.Equal(t, "all", p.Definition["ha-mode"], "%s: a queue that is not mirrored is lost with its node", p.Name)
		if p.Pattern != ".*" {
			assert.EqualValues(t, 1800000, p.Definition["expires"], p.Name)
			assert.Equal(t, 2, p.Priority, "%s must take precedence over the policy of all queues", p.Name)
		}
	}
	assert.Equal(t, map[string]string{
		"ha": "all", "statCommands": "queues", "morpheusAgentActions": "queues", "monitorJobs": "queues",
	}, names, "the vendor's names and scopes")
}

func assertGrants(t *testing.T, w *world) {
	t.Helper()
	grants, err := w.root("SHOW GRANTS FOR 'morpheus'@'%'; " +
		"SELECT default_collation_name FROM information_schema.schemata WHERE schema_name = 'morpheus';")
	require.NoError(t, err)
	for _, want := range []string{
		"SELECT, RELOAD, PROCESS, SHOW DATABASES ON *.*", "REQUIRE SSL",
		"ALL PRIVILEGES ON `morpheus`.* TO `morpheus`@`%` WITH GRANT OPTION", "utf8mb4_general_ci",
	} {
		assert.Contains(t, grants, want)
	}
}

var stepDone = regexp.MustCompile(`step (\S+): done in ([0-9.]+) s`)

// printSteps prints the duration of each step. The vendor's real package would take longer.
func printSteps(t *testing.T, nodes []*node) {
	t.Helper()
	seconds := map[string][]float64{}
	for _, n := range nodes {
		for _, m := range stepDone.FindAllStringSubmatch(n.bootLog(), -1) {
			value, err := strconv.ParseFloat(m[2], 64)
			require.NoError(t, err)
			seconds[m[1]] = append(seconds[m[1]], value)
		}
	}
	var out strings.Builder
	out.WriteString("| step | fastest node | slowest node |\n|---|---|---|\n")
	var names []string
	for _, s := range boot.Steps {
		if s.Locked && !slices.Contains(names, "lock") {
			names = append(names, "lock")
		}
		names = append(names, s.Name)
	}
	for _, name := range names {
		all := seconds[name]
		require.Len(t, all, len(nodes), "step %s must run on each node", name)
		sort.Float64s(all)
		fmt.Fprintf(&out, "| %s | %.1f | %.1f |\n", name, all[0], all[len(all)-1])
	}
	fmt.Println(out.String())
}

// The holder of the lock is killed with all its processes, as by a failure of its host, at a random moment.
func TestADeadLockHolderDoesNotBlockOtherNodes(t *testing.T) {
	count := 5
	if given, err := strconv.Atoi(os.Getenv("BOOT_SEEDS")); err == nil {
		count = given
	}
	for seed := range count {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w, shared, settings := emptyWorld(t)
			begin := time.Now()
			useImageWithTools(&settings)
			random := rand.New(rand.NewPCG(uint64(seed), 7))
			nodes := w.launch(t, 3, shared, settings)
			var holder *node
			require.NoError(t, await(150*time.Second, func() bool {
				for _, n := range nodes {
					if strings.Contains(n.bootLog(), "step lock: done") {
						holder = n
						return true
					}
				}
				return false
			}))
			// A node holds the lock for about eight seconds.
			delay := time.Duration(random.IntN(8000)) * time.Millisecond
			time.Sleep(delay)
			lines := strings.Split(strings.TrimSpace(holder.bootLog()), "\n")
			at := lines[len(lines)-1]
			holder.powerOff()
			for _, n := range nodes {
				if n != holder {
					require.Zero(t, n.exit(t, 200*time.Second), "%s: %s", n.name, n.tail())
				}
			}
			// The machine starts again. A completed lifecycle action must not be completed twice.
			holder.powerOn(t)
			assertAllServe(t, nodes)
			_, activity, _ := strings.Cut(at, " ")
			addRow(t, fmt.Sprintf("lock holder killed, seed %d", seed), "all nodes serve, one initialisation",
				fmt.Sprintf("killed %.1f s after it got the lock (%s)", delay.Seconds(), activity), begin)
		})
	}
}

func TestRebootChangesNothing(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	n := w.launch(t, 1, shared, settings)[0]
	assertAllServe(t, []*node{n})
	before := n.snapshot(t)
	n.powerOff()

	begin := time.Now()
	n.powerOn(t)
	require.Zero(t, n.exit(t, 200*time.Second), n.tail())
	assert.Equal(t, before, n.snapshot(t), "a second boot must not change files other than logs")
	assert.Equal(t, "CONTINUE", w.aws.results(boot.LaunchHook)[n.id], "the launch hook must be completed once")
	assert.Equal(t, 1, strings.Count(n.read("/var/lib/standin-reconfigures"), "\n"), "without changes, no reconfigure")
	assert.Contains(t, n.read("/var/log/standin-systemctl"), "start morpheus-runsvdir\n",
		"the appliance's services need their supervisor")
	addRow(t, "reboot", "serves again, no file changed", "serves, no file changed", begin)
}

// The proxy's host name does not resolve, so every connection through the proxy would fail.
func TestBackEndsAreReachedWithoutTheProxy(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	settings.Proxy = "http://proxy.example.com:3128"
	begin := time.Now()
	n := w.launch(t, 1, shared, settings)[0]
	assertAllServe(t, []*node{n})
	assert.Contains(t, n.read("/var/lib/standin-reconfigures"),
		`proxy ["http://proxy.example.com:3128", "http://proxy.example.com:3128"]`,
		"reconfigure must use the proxy for downloads")
	addRow(t, "proxy", "reconfigure uses it, connections to back ends do not", "CONTINUE", begin)
}

// snapshot returns size, mode and time of the node's files by path, without logs and caches.
func (n *node) snapshot(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	text, err := exec.Command("find", n.upper(""), "-type", "f", "-printf", "%P %s %m %T@\\n").Output()
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		path, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(path, "var/log/") || strings.Contains(path, "__pycache__") || strings.HasPrefix(path, "tmp/") {
			continue
		}
		out[path] = rest
	}
	require.Contains(t, out, "etc/morpheus/morpheus.rb")
	return out
}

func TestATerminatedNodeIsDrained(t *testing.T) {
	for _, c := range []struct{ name, branch, expected, want string }{
		{
			name: "stops", branch: "termination", want: "morpheus-ui stopped",
			expected: "serves until the hook waits; stop, CONTINUE until it is accepted",
		},
		{
			name: "works", branch: "termination of a node with running work", want: "morpheus-ui stopped",
			expected: "stop is repeated until the work is done, CONTINUE",
		},
		{
			name: "hangs", branch: "termination of a node that hangs", want: "stopped by graceful-kill",
			expected: "stop times out, graceful-kill, CONTINUE",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, shared, settings := emptyWorld(t)
			useImageWithTools(&settings)
			if c.name == "works" {
				settings.DrainStopSeconds = 60
			}
			n := w.launch(t, 1, shared, settings)[0]
			require.Zero(t, n.exit(t, 200*time.Second), n.tail())
			drained := func() string { return n.read("/var/log/morpheus-node/drain.log") }
			if arrange := map[string]string{"hangs": "hang", "works": "work"}[c.name]; arrange != "" {
				require.NoError(t, os.WriteFile(filepath.Join(shared, arrange), nil, 0o644))
			}
			begin := time.Now()
			// The target state has changed, but the hook does not wait yet: the load balancer still has requests.
			w.imds.set(n, "Terminated")
			require.NoError(t, await(60*time.Second, func() bool {
				return w.aws.refusals(n.id, boot.TerminateHook) >= 3
			}), drained())
			assert.NotContains(t, drained(), "drain started", "the load balancer still has requests for the node")
			assert.True(t, n.serves(), "the load balancer still has requests for the node: %s", drained())
			assert.Empty(t, w.aws.results(boot.TerminateHook), "the hook must not be completed before it waits")

			w.aws.fail("CompleteLifecycleAction", 2)
			w.aws.openHook(n.id, boot.TerminateHook)
			limit := time.Duration(settings.DrainStopSeconds+settings.DrainKillSeconds+30) * time.Second
			err := await(limit, func() bool { return w.aws.results(boot.TerminateHook)[n.id] == "CONTINUE" })
			require.NoError(t, err, drained())
			assert.Zero(t, w.aws.faultsLeft("CompleteLifecycleAction"), "a refused CompleteLifecycleAction must be retried")
			assert.Contains(t, drained(), c.want)
			if c.name == "works" {
				assert.FileExists(t, filepath.Join(shared, "work-done"), "running work must be completed: %s", drained())
			}
			assert.False(t, n.serves(), "the appliance must be down: %s", drained())
			addRow(t, c.branch, c.expected, c.want+", CONTINUE", begin)
		})
	}
}

// Without a termination hook, for example because it was deleted, the drain must end too.
func TestADrainWithoutAHookEnds(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	settings.DrainOpenSeconds = 5
	n := w.launch(t, 1, shared, settings)[0]
	require.Zero(t, n.exit(t, 200*time.Second), n.tail())
	begin := time.Now()
	w.imds.set(n, "Terminated")
	drained := func() string { return n.read("/var/log/morpheus-node/drain.log") }
	require.NoError(t, await(60*time.Second, func() bool {
		return strings.Contains(drained(), "drain done in")
	}), drained())
	assert.Contains(t, drained(), "the termination hook did not open within 5 s: ")
	assert.Contains(t, drained(), "hook drain has no open lifecycle action for this instance")
	assert.False(t, n.serves(), drained())
	addRow(t, "termination without a hook", "waits for the time limit, then stops", "waited 5 s, stopped", begin)
}

// serves is true when the node's appliance answers requests from the network.
func (n *node) serves() bool {
	return run("curl", "--silent", "--fail", "--insecure", "--max-time", "5", "--output", "/dev/null",
		"https://"+n.ip+"/ping") == nil
}

// The real configuration of Ubuntu's needrestart, with the node's addition, decides about each unit. The loop is
// needrestart's own.
func TestNeedrestartLeavesTheNodesUnitsAlone(t *testing.T) {
	if testWorld == nil {
		t.Skip("requires the needrestart package: run `make test-boot`")
	}
	begin := time.Now()
	all, err := boot.Files(testWorld.settings(files))
	require.NoError(t, err)
	at := slices.IndexFunc(all, func(f boot.File) bool { return f.Path == "/etc/needrestart/conf.d/morpheus-node.conf" })
	require.GreaterOrEqual(t, at, 0)
	own := filepath.Join(t.TempDir(), "morpheus-node.conf")
	require.NoError(t, os.WriteFile(own, []byte(all[at].Content), 0o600))
	const unpacked = "../../tools/bin/needrestart"
	program, err := os.ReadFile(unpacked + "/usr/sbin/needrestart")
	require.NoError(t, err)
	loop := regexp.MustCompile(`(?s)my \$restart = !\$nrconf\{defno\};.*?\n\t\t\}\n`).FindString(string(program))
	require.NotEmpty(t, loop, "needrestart decides in another way: change this test")
	script := `use strict; our %nrconf = (defno => 0, override_rc => {}); our $LOGPREF = "";
for (@ARGV[0, 1]) { eval do { local(@ARGV, $/) = $_; <> }; die "$_: $@" if $@; }
for my $rc (@ARGV[2 .. $#ARGV]) { ` + loop + ` print "$rc ", $restart ? "restart" : "leave", "\n"; }`
	units := []string{
		"morpheus-node-boot.service", "morpheus-node-drain.service", "morpheus-runsvdir.service",
		"morpheus-reconfigure.service", "amazon-efs-mount-watchdog.service", "ssh.service",
	}
	out, err := exec.Command("perl", append([]string{"-e", script, unpacked + "/etc/needrestart/needrestart.conf", own},
		units...)...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	want := ""
	for _, unit := range units[:5] {
		want += unit + " leave\n"
	}
	assert.Equal(t, want+"ssh.service restart\n", string(out), "a restart in the middle of a step breaks the boot")
	addRow(t, "needrestart after an apt run", "restarts other services only", "5 units left alone, ssh restarted", begin)
}

func TestSystemdAcceptsTheUnits(t *testing.T) {
	if testWorld == nil {
		t.Skip("requires systemd-analyze: run `make test-boot`")
	}
	dir := t.TempDir()
	all, err := boot.Files(testWorld.settings(files))
	require.NoError(t, err)
	for _, f := range all {
		if filepath.Ext(f.Path) == ".conf" && strings.HasPrefix(f.Path, "/etc/systemd/") {
			unit := filepath.Join(dir, filepath.Base(filepath.Dir(f.Path)))
			require.NoError(t, os.Mkdir(unit, 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(unit, filepath.Base(f.Path)), []byte(f.Content), 0o644))
			// The appliance's package installs the unit itself.
			require.NoError(t, os.WriteFile(strings.TrimSuffix(unit, ".d"), []byte("[Service]\nExecStart=/bin/true\n"), 0o644))
		} else if filepath.Ext(f.Path) == ".service" {
			// The programs that it starts exist on nodes only.
			text := strings.ReplaceAll(f.Content, "ExecStart="+boot.Folder, "ExecStart="+dir)
			require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(f.Path)), []byte(text), 0o644))
		} else if f.Permissions == "0755" {
			require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(f.Path)), []byte(f.Content), 0o755))
		}
	}
	for _, unit := range append([]string{"morpheus-runsvdir.service"}, boot.Units...) {
		path := filepath.Join(dir, unit)
		out, err := exec.Command("systemd-analyze", "verify", "--recursive-errors=no", path).CombinedOutput()
		assert.NoError(t, err, "%s: %s", unit, out)
		assert.Empty(t, string(out), unit)
	}
}
