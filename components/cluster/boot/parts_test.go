package boot

import (
	"context"
	"encoding/pem"
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

// allFiles returns all files of a node: those in its user data and those of the bundle.
func allFiles(t testing.TB, n Node) []File {
	t.Helper()
	files, err := Files(n)
	require.NoError(t, err)
	return append(files, Bundled(n.Extras)...)
}

// shellRun sources the scripts of a node, with all folders in a temporary one, and runs the given script. It
// returns the script's output, with stderr.
func shellRun(t *testing.T, n Node, script string) (output string, err error) {
	t.Helper()
	return shellRunWithin(t, 60*time.Second, n, script)
}

// shellRunWithin is shellRun with a time limit.
func shellRunWithin(t *testing.T, limit time.Duration, n Node, script string) (output string, err error) {
	t.Helper()
	dir := t.TempDir()
	files := allFiles(t, n)
	for _, f := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(f.Path)), []byte(f.Content), fs.FileMode(0o600)))
	}
	const head = `set -euo pipefail
LIB=$1 LOG=$1/log RUN=$1/run STATE=$1 CACHE=$1 SHARED=$1/shared GENERATED=/etc/morpheus/morpheus-secrets.json
eval "$(sed '/^[A-Z]*=/d; /^readonly /d' "$LIB/common.sh")"
for part in aws load tools storage database broker appliance checks diagnostics; do . "$LIB/$part.sh"; done
. "$LIB/node.conf"
mkdir -p "$RUN/secret"
`
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", head+script, "-", dir)
	cmd.WaitDelay = time.Second // a process that the script leaves behind keeps the output open
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestHeartbeatsEndAfterTheTimeLimitsOfTheBoot(t *testing.T) {
	out, err := shellRun(t, longestNode(), `
aws() { :; }
beat() { echo beat; }
HEARTBEAT_SECONDS=0.5 BOOT_SECONDS=1
heartbeats $$
echo ended`)
	require.NoError(t, err, "%s", out)
	assert.Contains(t, out, "beat\n", "a boot within its time limits must extend the hook")
	assert.Contains(t, out, "the boot takes longer than 1 s: no more heartbeats",
		"a boot that hangs must not extend the hook for two days")
	assert.Contains(t, out, "ended\n")
}

func TestInstallationsWaitForTheDpkgLock(t *testing.T) {
	const refused = `
STEP_BOUND=1000
sleep() { :; }
foreign() {
  echo "$*" >>"$RUN/calls"
  (($(wc -l <"$RUN/calls") > 2)) || { echo "$MESSAGE"; return 100; }
}
`
	out, err := shellRun(t, longestNode(), refused+`
MESSAGE='E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (unattended-upgr)'
install_deb /cache/tool.deb tool
apt_install jq
cat "$RUN/calls"`)
	require.NoError(t, err, "unattended upgrades on a first boot must not fail it: %s", out)
	assert.Regexp(t, `-o DPkg::Lock::Timeout=(800|79\d) -y --no-install-recommends install /cache/tool.deb\n`, out,
		"APT must wait until the retry limit of the step")
	assert.Regexp(t, `-o DPkg::Lock::Timeout=(800|79\d) update\n`, out)
	assert.Contains(t, out, "tool: retrying in")

	for name, message := range map[string]string{
		"full disk":          "E: You don't have enough free space: No space left on device",
		"missing dependency": "The following packages have unmet dependencies:",
		"failing scripts":    "E: Sub-process /usr/bin/dpkg returned an error code (1)",
	} {
		t.Run(name, func(t *testing.T) {
			n := longestNode()
			n.LogGroup = message // a setting, so that it is quoted
			out, err := shellRun(t, n, refused+`
MESSAGE=$LOG_GROUP
install_deb /cache/tool.deb tool`)
			require.Error(t, err, "%s", out)
			assert.Contains(t, out, "tool could not be installed: "+message)
			assert.NotContains(t, out, "retrying in", "a final error must end the step at once")
		})
	}

	out, err = shellRun(t, longestNode(), refused+`
MESSAGE="E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem."
install_deb /cache/tool.deb tool
cat "$RUN/calls"`)
	require.NoError(t, err, "%s", out)
	assert.Contains(t, out, "\ndpkg --configure -a\n", "an interrupted installation must be completed")
}

