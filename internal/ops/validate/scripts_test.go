package validate

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/nodes"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

const (
	// aPassword has characters that need escaping in JSON, in an option file and in Ruby.
	aPassword = `a"password\of'the-test`
	aSuffix   = "suffix-of-the-test"
	aCookie   = "cookie-of-the-test"
	aToken    = "0123456789abcdef"
)

// programs stand in for those of a node. The broker and the search domain keep what they get in files, a line each.
var programs = map[string]string{
	"aws": `case "$*" in *arn:denied*) echo 'An error occurred (AccessDeniedException)' >&2; exit 254;; esac
all=$* && name=${all##*arn:} && cat "$WORLD/now-${name%% *}"`,
	"findmnt":     `[[ $1 == --fstab ]] && cat "$WORLD/fstab" || cat "$WORLD/mounts"`,
	"getent":      `awk -F : -v id="$2" '$3 == id' "$WORLD/users"`,
	"dpkg-query":  `printf '8.0.7-1'`,
	"timedatectl": `echo "${SYNCHRONISED:-yes}"`,
	"chronyc":     `printf 'Reference ID : A9FEA97B\nSystem time     : %s seconds slow of NTP time\n' "${OFFSET:-0.000012}"`,
	"morpheus-ctl": `[[ -z ${SHOWS_NOTHING:-} ]] || exit 0
printf '{"morpheus": {"mysql": {"max_active": 150, "host": {"db": 3306}, "morpheus_password": "x"}, "elasticsearch": {}}}'`,
	"mysql":   `[[ $1 == --version ]] || { cat >/dev/null; echo "${SQL:-1}"; }`,
	"openssl": `[[ $1 == rand ]] && echo 00112233445566778899aabbccddeeff || true`,
	"curl": `method= data= url=
while (($#)); do
  case $1 in
    -X) method=$2; shift ;;
    --data) data=$2; [[ $data != @- ]] || data=$(cat); method=${method:-POST}; shift ;;
    https://*) url=${1#https://} ;;
  esac
  shift
done
refuse() { echo "curl: (22) The requested URL returned error: $1" >&2; exit 22; }
[[ -z ${DOWN:-} || $url != $DOWN* ]] || refuse 503
[[ -z ${HANGS:-} || $url != $HANGS* ]] || sleep 60
name=${url##*/}
case "${method:-GET} $url" in
  'GET mq/api/vhosts/morpheus') echo '{}' ;;
  'GET es:443/_cluster/health') echo '{"status": "green"}' ;;
  'PUT mq/api/queues/'*) : >"$WORLD/back/$name" ;;
  'POST mq/api/exchanges/'*)
    to=$(jq -r .routing_key <<<"$data")
    [[ -e $WORLD/back/$to ]] && jq -r .payload <<<"$data" >>"$WORLD/back/$to" && routed=true
    echo "{\"routed\": ${routed:-false}}" ;;
  'POST mq/api/queues/'*/get)
    file=$WORLD/back/$(basename "${url%/get}")
    [[ -e $file ]] || refuse 404
    head -n 1 "$file" | jq -R . | jq -s '[.[] | {payload: .}]' && sed -i 1d "$file" ;;
  'DELETE '*) [[ -e $WORLD/back/$name || -e $WORLD/back/$name.index ]] || refuse 404
    case $url in mq/*) rm "$WORLD/back/$name" ;; *) rm "$WORLD/back/$name.index" ;; esac ;;
  'PUT es:443/'*/_doc/*) printf %s "$data" >"$WORLD/back/$(cut -d / -f 2 <<<"$url").index" ;;
  'POST es:443/'*/_search)
    file=$WORLD/back/$(cut -d / -f 2 <<<"$url").index
    [[ -e $file ]] || refuse 404
    token=$(jq -r .query.term.token <<<"$data")
    jq --arg token "$token" '{hits: {hits: [select(.token == $token) | {_source: .}]}}' "$file" ;;
  'GET es:443/_cat/'*) cat "$WORLD/indices" 2>/dev/null || echo '[]' ;;
  'PUT es:443/'*) : >"$WORLD/back/$name.index" ;;
  *) echo "unexpected: $method $url" >&2; exit 2 ;;
esac`,
}

