package command

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(child())
	}
	opstest.Main(m)
}

func answer(id string, result check.Result, err error) check.Check {
	return check.Check{
		ID: id, Group: "group", Asks: "is it?", Severity: check.Error, Do: "repair it",
		Run: func(context.Context) (check.Result, error) { return result, err },
	}
}

// TestTheExitStatusTellsHealthyFindingsAndCouldNotLook: build servers read nothing else.
func TestTheExitStatusTellsHealthyFindingsAndCouldNotLook(t *testing.T) {
	ok, bad := answer("ok", check.Pass("fine"), nil), answer("bad", check.Finding("broken"), nil)
	warned, blind := answer("warned", check.Warn("soon"), nil), answer("blind", check.Result{}, errors.New("no\nanswer"))
	for _, c := range []struct {
		name   string
		checks []check.Check
		failOn check.Severity
		want   error
	}{
		{"healthy", []check.Check{ok}, check.Warning, nil},
		{"finding", []check.Check{ok, bad}, check.Warning, errFindings},
		{"could not look", []check.Check{ok, blind}, check.Warning, errUnknown},
		{"both", []check.Check{blind, bad}, check.Warning, errFindings},
		{"warning", []check.Check{warned}, check.Warning, errFindings},
		{"warning that is accepted", []check.Check{warned}, check.Error, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			r := report{failOn: string(c.failOn), timeout: time.Second}
			err := r.run(t.Context(), &flags{stack: "prod", streams: Streams{Out: &out, Err: &errs}}, "test", c.checks)
			require.ErrorIs(t, err, c.want)
		})
	}
}

// TestReportsHaveTheSameOutcomes: people and machines must read the same.
func TestReportsHaveTheSameOutcomes(t *testing.T) {
	checks := []check.Check{
		answer("ok", check.Pass("fine"), nil), answer("bad", check.Finding("broken & wrong"), nil),
		answer("blind", check.Result{}, errors.New("no\nanswer")), answer("left-out", check.Skip("not needed"), nil),
	}
	var out bytes.Buffer
	junit := filepath.Join(t.TempDir(), "junit.xml")
	f := &flags{stack: "prod", streams: Streams{Out: &out, Err: &out}}
	r := report{failOn: "warning", timeout: time.Second, junit: junit, all: true}
	require.ErrorIs(t, r.run(t.Context(), f, "test", checks), errFindings)
	assert.Contains(t, out.String(), "error    bad      broken & wrong\n")
	assert.Contains(t, out.String(), "to do: repair it (docs/"+"runbooks/checks.md#bad)")
	assert.Contains(t, out.String(), "unknown  blind    no answer\n", "one line")
	assert.Contains(t, out.String(), "4 checks: 1 passed, 1 findings, 1 could not look, 1 skipped")

	text, err := os.ReadFile(junit) //nolint:gosec // of the test
	require.NoError(t, err)
	var suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
	}
	require.NoError(t, xml.Unmarshal(text, &suite))
	assert.Equal(t, [4]int{4, 1, 1, 1}, [4]int{suite.Tests, suite.Failures, suite.Errors, suite.Skipped})

	out.Reset()
	r.json = true
	require.ErrorIs(t, r.run(t.Context(), f, "test", checks), errFindings)
	var got struct {
		Stack  string
		Checks []struct{ ID, Status, Evidence, Runbook string }
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	require.Len(t, got.Checks, 4)
	assert.Equal(t, "prod", got.Stack)
	assert.Equal(t, "finding", got.Checks[1].Status)
	assert.Equal(t, "docs/"+"runbooks/checks.md#left-out", got.Checks[3].Runbook)
}

// TestACheckThatHangsEndsAtItsTimeOut: one service that does not answer must not hold up a report.
func TestACheckThatHangsEndsAtItsTimeOut(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	hanging := check.Check{ID: "hangs", Run: func(context.Context) (check.Result, error) {
		<-release
		return check.Result{}, nil
	}}
	start := time.Now()
	outcomes := check.Run(t.Context(), []check.Check{hanging, answer("ok", check.Pass("fine"), nil)},
		check.Options{Timeout: 50 * time.Millisecond})
	assert.Less(t, time.Since(start), 20*time.Second)
	assert.Equal(t, check.Unknown, outcomes[0].Status)
	assert.Contains(t, outcomes[0].Evidence, "no answer within 50ms")
	assert.Equal(t, check.Passed, outcomes[1].Status)
}

