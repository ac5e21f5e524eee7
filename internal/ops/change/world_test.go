package change

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/nodes"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/validate"
)

func TestMain(m *testing.M) { opstest.Main(m) }

type (
	m = map[string]any
	l = []any
)

const (
	oldImage, newImage   = "ami-0a1b2c3d4e5f60718", "ami-0b1b2c3d4e5f60718"
	oldSerial, newSerial = "20260115", "20261120"
	oldRelease           = "8.0.6"
	newRelease           = "8.0.7"
	oldEngine, newEngine = "8.0.mysql_aurora.3.10.3", "8.0.mysql_aurora.3.10.4"
	oldDomain, newDomain = "OpenSearch_2.17", "OpenSearch_2.19"
	oldSum               = "1111111111111111111111111111111111111111111111111111111111111111"
	newSum               = "2222222222222222222222222222222222222222222222222222222222222222"
	newPackage           = "s3://bucket/morpheus-appliance_8.0.7-1_amd64.deb"
)

// world is a deployed stack: the account is moto's for snapshots, suspended processes and metrics, and this struct for what
// moto lacks. Time passes when somebody waits.
type world struct {
	t      *testing.T
	given  *opstest.Given
	folder string

	mu         sync.Mutex
	began, now time.Time
	// more are stubs of a test, before those of the world.
	more  []opstest.Stub
	group struct {
		image, release string
		// template is the version of the launch template.
		template, rollout int
		suspended         []string
		work              string
		nodes             []*machine
	}
	refresh  struct{ status, reason string }
	fails    string // reason of the next refresh
	database struct {
		name, version, pending, status string
		// from is the snapshot that it was made from, and protected its protection in AWS and in the state.
		from      string
		protected bool
	}
	domain struct {
		version, pending string
		left             int
	}
	broker   struct{ version, pending, state string }
	deployed string // output morpheusVersion
	endpoint string // name of the cluster in the output databaseEndpoint
	backups  int
	sick     []string
	launched int
	stubborn bool // the UI does not stop
	events   []string

	// killAt is the changing call that ends the run, before or after it is made; zero for none.
	killAt, calls int
	after         bool
	cancel        context.CancelFunc
}

// machine is a node.
type machine struct {
	id, image, release string
	template           int
	down               bool
}

// newWorld makes a healthy stack with the old version of everything.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, given: opstest.NewAccount(t), folder: t.TempDir(), now: time.Now(), deployed: oldRelease}
	w.began = w.now
	w.group.image, w.group.release = oldImage, oldRelease
	for range 3 {
		w.launch()
	}
	w.refresh.status = "Successful"
	w.database.name, w.database.version, w.database.status = "morpheus-prod", oldEngine, "available"
	w.database.protected, w.endpoint = true, w.database.name
	w.domain.version = oldDomain
	w.broker.version, w.broker.state = "3.12.13", "RUNNING"
	for _, name := range []string{"Pulumi.yaml", "Pulumi.prod.yaml"} {
		text, err := os.ReadFile(filepath.Join(opstest.Repository(), name)) //nolint:gosec // of this repository
		require.NoError(t, err)
		//nolint:gosec // into a folder of the test
		require.NoError(t, os.WriteFile(filepath.Join(w.folder, name), text, 0o600))
	}
	for key, value := range map[string]any{
		"aws.accountId": w.given.ID, "network.allowedClientCidrs": []string{"203.0.113.0/24"}, "dns.hostedZoneId": "Z1",
		"dns.hostName": "morpheus.example.com", "nodeTools.bucket": "bucket", "nodeTools.awsCliSha256": oldSum,
		"nodeTools.efsUtilsSha256": oldSum, "nodeTools.cloudwatchAgentSha256": oldSum, "nodeTools.rdsCaSha256": oldSum,
		"morpheus.version": oldRelease, "morpheus.packageUrl": "s3://bucket/morpheus-appliance_8.0.6-1_amd64.deb",
		"morpheus.packageSha256": oldSum, "database.engineVersion": oldEngine, "search.engineVersion": oldDomain,
		"cluster.imageParameter": parameterOf(oldSerial),
	} {
		w.edit(key, value)
	}
	w.makeCluster(w.database.name)
	return w
}

// makeCluster makes a cluster in moto, whose snapshots it then makes.
func (w *world) makeCluster(name string) {
	_, err := rds.NewFromConfig(w.given.Direct).CreateDBCluster(w.t.Context(), &rds.CreateDBClusterInput{
		DBClusterIdentifier: &name, Engine: aws.String("aurora-mysql"), MasterUsername: aws.String("root"),
		ManageMasterUserPassword: aws.Bool(true), EngineVersion: aws.String(oldEngine),
	})
	require.NoError(w.t, err)
}

func parameterOf(serial string) string {
	return "/aws/service/canonical/ubuntu/server/24.04/stable/" + serial + "/amd64/hvm/ebs-gp3/ami-id"
}

// launch starts a node of what the group has.
func (w *world) launch() {
	w.launched++
	w.group.nodes = append(w.group.nodes, &machine{
		id: fmt.Sprintf("i-%017d", w.launched), image: w.group.image, release: w.group.release, template: w.group.template,
	})
}

// subject of the commands. Each run has one.
func (w *world) subject(ctx context.Context) (*Subject, context.Context) {
	ctx, w.cancel = context.WithCancel(ctx)
	w.t.Cleanup(w.cancel)
	w.given.Wrap = func(next http.RoundTripper) http.RoundTripper { return &watched{world: w, next: next} }
	a := w.given.Account(w.t, w.stubs()...)
	w.mu.Lock()
	defer w.mu.Unlock()
	s := &Subject{
		Stack: "prod", Folder: w.folder, Account: a, Pulumi: w.pulumi, Checks: w.checks, Clock: w,
		Say: func(line string) { w.t.Log(line) },
	}
	s.Nodes = &reached{Group: &nodes.Group{Account: a, Name: "morpheus-prod", Clock: w}, world: w}
	return s, ctx
}

