package boot

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shellRun sources the parts as nodes get them, with RUN and STATE in a folder of the test, and runs the script.
func shellRun(t *testing.T, n Node, script string) (output string, err error) {
	t.Helper()
	dir := t.TempDir()
	files, err := Files(n)
	require.NoError(t, err)
	for _, f := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(f.Path)), []byte(f.Content), fs.FileMode(0o600)))
	}
	const head = `set -euo pipefail
LIB=$1 LOG=$1/log RUN=$1/run STATE=$1 CACHE=$1 SHARED=$1/shared
eval "$(sed '/^[A-Z]*=/d; /^readonly /d' "$LIB/common.sh")"
for part in aws tools storage database broker appliance checks diagnostics; do . "$LIB/$part.sh"; done
. "$LIB/node.conf"
mkdir -p "$RUN/secret"
`
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "bash", "-c", head+script, "-", dir).CombinedOutput()
	return string(out), err
}

func TestHeartbeatsEndWithTheBoundsOfTheBoot(t *testing.T) {
	out, err := shellRun(t, node(), `
aws() { :; }
beat() { echo beat; }
HEARTBEAT_SECONDS=0.5 BOOT_SECONDS=1
heartbeats $$
echo ended`)
	require.NoError(t, err, "%s", out)
	assert.Contains(t, out, "beat\n", "a boot within its bounds is prolonged")
	assert.Contains(t, out, "the boot runs for longer than 1 s: no more heartbeats", "a boot that hangs must not keep the hook for two days")
	assert.Contains(t, out, "ended\n")
}

func TestInstallationsWaitForWhoHasDpkg(t *testing.T) {
	const refused = `
STEP_BOUND=1000
sleep() { :; }
foreign() {
  echo "$*" >>"$RUN/calls"
  (($(wc -l <"$RUN/calls") > 2)) || { echo "$MESSAGE"; return 100; }
}
`
	out, err := shellRun(t, node(), refused+`
MESSAGE='E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (unattended-upgr)'
install_deb /cache/tool.deb tool
apt_install jq
cat "$RUN/calls"`)
	require.NoError(t, err, "the unattended upgrades of a first boot must not fail it: %s", out)
	assert.Regexp(t, `-o DPkg::Lock::Timeout=(800|79\d) -y --no-install-recommends install /cache/tool.deb\n`, out, "as long as the step may take")
	assert.Regexp(t, `-o DPkg::Lock::Timeout=(800|79\d) update\n`, out)
	assert.Contains(t, out, "tool: not yet, again in")

	for name, message := range map[string]string{
		"full disk":          "E: You don't have enough free space: No space left on device",
		"missing dependency": "The following packages have unmet dependencies:",
		"failing scripts":    "E: Sub-process /usr/bin/dpkg returned an error code (1)",
	} {
		t.Run(name, func(t *testing.T) {
			n := node()
			n.LogGroup = message // as settings come: whatever is in it
			out, err := shellRun(t, n, refused+`
MESSAGE=$LOG_GROUP
install_deb /cache/tool.deb tool`)
			require.Error(t, err, "%s", out)
			assert.Contains(t, out, "tool could not be installed: "+message)
			assert.NotContains(t, out, "again in", "what will not pass ends the step at once")
		})
	}

	out, err = shellRun(t, node(), refused+`
MESSAGE="E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem."
install_deb /cache/tool.deb tool
cat "$RUN/calls"`)
	require.NoError(t, err, "%s", out)
	assert.Contains(t, out, "\ndpkg --configure -a\n", "a machine that was ended in the middle of an installation comes out of it")
}

