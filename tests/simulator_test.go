package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// simulator is the folder of `make simulator`.
const simulator = "../tools/bin/simulator"

// simulated is the form of a case that simulate.mjs reads.
type simulated struct {
	Principal      string              `json:"principal"`
	Action         string              `json:"action"`
	Resource       string              `json:"resource"`
	Account        string              `json:"account"`
	Context        map[string][]string `json:"context"`
	Identity       []json.RawMessage   `json:"identity"`
	Boundary       json.RawMessage     `json:"boundary,omitempty"`
	ResourcePolicy json.RawMessage     `json:"resourcePolicy,omitempty"`
}

// opinion is the simulator's output.
type opinion struct {
	Answers []struct {
		Allowed bool     `json:"allowed"`
		Ignored []string `json:"ignored"`
		Error   string   `json:"error"`
	} `json:"answers"`
	Scoped []string `json:"scoped"`
}

// ask runs the simulator. It skips the test if the simulator is not installed.
func ask(t *testing.T, cases []decided, boundary *document) opinion {
	t.Helper()
	if _, err := os.Stat(filepath.Join(simulator, "node_modules")); errors.Is(err, os.ErrNotExist) {
		t.Skip("the IAM simulator is not installed: make simulator (needs Node 20)")
	}
	for _, name := range []string{"package-lock.json", "simulate.mjs"} {
		want, err := os.ReadFile(filepath.Join("simulator", name))
		require.NoError(t, err)
		installed, err := os.ReadFile(filepath.Join(simulator, name))
		require.NoError(t, err)
		require.Equal(t, string(want), string(installed), "%s differs from the installed file: run make simulator", name)
	}
	var in struct {
		Cases    []simulated `json:"cases"`
		Unscoped []string    `json:"unscoped"`
	}
	for _, c := range cases {
		s := simulated{
			Principal: c.request.Principal, Action: c.request.Action, Resource: c.request.Resource, Account: c.request.Account,
			Context: c.request.Context, ResourcePolicy: json.RawMessage(c.resource),
		}
		for _, text := range c.identity {
			s.Identity = append(s.Identity, json.RawMessage(text))
		}
		if boundary != nil {
			s.Boundary = json.RawMessage(boundary.text)
		}
		in.Cases = append(in.Cases, s)
	}
	for _, u := range policy.WithoutResource {
		in.Unscoped = append(in.Unscoped, u.Action)
	}
	text, err := json.Marshal(in)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "simulate.mjs")
	cmd.Dir, cmd.Stdin = simulator, bytes.NewReader(text)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s", stderr.String())
	var answer opinion
	require.NoError(t, json.Unmarshal(out, &answer))
	require.Len(t, answer.Answers, len(cases))
	return answer
}

// TestAThirdPartySimulatorAgrees evaluates the same cases with a third-party IAM simulator. The simulator also knows
// all AWS actions with their resources and condition keys, so it finds a case with a call that does not exist.
func TestAThirdPartySimulatorAgrees(t *testing.T) {
	onJudgedStacks(t, func(t *testing.T, s judgedStack, r *recorder) {
		p := permissionsOf(t, r)
		agree(t, p.cases(t, slices.Concat(s.allowed(), s.refused())), nil)
	})
}

func agree(t *testing.T, cases []decided, boundary *document) {
	t.Helper()
	answer := ask(t, cases, boundary)
	allowed := 0
	for i, c := range cases {
		a := answer.Answers[i]
		if a.Allowed {
			allowed++
		}
		assert.Empty(t, a.Error, "%s: the simulator does not know this call", c)
		assert.Equal(t, a.Allowed, c.Allowed,
			"%s: allowed by the simulator: %v, by our evaluator: %v, %s", c, a.Allowed, c.Allowed, c.By)
		assert.Empty(t, ignorable(c, a.Ignored),
			"%s: the call does not have these condition keys, so the case proves nothing", c)
	}
	assert.Empty(t, answer.Scoped, "these actions support resource ARNs: remove them from policy.WithoutResource")
	t.Logf("evaluator and simulator agree on %d cases: %d allowed, %d refused", len(cases), allowed, len(cases)-allowed)
}

// ignorable returns the ignored keys of an allowed call. In a refused call, keys without effect are acceptable.
func ignorable(c decided, ignored []string) []string {
	if !c.Allowed {
		return nil
	}
	return ignored
}