// AWS repeats the signed request in an error, including the session token.
func TestRefusedCallsReportTheReasonWithoutSecrets(t *testing.T) {
	const token = "session-token-0123456789"
	for name, c := range map[string]struct{ body, want string }{
		"S3": {
			body: `<?xml version="1.0" encoding="UTF-8"?>` + "\n<Error><Code>InvalidToken</Code>" +
				"<Message>The provided token is malformed or otherwise invalid.</Message>" +
				"<Token-0>" + token + "</Token-0></Error>",
			want: "InvalidToken The provided token is malformed or otherwise invalid.\n",
		},
		"query": {
			body: "<ErrorResponse>\n  <Error>\n    <Type>Sender</Type>\n    <Code>SignatureDoesNotMatch</Code>\n" +
				"    <Message>The signature does not match.\n\nThe Canonical String for this request should have been\n" +
				"'POST\nx-amz-security-token:" + token + "\n'</Message>\n  </Error>\n</ErrorResponse>",
			want: "SignatureDoesNotMatch The signature does not match.\n",
		},
		"JSON": {
			body: `{"__type":"InvalidSignatureException","message":"The signature does not match.\n\n` +
				`The Canonical String was 'POST\nx-amz-security-token:` + token + `'"}`,
			want: "InvalidSignatureException The signature does not match.\n",
		},
		"a gateway": {body: "<html>" + token + "</html>", want: "returned error: 403\n"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewTLSServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
				assert.Equal(t, token, in.Header.Get("X-Amz-Security-Token"))
				out.WriteHeader(http.StatusForbidden)
				_, _ = io.WriteString(out, c.body)
			}))
			defer server.Close()
			authority := filepath.Join(t.TempDir(), "ca.pem")
			require.NoError(t, os.WriteFile(authority,
				pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
			n := longestNode()
			n.MessagingURL = server.URL
			out, err := shellRun(t, n, `
export CURL_CA_BUNDLE=`+authority+`
imds() { printf '{\n"AccessKeyId" : "AKIAEXAMPLE",\n"SecretAccessKey" : "key",\n"Token" : "`+token+`"\n}\n'; }
signed_to "$CACHE/file" "$RUN/errors" s3 "$MESSAGING_URL/bucket/key" && exit 7
cat "$RUN/errors"
echo; last_words "$RUN/errors"
[[ ! -e $CACHE/file ]]`)
			require.NoError(t, err, "an error must be reported, and its body must not be kept as the file: %s", out)
			assert.Contains(t, out, "returned error: 403\n")
			assert.True(t, strings.HasSuffix(out, c.want), "the last line is the reason of a failed boot: %s", out)
			assert.NotContains(t, out, token, "the reason is shown to people")
		})
	}
}

func TestReconfigureUsesTheProxyForDownloadsButNotForBackEnds(t *testing.T) {
	const script = `
foreign() { "$@"; }
lock_is_held() { :; }
mkdir "$RUN/bin"
printf '#!/bin/sh\nenv\n' >"$RUN/bin/morpheus-ctl"
chmod +x "$RUN/bin/morpheus-ctl"
PATH=$RUN/bin:$PATH
unset http_proxy https_proxy no_proxy
reconfigure | grep -i _proxy || echo none`
	out, err := shellRun(t, longestNode(), script)
	require.NoError(t, err, out)
	assert.Contains(t, out, "http_proxy=http://proxy.example.com:3128\n")
	assert.Contains(t, out, "https_proxy=http://proxy.example.com:3128\n", "the vendor's files are downloaded by https")
	n := longestNode()
	for _, host := range []string{n.Database.Host, n.Messaging.Host, n.Search.Host, "127.0.0.1", "169.254.169.254"} {
		assert.Regexp(t, `(?m)^no_proxy=(.*,)?`+regexp.QuoteMeta(host)+`(,|$)`, out,
			"%s cannot be reached through a proxy", host)
	}
	n.Proxy = ""
	out, err = shellRun(t, n, script)
	require.NoError(t, err, out)
	assert.Equal(t, "none\n", out)
}

