package nodes

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

func TestMain(m *testing.M) { opstest.Main(m) }

type (
	m = map[string]any
	l = []any
)

// newGroup returns a group with three nodes, and their ids.
func newGroup(t *testing.T, stubs ...opstest.Stub) (*Group, []string) {
	t.Helper()
	g := opstest.NewAccount(t)
	ids := g.NewGroup(t, "morpheus-prod", 3)
	return &Group{Account: g.Account(t, stubs...), Name: "morpheus-prod", Clock: &opstest.Hurry{}}, ids
}

// suspendedOf returns the suspended processes, sorted.
func suspendedOf(t *testing.T, g *Group) []string {
	t.Helper()
	found, err := g.describe(t.Context())
	require.NoError(t, err)
	out := []string{}
	for _, p := range found.SuspendedProcesses {
		out = append(out, aws.ToString(p.ProcessName))
	}
	slices.Sort(out)
	return out
}

func TestNodesAreThoseOfTheGroup(t *testing.T) {
	g, ids := newGroup(t)
	serving, err := g.Serving(t.Context())
	require.NoError(t, err)
	var got []string
	for _, n := range serving {
		got = append(got, n.ID)
		assert.NotEmpty(t, n.Zone)
	}
	assert.ElementsMatch(t, ids, got)
	g.Name = "morpheus-none"
	_, err = g.All(t.Context())
	require.ErrorIs(t, err, ErrNoGroup)
}

func TestANodeThatBootsOrIsUnhealthyDoesNotServe(t *testing.T) {
	g, _ := newGroup(t, opstest.Stub{Call: "autoscaling DescribeAutoScalingGroups", Answer: m{"AutoScalingGroups": l{m{
		"AutoScalingGroupName": "morpheus-prod", "Instances": l{
			m{"InstanceId": "i-1", "LifecycleState": "InService", "HealthStatus": "HEALTHY"},
			m{"InstanceId": "i-2", "LifecycleState": "InService", "HealthStatus": "Unhealthy"},
			m{"InstanceId": "i-3", "LifecycleState": "Pending:Wait", "HealthStatus": "Healthy"},
		},
	}}}})
	serving, err := g.Serving(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []Node{{ID: "i-1", State: "InService", Healthy: true}}, serving)
}

// invocations answers GetCommandInvocation with one answer after the other; the last one stays.
func invocations(answers ...m) opstest.Stub {
	n := 0
	return opstest.Stub{Call: "ssm GetCommandInvocation", Reply: func(string) (map[string]any, string) {
		at := min(n, len(answers)-1)
		n++
		if answers[at] == nil {
			return nil, "InvocationDoesNotExist"
		}
		return answers[at], ""
	}}
}

// sends keeps what was sent.
func sends(sent *[]string) opstest.Stub {
	return opstest.Stub{Call: "ssm SendCommand", Reply: func(body string) (map[string]any, string) {
		*sent = append(*sent, body)
		return m{"Command": m{"CommandId": "11111111-1111-1111-1111-111111111111"}}, ""
	}}
}

func TestAScriptIsWaitedForAlsoBeforeItsInvocationExists(t *testing.T) {
	var sent []string
	g, ids := newGroup(t, sends(&sent), invocations(nil, m{"Status": "Pending"}, m{"Status": "InProgress"}, m{
		"Status": "Success", "StatusDetails": "Success", "StandardOutputContent": "fine\n",
	}))
	got, err := g.Run(t.Context(), ids[0], Script{Name: "look", Text: "echo \"$1\"\n", Arguments: []string{"it's"}, Limit: 90 * time.Second})
	require.NoError(t, err)
	assert.Equal(t, Output{Text: "fine\n"}, got)
	require.Len(t, sent, 1)
	var body struct {
		DocumentName   string
		InstanceIDs    []string `json:"InstanceIds"`
		TimeoutSeconds int
		Parameters     map[string][]string
	}
	require.NoError(t, json.Unmarshal([]byte(sent[0]), &body))
	assert.Equal(t, "AWS-RunShellScript", body.DocumentName)
	assert.Equal(t, []string{ids[0]}, body.InstanceIDs)
	assert.Equal(t, 60, body.TimeoutSeconds)
	assert.Equal(t, map[string][]string{
		"commands": {"#!/bin/bash", `set -- 'it'\''s'`, `echo "$1"`}, "executionTimeout": {"90"},
	}, body.Parameters, "sh of a node is not bash: the first line decides")
}

// TestMotoTakesWhatIsSent: the request is AWS's, and not only what the tests expect.
func TestMotoTakesWhatIsSent(t *testing.T) {
	g, ids := newGroup(t, invocations(m{"Status": "Success"}))
	_, err := g.Run(t.Context(), ids[0], Script{Name: "look", Text: "true"})
	require.NoError(t, err)
}

