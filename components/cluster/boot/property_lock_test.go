package boot

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"mvdan.cc/sh/v3/syntax"
)

// localPrograms change nothing outside of the node. A program that is neither here nor in sharedChange must be
// added to one of them.
var localPrograms = strings.Fields(`
	: [ apt-get awk basename bash cat chmod cmp command cp curl cut date declare df dirname dpkg echo eval exec exit
	export flock free getent grep hostname iconv install jq kill local log mktemp mount mountpoint mv mysql openssl
	paste printf read readlink readonly redact return rm sed set sha256sum shift sleep sort tail tee timedatectl timeout
	continue find test tr trap true umount umask unset unzip wait source . false break`)

var readOnlyCall = regexp.MustCompile(`^(get|describe|list)-`)

// sharedChange returns what a command changes for other nodes; empty for nothing. sharedPaths are the variables of
// its function with a path on the shared file system.
func sharedChange(c shellCommand, sharedPaths []string) string {
	program := c.program()
	first := firstOf(program)
	writes := func(word string) bool {
		return slices.ContainsFunc(sharedPaths, func(v string) bool { return strings.Contains(word, "$"+v) })
	}
	option := func(names ...string) bool {
		return slices.ContainsFunc(c.words, func(word string) bool {
			return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(word, n) })
		})
	}
	switch {
	case first == "sql":
		if !strings.HasPrefix(strings.TrimSpace(c.input), "SELECT ") {
			return "database"
		}
	case first == "broker" && option("-X", "--request", "--data", "-d"):
		return "broker"
	case first == "local_api" && option("-X", "--request", "--data", "-d"):
		return "appliance"
	case first == "morpheus-ctl" && !slices.Contains([]string{"status", "stop", "graceful-kill"}, program[1]),
		first == "systemctl" && slices.Contains(program, "morpheus-runsvdir"):
		// A node that starts makes or migrates the tables.
		return "appliance"
	case first == "aws" || first == "aws_cli":
		// A copy to a local file, and the call in aws_cli itself, whose callers are looked at.
		last := program[len(program)-1]
		local := slices.Contains(program, "cp") && strings.HasPrefix(last, "$") || last == "$@"
		if !slices.ContainsFunc(program, readOnlyCall.MatchString) && !local {
			return "AWS"
		}
	case first == "signed_call":
		return "AWS"
	case slices.ContainsFunc(c.targets, writes):
		return "shared file system"
	case slices.Contains([]string{"rm", "mv", "cp", "install", "tee", "touch", "ln", "chmod", "mkdir", "write",
		"write_changed", "bash"}, first) && slices.ContainsFunc(program, writes):
		return "shared file system"
	}
	return ""
}

// unlocked are the changes that need no lock, with the reason, by function and kind.
var unlocked = map[string]string{
	"lock shared file system":         "takes the lock",
	"step_mount shared file system":   "makes the mount point on the local disk, before the mount",
	"shared_works shared file system": "uses a file that only this node uses",
	"lifecycle AWS":                   "completes the hook of this instance",
	"logs_call AWS":                   "writes to the log stream of this instance",
	"report AWS":                      "writes an object with the ID of this instance",
}