func TestWrongArgumentsAreRefusedBeforeAnythingIsAsked(t *testing.T) {
	for _, c := range []struct{ arguments, says string }{
		{"preflight", "--stack is required"},
		{"preflight --stack prod --fail-on nothing", "--fail-on: must be warning or error"},
		{"preflight --stack prod --timeout 0s", "--timeout: must be longer"},
		{"preflight --stack none --cwd ../../..", "read the stack file"},
		{"preflight --stack prod --cwd ../../..", "still the placeholder"},
		{"validate --stack prod --cwd ../../..", "still the placeholder"},
		{"validate --stack prod --yes", "--yes: only --transactions changes something"},
		{"drill node --stack prod --cwd ../../..", "still the placeholder"},
		{"drill zone --stack prod --hold 10s", "--hold: must be 1m0s to 1h0m0s, got 10s"},
		{"drill region --stack prod", "name a drill, node, database, broker, search, zone, or undo, got \"region\""},
		{"drill --stack prod", "name a drill"},
		{"init --stack x --host h", "required flag(s)"},
		{"upgrade database --stack prod --yes", `required flag(s) "to"`},
		{"upgrade search --stack prod --to OpenSearch_2.19 --now", "unknown flag: --now"},
		{"upgrade nothing --stack prod", "unknown command"},
		{"rollout --stack prod --yes", "--yes: only --cancel changes something"},
		{"rollout --stack prod --wait --cancel", "none of the others can be"},
		{"patch --stack prod --cwd ../../..", "still the placeholder"},
		{"failover --stack prod --cwd ../../..", "still the placeholder"},
		{"failback prod --stack prod", "unknown command"},
		{"preflight more", "unknown command"},
		{"nothing", "unknown command"},
	} {
		var out, errs bytes.Buffer
		assert.Equal(t, check.ExitUnknown, Execute(t.Context(), strings.Fields(c.arguments), Streams{&out, &errs}),
			c.arguments)
		assert.Contains(t, errs.String(), c.says, c.arguments)
		assert.Empty(t, out.String(), c.arguments)
	}
}

// TestTheCommandDoesNotLinkTheProvidersSDK: the binary must start at once and build in seconds.
func TestTheCommandDoesNotLinkTheProvidersSDK(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "github.com/morpheus-ha/morpheus-aws/cmd/ops").Output()
	require.NoError(t, err)
	assert.NotContains(t, string(out), "github.com/pulumi/pulumi-aws")
	assert.NotContains(t, string(out), "internal/rehearsal", "the proof is no part of it")
	assert.Contains(t, string(out), "internal/ops/preflight")
}

// TestInitWritesNothingWithoutYes: a person reads first what it has found out.
func TestInitWritesNothingWithoutYes(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"Pulumi.yaml", "Pulumi.prod.yaml"} {
		text, err := os.ReadFile(filepath.Join("../../..", name)) //nolint:gosec // of this repository
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), text, 0o600))
	}
	g := opstest.NewAccount(t)
	var out, errs bytes.Buffer
	f := &flags{streams: Streams{Out: &out, Err: &errs}, open: func(context.Context, string) (*account.Account, error) {
		return g.Account(t), nil
	}}
	arguments := []string{"init", "--stack", "prod", "--cwd", folder, "--host", "m.example.com", "--clients", "203.0.113.0/24",
		"--package", "https://example.com/p.deb"}
	assert.Equal(t, check.ExitUnknown, execute(t.Context(), append(arguments, "--yes"), f))
	assert.Contains(t, errs.String(), "exists: give --replace", "the file of a stack must not be lost")
	errs.Reset()
	assert.Equal(t, check.ExitUnknown, execute(t.Context(), arguments, f))
	assert.Contains(t, errs.String(), "could not find out: the account has no public hosted zone for m.example.com")
	assert.Contains(t, errs.String(), "upload them with go run ./tools/node-tools -bucket morpheus-node-tools-"+g.ID)
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	require.NoError(t, err)
	assert.Len(t, files, 2, "nothing may be written")
}
