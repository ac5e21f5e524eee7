package boot

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"mvdan.cc/sh/v3/syntax"
)

// Requests that do not leave the node: instance metadata has no TLS, and the appliance's own certificate is
// self-signed.
const (
	metadataURL = "$IMDS/"
	loopbackURL = "https://127.0.0.1"
)

// verified is what makes each client of a TLS connection refuse plain connections and wrong certificates.
var verified = []struct {
	program []string
	must    [][]string
	why     string
}{
	{
		program: []string{"curl"}, must: [][]string{{"--proto", "=https"}},
		why: "a URL or a redirect with http would send credentials in plain text: add --proto =https",
	},
	{
		program: []string{"openssl", "s_client"},
		must:    [][]string{{"-verify_return_error"}, {"-verify_hostname", "$MESSAGING_HOST"}},
		why:     "s_client accepts every certificate without it",
	},
}

// insecure are options that turn off the verification of a server or a signature.
var insecure = regexp.MustCompile(`^(--insecure|-k|--no-verify-ssl|--proxy-insecure|--skip-ssl|--ssl-mode=.*|` +
	`--no-check-certificate|--allow-unauthenticated|--force-yes|.*AllowUnauthenticated.*|.*AllowInsecure.*|` +
	`.*Verify-Peer.*|.*Verify-Host.*|trusted=yes|--no-sign-request)$`)

func TestEveryRequestOfTheScriptsIsVerified(t *testing.T) {
	looked := map[string]int{}
	for _, c := range shellCommands(t) {
		atHome := strings.Contains(strings.Join(c.words, " "), loopbackURL)
		for _, word := range c.words {
			assert.False(t, insecure.MatchString(word) && !atHome,
				"%s: %s turns off a verification, and the connection leaves the node: remove it", c, word)
			assert.False(t, strings.HasPrefix(word, "http://"), "%s: a request without TLS: use https", c)
		}
		if slices.Contains([]string{"wget", "nc", "ncat", "telnet", "ftp", "git", "pip", "snap"}, firstOf(c.program())) {
			t.Errorf("%s: a program that this test does not know to verify its server: use curl or the AWS CLI", c)
		}
		for _, v := range verified {
			if !c.is(v.program...) {
				continue
			}
			looked[strings.Join(v.program, " ")]++
			if atHome || strings.Contains(strings.Join(c.words, " "), metadataURL) {
				looked["on the node"]++
				continue
			}
			for _, must := range v.must {
				assert.True(t, c.has(must...), "%s: without %s; %s", c, strings.Join(must, " "), v.why)
			}
		}
	}
	t.Logf("looked at %v", looked)
	assert.GreaterOrEqual(t, looked["curl"], 7, "the test no longer finds the requests of the scripts")
	assert.Equal(t, 3, looked["on the node"], "two requests for metadata and one to the appliance stay on the node")
	assert.Equal(t, 1, looked["openssl s_client"])
	text, err := parts.ReadFile("parts/aws.sh")
	require.NoError(t, err)
	assert.Contains(t, string(text), "\nIMDS=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}\n",
		"requests to $IMDS/ may have no TLS only because the metadata service is on the node's host")
}