// booted returns a node that is healthy.
func booted(t *testing.T) *opstest.Node {
	t.Helper()
	n := opstest.NewNode(t, programs, map[string]string{"node.conf": opstest.Settings})
	require.NoError(t, os.MkdirAll(n.Path("back"), 0o700))
	require.NoError(t, os.MkdirAll(n.Path("efs"), 0o700))
	user := `{"username": "morpheus", "password": "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(aPassword) + `"}`
	for _, name := range []string{"database", "messaging", "search"} {
		n.Write(t, "run/secret/"+name+".json", user)
		n.Write(t, "now-"+name, user)
	}
	appliance := `{"suffix": "` + aSuffix + `", "secrets": "{\"rabbitmq\": {\"cookie\": \"` + aCookie + `\"}}"}`
	n.Write(t, "run/secret/appliance.json", appliance)
	n.Write(t, "now-appliance", appliance)
	n.Write(t, "etc/morpheus-secrets.json", `{"rabbitmq": {"cookie": "`+aCookie+`"}}`)
	n.Write(t, "run/facts/instance-id", "i-1\n")
	n.Write(t, "mounts", healthyMount+"\n")
	n.Write(t, "fstab", "fs-1:/ efs _netdev,nofail,tls,iam,noresvport\n")
	n.Write(t, "efs/fs-1.var.opt.morpheus.morpheus-ui.20049", `{"pid": 1, "cmd": ["/usr/bin/efs-proxy", "/run/efs/x", "--tls"]}`)
	n.Write(t, "users", "morpheus-app:x:899:899::/:\nmorpheus-local:x:898:898::/:\nguacd:x:894:894::/:\n")
	n.Write(t, "state/package-morpheus-appliance", strings.Repeat("a", 64)+"\n")
	n.Reconfigured(t)
	return n
}