// AWS repeats in an answer what was signed, the token of the session among it.
func TestRefusedCallsSayWhyAndNoSecret(t *testing.T) {
	const token = "session-token-0123456789"
	for name, c := range map[string]struct{ body, want string }{
		"S3": {
			`<?xml version="1.0" encoding="UTF-8"?>` + "\n<Error><Code>InvalidToken</Code><Message>The provided token is malformed or otherwise invalid.</Message><Token-0>" + token + "</Token-0></Error>",
			"InvalidToken The provided token is malformed or otherwise invalid.\n",
		},
		"query": {
			"<ErrorResponse>\n  <Error>\n    <Type>Sender</Type>\n    <Code>SignatureDoesNotMatch</Code>\n    <Message>The signature does not match.\n\nThe Canonical String for this request should have been\n'POST\nx-amz-security-token:" + token + "\n'</Message>\n  </Error>\n</ErrorResponse>",
			"SignatureDoesNotMatch The signature does not match.\n",
		},
		"JSON": {
			`{"__type":"InvalidSignatureException","message":"The signature does not match.\n\nThe Canonical String was 'POST\nx-amz-security-token:` + token + `'"}`,
			"InvalidSignatureException The signature does not match.\n",
		},
		"a gateway": {"<html>" + token + "</html>", "returned error: 403\n"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
				assert.Equal(t, token, in.Header.Get("X-Amz-Security-Token"))
				out.WriteHeader(http.StatusForbidden)
				_, _ = io.WriteString(out, c.body)
			}))
			defer server.Close()
			n := node()
			n.MessagingURL = server.URL
			out, err := shellRun(t, n, `
imds() { printf '{\n"AccessKeyId" : "AKIAEXAMPLE",\n"SecretAccessKey" : "key",\n"Token" : "`+token+`"\n}\n'; }
signed_to "$CACHE/file" "$RUN/errors" s3 "$MESSAGING_URL/bucket/key" && exit 7
cat "$RUN/errors"
echo; last_words "$RUN/errors"
[[ ! -e $CACHE/file ]]`)
			require.NoError(t, err, "an answer with an error must be one, and not be kept as a file: %s", out)
			assert.Contains(t, out, "returned error: 403\n")
			assert.True(t, strings.HasSuffix(out, c.want), "the reason of a failed boot is its last line: %s", out)
			assert.NotContains(t, out, token, "the reason is read by people")
		})
	}
}

func TestReconfigureDownloadsByTheProxyAndReachesTheBackEndsWithoutIt(t *testing.T) {
	const script = `
foreign() { "$@"; }
mkdir "$RUN/bin"
printf '#!/bin/sh\nenv\n' >"$RUN/bin/morpheus-ctl"
chmod +x "$RUN/bin/morpheus-ctl"
PATH=$RUN/bin:$PATH
unset http_proxy https_proxy no_proxy
reconfigure | grep -i _proxy || echo none`
	out, err := shellRun(t, node(), script)
	require.NoError(t, err, out)
	assert.Contains(t, out, "http_proxy=http://proxy.example.com:3128\n")
	assert.Contains(t, out, "https_proxy=http://proxy.example.com:3128\n", "the vendor's files come over TLS")
	for _, host := range []string{node().Database.Host, node().Messaging.Host, node().Search.Host, "127.0.0.1", "169.254.169.254"} {
		assert.Regexp(t, `(?m)^no_proxy=(.*,)?`+regexp.QuoteMeta(host)+`(,|$)`, out, "a proxy does not let database, broker and search through")
	}
	n := node()
	n.Proxy = ""
	out, err = shellRun(t, n, script)
	require.NoError(t, err, out)
	assert.Equal(t, "none\n", out)
}

func TestWhatIsNotThereIsNotAskedForAgain(t *testing.T) {
	for name, c := range map[string]struct {
		says   string
		status string
	}{
		"bucket, signed call":   {"NoSuchBucket The specified bucket does not exist", "9"},
		"object, signed call":   {"NoSuchKey The specified key does not exist.", "9"},
		"object, AWS CLI":       {`fatal error: An error occurred (404) when calling the HeadObject operation: Key "x" does not exist`, "9"},
		"package":               {"curl: (22) The requested URL returned error: 404", "9"},
		"permission on its way": {"AccessDenied Access Denied", "1"},
		"server that is busy":   {"curl: (22) The requested URL returned error: 503", "1"},
		"no network":            {"curl: (6) Could not resolve host: mirror-404.example.com", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			n := node()
			n.LogGroup = c.says // as settings come: whatever is in it
			out, err := shellRun(t, n, `
download_once() { echo "$LOG_GROUP" >"$RUN/download.err"; return 1; }
status=0
download s3://bucket/key "$CACHE/file" || status=$?
echo "status $status"`)
			require.NoError(t, err, out)
			assert.Equal(t, "status "+c.status+"\n", out, "9 ends the retries: a boot that cannot succeed must not hold the group up")
		})
	}
}

