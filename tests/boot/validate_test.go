package boot_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/validate"
)

type m = map[string]any

// inside returns a command that runs on the node, as root.
func (n *node) inside(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	children, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", n.cmd.Process.Pid))
	require.NoError(t, err)
	return exec.Command("nsenter", append([]string{
		"--target", strings.Fields(string(children))[0], "--mount", "--net", "--uts", "--pid", "chroot", filepath.Join(n.dir, "root"),
		"/usr/bin/env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"AWS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt",
	}, arguments...)...)
}

// runCommand stands in for Systems Manager: it runs the script of a command on the node.
func runCommand(t *testing.T, nodes []*node) []opstest.Stub {
	t.Helper()
	var (
		mu    sync.Mutex
		ended = map[string]m{}
		all   []any
	)
	for _, n := range nodes {
		all = append(all, m{"InstanceId": n.id, "LifecycleState": "InService", "HealthStatus": "Healthy"})
	}
	return []opstest.Stub{
		{Call: "autoscaling DescribeAutoScalingGroups", Answer: m{"AutoScalingGroups": []any{
			m{"AutoScalingGroupName": "morpheus-prod", "Instances": all},
		}}},
		{Call: "ssm SendCommand", Reply: func(body string) (map[string]any, string) {
			var sent struct {
				InstanceIDs []string `json:"InstanceIds"`
				Parameters  map[string][]string
			}
			if err := json.Unmarshal([]byte(body), &sent); err != nil {
				return nil, "InvalidParameters"
			}
			at := slices.IndexFunc(nodes, func(n *node) bool { return n.id == sent.InstanceIDs[0] })
			command := nodes[at].inside(t, "bash")
			var out, errs strings.Builder
			command.Stdin = strings.NewReader(strings.Join(sent.Parameters["commands"], "\n"))
			command.Stdout, command.Stderr = &out, &errs
			answer := m{"Status": "Success", "StatusDetails": "Success"}
			if err := command.Run(); err != nil {
				answer = m{"Status": "Failed", "StatusDetails": "Failed", "ResponseCode": command.ProcessState.ExitCode()}
			}
			answer["StandardOutputContent"], answer["StandardErrorContent"] = out.String(), errs.String()
			assert.Empty(t, findSecret(secretsOf(nodes[at].w), out.String()+errs.String()), "Systems Manager keeps the output")
			mu.Lock()
			defer mu.Unlock()
			id := fmt.Sprintf("%08d-0000-4000-8000-000000000000", len(ended))
			ended[id] = answer
			return m{"Command": m{"CommandId": id}}, ""
		}},
		{Call: "ssm GetCommandInvocation", Reply: func(body string) (map[string]any, string) {
			var asked struct {
				CommandID string `json:"CommandId"`
			}
			mu.Lock()
			defer mu.Unlock()
			if err := json.Unmarshal([]byte(body), &asked); err != nil || ended[asked.CommandID] == nil {
				return nil, "InvocationDoesNotExist"
			}
			return ended[asked.CommandID], ""
		}},
	}
}

// validateNodes runs the checks of `ops validate` that look into the nodes, and its transactions.
func validateNodes(t *testing.T, nodes []*node) map[string]check.Outcome {
	t.Helper()
	given := &opstest.Given{Direct: aws.Config{
		Region: region, BaseEndpoint: &nodes[0].w.aws.direct, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}}
	values := opstest.Filled("123456789012")
	values["morpheus.packageSha256"] = files.sum(files.appliance)
	subject := &validate.Subject{
		Config: opstest.Config(t, values), Account: given.Account(t, runCommand(t, nodes)...), Transactions: true,
		Outputs: map[string]string{
			"applianceUrl": applianceURL, "databaseEndpoint": databaseHost, "messagingEndpoint": brokerHost,
			"searchEndpoint": searchHost, "fileSystemId": fileSystemID,
		},
	}
	checks := slices.DeleteFunc(validate.Checks(subject), func(c check.Check) bool {
		return c.Group != "inside the nodes" && c.Group != "transactions"
	})
	out := map[string]check.Outcome{}
	for _, o := range check.Run(t.Context(), checks, check.Options{Explain: account.Explain}) {
		out[o.ID] = o
	}
	subject.Wait()
	require.Len(t, out, 11)
	return out
}

