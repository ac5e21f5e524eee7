package boot

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheReasonIsRedacted(t *testing.T) {
	needs(t, "jq")
	const head = `
echo '{"username": "morpheus", "password": "pass-word"}' >"$RUN/secret/database.json"
GENERATED=$RUN/generated
echo "said pass-word and no-json" >"$RUN/reason"
`
	for name, c := range map[string]struct{ arrange, want string }{
		"secrets": {arrange: "", want: "said [redacted] and no-json\n"},
		"secret that is not JSON": {
			arrange: `echo no-json >"$RUN/secret/messaging.json"`, want: "said [redacted] and [redacted]\n",
		},
		"empty secret": {arrange: `: >"$RUN/secret/messaging.json"`, want: "said [redacted] and no-json\n"},
		"generated secrets": {
			arrange: `echo '{"part": {"key": "no-json"}}' >"$GENERATED"`, want: "said [redacted] and [redacted]\n",
		},
		"redaction fails": {
			arrange: `echo '{' >"$LIB/redact.jq"`, want: "the reason could not be redacted and stays on the node\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := shellRun(t, longestNode(), head+c.arrange+"\nreason")
			require.NoError(t, err, out)
			assert.Equal(t, c.want, out, "the reason is shown in the log, the console and the log group")
		})
	}
	out, err := shellRun(t, longestNode(), head+`
printf '%0590d%s\n' 0 "said pass-word" >"$RUN/reason"
reason`)
	require.NoError(t, err, out)
	assert.NotContains(t, out, "pass", "a reason that is cut before redaction may end with half of a secret")
}

// The output of a step is logged only after redaction.
func TestTheOutputOfAStepIsRedacted(t *testing.T) {
	needs(t, "jq")
	text, err := parts.ReadFile("parts/boot.sh")
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(text), "run_step() {")
	body, _, _ := strings.Cut(rest, "\n}\n")
	for name, c := range map[string]struct{ arrange, want string }{
		"redacted": {arrange: "", want: "password [redacted]\n"},
		"redaction fails": {
			arrange: `echo '{' >"$LIB/redact.jq"`,
			want:    "step reconfigure: its output could not be redacted\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := shellRun(t, longestNode(), "run_step() {"+body+"\n}\n"+`
echo '{"password": "pass-word"}' >"$RUN/secret/database.json"
timeout() { echo password pass-word; because failed with pass-word; return 1; }
`+c.arrange+`
run_step reconfigure 10 8>/dev/null || true
echo "== $LOG"
cat "$LOG"`)
			require.NoError(t, err, out)
			assert.NotContains(t, out, "pass-word", "the log goes to CloudWatch, and people read the console")
			_, log, _ := strings.Cut(out, "/log\n")
			assert.Contains(t, log, c.want)
		})
	}
}