func TestDownloadsOfMissingObjectsAreNotRetried(t *testing.T) {
	for name, c := range map[string]struct {
		message string
		status  string
	}{
		"bucket, signed call": {message: "NoSuchBucket The specified bucket does not exist", status: "9"},
		"object, signed call": {message: "NoSuchKey The specified key does not exist.", status: "9"},
		"object, AWS CLI": {
			message: "fatal error: An error occurred (404) when calling the HeadObject operation: " +
				`Key "x" does not exist`,
			status: "9",
		},
		"package":              {message: "curl: (22) The requested URL returned error: 404", status: "9"},
		"temporary permission": {message: "AccessDenied Access Denied", status: "1"},
		"busy server":          {message: "curl: (22) The requested URL returned error: 503", status: "1"},
		"no network":           {message: "curl: (6) Could not resolve host: mirror-404.example.com", status: "1"},
	} {
		t.Run(name, func(t *testing.T) {
			n := longestNode()
			n.LogGroup = c.message // a setting, so that it is quoted
			out, err := shellRun(t, n, `
download_once() { echo "$LOG_GROUP" >"$RUN/download.err"; return 1; }
status=0
download s3://bucket/key "$CACHE/file" || status=$?
echo "status $status"`)
			require.NoError(t, err, out)
			assert.Equal(t, "status "+c.status+"\n", out,
				"9 ends the retries: a boot that cannot succeed must not delay the group")
		})
	}
}

// Serving nodes use the former password until they are reconfigured.
func TestTheFormerPasswordOfTheDatabaseUserStaysValid(t *testing.T) {
	needs(t, "jq")
	statements := func(refused string) string {
		out, err := shellRun(t, longestNode(), `
echo '{"username": "morpheus", "password": "new"}' >"$RUN/secret/database.json"
initial_statements `+refused)
		require.NoError(t, err, out)
		return out
	}
	const alter = "ALTER USER IF EXISTS 'morpheus'@'%' IDENTIFIED BY 'new' /*!80014 RETAIN CURRENT PASSWORD */;\n"
	const create = "CREATE USER IF NOT EXISTS 'morpheus'@'%' IDENTIFIED BY 'new' REQUIRE SSL;\n"
	refused := statements("true")
	assert.Contains(t, refused, alter+create, "a new user must not have a second password, so CREATE comes after ALTER")
	assert.Equal(t, 2, strings.Count(refused, "IDENTIFIED BY"), "a password set without RETAIN disconnects serving nodes")
	accepted := statements("false")
	assert.NotContains(t, accepted, "RETAIN", "setting the current password again would discard the former one")
	assert.Equal(t, 1, strings.Count(accepted, "IDENTIFIED BY"), accepted)
	assert.Contains(t, accepted, create)

	for message, want := range map[string]string{
		"ERROR 1045 (28000): Access denied for user 'morpheus'@'10.0.0.1' (using password: YES)": "true",
		"ERROR 1044 (42000): Access denied for user 'morpheus'@'%' to database 'morpheus'":       "false",
		"": "false",
	} {
		n := longestNode()
		n.LogGroup = "x" + message
		out, err := shellRun(t, n, `echo "${LOG_GROUP#x}" >"$RUN/mysql.err"; refused`)
		require.NoError(t, err, out)
		assert.Equal(t, want+"\n", out, message)
	}
}

