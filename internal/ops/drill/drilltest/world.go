// Package drilltest is a stack to drill: an account on moto, the services whose state moto cannot change by itself, and an
// appliance on the loopback interface that stops answering after the failure was injected.
package drilltest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/mq"
	mqtypes "github.com/aws/aws-sdk-go-v2/service/mq/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/validate"
)

// Outage is when the appliance stops answering: After an injection, For a time.
type Outage struct{ After, For time.Duration }

// World is a deployed stack "prod" with three nodes. Set its fields before a drill.
type World struct {
	// Outages after the injection, and how long the spare is missing.
	Outages []Outage
	Spare   time.Duration
	// NodesOf are the zones of the nodes in service, one a node.
	NodesOf []string
	// DataNodes is the number of the domain's.
	DataNodes int
	// Broker is the deployment mode.
	Broker string
	// Refresh is the status of the last rollout.
	Refresh string
	// ZonalShift is the load balancer's attribute.
	ZonalShift string
	// Firing are the alarms that are on from the beginning, and Begins those that begin by themselves at a time after the
	// injection.
	Firing []string
	Begins map[string]time.Duration
	// Fails are operations that AWS refuses, with the code.
	Fails map[string]string

	Given *opstest.Given
	// Appliance answers /ping.
	Appliance *httptest.Server

	ids []string

	mu       sync.Mutex
	virtual  time.Time
	injected time.Time
	calls    []string
	shifts   []*shift
}

type shift struct {
	id, comment, away, resource string
	started, expires            time.Time
	ended                       bool
}

// Zones of the stack, and ZoneIDs those that moto gives them.
var (
	Zones   = []string{"us-east-1a", "us-east-1b", "us-east-1c"}
	ZoneIDs = []string{"use1-az6", "use1-az1", "use1-az2"}
)

const (
	// Host of the appliance.
	Host = "morpheus.example.com"

	dnsName  = "morpheus-prod-1.us-east-1.elb.amazonaws.com"
	balancer = "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/alb/1"
	cluster  = "morpheus-prod"
	hexSum   = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)

// alarms of the stack.
var alarms = []string{
	"morpheus-prod-cluster-too-few-nodes", "morpheus-prod-loadbalancer-no-node", "morpheus-prod-database-writer",
	"morpheus-prod-messaging-no-clients", "morpheus-prod-search-yellow", "morpheus-prod-redundancy",
}

// New makes a stack without outages, with instances of EC2, a database and a broker on moto.
func New(t *testing.T) *World {
	t.Helper()
	w := &World{
		Spare: 3 * time.Minute, NodesOf: slices.Clone(Zones), DataNodes: 3, Broker: "CLUSTER_MULTI_AZ", Refresh: "Successful",
		ZonalShift: "true", Begins: map[string]time.Duration{}, Fails: map[string]string{}, Given: opstest.NewAccount(t),
	}
	ctx := t.Context()
	instances, err := ec2.NewFromConfig(w.Given.Direct).RunInstances(ctx, &ec2.RunInstancesInput{
		ImageId: aws.String("ami-12c6146b"), MinCount: aws.Int32(3), MaxCount: aws.Int32(3),
	})
	require.NoError(t, err)
	for _, i := range instances.Instances {
		w.ids = append(w.ids, aws.ToString(i.InstanceId))
	}
	slices.Sort(w.ids)
	databases := rds.NewFromConfig(w.Given.Direct)
	_, err = databases.CreateDBCluster(ctx, &rds.CreateDBClusterInput{
		DBClusterIdentifier: aws.String(cluster), Engine: aws.String("aurora-mysql"), MasterUsername: aws.String("admin"),
		MasterUserPassword: aws.String("a-password-of-the-test"),
	})
	require.NoError(t, err)
	w.AddInstance(t, "morpheus-prod-us-east-1a")
	w.AddInstance(t, "morpheus-prod-us-east-1b")
	_, err = mq.NewFromConfig(w.Given.Direct).CreateBroker(ctx, &mq.CreateBrokerInput{
		BrokerName: aws.String("morpheus-rabbitmq"), EngineType: mqtypes.EngineTypeRabbitmq, EngineVersion: aws.String("3.13"),
		DeploymentMode: mqtypes.DeploymentModeClusterMultiAz, HostInstanceType: aws.String("mq.m5.large"),
		PubliclyAccessible: aws.Bool(false), AutoMinorVersionUpgrade: aws.Bool(true), Users: []mqtypes.User{},
	})
	require.NoError(t, err)
	w.Appliance = httptest.NewUnstartedServer(http.HandlerFunc(w.ping))
	return w
}

// AddInstance adds one to the database.
func (w *World) AddInstance(t *testing.T, name string) {
	t.Helper()
	_, err := rds.NewFromConfig(w.Given.Direct).CreateDBInstance(t.Context(), &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: &name, DBClusterIdentifier: aws.String(cluster), Engine: aws.String("aurora-mysql"),
		DBInstanceClass: aws.String("db.r5.xlarge"),
	})
	require.NoError(t, err)
}

// RemoveInstance removes one from the database.
func (w *World) RemoveInstance(t *testing.T, name string) {
	t.Helper()
	_, err := rds.NewFromConfig(w.Given.Direct).DeleteDBInstance(t.Context(), &rds.DeleteDBInstanceInput{DBInstanceIdentifier: &name})
	require.NoError(t, err)
}

