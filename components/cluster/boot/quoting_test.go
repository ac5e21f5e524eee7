package boot

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// specialTexts are secrets with special characters of Ruby, JSON, SQL, shells and option files.
var specialTexts = []string{
	"plain", "", "'", `\`, `\'`, `'\`, `\\`, `a\`, `#{exit}`, `"#{1}"`, "%q(x)", "=begin", "__END__",
	"a\nb", "a\r\nb", "\r\n", "\x00", "\x7f\x1b",
	"'; system('id'); '", "Ünïcode ☃ 𝕏", " lead and trail ", "\\n", "`id`", "$(id)", "\u2028", "\\u0041",
}

// needs skips the test when the program is not installed.
func needs(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed; `make test-boot` runs this test with it", program)
	}
}

// asRuby renders morpheus.rb with each secret and returns the values that Ruby reads from it.
func asRuby(t testing.TB, secrets []string) []string {
	t.Helper()
	dir := t.TempDir()
	template, err := parts.ReadFile("parts/morpheus.rb.jq")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.jq"), template, 0o600))
	var all strings.Builder
	for i, secret := range secrets {
		value, err := json.Marshal(map[string]string{"username": "u", "password": secret, "suffix": "s"})
		require.NoError(t, err)
		file := filepath.Join(dir, "secret.json")
		require.NoError(t, os.WriteFile(file, value, 0o600))
		if i > 0 {
			all.WriteString("emit\n")
		}
		cmd := exec.Command("jq", "-n", "-r", "-f", filepath.Join(dir, "x.jq"),
			"--slurpfile", "database", file, "--slurpfile", "messaging", file, "--slurpfile", "search", file,
			"--slurpfile", "appliance", file, "--arg", "appliance_url", "https://x",
			"--arg", "database_host", "d", "--argjson", "database_port", "3306", "--argjson", "database_max", "150",
			"--arg", "messaging_host", "m", "--arg", "messaging_port", "5671",
			"--arg", "search_host", "s", "--argjson", "search_port", "443", "--arg", "search_cluster", "c",
			"--arg", "backups", "/b", "--arg", "search_section", "elasticsearch", "--arg", "search_replicas", "")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		all.Write(out)
	}
	program := `require 'json'
$out = []
class S
  %w[app mysql rabbitmq elasticsearch bitcan user guacd].each { |n| define_method(n) { (@h ||= {})[n] ||= {} } }
  def appliance_url(u); end
  def node; @n ||= Struct.new(:default).new(Hash.new { |h, k| h[k] = Hash.new { |g, j| g[j] = {} } }); end
  def emit
    $out << [mysql['morpheus_password'], rabbitmq['queue_user_password'], elasticsearch['auth_password']]
  end
end
s = S.new
s.instance_eval(STDIN.read)
s.emit
puts JSON.generate($out)`
	cmd := exec.Command("ruby", "-EUTF-8:UTF-8", "-e", program)
	cmd.Stdin = strings.NewReader(all.String())
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	require.NoError(t, cmd.Run(), "%s\n%s", &problem, all.String())
	var read [][]string
	require.NoError(t, json.Unmarshal(out.Bytes(), &read), "%s", &out)
	var passwords []string
	for _, values := range read {
		assert.Equal(t, values[0], values[1], "the broker's password")
		assert.Equal(t, values[0], values[2], "the search domain's password")
		passwords = append(passwords, values[0])
	}
	return passwords
}

func TestRubyReadsEverySecretUnchanged(t *testing.T) {
	needs(t, "ruby")
	needs(t, "jq")
	assert.Equal(t, specialTexts, asRuby(t, specialTexts),
		"a changed password would be rejected, and code in it would be executed")
}

func FuzzRubyReadsTheSecretUnchanged(f *testing.F) {
	needs(f, "ruby")
	needs(f, "jq")
	for _, s := range specialTexts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, secret string) {
		if !utf8.ValidString(secret) {
			t.Skip("Secrets Manager stores valid UTF-8 only")
		}
		assert.Equal(t, []string{secret}, asRuby(t, []string{secret}))
	})
}

func TestEveryEncodingOfASecretIsRedacted(t *testing.T) {
	needs(t, "jq")
	dir := t.TempDir()
	program, err := parts.ReadFile("parts/redact.jq")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "redact.jq"), program, 0o600))
	password, inner, markup := `Pw'd"$\#{x} é/+longer`, "inner0123456789", `mark<up>&"0123456789`
	// Java and Groovy write non-ASCII characters as UTF-16 units, Go and Gson some others too.
	accents, single := `Ünï☃𝕏"0123<x>&='y`, `it's<0123456789`
	secret, err := json.Marshal(map[string]any{
		"username": "morpheus", "password": password, "secrets": `{"part": {"key": "` + inner + `"}}`,
		"port": 3306, "short": "abc", "markup": markup, "accents": accents, "single": single,
	})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "secrets.json"), secret, 0o600))
	quoted, err := json.Marshal(password)
	require.NoError(t, err)
	encodings := []string{
		password, strings.Trim(string(quoted), `"`), strings.ReplaceAll(url.QueryEscape(password), "+", "%20"),
		base64.StdEncoding.EncodeToString([]byte(password)),
		strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(password), strings.ReplaceAll(password, `\`, `\\`), inner,
		url.QueryEscape(password), "mark&lt;up&gt;&amp;&quot;0123456789", "mark&lt;up&gt;&amp;&#34;0123456789",
		accents, `\u00dcn\u00ef\u2603\ud835\udd4f\"0123<x>&='y`, `\u00DCn\u00EF\u2603\uD835\uDD4F\"0123<x>&='y`,
		`\u00dcn\u00ef\u2603\ud835\udd4f\"0123\u003cx\u003e\u0026='y`,
		`\u00dcn\u00ef\u2603\ud835\udd4f\"0123\u003cx\u003e\u0026\u003d\u0027y`, url.QueryEscape(accents),
		"it&#39;s&lt;0123456789", "it&#x27;s&lt;0123456789", "it&#039;s&lt;0123456789",
		"it&apos;s&lt;0123456789", "it's&lt;0123456789",
	}
	text := "user morpheus, abc stays\n"
	for _, encoded := range encodings {
		text += "before " + encoded + " after\n"
	}
	cmd := exec.Command("jq", "-R", "-s", "-r", "-j", "-f", filepath.Join(dir, "redact.jq"),
		"--rawfile", "secrets", filepath.Join(dir, "secrets.json"))
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, encoded := range encodings {
		assert.NotContains(t, string(out), encoded)
	}
	assert.Contains(t, string(out), "user morpheus, abc stays\n", "the rest must remain readable")
	assert.Equal(t, len(encodings), strings.Count(string(out), "before [redacted] after\n"), "%s", out)
}