// Systems Manager's commands of `ops validate` run on booted nodes: healthy ones, then with faults.
func TestValidateLooksIntoTheNodes(t *testing.T) {
	w, shared, settings := emptyWorld(t)
	useImageWithTools(&settings)
	var nodes []*node
	for number := range 2 {
		n := w.launchOne(t, number+1, shared, settings)
		require.Zero(t, n.exit(t, 200*time.Second), n.tail())
		nodes = append(nodes, n)
	}
	begin := time.Now()
	before := w.search.indexed()
	passed := 0
	for _, o := range validateNodes(t, nodes) {
		if assert.Equal(t, check.Passed, o.Status, "%s: %s", o.ID, o.Evidence) {
			passed++
		}
	}
	assertNothingIsLeft(t, w, shared, before)
	addRow(t, "ops validate on two nodes", "11 checks pass, nothing is left", fmt.Sprintf("%d pass", passed), begin)

	begin = time.Now()
	out, err := nodes[1].inside(t, "bash", "-c", `set -e
sed -i 's/^guacd:x:894/guacd:x:1001/' /etc/passwd
echo "mysql['host'] = {'other.example.com' => 3306}" >>/etc/morpheus/morpheus.rb
echo 0000 >/var/lib/morpheus-node/package-morpheus-appliance
umount --lazy /var/opt/morpheus/morpheus-ui`).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NoError(t, os.WriteFile(filepath.Join(shared, "clock-unsynchronised"), nil, 0o600))
	require.NoError(t, w.aws.call("secretsmanager", "secretsmanager.PutSecretValue", map[string]string{
		"SecretId": "messaging", "SecretString": `{"username": "morpheus", "password": "not-yet-in-the-broker"}`,
	}, nil))
	w.searchGate.close()
	defer func() { require.NoError(t, w.searchGate.open()) }()
	found := 0
	outcomes := validateNodes(t, nodes)
	for id, says := range map[string]string{
		"node-mounts":          nodes[1].id + " has not mounted the file system",
		"node-users":           nodes[1].id + " has no user with the id 894",
		"node-packages":        nodes[1].id + " has a package with another SHA-256",
		"node-settings":        nodes[1].id + ` has the database "other.example.com", the stack has "` + databaseHost,
		"node-secrets":         nodes[0].id + " works with a former secret of the messaging",
		"node-clock":           nodes[0].id + " has a clock that is not synchronised",
		"node-back-ends":       nodes[0].id + " cannot use the broker: curl: (22) The requested URL returned error: 401",
		"transaction-file":     nodes[1].id + " could not read the file of " + nodes[0].id,
		"transaction-document": nodes[0].id + " could not write the document: curl: (",
	} {
		o := outcomes[id]
		if assert.Equal(t, check.Found, o.Status, "%s: %s", id, o.Evidence) && assert.Contains(t, o.Evidence, says, id) {
			found++
		}
	}
	for _, id := range []string{"node-agent", "transaction-message"} {
		assert.Equal(t, check.Passed, outcomes[id].Status, "%s: %s", id, outcomes[id].Evidence)
	}
	assertNothingIsLeft(t, w, shared, before)
	for _, n := range nodes {
		assertNoLeaks(t, n)
	}
	addRow(t, "ops validate on two nodes with faults", "9 checks find something", fmt.Sprintf("%d find something", found), begin)
}

func assertNothingIsLeft(t *testing.T, w *world, shared string, documents int) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(shared, "shared/.morpheus-node/validate-*"))
	require.NoError(t, err)
	assert.Empty(t, left, "files of ops validate")
	var queues []struct{ Name string }
	_, err = w.brokerCall("GET", "queues/morpheus", nil, &queues)
	require.NoError(t, err)
	for _, q := range queues {
		assert.NotContains(t, q.Name, "validate", "queues of ops validate")
	}
	assert.Equal(t, documents, w.search.indexed(), "documents of ops validate")
	assert.Empty(t, w.search.made(), "indices of ops validate")
}
