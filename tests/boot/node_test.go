package boot_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

const (
	groupName         = "morpheus-test"
	logGroup          = "/morpheus/morpheus-test/nodes"
	mirrorBucket      = "mirror-of-the-test"
	diagnosticsBucket = "diagnostics-of-the-test"
	filesBucket       = "files-of-the-test"
	snapshotBucket    = "snapshots-of-the-test"
	definitionsBucket = "definitions-of-the-test"
	nodeRole          = "arn:aws:iam::123456789012:role/node-role"
	snapshotRole      = "arn:aws:iam::123456789012:role/snapshots"
	fileSystemID      = "fs-0123456789abcdef0"
	applianceURL      = "https://morpheus.example.com"
)

// node is a machine with its own root file system (an overlay on the host's), network and processes.
type node struct {
	w      *world
	name   string
	region string
	ip, id string
	// dir is the disk. meta is a folder outside of it for what the test records about the machine.
	dir    string
	meta   string
	shared string
	cmd    *exec.Cmd
	// powerLost is true after a power failure during the boot: the output of the running step may be lost.
	powerLost bool
}

// settings returns the settings of a node as a deployment renders them, with short time limits.
func (w *world) settings(artifacts *artifacts) boot.Node {
	return boot.Node{
		Region: region, DNSSuffix: "amazonaws.com", GroupName: groupName, LogGroup: logGroup,
		MetricNamespace: "Morpheus/Nodes", DiagnosticsBucket: diagnosticsBucket, FilesBucket: filesBucket,
		ApplianceURL: applianceURL, FileSystemID: fileSystemID,
		Database:        boot.Backend{Host: databaseHost, Port: 3306, SecretArn: "database"},
		DatabaseMaxOpen: 150, DatabaseAdminSecretArn: "admin",
		Messaging:    boot.Backend{Host: brokerHost, Port: 5671, SecretArn: "messaging"},
		MessagingURL: "https://" + brokerHost,
		Search:       boot.Backend{Host: searchHost, Port: 443, SecretArn: "search"},

		SnapshotBucket: snapshotBucket, SnapshotRoleArn: snapshotRole, DefinitionsBucket: definitionsBucket,
		RoleArn: nodeRole,

		SearchSection: "elasticsearch",

		ApplianceSecretArn: "appliance", SetupSecretArn: "setup",
		Package:      artifacts.download(artifacts.appliance),
		MirrorBucket: mirrorBucket, ToolSHA256: artifacts.toolSums(),
		PackageSpaceMiB: 20, HeartbeatSeconds: 2, PollSeconds: 1,
		DrainStopSeconds: 4, DrainKillSeconds: 10,
		TimeLimits: map[string]int{
			"facts": 30, "files": 30, "tools": 150, "secrets": 60, "mount": 30, "package": 60, "lock": 240,
			"database": 60, "broker": 60, "configuration": 60, "reconfigure": 90, "ready": 60, "setup": 30,
			"backends": 60, "keep": 30, "agent": 30, "continue": 40,
		},
	}
}

