package tests

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
)

// outages are what the health checks must survive, as AWS says how long they take.
var outages = []struct {
	what   string
	lasts  time.Duration
	source string
}{
	{
		what: "Aurora fails over to a reader", lasts: time.Minute,
		source: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html",
	},
}

// delays are what a booting or stopping node must survive besides: it waits for back ends that restart.
var delays = []struct {
	what   string
	lasts  time.Duration
	source string
}{
	{
		what: "a broker restarts", lasts: 5 * time.Minute,
		source: "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/amazon-mq-rebooting-broker.html",
	},
	{
		what: "Aurora fails over to a reader", lasts: time.Minute,
		source: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html",
	},
}

var sizesMade map[string]*recorder

// groupSizes are stacks at the ends of cluster.minSize and cluster.bootTimeoutMinutes, and between.
func groupSizes(t *testing.T) map[string]*recorder {
	t.Helper()
	if sizesMade == nil {
		sizesMade = makeGroupSizes(t)
	}
	return sizesMade
}

func makeGroupSizes(t *testing.T) map[string]*recorder {
	t.Helper()
	limits := leafKeys()
	size, isRange := limits["cluster.minSize"].(stackconfig.Range)
	require.True(t, isRange)
	boots, isRange := limits["cluster.bootTimeoutMinutes"].(stackconfig.Range)
	require.True(t, isRange)
	out := map[string]*recorder{}
	for _, minSize := range []int{size.Min, size.ProductionMin, size.ProductionMin + 1, size.Max} {
		for _, minutes := range []int{boots.Min, boots.Max} {
			stack := "prod"
			if minSize < size.ProductionMin {
				stack = "dev"
			}
			r, err := run(t, stack, overrides{
				"cluster.minSize": minSize, "cluster.maxSize": size.Max, "cluster.bootTimeoutMinutes": minutes,
				"database.connectionsPerNode": 10, "database.instanceClass": "db.r5.xlarge",
				"cluster.schedules": []any{map[string]any{
					"name": "night", "recurrence": "0 20 * * *", "minSize": minSize, "maxSize": size.Max,
				}},
				"loadBalancer.deregistrationDelaySeconds": 3600,
			})
			require.NoError(t, err)
			out[fmt.Sprintf("minSize %d, bootTimeoutMinutes %d", minSize, minutes)] = r
		}
	}
	return out
}

func TestNothingSetsTheDesiredCapacity(t *testing.T) {
	looked := 0
	for name, r := range groupSizes(t) {
		if t.Failed() {
			return // one size says it
		}
		require.NotEmpty(t, r.OfType("autoscaling/schedule:Schedule"))
		for _, res := range r.AWS() {
			switch {
			case strings.HasSuffix(res.Token, ":Schedule"):
				looked++
				assert.EqualValues(t, -1, res.Get("desiredCapacity"), "%s, %s: a schedule without -1 sets the desired capacity "+
					"to 0 and ends nodes that the load needs", name, res.Name)
			case strings.HasPrefix(res.Token, "aws:autoscaling/"):
				looked++
				assert.Nil(t, res.Get("desiredCapacity"), "%s, %s: scaling chooses it; each update would undo the choice", name,
					res.Name)
			}
		}
	}
	t.Logf("looked at %d resources", looked)
}

func TestCapacityTimeoutsAreLongEnoughForEveryNodeAndOneMore(t *testing.T) {
	looked := 0
	for name, r := range groupSizes(t) {
		if t.Failed() {
			return // one size says it
		}
		for _, group := range r.OfType("autoscaling/group:Group") {
			looked++
			minSize, isNumber := group.Get("minSize").(float64)
			require.True(t, isNumber)
			boot := longest(t, r, "EC2_INSTANCE_LAUNCHING")
			least := time.Duration(minSize+1) * boot
			wait, err := time.ParseDuration(fmt.Sprint(group.Get("waitForCapacityTimeout")))
			require.NoError(t, err)
			assert.GreaterOrEqual(t, wait, least, "%s: nodes set up one after the other, and one may need a second try: "+
				"(minSize + 1) x the time of a boot", name)
			times := group.RPC.GetCustomTimeouts()
			update, err := time.ParseDuration(times.GetUpdate())
			require.NoError(t, err, "%s: the provider's default is 10 minutes", name)
			assert.Greater(t, update, wait, "%s: an update waits for the capacity", name)
			remove, err := time.ParseDuration(times.GetDelete())
			require.NoError(t, err, "%s: the provider's default is 10 minutes", name)
			assert.Greater(t, remove, time.Hour+longest(t, r, "EC2_INSTANCE_TERMINATING"),
				"%s: a node is deregistered for up to an hour, then drained", name)
		}
	}
	assert.NotZero(t, looked)
	t.Logf("looked at %d groups", looked)
}