func firstOf(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// The MySQL client has its options in a file. Both clients must verify the server's name and authority.
func TestTheDatabaseClientVerifiesTheServer(t *testing.T) {
	needs(t, "jq")
	for version, want := range map[string]string{
		"mysql  Ver 8.0.42-0ubuntu0.24.04.1 for Linux on x86_64 ((Ubuntu))": "ssl-mode = VERIFY_IDENTITY\n",
		"mysql  Ver 15.1 Distrib 10.11.6-MariaDB, for debian-linux-gnu":     "ssl-verify-server-cert\n",
	} {
		for _, user := range []string{"database", "admin"} {
			n := longestNode()
			n.LogGroup = version // a setting, so that it is quoted
			out, err := shellRun(t, n, `
mysql() { echo "$LOG_GROUP"; }
echo '{"username": "morpheus", "password": "p"}' >"$RUN/secret/`+user+`.json"
client_settings `+user+`
cat "$RUN/secret/`+user+`.cnf"`)
			require.NoError(t, err, out)
			assert.Contains(t, out, want, "without it the client sends the password to every server that answers")
			assert.Contains(t, out, "ssl-ca = /usr/local/share/morpheus-node/rds-ca.pem\n",
				"the system's authorities do not contain those of RDS")
		}
	}
	calls := 0
	for _, c := range shellCommands(t) {
		if c.is("mysql") && !c.has("--version") {
			calls++
			assert.True(t, c.has(`--defaults-file="$RUN/secret/$1.cnf"`),
				"%s: only the option file makes the client verify the server", c)
		}
	}
	assert.Equal(t, 1, calls)
}

// EFS accepts a mount without TLS and without the role unless its policy refuses it. With `iam` the policy can tell
// nodes from other clients.
func TestEveryMountHasTLSAndIAM(t *testing.T) {
	looked := 0
	check := func(at, options string) {
		looked++
		have := strings.Split(options, ",")
		for _, option := range []string{"tls", "iam"} {
			assert.Contains(t, have, option, "%s: the file system is mounted without %s: add the option", at, option)
		}
	}
	// A line of fstab or of a mount unit is a text: device, folder, type, options.
	line := regexp.MustCompile(`\b(?:efs|nfs4?)\s+(\S+)\s+0\s+0`)
	for _, p := range shellParts(t) {
		p.each(func(_ string, n syntax.Node) {
			if word, ok := n.(*syntax.Word); ok {
				for _, match := range line.FindAllStringSubmatch(p.source(word), -1) {
					check(p.at(word), match[1])
				}
			}
		})
	}
	for _, c := range shellCommands(t) {
		if program := c.program(); firstOf(program) == "mount" || strings.HasPrefix(firstOf(program), "mount.") {
			option := slices.Index(program, "-o")
			if assert.True(t, option > 0 && option+1 < len(program), "%s: a mount without options: add -o tls,iam", c) {
				check(c.at(), program[option+1])
			}
			assert.True(t, c.has("-t", "efs"), "%s: only the type efs has TLS", c)
		}
	}
	assert.Equal(t, 3, looked, "the mount of the first boot, the line of fstab for the following ones, and a restored one")
}

// Only fetch may download, because it compares the SHA-256, and a function may install only what it has fetched.
func TestOnlyFetchDownloads(t *testing.T) {
	callers := map[string]string{"download": "fetch", "download_once": "download"}
	fetched := map[string]bool{} // function and file
	downloads, installations := 0, 0
	for _, c := range shellCommands(t) {
		program := c.program()
		for name, only := range callers {
			if slices.Contains(program, name) {
				downloads++
				assert.Equal(t, only, c.function,
					"%s: what %s downloads is not verified: call fetch, which compares the SHA-256", c, name)
			}
		}
		if c.is("curl") && (c.has("--output") || c.has("-o") || c.has("-O")) ||
			c.has("s3", "cp") && !strings.HasPrefix(program[len(program)-1], "s3://") {
			downloads++
			assert.Equal(t, "download_once", c.function,
				"%s: a download that nothing verifies: call fetch, which compares the SHA-256", c)
		}
		switch {
		case c.is("fetch"):
			fetched[c.function+" "+program[2]] = true
		case slices.Contains([]string{"install_deb", "install_zip", "install_pem", "install_$kind"}, firstOf(program)):
			installations++
			assert.True(t, fetched[c.function+" "+program[1]],
				"%s: installs a file whose SHA-256 was not compared: call fetch for this file before", c)
		}
	}
	assert.Equal(t, 4, downloads, "the test no longer finds the downloads: fetch, download, curl and the AWS CLI")
	assert.Equal(t, 2, installations, "the test no longer finds the installations of tools and packages")
}

// A file with another SHA-256 must not be installed, unpacked or kept, wherever it comes from.
func TestDownloadsWithAnotherChecksumAreNotUsed(t *testing.T) {
	t.Parallel()
	n := longestNode()
	type source struct{ what, file, run string }
	base := func(url string) string {
		name, _, _ := strings.Cut(filepath.Base(url), "?")
		return name
	}
	sources := []source{
		{what: "package", file: base(n.Package.URL), run: "step_package"},
		{
			what: "supplemental package", file: base(n.Supplemental.URL),
			run: `write "$STATE/package-morpheus-appliance" 0600 <<<"$PACKAGE_SHA256"; step_package`,
		},
	}
	for _, tool := range Tools {
		sources = append(sources, source{
			what: tool.Name, file: base(tool.Key),
			// Only this tool is missing from the image.
			run: `awk -F '\t' -v OFS='\t' '$1 == "` + tool.Name + `" {$2 = "/nowhere"; print}' "$LIB/tools.tsv" >"$LIB/one"
mv "$LIB/one" "$LIB/tools.tsv"; step_tools`,
		})
	}
	for _, s := range sources {
		for name, arrange := range map[string]string{
			"downloaded": `download_once() { echo other >"$2"; }`,
			// An interrupted boot or an image has left it.
			"in the cache": `download_once() { :; }; echo other >"$CACHE/` + s.file + `"`,
		} {
			t.Run(s.what+" "+name, func(t *testing.T) {
				out, err := shellRun(t, n, `
STEP_BOUND=2
free_mib() { echo 100000; }
install_packages() { :; }
for f in install_deb install_zip install_pem; do eval "$f() { echo USED; }"; done
trap '[[ ! -e $CACHE/`+s.file+` ]] || echo LEFT' EXIT
`+arrange+"\n"+s.run)
				require.Error(t, err, "a file with another SHA-256 must end the step: %s", out)
				assert.NotContains(t, out, "USED", "the file was installed before its SHA-256 was compared")
				assert.NotContains(t, out, "LEFT", "the file must not stay in the cache, where the next boot finds it")
				assert.Contains(t, out, ", expected "+n.Package.SHA256, "the reason must name both digests")
			})
		}
	}
}
