package boot

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// longestNode has values of the maximum length that AWS generates.
func longestNode() Node {
	sum := strings.Repeat("e3b0c442", 8)
	arn := func(name string) string {
		return "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:" + name + "-0123456789abcdef-AbCdEf"
	}
	n := Node{
		Region: "us-gov-west-1", DNSSuffix: "amazonaws.com", GroupName: "morpheus-" + strings.Repeat("n", 40),
		LogGroup: "/morpheus/" + strings.Repeat("n", 40) + "/nodes", MetricNamespace: "Morpheus/Nodes",
		DiagnosticsBucket: "cluster-diagnostics-bucket-01234567", FilesBucket: "cluster-boot-bucket-01234567",
		ApplianceURL: "https://morpheus.example.com",
		FileSystemID: "fs-0123456789abcdef0",
		Database: Backend{
			Host: "morpheus.cluster-c0123456789a.us-gov-west-1.rds.amazonaws.com", Port: 3306,
			SecretArn: arn("database-user-secret"),
		},
		DatabaseMaxOpen:        150,
		DatabaseAdminSecretArn: arn("rds!cluster-6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
		Messaging: Backend{
			Host: "b-6ba7b810-9dad-11d1-80b4-00c04fd430c8.mq.us-gov-west-1.amazonaws.com", Port: 5671,
			SecretArn: arn("messaging-user-secret"),
		},
		MessagingURL: "https://b-6ba7b810-9dad-11d1-80b4-00c04fd430c8.mq.us-gov-west-1.amazonaws.com",
		Search: Backend{
			Host: "vpc-morpheus-logs-abcdefghijklmnopqrstuvwxyz.us-gov-west-1.es.amazonaws.com", Port: 443,
			SecretArn: arn("search-user-secret"),
		},
		SnapshotBucket: "search-snapshots-bucket-01234567", DefinitionsBucket: "messaging-topology-bucket-01234567",
		SnapshotRoleArn: "arn:aws-us-gov:iam::123456789012:role/search-snapshot-role-0123456",
		RoleArn:         "arn:aws-us-gov:iam::123456789012:role/access-node-0123456",
		SearchSection:   "elasticsearch", SearchReplicas: 2, SyncWrites: true,
		ApplianceSecretArn: arn("appliance"), SetupSecretArn: arn("setup"),
		Package: Download{
			URL:    "https://downloads.example.com/files/morpheus-appliance_8.0.7-1_amd64.deb?signature=" + sum + sum,
			SHA256: sum,
		},
		Supplemental: Download{
			URL: "s3://morpheus-mirror/morpheus-appliance-supplemental_8.0.7-1_all.deb", SHA256: sum,
		},
		MirrorBucket: "morpheus-mirror", ToolSHA256: map[string]string{}, Proxy: "http://proxy.example.com:3128",
	}
	for _, tool := range Tools {
		n.ToolSHA256[tool.Name] = sum
	}
	return n
}

func TestUserDataFitsWithRoomToGrow(t *testing.T) {
	data, err := Render(longestNode())
	require.NoError(t, err)
	t.Logf("user data: %d of %d bytes; bundle: %d bytes", len(data), MaxUserData, len(Bundle(Extras{})))
	assert.Less(t, len(data), MaxUserData-4096, "a stack with the longest values must leave room for new parts")
	again, err := Render(longestNode())
	require.NoError(t, err)
	assert.Equal(t, data, again, "user data that differs between two runs would replace all nodes at every update")
}

func TestUserDataAboveTheLimitOfEC2IsRefused(t *testing.T) {
	n := longestNode()
	noise := make([]byte, 8000)
	random := rand.NewChaCha8([32]byte{})
	_, err := random.Read(noise)
	require.NoError(t, err)
	n.ApplianceURL += hex.EncodeToString(noise)
	_, err = Render(n)
	require.ErrorContains(t, err, "EC2 takes 16384", "otherwise EC2 refuses the launch template during the deployment")
}

func TestCloudConfigWritesTheFilesAndStartsTheUnits(t *testing.T) {
	data, err := Render(longestNode())
	require.NoError(t, err)
	zip, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	text, err := io.ReadAll(zip)
	require.NoError(t, err)
	head, body, _ := strings.Cut(string(text), "\n")
	assert.Equal(t, "#cloud-config", head, "cloud-init recognises the type of user data by its first line")
	var document struct {
		Files []File     `yaml:"write_files"`
		Run   [][]string `yaml:"runcmd"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(body), &document))
	want, err := Files(longestNode())
	require.NoError(t, err)
	assert.ElementsMatch(t, want, document.Files)
	paths := map[string]string{}
	for _, f := range document.Files {
		paths[f.Path] = f.Permissions
	}
	assert.Equal(t, "0755", paths[Folder+"/boot.sh"], "systemd must be able to execute it")
	assert.Equal(t, "0755", paths[Folder+"/drain.sh"], "systemd must be able to execute it")
	assert.Contains(t, paths, "/etc/systemd/system/morpheus-runsvdir.service.d/imds.conf",
		"without it, tasks of the appliance's users get the node's role")
	assert.Equal(t, []string{"systemctl", "daemon-reload"}, document.Run[0],
		"systemd does not know new unit files before")
	last := document.Run[len(document.Run)-1]
	for _, unit := range Units {
		assert.Contains(t, paths, "/etc/systemd/system/"+unit)
		assert.Contains(t, last, unit, "a unit that is not enabled does not start after a reboot")
	}
}

func TestEveryStepHasAFunctionAndATimeLimit(t *testing.T) {
	var all strings.Builder
	for _, f := range allFiles(t, longestNode()) {
		all.WriteString(f.Content)
	}
	for _, s := range Steps {
		assert.Contains(t, all.String(), "\nstep_"+s.Name+"() {", "a step without a function would fail every boot")
		assert.Positive(t, s.Seconds, s.Name)
	}
	first := slices.IndexFunc(Steps, func(s Step) bool { return s.Locked })
	locked := 0
	for _, s := range Steps {
		if s.Locked {
			locked++
		}
	}
	for _, s := range Steps[first : first+locked] {
		assert.True(t, s.Locked, "%s: the lock is taken once, so the locked steps must be consecutive", s.Name)
	}
}

func TestTheAgentStartsRightAfterTheTools(t *testing.T) {
	at := func(name string) int { return slices.IndexFunc(Steps, func(s Step) bool { return s.Name == name }) }
	assert.Equal(t, at("tools")+1, at("agent"), "a boot that waits for a lock or a back end must be readable in CloudWatch")
}

func TestTheShellReadsSettingsUnchanged(t *testing.T) {
	n := longestNode()
	n.ApplianceURL = `https://a'b"c$(touch /tmp/x)` + "`id`" + `\ é`
	files, err := Files(n)
	require.NoError(t, err)
	for _, f := range files {
		if f.Path == Folder+"/node.conf" {
			out, err := exec.Command("bash", "-c", f.Content+`printf %s "$APPLIANCE_URL"`).Output()
			require.NoError(t, err)
			assert.Equal(t, n.ApplianceURL, string(out))
			return
		}
	}
	t.Fatal("node.conf is missing")
}

func TestMissingAndInvalidValuesAreReported(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Node)
		want   string
	}{
		"no region": {change: func(n *Node) { n.Region = "" }, want: "REGION is required"},
		"no port":   {change: func(n *Node) { n.Search.Port = 0 }, want: "SEARCH_PORT is required"},
		"line feed": {
			change: func(n *Node) { n.GroupName = "a\nb" }, want: "GROUP_NAME must not contain control characters",
		},
		"short digest": {change: func(n *Node) { n.Package.SHA256 = "abc" }, want: "the SHA-256 of the package: must be"},
		"unknown tool": {
			change: func(n *Node) { n.ToolSHA256["vim"] = n.Package.SHA256 },
			want:   "the SHA-256 of tool vim: there is no such tool",
		},
		"short digest of a tool": {
			change: func(n *Node) { n.ToolSHA256["aws-cli"] = "abc" }, want: "the SHA-256 of tool aws-cli: must be",
		},
		"unknown step": {
			change: func(n *Node) { n.TimeLimits = map[string]int{"dance": 3} },
			want:   `time limit of "dance": there is no such step`,
		},
		"time limit of zero": {
			change: func(n *Node) { n.TimeLimits = map[string]int{"mount": 0} },
			want:   `time limit of "mount": must be at least 1 second, got 0`,
		},
		"supplemental package without digest": {
			change: func(n *Node) { n.Supplemental.SHA256 = "" }, want: "the SHA-256 of the supplemental package",
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := longestNode()
			c.change(&n)
			_, err := Render(n)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestTheSearchClusterIsTheNameOfTheDomain(t *testing.T) {
	for host, want := range map[string]string{
		"vpc-morpheus-logs-abcdefghij0123456789klmnop.us-east-1.es.amazonaws.com":    "morpheus-logs",
		"search-a1b-abcdefghij0123456789klmnop.eu-west-1.es.amazonaws.com":           "a1b",
		"vpc-morpheus-logs-abcdefghij0123456789klmnop.us-east-1.es.amazonaws.com.cn": "morpheus-logs",
		"search.example.com": "",
		"":                   "",
	} {
		assert.Equal(t, want, Node{Search: Backend{Host: host}}.settings()["SEARCH_CLUSTER"], host)
	}
}

func TestOptionalInputsMayBeEmpty(t *testing.T) {
	n := longestNode()
	n.DiagnosticsBucket, n.SetupSecretArn, n.MirrorBucket, n.Proxy = "", "", "", ""
	n.Supplemental, n.ToolSHA256 = Download{}, nil
	_, err := Render(n)
	require.NoError(t, err)
}

func TestTheDocsListEveryStepAndEveryTool(t *testing.T) {
	text, err := os.ReadFile("../../../docs/node-boot.md")
	require.NoError(t, err)
	for _, s := range Steps {
		locked := ""
		if s.Locked {
			locked = " yes"
		}
		assert.Contains(t, string(text), fmt.Sprintf("| %s | %d |%s | %s |\n", s.Name, s.Seconds, locked, s.What))
	}
	for _, tool := range Tools {
		assert.Contains(t, string(text), "| `"+tool.Key+"` |")
	}
}

func TestEveryToolIsWhole(t *testing.T) {
	for _, tool := range Tools {
		for what, text := range map[string]string{
			"path": tool.Path, "kind": tool.Kind, "version": tool.Version, "key": tool.Key, "source": tool.Source,
		} {
			assert.NotEmpty(t, text, "%s has no %s: a node checks each, and an engineer has to find the file", tool.Name, what)
		}
	}
}

func TestTimeLimitsAreConsistent(t *testing.T) {
	locked, ready := 0, 0
	for _, s := range Steps {
		if s.Locked {
			locked += s.Seconds
		}
		if s.Name == "ready" {
			ready = s.Seconds
		}
	}
	assert.GreaterOrEqual(t, ready, 3600, "a node that is killed during a migration leaves the schema half migrated")
	assert.Greater(t, lockSeconds, locked, "the wait for a node that uses all of its time limits would fail")
	// A hook waits at most 100 times its time-out and at most 48 hours; cluster.bootTimeoutMinutes is at least 10.
	longest := longestNode().Seconds()
	assert.Less(t, longest, min(100*10*60, 48*3600), "AWS does not extend a hook for longer")
	assert.Greater(t, longest, lockSeconds+locked, "heartbeats must be sent until the last time limit")
	unit, err := parts.ReadFile("parts/morpheus-node-boot.service")
	require.NoError(t, err)
	assert.Contains(t, string(unit), fmt.Sprintf("\nTimeoutStopSec=%d\n", reportSeconds),
		"systemd would kill a stopped boot before its report is sent")
	assert.Less(t, heartbeatSeconds, 10*60/2, "the loss of one heartbeat must not end the hook")
}