// longest is how long a group waits at a transition for a node that says nothing.
func longest(t *testing.T, r *recorder, transition string) time.Duration {
	t.Helper()
	var out time.Duration
	for _, hook := range r.OfType("autoscaling/lifecycleHook:LifecycleHook") {
		if seconds, isNumber := hook.Get("heartbeatTimeout").(float64); isNumber &&
			hook.Get("lifecycleTransition") == "autoscaling:"+transition {
			out = max(out, time.Duration(seconds)*time.Second)
		}
	}
	require.NotZero(t, out, "no hook at %s", transition)
	return out
}

func TestHealthChecksSurviveWhatBackEndsSurvive(t *testing.T) {
	checks := 0
	for name, r := range groupSizes(t) {
		if t.Failed() {
			return // one size says it
		}
		for _, group := range r.OfType("lb/targetGroup:TargetGroup") {
			checks++
			seconds := func(path string) time.Duration {
				n, isNumber := group.Get("healthCheck." + path).(float64)
				require.True(t, isNumber, "%s: %s is left to the provider", group.Name, path)
				return time.Duration(n) * time.Second
			}
			interval, threshold := seconds("interval"), int64(seconds("unhealthyThreshold")/time.Second)
			assert.Greater(t, interval, seconds("timeout"), "%s: a check must end before the next", group.Name)
			again := interval * (seconds("healthyThreshold") / time.Second)
			assert.LessOrEqual(t, again, 20*time.Second, "%s: a node that answers again takes clients that late", group.Name)
			for _, o := range outages {
				assert.Greater(t, interval*time.Duration(threshold), o.lasts, "%s, %s: %s (%s), and the group would replace every "+
					"node meanwhile", name, group.Name, o.what, o.source)
			}
		}
		heartbeat := heartbeatOf(t, r)
		for _, hook := range r.OfType("autoscaling/lifecycleHook:LifecycleHook") {
			checks++
			n, isNumber := hook.Get("heartbeatTimeout").(float64)
			require.True(t, isNumber, "%s has no time-out", hook.Name)
			timeout := time.Duration(n) * time.Second
			for _, d := range delays {
				assert.Greater(t, timeout, d.lasts+2*heartbeat, "%s, %s: %s (%s), and one heartbeat may get lost", name, hook.Name,
					d.what, d.source)
			}
			assert.LessOrEqual(t, timeout, 2*time.Hour, "%s: AWS takes 7200 seconds at most", hook.Name)
		}
		for _, alarm := range r.OfType("cloudwatch/metricAlarm:MetricAlarm") {
			checks++
			a := read(t, alarm)
			for _, o := range outages {
				assert.Greater(t, time.Duration(a.Period*a.Periods)*time.Second, o.lasts, "%s: %s (%s), which is no reason to alarm",
					alarm.Name, o.what, o.source)
			}
		}
	}
	assert.NotZero(t, checks)
	t.Logf("looked at %d checks", checks)
}

// heartbeatOf is the time between two heartbeats of a booting node.
func heartbeatOf(t *testing.T, r *recorder) time.Duration {
	t.Helper()
	every, err := time.ParseDuration(nodeSettings(t, r)["HEARTBEAT_SECONDS"] + "s")
	require.NoError(t, err, "%s/node.conf has the seconds between heartbeats", boot.Folder)
	return every
}