// runOn runs a script as Run Command does, and checks that it leaves nothing behind and shows no secret.
func runOn(t *testing.T, n *opstest.Node, s nodes.Script, environment ...string) (facts, error) {
	t.Helper()
	out, err := n.Run(t, "set -- '"+strings.Join(s.Arguments, "' '")+"'\n"+s.Text, environment...)
	for _, secret := range []string{aPassword, strings.ReplaceAll(aPassword, `\`, `\\`), aSuffix, aCookie} {
		assert.NotContains(t, out, secret, "Systems Manager keeps the output")
		assert.NotContains(t, n.Calls(t), secret, "all users can read the process list")
	}
	left, globErr := filepath.Glob(n.Path("run/validate-*"))
	require.NoError(t, globErr)
	assert.Empty(t, left, "secrets must not stay")
	return parseFacts(out), err
}

func look() nodes.Script { return script(lookName, lookScript, "fs-1") }

// contents are the files of a node, without those of the programs that stand in.
func contents(t *testing.T, n *opstest.Node) map[string]string {
	t.Helper()
	out := map[string]string{}
	require.NoError(t, filepath.WalkDir(n.Path(""), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || filepath.Base(path) == "calls" {
			return err
		}
		text, err := os.ReadFile(path) //nolint:gosec // of the test
		out[path] = string(text)
		return err
	}))
	return out
}

func TestALookFindsAHealthyNodeHealthyAndChangesNothing(t *testing.T) {
	n := booted(t)
	before := contents(t, n)
	got, err := runOn(t, n, look())
	require.NoError(t, err)
	assert.Equal(t, before, contents(t, n), "ops validate changes nothing")
	s := &Subject{Config: opstest.Config(t, opstest.Filled("123456789012")), Outputs: stack.Outputs{
		"applianceUrl": "https://m.example.com", "databaseEndpoint": "db", "messagingEndpoint": "mq", "searchEndpoint": "es",
	}}
	for name, problems := range map[string][]string{
		"mounts": s.mountProblems(got), "users": userProblems(got), "packages": s.packageProblems(got),
		"settings": s.settingProblems(got), "secrets": secretProblems(got), "clock": clockProblems(got),
		"back ends": backEndProblems(got),
	} {
		assert.Empty(t, problems, name)
	}
	for name := range healthyFacts()[lookName] {
		assert.NotEmpty(t, got[name], "the tests of the checks know a fact %s that no node tells", name)
	}
}

func TestALookTellsWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name        string
		change      func(n *opstest.Node)
		environment []string
		fact        string
		want        string
	}{
		{"not mounted", func(n *opstest.Node) { n.Write(t, "mounts", "") }, nil, "proxy", "none"},
		{"proxy without TLS", func(n *opstest.Node) {
			n.Write(t, "efs/fs-1.var.opt.morpheus.morpheus-ui.20049", `{"cmd": ["/usr/bin/efs-proxy", "/run/efs/stunnel-config.x"]}`)
		}, nil, "proxy", "plain"},
		{"stunnel, as before release 2", func(n *opstest.Node) {
			n.Write(t, "efs/fs-1.var.opt.morpheus.morpheus-ui.20049", `{"cmd": ["/usr/bin/stunnel5", "/run/efs/stunnel-config.x"]}`)
		}, nil, "proxy", "tls"},
		{"another file system", func(n *opstest.Node) {
			require.NoError(t, os.Rename(n.Path("efs/fs-1.var.opt.morpheus.morpheus-ui.20049"),
				n.Path("efs/fs-2.var.opt.morpheus.morpheus-ui.20049")))
		}, nil, "proxy", "none"},
		{"mounted by hand", func(n *opstest.Node) { n.Write(t, "fstab", "fs-1:/ efs _netdev,iam\n") }, nil, "fstab",
			"fs-1:/ efs _netdev,iam"},
		{"no folder of the boot", func(n *opstest.Node) { require.NoError(t, os.RemoveAll(n.Path("shared"))) }, nil, "answers", "no"},
		{"another id", func(n *opstest.Node) { n.Write(t, "users", "morpheus-app:x:1001:899::/:\n") }, nil, "user", "899"},
		{"no package", func(n *opstest.Node) { require.NoError(t, os.Remove(n.Path("state/package-morpheus-appliance"))) }, nil,
			"package", "none"},
		{"clock", nil, []string{"SYNCHRONISED=no"}, "clock", "free"},
		{"offset", nil, []string{"OFFSET=2.5"}, "offset", "2.5"},
		{"a later line counts", func(n *opstest.Node) {
			n.Write(t, "etc/morpheus.rb", n.Read(t, "etc/morpheus.rb")+"mysql[\"host\"] = { \"other\" => 3306 } # of somebody\n")
		}, nil, "set.database", `{ "other" => 3306 }`},
		{"changed by hand", func(n *opstest.Node) { n.Write(t, "etc/morpheus.rb", "appliance_url 'x'\n") }, nil, "written", "no"},
		{"a secret in a setting", func(n *opstest.Node) {
			n.Write(t, "etc/morpheus.rb", "appliance_url 'https://"+aSuffix+"'\n")
		}, nil, "set.url", "'https://[redacted]'"},
		{"not reconfigured", func(n *opstest.Node) { n.Write(t, "state/reconfigured", "former") }, nil, "reconfigured", "no"},
		{"effective", nil, nil, "effective.database", "db"},
		{"a release that shows nothing", nil, []string{"SHOWS_NOTHING=1"}, "effective.database", ""},
		{"other generated secrets", func(n *opstest.Node) {
			n.Write(t, "etc/morpheus-secrets.json", `{"rabbitmq": {"cookie": "another-cookie"}}`)
		}, nil, "generated", "differ: rabbitmq.cookie"},
		{"broken generated secrets", func(n *opstest.Node) { n.Write(t, "etc/morpheus-secrets.json", aCookie) }, nil,
			"generated", "unknown"},
		{"database read-only", nil, []string{"SQL=read-only"}, "backend", "database fails: the database is read-only"},
		{"broker away", nil, []string{"DOWN=mq"}, "backend", "broker fails: curl: (22) The requested URL returned error: 503"},
		{"search domain away", nil, []string{"DOWN=es"}, "backend", "search fails: curl: (22) The requested URL returned error: 503"},
		{"a new password", func(n *opstest.Node) {
			n.Write(t, "now-search", `{"username": "morpheus", "password": "new-password"}`)
		},
			nil, "secret", "search former"},
		{"no permission for a secret", func(n *opstest.Node) {
			n.Write(t, "lib/node.conf", strings.ReplaceAll(opstest.Settings, "arn:messaging", "arn:denied"))
		}, nil, "secret", "messaging unreadable: An error occurred (AccessDeniedException)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := booted(t)
			if c.change != nil {
				c.change(n)
			}
			got, err := runOn(t, n, look(), c.environment...)
			require.NoError(t, err)
			if c.want == "" {
				assert.Empty(t, got[c.fact])
				return
			}
			assert.Contains(t, got[c.fact], c.want)
		})
	}
}

// shortened gives a script less time, which is enough for all that does not hang, also on a busy machine.
func shortened(t *testing.T, s nodes.Script) nodes.Script {
	t.Helper()
	before := s.Text
	s.Text = strings.Replace(s.Text, " 150 bash", " 15 bash", 1)
	require.NotEqual(t, before, s.Text)
	return s
}

func TestALookThatIsStoppedTellsWhatItKnows(t *testing.T) {
	t.Parallel()
	start := time.Now()
	got, err := runOn(t, booted(t), shortened(t, look()), "HANGS=es")
	require.ErrorContains(t, err, "exit status 124")
	assert.Equal(t, "synchronised", got.one("clock"))
	assert.Contains(t, got["backend"], "broker answers")
	assert.Empty(t, got.about("backend", "search"), "nothing is known of it")
	assert.Less(t, time.Since(start), scriptEnd, "Systems Manager would have ended it before it could remove anything")
}

func TestSecretsOfARunThatWasKilledAreRemoved(t *testing.T) {
	n := booted(t)
	require.NoError(t, os.MkdirAll(n.Path("run/validate-99999999/secret"), 0o700))
	n.Write(t, "run/validate-99999999/secret/search.json", "{}")
	_, err := runOn(t, n, look())
	require.NoError(t, err)
}

func transact(verb string, more ...string) nodes.Script {
	return script(verb, transactScript, append([]string{verb, aToken}, more...)...)
}

const aText = "00112233445566778899aabbccddeeff"

func TestWhatIsWrittenIsReadOnceForEachReaderAndRemoved(t *testing.T) {
	n := booted(t)
	before := contents(t, n)
	ok := func(text string) facts {
		return facts{"file": {strings.TrimSpace("ok " + text)}, "message": {strings.TrimSpace("ok " + text)},
			"document": {strings.TrimSpace("ok " + text)}}
	}
	got, err := runOn(t, n, transact("write", "2"))
	require.NoError(t, err)
	assert.Equal(t, ok(aText), got)
	assert.Equal(t, aText, n.Read(t, "shared/.morpheus-node/validate-"+aToken+"/i-1"), "a folder of its own, a file of the node")
	for range 2 {
		got, err = runOn(t, n, transact("read"))
		require.NoError(t, err)
		assert.Equal(t, ok(aText), got)
	}
	got, err = runOn(t, n, transact("read"))
	require.NoError(t, err)
	assert.Equal(t, "ok the queue is empty", got.one("message"), "a message is consumed, not looked at")

	for range 2 { // also if it is removed already
		got, err = runOn(t, n, transact("remove"))
		require.NoError(t, err)
		assert.Equal(t, ok(""), got)
	}
	assert.Equal(t, before, contents(t, n))
	assert.NoDirExists(t, n.Path("shared/.morpheus-node/validate-"+aToken))
}

func TestOneBackEndThatFailsDoesNotHideTheOthers(t *testing.T) {
	n := booted(t)
	got, err := runOn(t, n, transact("write", "1"), "DOWN=mq")
	require.NoError(t, err)
	assert.Equal(t, facts{
		"file": {"ok " + aText}, "message": {"failed: curl: (22) The requested URL returned error: 503"}, "document": {"ok " + aText},
	}, got)
	require.NoError(t, os.RemoveAll(n.Path("shared")))
	got, err = runOn(t, n, transact("read"), "DOWN=es")
	require.NoError(t, err)
	assert.Equal(t, "failed: the file system fs-1 does not answer, or does not have the file", got.one("file"))
	assert.Equal(t, "failed: curl: (22) The requested URL returned error: 503", got.one("document"))
	_, err = runOn(t, n, transact("remove"))
	require.NoError(t, err)
}

func TestAWriterThatIsStoppedRemovesWhatItHasWritten(t *testing.T) {
	t.Parallel()
	n := booted(t)
	before := contents(t, n)
	_, err := runOn(t, n, shortened(t, transact("write", "1")), "HANGS=es:443/morpheus-ops-validate-"+aToken+"/_doc")
	require.ErrorContains(t, err, "exit status 124")
	assert.Equal(t, before, contents(t, n), "nobody else would remove it")
	assert.NoDirExists(t, n.Path("shared/.morpheus-node/validate-"+aToken))
}

func TestWhatAKilledRunHasLeftIsRemovedAfterAnHour(t *testing.T) {
	n := booted(t)
	old, young := n.Path("shared/.morpheus-node/validate-old"), n.Path("shared/.morpheus-node/validate-young")
	for _, folder := range []string{old, young} {
		require.NoError(t, os.MkdirAll(folder, 0o700))
	}
	past := time.Now().Add(-2 * time.Hour)
	require.NoError(t, os.Chtimes(old, past, past))
	n.Write(t, "back/morpheus-ops-validate-old.index", "{}")
	n.Write(t, "back/morpheus-ops-validate-young.index", "{}")
	n.Write(t, "indices", `[{"index": "morpheus-ops-validate-old", "creation.date": "1700000000000"},
		{"index": "morpheus-ops-validate-young", "creation.date": "99999999999999"}]`)
	got, err := runOn(t, n, transact("remove"))
	require.NoError(t, err)
	assert.Equal(t, facts{"file": {"ok"}, "message": {"ok"}, "document": {"ok"}}, got)
	assert.NoDirExists(t, old)
	assert.DirExists(t, young, "another run may be under way")
	assert.NoFileExists(t, n.Path("back/morpheus-ops-validate-old.index"))
	assert.FileExists(t, n.Path("back/morpheus-ops-validate-young.index"))
}

func TestANodeThatLacksItsSecretsSaysWhy(t *testing.T) {
	n := booted(t)
	require.NoError(t, os.Remove(n.Path("run/secret/messaging.json")))
	s := transact("write", "1")
	out, err := n.Run(t, "set -- '"+strings.Join(s.Arguments, "' '")+"'\n"+s.Text)
	require.ErrorContains(t, err, "exit status 1")
	assert.Contains(t, out, "messaging.json': No such file or directory", "the last line of a failure is the reason that is shown")
}

func TestSystemsManagerTakesTheScripts(t *testing.T) {
	for _, s := range []nodes.Script{look(), transact("write", "1")} {
		assert.NotContains(t, s.Text, "{{", "Systems Manager would replace it")
		assert.Less(t, len(s.Text), 40_000, "a command may have 64 KiB")
		assert.LessOrEqual(t, len(s.Name), 100)
	}
}
