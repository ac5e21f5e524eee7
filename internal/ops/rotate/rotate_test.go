package rotate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/nodes"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

func TestMain(m *testing.M) { opstest.Main(m) }

type (
	m = map[string]any
	l = []any
)

var errKilled = errors.New("killed")

// world is a stack with three nodes. Passwords are their numbers.
type world struct {
	t     *testing.T
	group *nodes.Group
	mu    sync.Mutex
	// configured is in the stack's file, secret in Secrets Manager, broker in RabbitMQ, and node what each node has.
	configured, secret, broker int
	node                       map[string]int
	// pending are changes that have nothing to do with a rotation.
	pending []string
	// did are the changes, in their order.
	did     []string
	answers map[string]m
	// kill is the change that a lost session is interrupted at, from 1, and lost is true if it was made nevertheless.
	kill int
	lost bool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	g := opstest.NewAccount(t)
	w := &world{t: t, configured: 1, secret: 1, broker: 1, node: map[string]int{}, answers: map[string]m{}}
	for _, id := range g.NewGroup(t, "morpheus-prod", 3) {
		w.node[id] = 1
	}
	w.group = &nodes.Group{Name: "morpheus-prod", Clock: &opstest.Hurry{}, Account: g.Account(t,
		opstest.Stub{Call: "autoscaling DescribeInstanceRefreshes", Answer: m{"InstanceRefreshes": l{}}},
		opstest.Stub{Call: "ssm SendCommand", Reply: w.send},
		opstest.Stub{Call: "ssm GetCommandInvocation", Reply: w.invocation},
	)}
	return w
}

// change makes a change, or is interrupted at it.
func (w *world) change(what string, do func()) error {
	w.did = append(w.did, what)
	if w.kill--; w.kill == 0 {
		if w.lost {
			do()
		}
		return errKilled
	}
	do()
	return nil
}

func (w *world) Number(context.Context, string) (int, error) { return w.configured, nil }

func (w *world) SetNumber(_ context.Context, key string, number int) error {
	return w.change(fmt.Sprintf("set %s %d", key, number), func() { w.configured = number })
}

func (w *world) Pending(context.Context) ([]string, error) {
	out := w.pending
	if w.configured != w.secret {
		out = append(out, "update password")
	}
	return out, nil
}

func (w *world) Up(ctx context.Context) error {
	now, err := w.group.Held(ctx)
	require.NoError(w.t, err)
	assert.NotEmpty(w.t, now.Work, "a second rotation could begin")
	return w.change("up", func() { w.secret = w.configured })
}

// send runs a script on a node.
func (w *world) send(body string) (map[string]any, string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var sent struct {
		Comment     string
		InstanceIDs []string `json:"InstanceIds"`
		Parameters  map[string][]string
	}
	require.NoError(w.t, json.Unmarshal([]byte(body), &sent))
	node := sent.InstanceIDs[0]
	answer, err := m{"Status": "Success", "StatusDetails": "Success"}, error(nil)
	switch sent.Comment {
	case "look at the secrets of the node":
		answer["StandardOutputContent"] = state(w.node[node] == w.secret, "former: the secret of the messaging")
	case "look at the password of the broker":
		answer["StandardOutputContent"] = state(w.broker == w.secret, "former")
	case "boot the node again":
		err = w.change("boot", func() { w.node[node] = w.secret })
	case "change the user of the broker":
		if w.node[node] != w.broker {
			answer = m{"Status": "Failed", "ResponseCode": 22, "StandardErrorContent": "curl: (22) The requested URL returned error: 401\n"}
			break
		}
		err = w.change("broker", func() { w.broker = w.secret })
	case "discard the former password":
		err = w.change("discard", func() {
			for _, has := range w.node {
				assert.Equal(w.t, w.secret, has, "a node would lose the database")
			}
		})
	default:
		assert.Fail(w.t, "unknown script", sent.Comment)
	}
	if err != nil {
		return nil, "AccessDeniedException"
	}
	id := fmt.Sprintf("%036d", len(w.answers))
	w.answers[id] = answer
	return m{"Command": m{"CommandId": id}}, ""
}

func state(current bool, otherwise string) string {
	if current {
		return "current\n"
	}
	return otherwise + "\n"
}

func (w *world) invocation(body string) (map[string]any, string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, answer := range w.answers {
		if strings.Contains(body, id) {
			return answer, ""
		}
	}
	return nil, "InvocationDoesNotExist"
}

func password(t *testing.T, name string) Password {
	t.Helper()
	at := slices.IndexFunc(Passwords, func(p Password) bool { return p.Name == name })
	require.GreaterOrEqual(t, at, 0)
	return Passwords[at]
}

func (w *world) rotate(name string, o steps.Options) error {
	return (&Rotation{Password: password(w.t, name), Group: w.group, Stack: w}).Run(w.t.Context(), o)
}

func (w *world) suspended() []string {
	found, err := w.group.Account.AutoScaling().DescribeAutoScalingGroups(w.t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})
	require.NoError(w.t, err)
	out := []string{}
	for _, p := range found.AutoScalingGroups[0].SuspendedProcesses {
		out = append(out, aws.ToString(p.ProcessName))
	}
	return out
}

