package main

import (
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
)

// If a flag without effect were accepted, its user would believe that something was rehearsed.
func TestFlagsWithoutEffectAreRefused(t *testing.T) {
	for _, c := range []struct {
		arguments []string
		want      string
	}{
		{[]string{"preview", "--against", "dev", "--stack", "prod"}, "--stack has no meaning beside --against"},
		{[]string{"preview", "--against", "dev", "--provider", "real"}, "--provider has no meaning beside --against"},
		{[]string{"preview", "--calls", "calls.txt"}, "--calls and --only-if-built need --provider real"},
		{[]string{"preview", "--only-if-built"}, "--calls and --only-if-built need --provider real"},
		{[]string{"--stack", "dev", "--stack", "dev"}, `stack "dev" is named twice`},
		{[]string{"--config", "database..name=x"}, `--config "database..name=x": must be key=value`},
		{[]string{"--config", "database.name"}, `--config "database.name": must be key=value`},
		{[]string{"dr", "--only", "both"}, `--only: must be planned, unplanned or backup, got "both"`},
		{[]string{"dr", "--only", "planned", "--steps-only"}, "[steps-only only]"},
		{[]string{"deploy"}, `there is no verb "deploy"; the verbs are preview, up, `},
	} {
		cmd := command()
		cmd.SetArgs(c.arguments)
		cmd.SetOut(io.Discard)
		cmd.SetErr(io.Discard)
		assert.ErrorContains(t, cmd.ExecuteContext(t.Context()), c.want, "%v", c.arguments)
	}
}