// newNode creates the machine and writes the files of the user data, as cloud-init does. size is the size of the
// root volume, such as "200m".
func (w *world) newNode(t *testing.T, number int, shared, size string, settings boot.Node) *node {
	t.Helper()
	n := &node{
		w: w, name: fmt.Sprintf("node%d", number), region: settings.Region,
		ip: fmt.Sprintf("10.99.0.%d", 10+number), id: fmt.Sprintf("i-%017d", number),
		dir: filepath.Join(shared, fmt.Sprintf("node%d", number)), shared: shared,
	}
	n.meta = n.dir + "-meta"
	require.NoError(t, os.MkdirAll(n.dir, 0o755))
	require.NoError(t, os.MkdirAll(n.meta, 0o755))
	require.NoError(t, run("mount", "-t", "tmpfs", "-o", "mode=0755,size="+size, "tmpfs", n.dir))
	for _, d := range []string{"upper", "work", "root"} {
		require.NoError(t, os.MkdirAll(filepath.Join(n.dir, d), 0o755))
	}
	data, err := boot.Render(settings)
	require.NoError(t, err)
	n.cloudInit(t, data)

	bundle, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	require.NoError(t, err)
	authority, err := os.ReadFile(w.path("ca.pem"))
	require.NoError(t, err)
	// Every system trusts Amazon's authorities; the node trusts the test's authority instead.
	n.write(t, "/etc/ssl/certs/ca-certificates.crt", append(bundle, authority...), 0o644)
	domain := settings.Region + ".amazonaws.com" // no name of another region
	n.write(t, "/etc/hosts", []byte(strings.Join([]string{
		"127.0.0.1 localhost",
		awsAddress + " secretsmanager." + domain + " autoscaling." + domain + " logs." + domain + " s3." + domain,
		awsAddress + " " + mirrorBucket + ".s3." + domain + " " + diagnosticsBucket + ".s3." + domain,
		awsAddress + " " + mirrorBucket + ".s3.amazonaws.com " + diagnosticsBucket + ".s3.amazonaws.com",
		awsAddress + " " + filesBucket + ".s3." + domain + " " + filesBucket + ".s3.amazonaws.com",
		awsAddress + " monitoring." + domain + " " + definitionsBucket + ".s3." + domain,
		awsAddress + " " + definitionsBucket + ".s3.amazonaws.com",
		awsAddress + " downloads.example.com",
		databaseAddress + " " + databaseHost, brokerAddress + " " + brokerHost, searchAddress + " " + searchHost, "",
	}, "\n")), 0o644)
	for _, program := range []string{"systemctl", "timedatectl", "findmnt"} {
		text, err := os.ReadFile(filepath.Join("standin", program))
		require.NoError(t, err)
		n.write(t, "/usr/local/bin/"+program, text, 0o755)
	}
	n.write(t, "/etc/resolv.conf", nil, 0o644) // every name is in /etc/hosts
	n.write(t, "/etc/fstab", []byte("# none\n"), 0o644)

	for _, c := range [][]string{
		{"ip", "netns", "add", n.name},
		{"ip", "link", "add", n.name, "type", "veth", "peer", "name", "eth0", "netns", n.name},
		{"ip", "link", "set", n.name, "master", "nodes", "up"},
		{"ip", "-n", n.name, "link", "set", "lo", "up"},
		{"ip", "-n", n.name, "addr", "add", n.ip + "/24", "dev", "eth0"},
		{"ip", "-n", n.name, "link", "set", "eth0", "up"},
		{"ip", "-n", n.name, "route", "add", "default", "via", awsAddress},
	} {
		require.NoError(t, run(c...))
	}
	if settings.MirrorBucket == "" && settings.ToolSHA256 == nil {
		n.preinstallTools(t)
	}
	w.imds.set(n, "InService")
	t.Cleanup(func() {
		n.powerOff()
		// Processes that are still ending keep the namespace, and with it the link, after its name is gone.
		_ = run("ip", "link", "del", n.name)
		_ = run("ip", "netns", "del", n.name)
		_ = run("umount", n.dir)
	})
	return n
}

// upper returns the path on the host of a file that was written on the node.
func (n *node) upper(path string) string { return filepath.Join(n.dir, "upper", path) }

func (n *node) write(t *testing.T, path string, content []byte, mode fs.FileMode) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(n.upper(path)), 0o755))
	require.NoError(t, os.WriteFile(n.upper(path), content, mode))
	require.NoError(t, os.Chmod(n.upper(path), mode))
}

// preinstallTools puts the tools into the node's image.
func (n *node) preinstallTools(t *testing.T) {
	t.Helper()
	for path, source := range map[string]string{
		"/usr/sbin/mount.efs": "standin/mount.efs",
		"/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl": "standin/agent-ctl",
		"/usr/local/share/morpheus-node/rds-ca.pem":                        n.w.path("ca.pem"),
	} {
		text, err := os.ReadFile(source)
		require.NoError(t, err)
		n.write(t, path, text, 0o755)
	}
	require.NoError(t, os.MkdirAll(n.upper("/opt/aws/amazon-cloudwatch-agent/etc"), 0o755))
	cli, err := filepath.Abs("../../tools/bin/nodeaws/bin/aws")
	require.NoError(t, err)
	n.write(t, "/usr/local/bin/aws", []byte("#!/bin/bash\nexec "+cli+" \"$@\"\n"), 0o755)
}

// cloudInit writes the files of the user data.
func (n *node) cloudInit(t *testing.T, data []byte) {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	text, err := io.ReadAll(zip)
	require.NoError(t, err)
	var document struct {
		Files []boot.File `yaml:"write_files"`
	}
	require.NoError(t, yaml.Unmarshal(text, &document))
	for _, f := range document.Files {
		mode, err := strconv.ParseUint(f.Permissions, 8, 32)
		require.NoError(t, err)
		n.write(t, f.Path, []byte(f.Content), fs.FileMode(mode))
	}
}

