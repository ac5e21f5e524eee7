package boot_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
	w, shared, settings := fresh(t)
	begin := time.Now()
	nodes := w.launch(t, 3, shared, settings)
	assertAllServe(t, nodes)
	shown(t, "three nodes at once", "3 CONTINUE, one initialisation, equal secrets", fmt.Sprintf("%d CONTINUE, %s initialisation", len(w.aws.results(boot.LaunchHook)), initialisations(t, w)), begin)
	assert.Positive(t, w.aws.heartbeats(), "a launch hook without heartbeats ends before a slow boot does")
	printSteps(t, nodes)
}

// assertAllServe looks at nodes, back ends and group after a good end.
func assertAllServe(t *testing.T, nodes []*node) {
	t.Helper()
	w := nodes[0].w
	for _, n := range nodes {
		require.Zero(t, n.exit(t, 200*time.Second), "%s: %s", n.name, n.tail())
	}
	for _, n := range nodes {
		assert.Equal(t, "CONTINUE", w.aws.results(boot.LaunchHook)[n.id], "%s tells the group once that it serves", n.name)
		assertNoLeaks(t, n)
		if !n.cut {
			assert.Contains(t, n.bootLog(), "reconfigure: password [redacted], suffix [redacted]\n", "%s shows that it was cleared, and of what", n.name)
		}
		for _, path := range []string{"/etc/morpheus/morpheus.rb", "/etc/morpheus/morpheus-secrets.json"} {
			info, err := os.Stat(n.upper(path))
			require.NoError(t, err)
			assert.Equal(t, "-rw-------", info.Mode().String(), "%s of %s", path, n.name)
			assert.Equal(t, nodes[0].read(path), n.read(path), "%s must be the same on every node", path)
		}
		for user, id := range map[string]string{"morpheus-app": "899", "morpheus-local": "898", "guacd": "894"} {
			assert.Regexp(t, `(?m)^`+user+`:x:`+id+`:`+id+`:`, n.read("/etc/passwd"), "users own the shared files by number")
		}
		assert.Contains(t, n.read("/var/lib/standin-agent.json"), n.id+"/morpheus-ui", "the agent sends the node's logs under its id")
		assert.Contains(t, n.read("/etc/fstab"), fileSystemID+":/ /var/opt/morpheus/morpheus-ui efs _netdev", "the mount comes back after a reboot")
	}
	assert.NoFileExists(t, filepath.Join(nodes[0].shared, "shared/.standin-overlap"), "two reconfigures ran at once")
	assert.Equal(t, "1", initialisations(t, w), "the tables are made once")
	assert.Equal(t, len(nodes), w.search.indexed(), "each node writes to the search domain with its credentials")
	assertBroker(t, w)
	assertGrants(t, w)
}

func initialisations(t *testing.T, w *world) string {
	t.Helper()
	out, err := w.root("SELECT COUNT(*) FROM morpheus.initialisation;")
	require.NoError(t, err)
	return strings.TrimSpace(out)
}

func assertBroker(t *testing.T, w *world) {
	t.Helper()
	var permissions struct{ Configure, Write, Read string }
	status, err := w.brokerCall("GET", "permissions/morpheus/morpheus", &permissions)
	require.NoError(t, err)
	assert.Equal(t, 200, status)
	assert.Equal(t, []string{".*", ".*", ".*"}, []string{permissions.Configure, permissions.Write, permissions.Read})
	var policies []struct {
		Name, Pattern string
		Priority      int
		Definition    map[string]any
	}
	_, err = w.brokerCall("GET", "policies/morpheus", &policies)
	require.NoError(t, err)
	assert.Len(t, policies, len(boot.BrokerPolicies))
	for _, p := range policies {
		assert.Equal(t, "all", p.Definition["ha-mode"], "%s: an unmirrored queue is lost with its node", p.Name)
		if p.Pattern != ".*" {
			assert.EqualValues(t, 1800000, p.Definition["expires"], p.Name)
			assert.Equal(t, 2, p.Priority, "%s must win over the policy of all queues", p.Name)
		}
	}
}

func assertGrants(t *testing.T, w *world) {
	t.Helper()
	grants, err := w.root("SHOW GRANTS FOR 'morpheus'@'%'; SELECT default_collation_name FROM information_schema.schemata WHERE schema_name = 'morpheus';")
	require.NoError(t, err)
	for _, want := range []string{"SELECT, RELOAD, PROCESS, SHOW DATABASES ON *.*", "REQUIRE SSL", "ALL PRIVILEGES ON `morpheus`.* TO `morpheus`@`%` WITH GRANT OPTION", "utf8mb4_general_ci"} {
		assert.Contains(t, grants, want)
	}
}