// The nodes that serve have the former password until somebody tells them.
func TestTheFormerPasswordOfTheDatabaseUserGoesOnBesideTheNewOne(t *testing.T) {
	needs(t, "jq")
	statements := func(refused string) string {
		out, err := shellRun(t, node(), `
echo '{"username": "morpheus", "password": "new"}' >"$RUN/secret/database.json"
initial_statements `+refused)
		require.NoError(t, err, out)
		return out
	}
	const alter = "ALTER USER IF EXISTS 'morpheus'@'%' IDENTIFIED BY 'new' /*!80014 RETAIN CURRENT PASSWORD */;\n"
	const create = "CREATE USER IF NOT EXISTS 'morpheus'@'%' IDENTIFIED BY 'new' REQUIRE SSL;\n"
	refused := statements("true")
	assert.Contains(t, refused, alter+create, "of a user that is made only now no second password must be left")
	assert.Equal(t, 2, strings.Count(refused, "IDENTIFIED BY"), "without RETAIN every node that serves is cut off")
	enters := statements("false")
	assert.NotContains(t, enters, "RETAIN", "the password that the user has already would displace the former one")
	assert.Equal(t, 1, strings.Count(enters, "IDENTIFIED BY"), enters)
	assert.Contains(t, enters, create)

	for says, want := range map[string]string{
		"ERROR 1045 (28000): Access denied for user 'morpheus'@'10.0.0.1' (using password: YES)": "true",
		"ERROR 1044 (42000): Access denied for user 'morpheus'@'%' to database 'morpheus'":       "false",
		"": "false",
	} {
		n := node()
		n.LogGroup = "x" + says
		out, err := shellRun(t, n, `echo "${LOG_GROUP#x}" >"$RUN/mysql.err"; refused`)
		require.NoError(t, err, out)
		assert.Equal(t, want+"\n", out, says)
	}
}

func TestHeartbeatsDoNotWaitForTheAWSCLI(t *testing.T) {
	out, err := shellRun(t, node(), `
command() { [[ $2 != aws ]] && builtin command "$@"; }
signed_call() { echo "signed $*"; }
HEARTBEAT_SECONDS=0.5 BOOT_SECONDS=1
heartbeats $$`)
	require.NoError(t, err, out)
	assert.Contains(t, out, "Action=RecordLifecycleActionHeartbeat", "the CLI may take longer to come than the hook waits")
}

// An image made of a node has what that node left.
func TestTheHookIsAnsweredByEachInstanceOnce(t *testing.T) {
	for name, c := range map[string]struct {
		state   string
		answers bool
	}{
		"first boot":              {"", true},
		"reboot":                  {"echo i-0123 >$STATE/continued", false},
		"image of another node":   {"echo i-0456 >$STATE/continued", true},
		"image of a former stack": {": >$STATE/continued", true},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := shellRun(t, node(), `
STEP_BOUND=100
mkdir "$RUN/facts" && echo i-0123 >"$RUN/facts/instance-id"
answer_hook() { echo "answer $*"; }
`+c.state+`
abandon
step_continue
step_continue
cat "$STATE/continued"`)
			require.NoError(t, err, out)
			want := "answer launch ABANDON\nanswer launch CONTINUE\n"
			if c.answers {
				assert.Equal(t, want+"i-0123\n", out, "the group would end a node that serves, and keep one that does not")
			} else {
				assert.NotContains(t, out, "answer", "nothing waits after a reboot")
			}
		})
	}
}

func TestSecretStaysWhenItsNextFetchFails(t *testing.T) {
	const file = `"$RUN/secret/database.json"`
	out, err := shellRun(t, node(), `
aws() { echo '{"password": "former"}'; }
timeout() { "${@:2}"; }
fetch_secret database arn && cat `+file+`
aws() { echo '{"pass'; echo AccessDenied >&2; return 254; }
fetch_secret database arn || echo "status $?"
cat `+file+`
aws() { echo '{"password": "next"}'; }
fetch_secret database arn && cat `+file)
	require.NoError(t, err, out)
	assert.Equal(t, "{\"password\": \"former\"}\nstatus 1\n{\"password\": \"former\"}\n{\"password\": \"next\"}\n", out,
		"without the value nobody takes it out of logs and reports")
}