// reached are nodes whose scripts run in the world.
type reached struct {
	*nodes.Group

	world *world
}

// Run implements Nodes.
func (r *reached) Run(ctx context.Context, id string, s nodes.Script) (nodes.Output, error) {
	w := r.world
	at := slices.IndexFunc(w.group.nodes, func(n *machine) bool { return n.id == id })
	if at < 0 {
		return nodes.Output{}, errors.New("no such node")
	}
	if s.Text == stopScript {
		err := w.changing(ctx, "stop "+id, func() { w.group.nodes[at].down = !w.stubborn })
		if err != nil {
			return nodes.Output{}, err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.group.nodes[at].down {
		return nodes.Output{Text: "down\n"}, ctx.Err()
	}
	return nodes.Output{Text: "up\n"}, ctx.Err()
}

// changing makes a change, unless the run is killed before; it may be killed after it.
func (w *world) changing(ctx context.Context, what string, do func()) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	if w.calls == w.killAt && !w.after {
		w.cancel()
		return context.Canceled
	}
	w.events = append(w.events, what)
	do()
	if w.calls == w.killAt {
		w.cancel()
		return context.Canceled
	}
	return nil
}

// changes of the API that are not stubbed, or are.
var changes = []string{
	"CreateDBClusterSnapshot", "ModifyDBCluster", "CreateOrUpdateTags", "DeleteTags", "SuspendProcesses", "ResumeProcesses",
	"CancelInstanceRefresh", "StartBackupJob", "RebootBroker", "CopyDBClusterSnapshot",
}

// watched sees every call to AWS.
type watched struct {
	world *world
	next  http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (v *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	w := v.world
	body := []byte{}
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	name := operation(r, string(body))
	if !slices.Contains(changes, name) {
		return v.next.RoundTrip(r)
	}
	var (
		response *http.Response
		failed   error
	)
	err := w.changing(r.Context(), name, func() {
		w.mu.Unlock() // the stub of the call takes it
		response, failed = v.next.RoundTrip(r.WithContext(context.WithoutCancel(r.Context())))
		w.mu.Lock()
	})
	if err != nil {
		return nil, err
	}
	return response, failed
}

// operation of a request; only those of changes matter.
func operation(r *http.Request, body string) string {
	if form, err := url.ParseQuery(body); err == nil && form.Get("Action") != "" {
		return form.Get("Action")
	}
	switch {
	case r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/backup-jobs"):
		return "StartBackupJob"
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/reboot"):
		return "RebootBroker"
	}
	return ""
}

// Now implements steps.Clock.
func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// Sleep implements steps.Clock: AWS goes on meanwhile.
func (w *world) Sleep(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
	w.pass()
	return ctx.Err()
}

// pass is what AWS does in ten seconds.
func (w *world) pass() {
	if w.refresh.status == "InProgress" {
		at := slices.IndexFunc(w.group.nodes, func(n *machine) bool { return n.template != w.group.template })
		switch {
		case w.fails != "":
			w.refresh.status, w.refresh.reason, w.fails = "Failed", w.fails, ""
		case at < 0:
			w.refresh.status = "Successful"
		default:
			w.group.nodes = slices.Delete(w.group.nodes, at, at+1)
			w.launch()
		}
	}
	if w.domain.left > 0 {
		if w.domain.left--; w.domain.left == 0 {
			w.domain.version, w.domain.pending = w.domain.pending, ""
		}
	}
	if w.database.status == "upgrading" {
		w.database.version, w.database.pending, w.database.status = w.database.pending, "", "available"
	}
	if w.broker.state == "REBOOT_IN_PROGRESS" {
		w.broker.version, w.broker.pending, w.broker.state = w.broker.pending+".7", "", "RUNNING"
	}
}

// checks are stand-ins for those of `ops validate`, with their ids and groups.
func (w *world) checks(s *validate.Subject) []check.Check {
	var out []check.Check
	for _, c := range validate.Checks(s) {
		c.Run = func(context.Context) (check.Result, error) { return w.judge(c.ID, s), nil }
		out = append(out, c)
	}
	return out
}

func (w *world) judge(id string, s *validate.Subject) check.Result {
	w.mu.Lock()
	defer w.mu.Unlock()
	down := slices.ContainsFunc(w.group.nodes, func(n *machine) bool { return n.down })
	old := slices.ContainsFunc(w.group.nodes, func(n *machine) bool { return n.release != s.Config.Morpheus.Version })
	for broken, is := range map[string]bool{
		"nodes-in-service": down, "nodes-release": old, "nodes-processes": len(w.group.suspended) > 0,
		"nodes-rollout":    w.refresh.status == "Failed",
		"database-version": w.database.version != s.Config.Database.EngineVersion,
		"search-version":   w.domain.version != s.Config.Search.EngineVersion, "search-active": w.domain.left > 0,
		"messaging-running": w.broker.state != "RUNNING",
	} {
		if id == broken && is {
			return check.Finding("it is not so")
		}
	}
	if slices.Contains(w.sick, id) {
		return check.Finding("the test says so")
	}
	return check.Pass("all is well")
}

// run is one run of a command to its end.
func (w *world) run(ctx context.Context, plan func(context.Context, *Subject) (*Plan, error), dry bool) error {
	s, ctx := w.subject(ctx)
	p, err := plan(ctx, s)
	if err != nil {
		return err
	}
	return s.Run(ctx, p, steps.Options{DryRun: dry, Report: func(r steps.Result) { w.t.Logf("%s %s: %s", r.State, r.Step, r.Does) }})
}
