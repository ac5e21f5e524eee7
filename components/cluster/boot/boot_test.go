package boot

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
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
)

// node has values as long as AWS makes them.
func node() Node {
	sum := strings.Repeat("e3b0c442", 8)
	arn := func(name string) string {
		return "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:" + name + "-0123456789abcdef-AbCdEf"
	}
	n := Node{
		Region: "us-gov-west-1", DNSSuffix: "amazonaws.com", GroupName: "morpheus-" + strings.Repeat("n", 40),
		LogGroup: "/morpheus/" + strings.Repeat("n", 40) + "/nodes", MetricNamespace: "Morpheus/Nodes",
		DiagnosticsBucket: "morpheus-diagnostics-0123456789", ApplianceURL: "https://morpheus.example.com",
		FileSystemID:           "fs-0123456789abcdef0",
		Database:               Backend{"morpheus.cluster-c0123456789a.us-gov-west-1.rds.amazonaws.com", 3306, arn("database-user-secret")},
		DatabaseMaxOpen:        150,
		DatabaseAdminSecretArn: arn("rds!cluster-6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
		Messaging:              Backend{"b-6ba7b810-9dad-11d1-80b4-00c04fd430c8.mq.us-gov-west-1.amazonaws.com", 5671, arn("messaging-user-secret")},
		MessagingURL:           "https://b-6ba7b810-9dad-11d1-80b4-00c04fd430c8.mq.us-gov-west-1.amazonaws.com",
		Search:                 Backend{"vpc-morpheus-logs-abcdefghijklmnopqrstuvwxyz.us-gov-west-1.es.amazonaws.com", 443, arn("search-user-secret")},
		ApplianceSecretArn:     arn("appliance"), SetupSecretArn: arn("setup"),
		Package:      Download{"https://downloads.example.com/files/morpheus-appliance_8.0.7-1_amd64.deb?signature=" + sum + sum, sum},
		Supplemental: Download{"s3://morpheus-mirror/morpheus-appliance-supplemental_8.0.7-1_all.deb", sum},
		MirrorBucket: "morpheus-mirror", ToolSHA256: map[string]string{}, Proxy: "http://proxy.example.com:3128",
	}
	for _, tool := range Tools {
		n.ToolSHA256[tool.Name] = sum
	}
	return n
}

func TestUserDataFitsWithRoomToGrow(t *testing.T) {
	data, err := Render(node())
	require.NoError(t, err)
	t.Logf("user data: %d of %d bytes", len(data), MaxUserData)
	assert.Less(t, len(data), MaxUserData-1024, "the longest values of a stack must not be what first breaks the limit")
	again, err := Render(node())
	require.NoError(t, err)
	assert.Equal(t, data, again, "user data that changes by itself replaces all nodes at every update")
}

func TestUserDataIsRefusedBeyondTheLimitOfEC2(t *testing.T) {
	n := node()
	noise := make([]byte, 8000)
	random := rand.NewChaCha8([32]byte{})
	_, err := random.Read(noise)
	require.NoError(t, err)
	n.ApplianceURL += hex.EncodeToString(noise)
	_, err = Render(n)
	require.ErrorContains(t, err, "EC2 takes 16384", "EC2 would refuse the launch template only at the deployment")
}

func TestCloudInitWritesTheFilesAndStartsTheUnits(t *testing.T) {
	data, err := Render(node())
	require.NoError(t, err)
	zip, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	text, err := io.ReadAll(zip)
	require.NoError(t, err)
	head, body, _ := strings.Cut(string(text), "\n")
	assert.Equal(t, "#cloud-config", head, "cloud-init knows the kind of user data by its first line")
	var document struct {
		Files []File     `json:"write_files"`
		Run   [][]string `json:"runcmd"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &document))
	want, err := Files(node())
	require.NoError(t, err)
	assert.Equal(t, want, document.Files)
	paths := map[string]string{}
	for _, f := range document.Files {
		paths[f.Path] = f.Permissions
	}
	assert.Equal(t, "0755", paths[Folder+"/boot.sh"], "systemd starts it")
	assert.Equal(t, "0755", paths[Folder+"/drain.sh"], "systemd starts it")
	assert.Contains(t, paths, "/etc/systemd/system/morpheus-runsvdir.service.d/imds.conf", "tasks of the appliance's users would take the node's role")
	assert.Equal(t, []string{"systemctl", "daemon-reload"}, document.Run[0], "before it a file of a unit has no effect")
	last := document.Run[len(document.Run)-1]
	for _, unit := range Units {
		assert.Contains(t, paths, "/etc/systemd/system/"+unit)
		assert.Contains(t, last, unit, "a unit that is not enabled does not come back after a reboot")
	}
}

func TestEveryStepHasItsFunctionAndItsBound(t *testing.T) {
	files, err := Files(node())
	require.NoError(t, err)
	var all strings.Builder
	for _, f := range files {
		all.WriteString(f.Content)
	}
	for _, s := range Steps {
		assert.Contains(t, all.String(), "\nstep_"+s.Name+"() {", "a step without function would fail every boot")
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
		assert.True(t, s.Locked, "%s: the lock is taken once, so the locked steps stand together", s.Name)
	}
}

func TestSettingsComeThroughTheShellUnchanged(t *testing.T) {
	n := node()
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
	t.Fatal("there is no node.conf")
}

func TestWhatIsMissingOrWrongIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Node)
		want   string
	}{
		"no region":         {func(n *Node) { n.Region = "" }, "REGION is required"},
		"no port":           {func(n *Node) { n.Search.Port = 0 }, "SEARCH_PORT is required"},
		"new line":          {func(n *Node) { n.GroupName = "a\nb" }, "GROUP_NAME must not have control characters"},
		"short checksum":    {func(n *Node) { n.Package.SHA256 = "abc" }, "the SHA-256 of the package"},
		"unknown tool":      {func(n *Node) { n.ToolSHA256["vim"] = n.Package.SHA256 }, "the SHA-256 of tool vim"},
		"checksum of tool":  {func(n *Node) { n.ToolSHA256["aws-cli"] = "abc" }, "the SHA-256 of tool aws-cli"},
		"unknown step":      {func(n *Node) { n.Bounds = map[string]int{"dance": 3} }, `bound of "dance"`},
		"bound of nothing":  {func(n *Node) { n.Bounds = map[string]int{"mount": 0} }, `bound of "mount"`},
		"supplement no sum": {func(n *Node) { n.Supplemental.SHA256 = "" }, "the SHA-256 of the supplemental package"},
	} {
		t.Run(name, func(t *testing.T) {
			n := node()
			c.change(&n)
			_, err := Render(n)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestOptionalInputsMayBeEmpty(t *testing.T) {
	n := node()
	n.DiagnosticsBucket, n.SetupSecretArn, n.MirrorBucket, n.Proxy = "", "", "", ""
	n.Supplemental, n.ToolSHA256 = Download{}, nil
	_, err := Render(n)
	require.NoError(t, err)
}

func TestTheTableOfStepsInTheDocsIsThatOfTheCode(t *testing.T) {
	text, err := os.ReadFile("../../../docs/node-boot.md")
	require.NoError(t, err)
	for _, s := range Steps {
		turn := ""
		if s.Locked {
			turn = " yes"
		}
		assert.Contains(t, string(text), fmt.Sprintf("| %s | %d |%s | %s |\n", s.Name, s.Seconds, turn, s.What))
	}
	for _, tool := range Tools {
		assert.Contains(t, string(text), "| `"+tool.Key+"` |")
	}
}

func TestBoundsAddUp(t *testing.T) {
	locked, ready := 0, 0
	for _, s := range Steps {
		if s.Locked {
			locked += s.Seconds
		}
		if s.Name == "ready" {
			ready = s.Seconds
		}
	}
	assert.GreaterOrEqual(t, ready, 3600, "a node that is ended while it migrates the schema leaves it half done")
	assert.Greater(t, lockSeconds, locked, "the nodes behind one that takes all its time would be ended")
	// A hook waits for 100 times its timeout at most, 48 hours at most; cluster.bootTimeoutMinutes is 10 at least.
	longest := node().Seconds()
	assert.Less(t, longest, min(100*10*60, 48*3600), "AWS ends a node that is heard for longer")
	assert.Greater(t, longest, lockSeconds+locked, "heartbeats last as long as the bounds")
	assert.Less(t, heartbeatSeconds, 10*60/2, "one heartbeat may be lost")
}