// Values of the configuration of the stack.
func (w *World) Values(changes map[string]any) map[string]any {
	values := map[string]any{
		"aws.accountId": w.Given.ID, "network.allowedClientCidrs": []string{"203.0.113.0/24"}, "dns.hostedZoneId": "Z1",
		"dns.hostName": Host, "morpheus.packageUrl": "s3://bucket/morpheus-appliance_8.0.7-1_amd64.deb",
		"morpheus.packageSha256": hexSum, "nodeTools.bucket": "bucket", "nodeTools.awsCliSha256": hexSum,
		"nodeTools.efsUtilsSha256": hexSum, "nodeTools.cloudwatchAgentSha256": hexSum, "nodeTools.rdsCaSha256": hexSum,
	}
	for key, value := range changes {
		values[key] = value
	}
	return values
}

// Outputs of the stack, as JSON.
func Outputs() string { return fmt.Sprintf(`{"loadBalancerDnsName": %q}`, dnsName) }

// State of the stack, as the Pulumi CLI exports it.
func State() string {
	var rows []string
	for _, name := range alarms {
		rows = append(rows, fmt.Sprintf(`{"urn": "urn:pulumi:prod::morpheus::a::monitoring", "type": %q, "id": %q}`,
			awstoken.CloudWatchAlarm, name))
	}
	return `{"deployment": {"resources": [` + strings.Join(rows, ", ") + `]}}`
}

// Account is the account with a clock of the caller: each call tells the world what time it is.
func (w *World) Account(t *testing.T) *account.Account {
	t.Helper()
	// A connection that is kept would wait for the network, and the clock of the test does not move meanwhile.
	w.Given.Wrap = func(http.RoundTripper) http.RoundTripper {
		return &clocked{world: w, next: &http.Transport{DisableKeepAlives: true}}
	}
	w.startAppliance(t)
	return w.Given.Account(t, w.stubs()...)
}

// RealAccount is the account for another process, in real time.
func (w *World) RealAccount(t *testing.T) *account.Account {
	t.Helper()
	return w.Given.Account(t, w.stubs()...)
}

func (w *World) startAppliance(t *testing.T) {
	t.Helper()
	w.Appliance.Start()
	t.Cleanup(w.Appliance.Close)
}

// Subject is the stack as a drill sees it, with an account from Account.
func (w *World) Subject(t *testing.T, a *account.Account, changes map[string]any) *validate.Subject {
	t.Helper()
	run := func(_ context.Context, arguments ...string) ([]byte, error) {
		if arguments[1] == "output" {
			return []byte(Outputs()), nil
		}
		return []byte(State()), nil
	}
	outputs, err := stack.ReadOutputs(t.Context(), run, "prod")
	require.NoError(t, err)
	state, err := stack.ReadState(t.Context(), run, "prod")
	require.NoError(t, err)
	return &validate.Subject{
		Config: opstest.Config(t, w.Values(changes)), Account: a, Outputs: outputs, State: state, Outside: &outside{world: w},
	}
}

// Calls are the calls that change something, in their order.
func (w *World) Calls() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

// ActiveShifts are the comments of the zonal shifts that are neither ended nor expired.
func (w *World) ActiveShifts() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, s := range w.active() {
		out = append(out, s.comment)
	}
	return out
}

// StartShift starts a zonal shift that is nobody's drill.
func (w *World) StartShift(comment string, lasts time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.start(ZoneIDs[0], comment, lasts)
}

// Pass lets time pass.
func (w *World) Pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.virtual = w.now().Add(d)
}

// now is the time of the last call, or the real time.
func (w *World) now() time.Time {
	if w.virtual.IsZero() {
		return time.Now()
	}
	return w.virtual
}

// tick sets the time.
func (w *World) tick() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.virtual = time.Now()
}

// since is the time since the injection; negative before.
func (w *World) since() time.Duration {
	if w.injected.IsZero() {
		return -1
	}
	return w.now().Sub(w.injected)
}

// missing reports whether the spare is missing.
func (w *World) missing() bool { return w.since() >= 0 && w.since() < w.Spare }

func (w *World) ping(out http.ResponseWriter, _ *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range w.Outages {
		if at := w.since(); at >= o.After && at < o.After+o.For {
			out.WriteHeader(http.StatusServiceUnavailable)
			return
		}
	}
}

// outside reaches the appliance on the loopback interface.
type outside struct{ world *World }

// Handshake is not asked by a drill.
func (o *outside) Handshake(context.Context, string, uint16) (tls.ConnectionState, error) {
	return tls.ConnectionState{}, errors.New("the appliance of the test has no TLS")
}

func (o *outside) Status(ctx context.Context, url string) (int, error) {
	if url != "https://"+Host+"/ping" {
		return 0, fmt.Errorf("the appliance of the test does not know %s", url)
	}
	o.world.tick()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, o.world.Appliance.URL+"/ping", nil)
	if err != nil {
		return 0, err
	}
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// clocked tells the world the time of each call, and when a call to moto injects a failure.
type clocked struct {
	world *World
	next  http.RoundTripper
}

// injecting are the calls to moto that inject a failure, by a text of the body or of the path.
var injecting = []string{"Action=TerminateInstances", "Action=FailoverDBCluster", "/reboot"}

func (c *clocked) RoundTrip(r *http.Request) (*http.Response, error) {
	c.world.tick()
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	for _, text := range injecting {
		if strings.Contains(string(body), text) || strings.HasSuffix(r.URL.Path, text) {
			c.world.inject(text)
		}
	}
	return c.next.RoundTrip(r)
}

func (w *World) inject(call string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.injected = w.now()
	w.calls = append(w.calls, call)
}
