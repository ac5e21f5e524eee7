package boot

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLogsAreClearedOfSecretsOrEmpty(t *testing.T) {
	needs(t, "jq")
	const head = `
echo '{"username": "morpheus", "password": "pass-word"}' >"$RUN/secret/database.json"
GENERATED=$RUN/generated
echo "said pass-word and no-json" >"$RUN/reason"
`
	for name, c := range map[string]struct{ arrange, want string }{
		"secrets":             {"", "said [redacted] and no-json\n"},
		"secret without JSON": {`echo no-json >"$RUN/secret/messaging.json"`, "said [redacted] and [redacted]\n"},
		"empty secret":        {`: >"$RUN/secret/messaging.json"`, "said [redacted] and no-json\n"},
		"generated secrets":   {`echo '{"part": {"key": "no-json"}}' >"$GENERATED"`, "said [redacted] and [redacted]\n"},
		"no redaction":        {`: >"$LIB/redact.jq"; echo '{' >>"$LIB/redact.jq"`, "the reason could not be cleared of secrets and stays on the node\n"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := shellRun(t, node(), head+c.arrange+"\nreason")
			require.NoError(t, err, out)
			assert.Equal(t, c.want, out, "the reason goes to the log, the console and the log group")
		})
	}
	out, err := shellRun(t, node(), head+`
printf '%0590d%s\n' 0 "said pass-word" >"$RUN/reason"
reason`)
	require.NoError(t, err, out)
	assert.NotContains(t, out, "pass", "half of a secret is not known as one")
}

// The log has what a step said only when that was cleared.
func TestTheLogOfAStepIsCleared(t *testing.T) {
	needs(t, "jq")
	text, err := parts.ReadFile("parts/boot.sh")
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(text), "run_step() {")
	body, _, _ := strings.Cut(rest, "\n}\n")
	for name, c := range map[string]struct{ arrange, want string }{
		"cleared":      {"", "password [redacted]\n"},
		"no redaction": {`echo '{' >"$LIB/redact.jq"`, "step reconfigure: what it said could not be cleared of secrets\n"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := shellRun(t, node(), "run_step() {"+body+"\n}\n"+`
echo '{"password": "pass-word"}' >"$RUN/secret/database.json"
timeout() { echo password pass-word; because failed with pass-word; return 1; }
`+c.arrange+`
run_step reconfigure 10 8>/dev/null || true
echo "== $LOG"
cat "$LOG"`)
			require.NoError(t, err, out)
			assert.NotContains(t, out, "pass-word", "the agent sends the log to CloudWatch, and the console is read by people")
			_, log, _ := strings.Cut(out, "/log\n")
			assert.Contains(t, log, c.want)
		})
	}
}
