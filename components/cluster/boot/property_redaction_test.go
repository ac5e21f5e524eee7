package boot

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"mvdan.cc/sh/v3/syntax"
)

// cutsInLines matches what may cut a line: then half of a secret stays, which redaction does not recognise.
var cutsInLines = regexp.MustCompile(`^(cut (-c|-b|--characters|--bytes)|(head|tail) (-c|--bytes)|fold|dd|split)\b`)

// cutAfterRedaction are functions that cut a text which has been redacted before.
var cutAfterRedaction = map[string]string{"send_report": "report gives it the redacted file"}

func TestNothingIsCutBeforeRedaction(t *testing.T) {
	cuts := 0
	used := map[string]bool{}
	for _, p := range shellParts(t) {
		// In a pipe, what comes after redact gets redacted text.
		after := map[uint]bool{}
		p.each(func(_ string, n syntax.Node) {
			pipe, ok := n.(*syntax.BinaryCmd)
			if !ok || pipe.Op != syntax.Pipe {
				return
			}
			left := strings.Split(p.source(pipe.X), "|")
			if strings.HasPrefix(strings.TrimSpace(left[len(left)-1]), "redact") {
				syntax.Walk(pipe.Y, func(n syntax.Node) bool {
					if n != nil {
						after[n.Pos().Offset()] = true
					}
					return true
				})
			}
		})
		p.each(func(function string, n syntax.Node) {
			switch n := n.(type) {
			case *syntax.CallExpr:
				if !cutsInLines.MatchString(p.source(n)) {
					return
				}
				cuts++
				if cutAfterRedaction[function] != "" {
					used[function] = true
				} else if !after[n.Pos().Offset()] {
					t.Errorf("%s: cuts a text that may contain a secret: put `redact |` directly in front of it:\n%s",
						p.at(n), p.source(n))
				}
			case *syntax.ParamExp:
				if n.Slice != nil {
					t.Errorf("%s: %s cuts a text that may contain a secret: use `redact | cut -c`", p.at(n), p.source(n))
				}
			}
		})
	}
	t.Logf("looked at %d cuts", cuts)
	assert.GreaterOrEqual(t, cuts, 3, "the test no longer finds the cuts of the reason, the report's lines and the event")
	assert.Len(t, used, len(cutAfterRedaction), "an exception for a function that does not cut any more: remove it")
	for _, c := range shellCommands(t) {
		if c.has("send_report") {
			assert.Equal(t, []string{"report", "$text"}, []string{c.function, c.words[len(c.words)-1]},
				"%s: send_report must get the file that report has redacted", c)
		}
	}
}

// Every cut of a reason and a report, with a secret at every place around it.
func TestASecretAtACutIsRedacted(t *testing.T) {
	t.Parallel()
	needs(t, "jq")
	const secret = "Zq7-Xv9-Kw3-Jt5" // no part of three characters occurs elsewhere
	var pieces []string
	for i := 0; i+3 <= len(secret); i++ {
		pieces = append(pieces, secret[i:i+3])
	}
	const head = `
echo '{"username": "morpheus", "password": "` + secret + `"}' >"$RUN/secret/database.json"
GENERATED=$RUN/generated
fact() { echo i-0123; }
logs_call() { cat "$3" >>"$RUN/sent"; }
aws_cli() { [[ $* != *" cp "* ]] || cat "$4" >>"$RUN/sent"; }
section() { :; }
log() { :; }
fill() { printf "%0$1d" 0; }
`
	for name, c := range map[string]struct {
		cut    int // the length after which the text is cut
		script string
	}{
		"reason": {cut: 600, script: `for at in $PLACES; do
  printf '%s%s tail\n' "$(fill "$at")" "$SECRET" >"$RUN/reason"; reason
done`},
		"line of the report": {cut: 2000, script: `
collect() { for at in $PLACES; do printf '%s%s tail\n' "$(fill "$at")" "$SECRET"; done; }
echo reason >"$RUN/reason"
report mount
cat "$RUN/sent" "$RUN/diagnostics.txt"`},
		// The end of the report is kept: 200,000 bytes, cut anywhere in the first line that stays.
		"event": {cut: 200000, script: `
for at in $PLACES; do
  collect() { printf '%s\n' "$SECRET"; for i in {1..199}; do fill 999; echo; done; fill $((at - 199000)); }
  report mount
done
echo reason >"$RUN/reason"
cat "$RUN/sent"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var places []string
			for at := c.cut - len(secret) - 1; at <= c.cut; at += 2 {
				places = append(places, fmt.Sprint(at))
			}
			out, err := shellRun(t, longestNode(), head+"SECRET="+secret+" PLACES='"+strings.Join(places, " ")+"'\n"+
				"echo reason >\"$RUN/reason\"\n"+c.script)
			require.NoError(t, err, out)
			assert.Greater(t, len(out), c.cut, "the test has no text that is cut")
			for _, piece := range pieces {
				assert.False(t, strings.Contains(out, piece),
					"%q, a part of the secret, is left: the text is cut before it is redacted", piece)
			}
		})
	}
}

// The last lines of a text go into reasons and reports, before redaction.
func TestEachLineOfASecretIsRedacted(t *testing.T) {
	t.Parallel()
	needs(t, "jq")
	lines := []string{"first-line-of-secret", "second-line-of-it", "the-last-line"}
	for _, end := range []string{`\n`, `\r\n`} {
		for first := range lines {
			out, err := shellRun(t, longestNode(), `
printf '%s' '{"license": "`+strings.Join(lines, end)+end+`", "username": "morpheus"}' >"$RUN/secret/setup.json"
GENERATED=$RUN/generated
printf 'seen: %b\n' '`+strings.Join(lines, end)+`' >"$RUN/step.log"
tail -n `+fmt.Sprint(len(lines)-first)+` "$RUN/step.log" | redact
because "failed: $(last_words "$RUN/step.log")"
reason`)
			require.NoError(t, err, out)
			assert.Contains(t, out, "failed: [redacted]")
			for _, line := range lines {
				assert.False(t, strings.Contains(out, line), "%q, a line of the secret, is left: %s", line, out)
			}
		}
	}
}
