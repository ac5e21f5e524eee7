package opstest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Node is a folder that stands in for a node: the boot's files, and programs of a test in place of the node's.
type Node struct{ folder, bin string }

// folders of a node, and where they are in the stand-in.
var folders = strings.NewReplacer(
	"/usr/local/lib/morpheus-node", "WORLD/lib", "/run/morpheus-node", "WORLD/run", "/var/lib/morpheus-node", "WORLD/state",
	"/var/log/morpheus-node", "WORLD/log", "/var/opt/morpheus/morpheus-ui", "WORLD/shared", "/etc/morpheus", "WORLD/etc",
	"/opt/morpheus", "WORLD/opt", "/run/efs", "WORLD/efs",
)

// Settings are those of node.conf that the scripts on a node read.
const Settings = `REGION=us-east-1
DATABASE_SECRET=arn:database
MESSAGING_SECRET=arn:messaging
SEARCH_SECRET=arn:search
APPLIANCE_SECRET=arn:appliance
APPLIANCE_URL=https://m.example.com
DATABASE_HOST=db
DATABASE_PORT=3306
DATABASE_MAX_OPEN=150
MESSAGING_HOST=mq
MESSAGING_PORT=5671
MESSAGING_URL=https://mq
SEARCH_HOST=es
SEARCH_PORT=443
SEARCH_CLUSTER=c
SEARCH_SECTION=elasticsearch
SEARCH_REPLICAS=
FILE_SYSTEM_ID=fs-1
`

// NewNode returns a stand-in with programs, whose arguments are kept for Calls, and with more files in the folder of the
// boot's. The bodies of the programs find the stand-in's folder in $WORLD. It skips the test without jq.
func NewNode(t *testing.T, programs, files map[string]string) *Node {
	t.Helper()
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("jq is not installed")
	}
	n := &Node{folder: t.TempDir(), bin: t.TempDir()}
	for _, name := range []string{"lib", "run/secret", "run/facts", "state", "log", "shared/.morpheus-node", "etc"} {
		require.NoError(t, os.MkdirAll(n.Path(name), 0o700))
	}
	parts, err := filepath.Glob(filepath.Join(Repository(), "components", "cluster", "boot", "parts", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, parts)
	for _, part := range parts {
		text, err := os.ReadFile(part)
		require.NoError(t, err)
		n.Write(t, "lib/"+filepath.Base(part), n.Placed(string(text)))
	}
	for name, text := range files {
		n.Write(t, "lib/"+name, text)
	}
	for name, body := range programs {
		text := "#!/usr/bin/env bash\nprintf '%s\\n' \"" + name + " $*\" >>\"$WORLD/calls\"\n" + body + "\n"
		//nolint:gosec // a program
		require.NoError(t, os.WriteFile(filepath.Join(n.bin, name), []byte(text), 0o700))
	}
	return n
}

// Placed replaces the folders of a node in a text.
func (n *Node) Placed(text string) string {
	return strings.ReplaceAll(folders.Replace(text), "WORLD/", n.folder+"/")
}

// Path returns where a file of the stand-in is, such as run/secret/x.
func (n *Node) Path(name string) string { return filepath.Join(n.folder, name) }

// Write writes a file of the stand-in.
func (n *Node) Write(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(n.Path(name), []byte(text), 0o600)) //nolint:gosec // a folder of the test
}

// Read returns a file of the stand-in.
func (n *Node) Read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(n.Path(name))
	require.NoError(t, err)
	return string(text)
}

// Calls returns the programs that were called, with their arguments, a line each.
func (n *Node) Calls(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(n.Path("calls"))
	if !os.IsNotExist(err) {
		require.NoError(t, err)
	}
	return string(text)
}

// Run runs a script by bash and returns its output with its errors.
func (n *Node) Run(t *testing.T, script string, environment ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "bash")
	command.Stdin = strings.NewReader(n.Placed(script))
	command.Env = append(append(os.Environ(), "PATH="+n.bin+":"+os.Getenv("PATH"), "WORLD="+n.folder), environment...)
	out, err := command.CombinedOutput()
	t.Logf("%s", out)
	return string(out), err
}

// Reconfigured leaves behind what a successful boot leaves: the configuration of the appliance, and the fingerprint of what
// it was made of.
func (n *Node) Reconfigured(t *testing.T) {
	t.Helper()
	_, err := n.Run(t, `set -euo pipefail
LIB=/usr/local/lib/morpheus-node
for part in common aws appliance; do . "$LIB/$part.sh"; done
read_settings
configuration >"$CONFIGURATION"
fingerprint >"$STATE/reconfigured"`)
	require.NoError(t, err)
}
