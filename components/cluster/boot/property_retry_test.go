package boot

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"mvdan.cc/sh/v3/syntax"
)

// longestRetry is the longest retry outside of a step in seconds: the answer to a hook after a drain.
const longestRetry = 120

// endless are loops that have no limit on purpose.
var endless = map[string]string{
	"meta-data/autoscaling/target-lifecycle-state": "the drain waits as long as the node lives",
}

// timed are programs that wait for another machine, and the options that limit the wait of each. `timeout` in front
// limits every program.
var timed = map[string][]string{
	"curl": {"--max-time", "--speed-time"}, "aws": nil, "mysql": nil, "mount": nil, "openssl": nil, "getent": nil,
	"timedatectl": nil, "flock": {"--nonblock", "--wait"}, "systemctl": nil, "apt-get": {`DPkg::Lock::Timeout="$(most)"`},
	// They end with the step that starts them.
	"morpheus-ctl": {"reconfigure", "start"},
}

// A loop without a limit holds the lock, or the machine, until somebody notices.
func TestEveryRetryAndLoopHasALimit(t *testing.T) {
	retries, loops, calls := 0, 0, 0
	for _, c := range shellCommands(t) {
		if c.words[0] == "retry" {
			retries++
			seconds, err := strconv.Atoi(c.words[1])
			if c.words[1] != "$(most)" && (err != nil || seconds > longestRetry) {
				t.Errorf("%s: its limit is %s: in a step use \"$(most)\", four fifths of the step's limit, and elsewhere "+
					"at most %d seconds", c, c.words[1], longestRetry)
			}
		}
		options, known := timed[firstOf(c.program())]
		if !known || c.words[0] == "command" || c.has("--version") || c.is("openssl", "rand") {
			continue
		}
		calls++
		limited := slices.ContainsFunc(c.words, func(w string) bool {
			return w == "timeout" || w == "shared" || slices.Contains(options, w)
		})
		if !limited {
			t.Errorf("%s: waits for ever when the other side does not answer: put `timeout` and a limit in front of it", c)
		}
	}
	used := map[string]bool{}
	for _, p := range shellParts(t) {
		p.each(func(_ string, n syntax.Node) {
			loop, ok := n.(*syntax.WhileClause)
			if !ok {
				return
			}
			loops++
			condition, whole := p.text[loop.Cond[0].Pos().Offset():loop.Do[0].Pos().Offset()], p.source(loop)
			reads := regexp.MustCompile(`^(IFS=\S+ )?read `).MatchString(condition) // until the end of its input
			ends := strings.Contains(condition, "SECONDS") ||
				strings.Contains(whole, "SECONDS") && regexp.MustCompile(`\b(return|break)\b`).MatchString(whole)
			for mark := range endless {
				if strings.Contains(condition, mark) {
					used[mark] = true
					ends = true
				}
			}
			if !reads && !ends {
				t.Errorf("%s: a loop without a limit: compare SECONDS with a limit, or use retry:\n%s", p.at(loop), whole)
			}
		})
	}
	t.Logf("looked at %d retries, %d loops, %d programs that wait", retries, loops, calls)
	assert.Len(t, used, len(endless), "an exception for a loop that does not exist any more: remove it from endless")
	assert.GreaterOrEqual(t, retries, 18, "the test no longer finds the retries")
	assert.GreaterOrEqual(t, loops, 9, "the test no longer finds the loops")
	assert.GreaterOrEqual(t, calls, 20, "the test no longer finds the programs that wait")
}

// reportSeconds is the sum of what report and abandon may take: systemd kills a stopped boot after it.
func TestTheReportEndsWithinItsTimeLimit(t *testing.T) {
	total := 0
	for _, c := range shellCommands(t) {
		if c.words[0] == "retry" && (c.function == "report" || c.function == "abandon") {
			seconds, err := strconv.Atoi(c.words[1])
			require.NoError(t, err, "%s: outside of a step the limit is a number", c)
			total += seconds + 90 // the last call of aws_cli
		}
	}
	assert.Equal(t, 450, total, "the test no longer finds the three retries, or one of them has another limit")
	assert.Less(t, total, reportSeconds, "systemd kills the boot before the hook is answered: raise reportSeconds")
}

// failing puts programs that fail before all others in the PATH.
const failing = `
mkdir "$RUN/bin"
for program in aws curl mysql mount apt-get dpkg unzip morpheus-ctl systemctl openssl timedatectl; do
  printf '#!/bin/sh\n[ "$1" != --version ] || exit 0\necho "ERROR: $0 fails" >&2\nexit 1\n' >"$RUN/bin/$program"
done
chmod +x "$RUN"/bin/*
PATH=$RUN/bin:$PATH
`

