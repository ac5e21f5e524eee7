package nodes

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// programs stand in for those of a node.
var programs = map[string]string{
	"aws": `case "$*" in *arn:database*) cat "$WORLD/now-database";; *) printf '%s' "$SECRET";; esac`,
	"curl": `[[ -z ${DOWN:-} ]] || exit 7
echo 'MORPHEUS PING'`,
	"systemctl":   `case "$*" in *morpheus-reconfigure*) echo "${AGAIN:-inactive}";; *) echo "${BOOT:-active}";; esac`,
	"systemd-run": `[[ -z ${TAKEN:-} ]] || { echo 'Unit morpheus-reconfigure.service already exists.' >&2; exit 1; }`,
}

const aSecret = `{"username": "morpheus", "password": "a-password-of-the-test"}`

// booted returns a node that has booted with the current secrets.
func booted(t *testing.T) *opstest.Node {
	t.Helper()
	n := opstest.NewNode(t, programs, map[string]string{"node.conf": opstest.Settings})
	for _, name := range []string{"database", "messaging", "search"} {
		n.Write(t, "run/secret/"+name+".json", aSecret)
	}
	n.Write(t, "run/secret/appliance.json", `{"suffix": "suffix-of-the-test"}`)
	n.Write(t, "now-database", aSecret)
	n.Write(t, "log/boot.log", "2026-01-01T00:00:00.000Z step reconfigure: started, time limit 2700 s\n")
	n.Reconfigured(t)
	return n
}

func TestALookSaysWhetherANodeWorksWithTheCurrentSecrets(t *testing.T) {
	for _, c := range []struct {
		name        string
		change      func(n *opstest.Node)
		environment []string
		want        string
	}{
		{"current", nil, nil, "current\n"},
		{"another password", func(n *opstest.Node) {
			n.Write(t, "now-database", `{"username": "morpheus", "password": "another-password"}`)
		}, nil, "former: the secret of the database\n"},
		{"rebooted machine without a boot", func(n *opstest.Node) { n.Write(t, "run/secret/search.json", "") }, nil,
			"former: the secret of the search\n"},
		{"secrets were read, then the boot failed", func(n *opstest.Node) {
			n.Write(t, "etc/morpheus.rb", "former")
			n.Write(t, "run/reason", "the database is not usable: a-password-of-the-test\n")
		}, nil, "former: /etc/morpheus/morpheus.rb; its last boot: the database is not usable: [redacted]\n"},
		{"written, not reconfigured", func(n *opstest.Node) { n.Write(t, "state/reconfigured", "former") }, nil,
			"former: not reconfigured\n"},
		{"does not answer", nil, []string{"DOWN=1"}, "former: it does not answer /ping\n"},
		{"boots again", nil, []string{"AGAIN=active"},
			"running: 2026-01-01T00:00:00.000Z step reconfigure: started, time limit 2700 s\n"},
		{"boots at its start", nil, []string{"BOOT=activating"},
			"running: 2026-01-01T00:00:00.000Z step reconfigure: started, time limit 2700 s\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := booted(t)
			if c.change != nil {
				c.change(n)
			}
			got, err := n.Run(t, bootLook, append(c.environment, "SECRET="+aSecret)...)
			require.NoError(t, err)
			assert.Equal(t, n.Placed(c.want), got)
			assert.NoFileExists(t, n.Path("run/secret/look-database.json"), "a secret must not stay")
		})
	}
}

func TestTheBootStartsInAUnitOfItsOwnOnce(t *testing.T) {
	n := booted(t)
	out, err := n.Run(t, bootStart)
	require.NoError(t, err)
	assert.Equal(t, "started\n", out)
	assert.Contains(t, n.Calls(t), "systemd-run --quiet --unit=morpheus-reconfigure --collect "+n.Path("lib/boot.sh"))

	n = booted(t)
	_, err = n.Run(t, bootStart, "AGAIN=active")
	require.NoError(t, err)
	assert.NotContains(t, n.Calls(t), "systemd-run", "the boot that runs is the one")

	_, err = booted(t).Run(t, bootStart, "TAKEN=1")
	require.Error(t, err, "nothing runs")
}

// looks answers each look at a node with the next state.
func looks(t *testing.T, states ...string) (*Group, string) {
	t.Helper()
	var answers []m
	for _, s := range states {
		answers = append(answers, m{"Status": "Success", "StatusDetails": "Success", "StandardOutputContent": s + "\n"})
	}
	var sent []string
	g, ids := newGroup(t, sends(&sent), invocations(answers...))
	return g, ids[0]
}

func TestABootThatFailsIsToldAtOnce(t *testing.T) {
	g, node := looks(t, "former: the secret of the search", "started", "running: step secrets",
		"former: the secret of the search; its last boot: the broker is not usable")
	_, err := runSteps(t, g, g.Boot(node))
	require.ErrorContains(t, err, "still works with the former state: the secret of the search; its last boot: the broker is not usable")
}

func TestANodeWithTheCurrentSecretsIsLeftAlone(t *testing.T) {
	g, node := looks(t, "current")
	state, err := runSteps(t, g, g.Boot(node))
	require.NoError(t, err)
	assert.Equal(t, "already", state)
	g, _ = looks(t, "never asked")
	state, err = runSteps(t, g, g.Boot("i-of-another-group"))
	require.NoError(t, err)
	assert.Equal(t, "already", state, "a node that is gone needs no secret")
}

func TestABootIsWaitedFor(t *testing.T) {
	g, node := looks(t, "former: the secret of the search", "started", "running: step secrets", "running: step ready", "current")
	state, err := runSteps(t, g, g.Boot(node))
	require.NoError(t, err)
	assert.Equal(t, "done", state)
}

func runSteps(t *testing.T, g *Group, s steps.Step) (state string, err error) {
	t.Helper()
	results, err := steps.Run(t.Context(), []steps.Step{s}, steps.Options{Clock: g.Clock})
	if err != nil {
		return "", err
	}
	return results[0].State, nil
}