// Two nodes that change the same thing at the same time may both fail, or lose data: the first start makes the
// tables, and the encryption suffix must be made once.
func TestEveryStepThatChangesSharedStateHoldsTheLock(t *testing.T) {
	commands := shellCommands(t)
	calls := shellCalls(commands)
	shared := sharedVariables(t)
	found := map[string]int{}
	used := map[string]bool{}
	kept := 0
	for _, c := range commands {
		first := firstOf(c.program())
		_, isFunction := calls[first]
		change := sharedChange(c, shared[c.part.name+" "+c.function])
		if change == "" {
			known := first == "" || isFunction || slices.Contains(localPrograms, first) || strings.Contains(first, "$") ||
				slices.Contains([]string{"aws", "aws_cli", "morpheus-ctl", "systemctl"}, first)
			if !known {
				t.Errorf("%s: does %s change something that other nodes use? "+
					"Add it to localPrograms, or to sharedChange so that its step must be locked", c, first)
			}
			continue
		}
		if c.part.name == "keep.sh" {
			kept++ // under a lock of its own: TestANodeKeepsWhatAWSBackupDoesNotTake in tests/boot
			continue
		}
		found[change]++
		if key := c.function + " " + change; unlocked[key] != "" {
			used[key] = true
			continue
		}
		reached := 0
		for _, s := range Steps {
			if reach(calls, "step_"+s.Name)[c.function] {
				reached++
				if !s.Locked {
					t.Errorf("%s: changes the %s of all nodes, but step %s does not hold the lock: "+
						"set Locked of the step in steps.go, or move the command into a step that has it", c, change, s.Name)
				}
			}
		}
		if reached == 0 {
			t.Errorf("%s: changes the %s of all nodes outside of the steps, so without the lock: "+
				"move it into a locked step", c, change)
		}
	}
	t.Logf("commands that change shared state: %v; %d of all %d need no lock", found, len(used), len(commands))
	assert.GreaterOrEqual(t, kept, 4, "the test no longer finds the changes of keep.sh")
	for kind, least := range map[string]int{
		"database": 1, "broker": 3, "appliance": 7, "AWS": 4, "shared file system": 6,
	} {
		assert.GreaterOrEqual(t, found[kind], least, "the test no longer finds the commands that change the %s", kind)
	}
	for key, why := range unlocked {
		assert.True(t, used[key], "no command matches the exception %q (%s): remove it", key, why)
	}
}

// sharedVariables returns, for each function, the variables with a path on the shared file system.
func sharedVariables(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, p := range shellParts(t) {
		p.each(func(function string, n syntax.Node) {
			key := p.name + " " + function
			if len(out[key]) == 0 {
				out[key] = []string{"SHARED"}
			}
			if a, ok := n.(*syntax.Assign); ok && a.Name != nil && a.Value != nil {
				for _, v := range out[key] {
					if strings.HasPrefix(strings.TrimPrefix(p.source(a.Value), `"`), "$"+v) {
						out[key] = append(out[key], a.Name.Value)
						break
					}
				}
			}
		})
	}
	return out
}

// The table of steps says which steps are locked. This runs the boot with steps that only try the lock.
func TestTheLockIsHeldInLockedStepsOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := allFiles(t, longestNode())
	folders := regexp.MustCompile(`(?m)^(RUN|STATE|LOG|CACHE|SHARED|GENERATED)=/\S+`)
	stubs := `
heartbeats() { :; }
report() { cat "$RUN/reason"; }
abandon() { :; }
try_lock() { if flock --nonblock "$SHARED/.morpheus-node/lock" true; then log "$1 free"; else log "$1 held"; fi; }
`
	for _, s := range Steps {
		stubs += "step_" + s.Name + "() { try_lock " + s.Name + "; }\n"
	}
	for _, f := range files {
		content := folders.ReplaceAllString(f.Content, "$1="+dir+"/$1")
		if filepath.Base(f.Path) == "checks.sh" { // the last part that boot.sh reads
			content += stubs
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(f.Path)), []byte(content), fs.FileMode(0o700)))
	}
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "SHARED/.morpheus-node"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "SHARED/.morpheus-node/lock"), nil, 0o600))
	out, err := exec.CommandContext(t.Context(), filepath.Join(dir, "boot.sh")).CombinedOutput()
	require.NoError(t, err, "%s", out)
	text, err := os.ReadFile(filepath.Join(dir, "LOG"))
	require.NoError(t, err)
	want, have := map[string]string{}, map[string]string{}
	for _, s := range Steps {
		want[s.Name] = map[bool]string{true: "held", false: "free"}[s.Locked]
	}
	for _, match := range regexp.MustCompile(`(?m)Z (\w+) (held|free)$`).FindAllStringSubmatch(string(text), -1) {
		have[match[1]] = match[2]
	}
	assert.Equal(t, want, have, "the lock must be held exactly in the steps that are Locked in steps.go: %s", text)
}