// testRetryEnds verifies that a retry ends after its limit, whatever the command returns, and at once for a final
// failure.
func testRetryEnds(t *testing.T) {
	for name, c := range map[string]struct {
		script      string
		least, most int // calls
	}{
		"always fails":  {script: "retry 3 what try 1", least: 2, most: 4},
		"no limit left": {script: "retry 0 what try 1", least: 1, most: 1},
		"final":         {script: "retry 3 what try 9", least: 1, most: 1},
		"time-out":      {script: "retry 3 what try 124", least: 2, most: 4},
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			out, err := shellRunWithin(t, 10*time.Second, longestNode(), `
try() { echo try; return "$1"; }
if `+c.script+`; then exit 7; fi
STEP_BOUND=100 SECONDS=99
echo "left $(most)"`)
			require.NoError(t, err, "a command that always fails ends the retry with an error: %s", out)
			tries := strings.Count(out, "try\n")
			assert.True(t, c.least <= tries && tries <= c.most, "%d tries within 3 s, expected %d to %d", tries, c.least, c.most)
			assert.Less(t, time.Since(begin), 10*time.Second, "the limit of 3 s does not end the retry")
			assert.Contains(t, out, "left 1\n", "without time left, one second is the shortest limit")
		})
	}
}

// stepLimit is what a busy machine needs for the four seconds of a step.
const stepLimit = 20 * time.Second

// With every program failing and a time limit of 4 seconds, each step must fail within seconds.
func TestEveryStepGivesUpWithinItsTimeLimit(t *testing.T) {
	t.Parallel()
	needs(t, "jq")
	if !t.Run("retry", testRetryEnds) {
		return // each step would take its whole time
	}
	for _, s := range Steps {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			out, err := shellRunWithin(t, stepLimit, longestNode(), failing+`
STEP_BOUND=4
mountpoint() { return 1; }
mount_at_boot() { :; }
free_mib() { echo 100000; }
CONFIGURATION=$RUN/morpheus.rb GENERATED=$RUN/generated.json
for name in database messaging search setup appliance; do
  echo '{"username": "morpheus", "password": "pass-word", "suffix": "5f5f5f"}' >"$RUN/secret/$name.json"
done
trap 'echo "reason: $(cat "$RUN/reason" 2>/dev/null)"' EXIT
step_`+s.Name)
			took := time.Since(begin)
			require.Error(t, err, "the step succeeds while every program fails: %s", out)
			require.Less(t, took, stepLimit,
				"the step takes at least %s with a time limit of 4 s: a retry in it has a limit of its own; use \"$(most)\"", took)
			if s.Name != "agent" { // boot.sh has the reason of a command that fails unexpectedly
				assert.NotContains(t, out, "reason: \n", "the report of a failed step must have a reason: %s", out)
			}
		})
	}
}

// With every call failing and tiny limits, a drain must end too: the group terminates the node, whatever it reports.
func TestADrainGivesUpWithinItsTimeLimits(t *testing.T) {
	t.Parallel()
	n := longestNode()
	n.PollSeconds, n.DrainOpenSeconds, n.DrainStopSeconds, n.DrainKillSeconds = 1, 2, 2, 1
	dir := t.TempDir()
	files := allFiles(t, n)
	folders := regexp.MustCompile(`(?m)^(RUN|STATE|LOG|CACHE|SHARED|GENERATED)=/\S+`)
	for _, f := range files {
		content := folders.ReplaceAllString(f.Content, "$1="+dir+"/$1")
		switch filepath.Base(f.Path) {
		case "aws.sh": // The metadata service answers only that the node is terminated.
			content += `
imds() { [[ $1 == *target-lifecycle-state ]] && echo Terminated; }
signed_call() { echo "no access" >"$ERRORS"; return 1; }
aws_cli() { signed_call; }
foreign() { return 1; }
`
		case "drain.sh":
			content = strings.NewReplacer("exec sleep infinity", "exit 0", "retry 120 ", "retry 2 ").Replace(content)
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(f.Path)), []byte(content), fs.FileMode(0o700)))
	}
	begin := time.Now()
	out, err := exec.CommandContext(t.Context(), "timeout", "30", filepath.Join(dir, "drain.sh")).CombinedOutput()
	require.NoError(t, err, "the drain did not end within 30 s with limits of 2 s: %s", out)
	t.Logf("took %s", time.Since(begin))
	for _, want := range []string{
		"the termination hook did not open within 2 s: no access",
		"morpheus-ui could not be stopped; the node is terminated anyway",
		"cannot complete the termination hook, it will time out: no access",
		"drain done in",
	} {
		assert.Contains(t, string(out), want)
	}
}