var stepDone = regexp.MustCompile(`step (\S+): done in ([0-9.]+) s`)

// printSteps shows where the time of a boot goes, without what the vendor's package would take.
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
	names := []string{"facts", "tools", "secrets", "mount", "package", "lock"}
	for _, s := range boot.Steps[5:] {
		names = append(names, s.Name)
	}
	for _, name := range names {
		all := seconds[name]
		require.Len(t, all, len(nodes), "step %s has run on each node", name)
		sort.Float64s(all)
		fmt.Fprintf(&out, "| %s | %.1f | %.1f |\n", name, all[0], all[len(all)-1])
	}
	fmt.Println(out.String())
}

// The holder of the lock is killed at a moment that its seed chooses: with all its processes, as when its host dies.
func TestDeadHolderOfTheLockHoldsUpNobody(t *testing.T) {
	count := 5
	if given, err := strconv.Atoi(os.Getenv("BOOT_SEEDS")); err == nil {
		count = given
	}
	for seed := range count {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w, shared, settings := fresh(t)
			begin := time.Now()
			settings.MirrorBucket, settings.ToolSHA256 = "", nil // an image that has the tools
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
			// A holder has the lock for about eight seconds.
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
			// Its machine starts again; an action that was answered before is not answered twice.
			holder.powerOn(t)
			assertAllServe(t, nodes)
			_, doing, _ := strings.Cut(at, " ")
			shown(t, fmt.Sprintf("holder killed, seed %d", seed), "the others serve, one initialisation",
				fmt.Sprintf("killed %.1f s after it got the lock (%s)", delay.Seconds(), doing), begin)
		})
	}
}

func TestRebootChangesNothing(t *testing.T) {
	w, shared, settings := fresh(t)
	settings.MirrorBucket, settings.ToolSHA256 = "", nil // an image that has the tools
	n := w.launch(t, 1, shared, settings)[0]
	assertAllServe(t, []*node{n})
	before := n.snapshot(t)
	n.powerOff()

	begin := time.Now()
	n.powerOn(t)
	require.Zero(t, n.exit(t, 200*time.Second), n.tail())
	assert.Equal(t, before, n.snapshot(t), "a second boot changes no file of the node but its logs")
	assert.Equal(t, "CONTINUE", w.aws.results(boot.LaunchHook)[n.id], "the hook is answered once")
	assert.Equal(t, 1, strings.Count(n.read("/var/lib/standin-reconfigures"), "\n"), "nothing changed, so nothing is configured again")
	assert.Contains(t, n.read("/var/log/standin-systemctl"), "start morpheus-runsvdir\n", "what the appliance runs needs its supervisor")
	shown(t, "reboot", "serves again, nothing changed", "serves, no file changed", begin)
}

// Nobody answers at the proxy's name: whatever went there would fail.
func TestBackEndsAreReachedWithoutTheProxy(t *testing.T) {
	w, shared, settings := fresh(t)
	settings.MirrorBucket, settings.ToolSHA256 = "", nil // an image that has the tools
	settings.Proxy = "http://proxy.example.com:3128"
	begin := time.Now()
	n := w.launch(t, 1, shared, settings)[0]
	assertAllServe(t, []*node{n})
	assert.Contains(t, n.read("/var/lib/standin-reconfigures"), `proxy ["http://proxy.example.com:3128", "http://proxy.example.com:3128"]`,
		"what reconfigure downloads comes by the proxy")
	shown(t, "proxy", "reconfigure has it, no back end is behind it", "CONTINUE", begin)
}

// snapshot of the files of a node: size, mode and time of each, without logs and what tools keep for themselves.
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