func TestHeartbeatsDoNotNeedTheAWSCLI(t *testing.T) {
	out, err := shellRun(t, longestNode(), `
command() { [[ $2 != aws ]] && builtin command "$@"; }
signed_call() { echo "signed $*"; }
HEARTBEAT_SECONDS=0.5 BOOT_SECONDS=1
heartbeats $$`)
	require.NoError(t, err, out)
	assert.Contains(t, out, "Action=RecordLifecycleActionHeartbeat",
		"installing the CLI may take longer than the hook waits")
}

// An image that was made from a node contains that node's files.
func TestEachInstanceCompletesTheLaunchHookOnce(t *testing.T) {
	for name, c := range map[string]struct {
		state    string
		complete bool
	}{
		"first boot":                   {state: "", complete: true},
		"reboot":                       {state: "echo i-0123 >$STATE/continued", complete: false},
		"image made from a node":       {state: "echo i-0456 >$STATE/continued", complete: true},
		"image with an empty old file": {state: ": >$STATE/continued", complete: true},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := shellRun(t, longestNode(), `
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
			if c.complete {
				assert.Equal(t, want+"i-0123\n", out, "the group would replace a serving node and keep a failed one")
			} else {
				assert.NotContains(t, out, "answer", "after a reboot no hook waits")
			}
		})
	}
}

func TestAFailedFetchKeepsTheFormerSecret(t *testing.T) {
	const file = `"$RUN/secret/database.json"`
	out, err := shellRun(t, longestNode(), `
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
		"without the value, it cannot be removed from logs and reports")
}

func TestANodeServesOnlyAfterThreeAnswersInARow(t *testing.T) {
	out, err := shellRun(t, longestNode(), `
STEP_BOUND=1000
foreign() { :; }
sleep() { :; }
log() { :; }
# The first answers come from the process that is stopping.
pings() { echo x >>"$RUN/pings"; [[ $(wc -l <"$RUN/pings") != 4 ]]; }
step_ready
wc -l <"$RUN/pings"`)
	require.NoError(t, err, out)
	// One before the first retry, two good ones, one that fails, three good ones in a row.
	assert.Equal(t, "7", strings.TrimSpace(out), "the next node would restart its own appliance while this one is down")
}

func TestOnlyAValidAnswerIsTheSetupState(t *testing.T) {
	needs(t, "jq")
	const hasAdministrator = "log: the appliance already has an administrator"
	for name, c := range map[string]struct{ body, status, want string }{
		"new":                     {body: `{"success": true, "setupNeeded": true}`, status: "0", want: "creates"},
		"set up":                  {body: `{"success": true, "setupNeeded": false}`, status: "0", want: hasAdministrator},
		"set up, older release":   {body: `{"success": false, "setupNeeded": false}`, status: "22", want: hasAdministrator},
		"server behind a gateway": {body: "<html>502</html>", status: "22", want: "die"},
		"no answer":               {body: "", status: "28", want: "die"},
		"other document":          {body: `{"success": true}`, status: "0", want: "die"},
		"not a boolean":           {body: `{"setupNeeded": "maybe"}`, status: "0", want: "die"},
	} {
		t.Run(name, func(t *testing.T) {
			n := longestNode()
			n.LogGroup, n.GroupName = "x"+c.body, "x"+c.status // settings, so that they are quoted
			out, err := shellRun(t, n, `
STEP_BOUND=1
mkdir -p "$SHARED/.morpheus-node"
echo '{}' >"$RUN/secret/setup.json"
curl() {
  # curl prints the body of an error only with these options.
  [[ $GROUP_NAME != x22 || $* == *--no-fail\ --fail-with-body* ]] && printf %s "${LOG_GROUP#x}"
  return "${GROUP_NAME#x}"
}
make_administrator() { echo creates; }
log() { [[ $* == "setup state: "* ]] || echo "log: $*"; }
die() { echo die; exit 0; }
step_setup`)
			require.NoError(t, err, out)
			assert.Equal(t, c.want, strings.TrimSpace(out),
				"a node that serves an open setup page can be taken over by its first client")
		})
	}
}