// powerOn starts the machine and runs the ExecStart commands of its units, as systemd does.
func (n *node) powerOn(t *testing.T) {
	t.Helper()
	_ = os.Remove(filepath.Join(n.meta, "exit"))
	command := func(unit string) string {
		text, err := os.ReadFile(n.upper("/etc/systemd/system/" + unit))
		require.NoError(t, err)
		_, rest, _ := strings.Cut(string(text), "ExecStart=")
		line, _, _ := strings.Cut(rest, "\n")
		return line
	}
	script := fmt.Sprintf(`set -e
mount --make-rprivate /
cd %[1]s
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
mount -t proc proc root/proc
mount --rbind /dev root/dev
mount -t tmpfs -o mode=0755 tmpfs root/run
mkdir -p root/standin
mount --bind %[2]s root/standin
hostname %[3]s
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
node="chroot root /usr/bin/env -i PATH=$path AWS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt"
$node %[5]s >>%[6]s/drain.out 2>&1 &
status=0
$node %[4]s >>%[6]s/console 2>&1 || status=$?
find root/run/morpheus-node -perm /077 >%[6]s/readable || true
echo $status >%[6]s/exit.new && mv %[6]s/exit.new %[6]s/exit
sleep infinity & wait $!`, n.dir, n.shared, n.name, command(boot.Units[0]), command(boot.Units[1]), n.meta)
	n.cmd = exec.Command("ip", "netns", "exec", n.name,
		"unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts", "bash", "-c", script)
	out, err := os.OpenFile(filepath.Join(n.meta, "machine"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	require.NoError(t, err)
	defer func() { _ = out.Close() }()
	n.cmd.Stdout, n.cmd.Stderr = out, out
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(t, n.cmd.Start())
}

// powerOff kills all processes of the machine at once, as a power failure does. Its disk stays.
func (n *node) powerOff() {
	if n.cmd == nil {
		return
	}
	_, err := os.Stat(filepath.Join(n.meta, "exit"))
	n.powerLost = n.powerLost || err != nil
	_ = n.cmd.Process.Kill()
	_ = n.cmd.Wait()
	n.cmd = nil
}

// stopBoot sends SIGTERM to the main process of the boot, and with all to its children too, as systemd does.
func (n *node) stopBoot(t *testing.T, all bool) {
	t.Helper()
	children := map[int][]int{}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // the process has ended
		}
		var pid, parent int
		var state string
		_, rest, _ := strings.Cut(string(text), ") ") // no command of the test contains this
		_, err = fmt.Sscan(string(text), &pid)
		require.NoError(t, err)
		_, err = fmt.Sscan(rest, &state, &parent)
		require.NoError(t, err)
		children[parent] = append(children[parent], pid)
	}
	var signalled []int
	var visit func(pid int, inBoot bool)
	visit = func(pid int, inBoot bool) {
		command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		isMain := !inBoot && strings.HasPrefix(string(command), "bash\x00"+boot.Folder+"/boot.sh")
		if isMain || inBoot && all {
			signalled = append(signalled, pid)
		}
		for _, child := range children[pid] {
			visit(child, inBoot || isMain)
		}
	}
	visit(n.cmd.Process.Pid, false)
	require.NotEmpty(t, signalled, "the boot does not run: %s", n.tail())
	for _, pid := range signalled {
		_ = syscall.Kill(pid, syscall.SIGTERM)
	}
}

// exit waits for the end of the boot and returns its exit status.
func (n *node) exit(t *testing.T, limit time.Duration) int {
	t.Helper()
	err := await(limit, func() bool { _, err := os.Stat(filepath.Join(n.meta, "exit")); return err == nil })
	require.NoError(t, err, "the boot of %s has not ended\n%s", n.name, n.tail())
	text, err := os.ReadFile(filepath.Join(n.meta, "exit"))
	require.NoError(t, err)
	status, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	return status
}

// read returns the content of a file of the node; empty if there is none.
func (n *node) read(path string) string {
	text, err := os.ReadFile(n.upper(path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err.Error()
	}
	return string(text)
}

func (n *node) bootLog() string { return n.read("/var/log/morpheus-node/boot.log") }

func (n *node) console() string {
	text, _ := os.ReadFile(filepath.Join(n.meta, "console"))
	return string(text)
}

// tail returns the last 60 lines of all logs of the node, for messages of failed tests.
func (n *node) tail() string {
	machine, _ := os.ReadFile(filepath.Join(n.meta, "machine"))
	lines := strings.Split(n.bootLog()+"\n-- console\n"+n.console()+"\n-- machine\n"+string(machine), "\n")
	return strings.Join(lines[max(0, len(lines)-60):], "\n")
}

// holdLock holds a lock until the end of the test, as another node does.
func holdLock(t *testing.T, path string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	require.NoError(t, err)
	require.NoError(t, syscall.Flock(int(file.Fd()), syscall.LOCK_EX))
	t.Cleanup(func() { _ = file.Close() })
}