func TestEndedNodeDrainsAndTellsTheGroup(t *testing.T) {
	for _, c := range []struct{ name, branch, expected, want string }{
		{"stops", "termination", "serves until the hook is open; stop, CONTINUE until it is taken", "morpheus-ui stopped"},
		{"works", "termination of a node with work that runs", "stop is asked again until the work is done, CONTINUE", "morpheus-ui stopped"},
		{"hangs", "termination of a node that hangs", "stop times out, graceful-kill, CONTINUE", "ended by graceful-kill"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, shared, settings := fresh(t)
			settings.MirrorBucket, settings.ToolSHA256 = "", nil // an image that has the tools
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
			// The load balancer still has requests for the node: the target state is there, the hook is not.
			w.imds.set(n, "Terminated")
			require.NoError(t, await(60*time.Second, func() bool { return w.aws.refusals(n.id, boot.TerminateHook) >= 3 }), drained())
			assert.NotContains(t, drained(), "drain begins", "requests were cut off that the load balancer waits for")
			assert.True(t, n.serves(), "requests were cut off that the load balancer waits for: %s", drained())
			assert.Empty(t, w.aws.results(boot.TerminateHook), "nothing is told before the hook is open")

			w.aws.fail("CompleteLifecycleAction", 2)
			w.aws.await(n.id, boot.TerminateHook)
			limit := time.Duration(settings.DrainStopSeconds+settings.DrainKillSeconds+30) * time.Second
			err := await(limit, func() bool { return w.aws.results(boot.TerminateHook)[n.id] == "CONTINUE" })
			require.NoError(t, err, drained())
			assert.Zero(t, w.aws.left("CompleteLifecycleAction"), "an answer that was not taken is given again")
			assert.Contains(t, drained(), c.want)
			if c.name == "works" {
				assert.FileExists(t, filepath.Join(shared, "work-done"), "a stop that gave up ended the work: %s", drained())
			}
			assert.False(t, n.serves(), "the node goes: %s", drained())
			shown(t, c.branch, c.expected, c.want+", CONTINUE", begin)
		})
	}
}

// A node without a hook that opens, as when somebody has removed it, does not serve for ever.
func TestDrainWithoutAHookEnds(t *testing.T) {
	w, shared, settings := fresh(t)
	settings.MirrorBucket, settings.ToolSHA256 = "", nil // an image that has the tools
	settings.DrainOpenSeconds = 5
	n := w.launch(t, 1, shared, settings)[0]
	require.Zero(t, n.exit(t, 200*time.Second), n.tail())
	begin := time.Now()
	w.imds.set(n, "Terminated")
	drained := func() string { return n.read("/var/log/morpheus-node/drain.log") }
	require.NoError(t, await(60*time.Second, func() bool { return strings.Contains(drained(), "drain done in") }), drained())
	assert.Contains(t, drained(), "the termination hook did not open within 5 s: ")
	assert.Contains(t, drained(), "no lifecycle action of drain waits for an answer")
	assert.False(t, n.serves(), drained())
	shown(t, "termination without a hook", "waits for the bound, then stops", "waited 5 s, stopped", begin)
}

// serves says whether the appliance of the node answers to others.
func (n *node) serves() bool {
	return run("curl", "--silent", "--fail", "--insecure", "--max-time", "5", "--output", "/dev/null", "https://"+n.ip+"/ping") == nil
}

func TestUnitsAreGood(t *testing.T) {
	if around == nil {
		t.Skip("needs systemd-analyze: run `make test-boot`")
	}
	dir := t.TempDir()
	all, err := boot.Files(around.settings(files))
	require.NoError(t, err)
	for _, f := range all {
		if filepath.Ext(f.Path) == ".conf" && filepath.Dir(f.Path) != boot.Folder {
			unit := filepath.Join(dir, filepath.Base(filepath.Dir(f.Path)))
			require.NoError(t, os.Mkdir(unit, 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(unit, filepath.Base(f.Path)), []byte(f.Content), 0o644))
			// The appliance's own unit comes with its package.
			require.NoError(t, os.WriteFile(strings.TrimSuffix(unit, ".d"), []byte("[Service]\nExecStart=/bin/true\n"), 0o644))
		} else if filepath.Ext(f.Path) == ".service" {
			// What it starts exists on nodes only; the rest is verified as it is.
			text := strings.ReplaceAll(f.Content, "ExecStart="+boot.Folder, "ExecStart="+dir)
			require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(f.Path)), []byte(text), 0o644))
		} else if f.Permissions == "0755" {
			require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(f.Path)), []byte(f.Content), 0o755))
		}
	}
	for _, unit := range append([]string{"morpheus-runsvdir.service"}, boot.Units...) {
		out, err := exec.Command("systemd-analyze", "verify", "--recursive-errors=no", filepath.Join(dir, unit)).CombinedOutput()
		assert.NoError(t, err, "%s: %s", unit, out)
		assert.Empty(t, string(out), unit)
	}
}