// assertOver checks that everything has the password of the number.
func (w *world) assertOver(number int, broker bool) {
	w.t.Helper()
	assert.Equal(w.t, number, w.configured, "configuration")
	assert.Equal(w.t, number, w.secret, "secret")
	if broker {
		assert.Equal(w.t, number, w.broker, "RabbitMQ")
	}
	for id, has := range w.node {
		assert.Equal(w.t, number, has, id)
	}
	assert.Empty(w.t, w.suspended(), "nobody would replace a node that dies")
	now, err := w.group.Held(w.t.Context())
	require.NoError(w.t, err)
	assert.Empty(w.t, now.Work, "the next rotation would be refused")
}

func TestEachRotationMakesItsChangesInTheOrderThatKeepsClientsConnected(t *testing.T) {
	for name, want := range map[string][]string{
		"database-user": {"set databaseUser 2", "up", "boot", "boot", "boot", "discard"},
		"messaging":     {"set messaging 2", "up", "broker", "boot", "boot", "boot"},
		"search":        {"set search 2", "up", "boot", "boot", "boot"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			require.NoError(t, w.rotate(name, steps.Options{}))
			assert.Equal(t, want, w.did)
			w.assertOver(2, name == "messaging")
		})
	}
	t.Run("database-administrator", func(t *testing.T) {
		w := newWorld(t)
		require.NoError(t, w.rotate("database-administrator", steps.Options{}))
		assert.Equal(t, []string{"set databaseAdministrator 2", "up"}, w.did, "no client keeps it")
		now, err := w.group.Held(t.Context())
		require.NoError(t, err)
		assert.Empty(t, now.Work)
	})
}

// TestARotationGoesOnWhereverItWasKilled kills it at each of its changes, before and after it was made, and starts it
// again. None of them may be lost, and none may be to a third number.
func TestARotationGoesOnWhereverItWasKilled(t *testing.T) {
	w := newWorld(t)
	number := 1
	for _, name := range []string{"messaging", "database-user"} {
		for kill := 1; kill <= 6; kill++ {
			for _, lost := range []bool{false, true} {
				number++
				w.kill, w.lost = kill, lost
				err := w.rotate(name, steps.Options{})
				require.Error(t, err, "%s must be killed at change %d", name, kill)
				require.ErrorContains(t, err, fmt.Sprintf("rotate %s %d", name, number))
				assert.NotEmpty(t, w.suspended(), "a node with the former password must not be started")

				other := "search"
				require.ErrorIs(t, w.rotate(other, steps.Options{}), nodes.ErrHeld, "before the first has ended")

				require.NoError(t, w.rotate(name, steps.Options{}), "%s, change %d", name, kill)
				if name == "database-user" {
					w.broker = number // the other password is not of this rotation
				}
				w.assertOver(number, true)
			}
		}
	}
}

func TestARotationThatWouldBringOtherChangesIsRefused(t *testing.T) {
	w := newWorld(t)
	w.pending = []string{"replace cluster-template"}
	err := w.rotate("search", steps.Options{})
	require.ErrorContains(t, err, "an update would also replace cluster-template: run pulumi up before")
	assert.Empty(t, w.did)
	assert.Empty(t, w.suspended(), "the update that is needed before may replace nodes")
}

func TestADryRunOfARotationChangesNothing(t *testing.T) {
	w := newWorld(t)
	var shown []string
	require.NoError(t, w.rotate("messaging", steps.Options{DryRun: true, Report: func(r steps.Result) {
		assert.Equal(t, steps.Would, r.State)
		shown = append(shown, r.Step)
	}}))
	assert.Empty(t, w.did)
	assert.Empty(t, w.answers, "no script may run on a node")
	assert.Empty(t, w.suspended())
	assert.Len(t, shown, 11, "all steps: %s", shown)
}

func TestABrokerThatNoNodeCanReachAnyMoreIsSaid(t *testing.T) {
	w := newWorld(t)
	for id := range w.node {
		w.node[id] = 9
	}
	require.ErrorContains(t, w.rotate("messaging", steps.Options{}), "no node has the former password any more")
}

func TestANumberThatSomebodyElseHasRaisedIsNotTakenBack(t *testing.T) {
	w := newWorld(t)
	w.kill = 2
	require.Error(t, w.rotate("search", steps.Options{}))
	w.configured = 5
	require.ErrorContains(t, w.rotate("search", steps.Options{}), "rotation.search is 5, and this rotation is to 2")
}

// TestEveryPasswordOfTheConfigurationCanBeRotated: a new one must not be forgotten here.
func TestEveryPasswordOfTheConfigurationCanBeRotated(t *testing.T) {
	text, err := json.Marshal(config.Rotation{})
	require.NoError(t, err)
	var keys map[string]int
	require.NoError(t, json.Unmarshal(text, &keys))
	assert.Len(t, Passwords, len(keys))
	p := Pulumi{Folder: opstest.Repository(), Name: "none"}
	for _, one := range Passwords {
		assert.Contains(t, keys, one.Key)
		_, err := p.Number(t.Context(), one.Key)
		require.ErrorContains(t, err, "stack file")
	}
}