func TestEachEndIsOneLine(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer m
		says   string
	}{
		{"failed", m{
			"Status": "Failed", "StatusDetails": "Failed", "ResponseCode": 3, "StandardOutputContent": "first\n",
			"StandardErrorContent": "one\nthe reason\nfailed to run commands: exit status 3\n",
		}, "look on NODE ended with status 3: the reason"},
		{"failed, nothing on the standard error", m{
			"Status": "Failed", "StatusDetails": "Failed", "ResponseCode": 1, "StandardOutputContent": "the reason\n\n",
			"StandardErrorContent": "failed to run commands: exit status 1",
		}, "look on NODE ended with status 1: the reason"},
		{"not taken", m{"Status": "TimedOut", "StatusDetails": "Delivery Timed Out"},
			"look on NODE: the agent of Systems Manager did not take it within a minute; it will not run (DeliveryTimedOut)"},
		{"too long", m{"Status": "TimedOut", "StatusDetails": "ExecutionTimedOut"},
			"look on NODE: it was stopped at its time limit (ExecutionTimedOut)"},
		{"cancelled", m{"Status": "Cancelled", "StatusDetails": "Cancelled"}, "look on NODE: somebody has cancelled it (Cancelled)"},
		{"undeliverable", m{"Status": "Failed", "StatusDetails": "Undeliverable", "ResponseCode": -1},
			"look on NODE: the node does not exist any more, or its agent does not answer (Undeliverable)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, ids := newGroup(t, invocations(c.answer))
			_, err := g.Run(t.Context(), ids[0], Script{Name: "look", Text: "true"})
			var failure *Failure
			require.ErrorAs(t, err, &failure)
			assert.Equal(t, strings.ReplaceAll(c.says, "NODE", ids[0]), err.Error())
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestOutputThatWasCutSaysSo(t *testing.T) {
	for n, cut := range map[int]bool{MaxOutput - 1: false, MaxOutput: true} {
		g, ids := newGroup(t, invocations(m{"Status": "Success", "StandardOutputContent": strings.Repeat("é", n)}))
		got, err := g.Run(t.Context(), ids[0], Script{Name: "look", Text: "true"})
		require.NoError(t, err)
		assert.Equal(t, cut, got.Cut, "%d characters", n)
	}
}

func TestAScriptThatNobodyReportsIsNotWaitedForForever(t *testing.T) {
	g, ids := newGroup(t, invocations(m{"Status": "InProgress"}))
	_, err := g.Run(t.Context(), ids[0], Script{Name: "look", Text: "true"})
	require.ErrorContains(t, err, "has not reported its end; look with aws ssm get-command-invocation --command-id ")
}

func TestANodeThatIsNotConnectedIsSaid(t *testing.T) {
	g, ids := newGroup(t, opstest.Stub{Call: "ssm SendCommand", Code: "InvalidInstanceId"})
	_, err := g.Run(t.Context(), ids[0], Script{Name: "look", Text: "true"})
	require.ErrorContains(t, err, "the node is not connected to Systems Manager")
}

func TestAScriptThatSystemsManagerWouldChangeIsNotSent(t *testing.T) {
	var sent []string
	g, ids := newGroup(t, sends(&sent))
	_, err := g.Run(t.Context(), ids[0], Script{Name: "look", Text: "echo {{ssm:password}}"})
	require.ErrorContains(t, err, "look: must not contain {{")
	assert.Empty(t, sent)
}

func TestAnInterruptCancelsTheScript(t *testing.T) {
	cancelled := 0
	ctx, interrupt := context.WithCancel(t.Context())
	g, ids := newGroup(t,
		opstest.Stub{Call: "ssm GetCommandInvocation", Reply: func(string) (map[string]any, string) {
			interrupt()
			return m{"Status": "InProgress"}, ""
		}},
		opstest.Stub{Call: "ssm CancelCommand", Reply: func(string) (map[string]any, string) {
			cancelled++
			return m{}, ""
		}})
	_, err := g.Run(ctx, ids[0], Script{Name: "look", Text: "true"})
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 1, cancelled, "nobody would read the output")
}

func TestProcessesAreResumedHoweverTheWorkEnds(t *testing.T) {
	g, _ := newGroup(t)
	all := slices.Sorted(slices.Values(Checks))
	for name, end := range map[string]func(cancel func()) error{
		"success": func(func()) error { return nil },
		"error":   func(func()) error { return errors.New("of the work") },
		"panic":   func(func()) error { panic("of the work") },
		"interrupt": func(cancel func()) error {
			cancel()
			return context.Canceled
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			func() {
				defer func() { _ = recover() }() //nolint:errcheck // the panic of the test
				_ = g.While(ctx, "reboot i-1", Checks, func(context.Context) error {
					assert.Equal(t, all, suspendedOf(t, g), "during the work")
					return end(cancel)
				})
			}()
			assert.Empty(t, suspendedOf(t, g), "nobody replaces a node while they are suspended")
			now, err := g.Held(t.Context())
			require.NoError(t, err)
			assert.Empty(t, now.Work)
		})
	}
}

func TestALaterRunTakesUpWhatALostSessionHasSuspended(t *testing.T) {
	g, _ := newGroup(t)
	// Somebody has suspended one by hand, for a reason of his own.
	_, err := g.Account.AutoScaling().SuspendProcesses(t.Context(), &autoscaling.SuspendProcessesInput{
		AutoScalingGroupName: &g.Name, ScalingProcesses: []string{"AZRebalance"},
	})
	require.NoError(t, err)
	require.NoError(t, g.Hold(t.Context(), "reboot i-1", Checks)) // the session is lost

	later := &Group{Account: g.Account, Name: g.Name, Clock: g.Clock}
	now, err := later.Held(t.Context())
	require.NoError(t, err)
	assert.Equal(t, Held{Work: "reboot i-1", Processes: []string{
		"HealthCheck", "ReplaceUnhealthy", "AlarmNotification", "ScheduledActions",
	}}, now)
	err = later.While(t.Context(), "reboot i-2", Checks, func(context.Context) error { panic("must not begin") })
	require.ErrorIs(t, err, ErrHeld)
	assert.Contains(t, err.Error(), `"reboot i-1"`)
	assert.Len(t, suspendedOf(t, g), len(Checks), "the work of another must stay suspended")

	require.NoError(t, later.While(t.Context(), "reboot i-1", Checks, func(context.Context) error { return nil }))
	assert.Equal(t, []string{"AZRebalance"}, suspendedOf(t, g), "what was suspended by hand stays so")
}