func TestGeneratedSecretsMayBecomeMoreButNotOthers(t *testing.T) {
	needs(t, "jq")
	const known = `{"mysql": {"password": "0123456789"}, "list": ["a"]}`
	for name, c := range map[string]struct{ made, want string }{
		"same":                 {`{"list":["a"],"mysql":{"password":"0123456789"}}`, ""},
		"one more":             {`{"mysql": {"password": "0123456789", "root": "more"}, "list": ["a"]}`, "kept"},
		"one more part":        {`{"mysql": {"password": "0123456789"}, "list": ["a"], "guacd": {"key": "more"}}`, "kept"},
		"changed":              {`{"mysql": {"password": "another-one"}, "list": ["a"]}`, "died"},
		"longer":               {`{"mysql": {"password": "01234567890"}, "list": ["a"]}`, "died"},
		"vanished":             {`{"mysql": {"password": "0123456789"}}`, "died"},
		"vanished, others new": {`{"mysql": {"other": "more"}, "list": ["a"], "guacd": {"key": "more"}}`, "died"},
		"list with one more":   {`{"mysql": {"password": "0123456789"}, "list": ["a", "b"]}`, "died"},
		"no JSON":              {`{"mysql": {"password": "0123456789"`, "died"},
	} {
		t.Run(name, func(t *testing.T) {
			n := node()
			n.LogGroup = c.made // as settings come: whatever is in it
			out, err := shellRun(t, n, `
GENERATED=$RUN/generated
printf %s "$LOG_GROUP" >"$GENERATED"
printf '%s' '`+known+`' | jq --raw-input --slurp '{suffix: "s", secrets: .}' >"$RUN/secret/appliance.json"
keep_appliance_secrets() { [[ $(jq -r .secrets "$RUN/secret/appliance.json") == "$LOG_GROUP" && $(jq -r .suffix "$RUN/secret/appliance.json") == s ]] && echo kept; }
die() { echo died; exit 0; }
log() { :; }
share_generated`)
			require.NoError(t, err, out)
			assert.Equal(t, c.want, strings.TrimSpace(out), "nodes of a release with one more secret come up; those that could not read the data do not")
		})
	}
}

func TestOneAnswerIsNotYetService(t *testing.T) {
	out, err := shellRun(t, node(), `
STEP_BOUND=1000
foreign() { :; }
sleep() { :; }
log() { :; }
# The first answers are those of the process that is about to end.
pings() { echo x >>"$RUN/pings"; [[ $(wc -l <"$RUN/pings") != 4 ]]; }
step_ready
wc -l <"$RUN/pings"`)
	require.NoError(t, err, out)
	// One before all, two good ones, one that fails, three good ones in a row.
	assert.Equal(t, "7", strings.TrimSpace(out), "the next node would stop its own while this one is down")
}

func TestOnlyAnAnswerThatSaysSoIsTheStateOfTheSetup(t *testing.T) {
	needs(t, "jq")
	for name, c := range map[string]struct{ body, status, want string }{
		"new":                       {`{"success": true, "setupNeeded": true}`, "0", "makes"},
		"set up":                    {`{"success": true, "setupNeeded": false}`, "0", "log: the appliance has an administrator"},
		"set up, earlier release":   {`{"success": false, "setupNeeded": false}`, "22", "log: the appliance has an administrator"},
		"proxy whose server starts": {"<html>502</html>", "22", "die"},
		"nothing":                   {"", "28", "die"},
		"another document":          {`{"success": true}`, "0", "die"},
		"no boolean":                {`{"setupNeeded": "maybe"}`, "0", "die"},
	} {
		t.Run(name, func(t *testing.T) {
			n := node()
			n.LogGroup, n.GroupName = "x"+c.body, "x"+c.status // as settings come: whatever is in it
			out, err := shellRun(t, n, `
STEP_BOUND=1
mkdir -p "$SHARED/.morpheus-node"
echo '{}' >"$RUN/secret/setup.json"
curl() {
  # As curl: of an error the document only when it is asked for.
  [[ $GROUP_NAME != x22 || $* == *--no-fail\ --fail-with-body* ]] && printf %s "${LOG_GROUP#x}"
  return "${GROUP_NAME#x}"
}
make_administrator() { echo makes; }
log() { [[ $* == "state of the setup: "* ]] || echo "log: $*"; }
die() { echo die; exit 0; }
step_setup`)
			require.NoError(t, err, out)
			assert.Equal(t, c.want, strings.TrimSpace(out), "a node that serves an open setup page gives itself to whoever comes first")
		})
	}
}
