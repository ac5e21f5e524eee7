package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

const metadataService = "http://169.254.169.254"

var plainURL = regexp.MustCompile(`http://[A-Za-z0-9_.$\[{-][^\s"'<>)}]*`)

// plainURLs are the URLs in a text that are not encrypted.
func plainURLs(text string) []string { return plainURL.FindAllString(text, -1) }

// everyFile tests the files of every launch template. Most are the same in every deployment, and are looked at once.
func everyFile(t *testing.T, check func(p *property, d deployment, f boot.File)) {
	t.Helper()
	seen := map[boot.File]bool{}
	everywhere(t, func(p *property, d deployment) {
		for _, template := range d.OfType(awstoken.EC2LaunchTemplate) {
			files, ok := userDataFiles(template.Get("userData").(string))
			p.is(ok, "%s: cloud-init cannot read the user data", template.Name)
			for _, object := range d.OfType(awstoken.S3Object) {
				files = append(files, bundleFiles(object.Get("content").(string))...)
			}
			for _, f := range files {
				if !seen[f] {
					seen[f] = true
					check(p, d, f)
				}
			}
		}
	})
}

// commands are the commands of a script, each on one line.
func commands(f boot.File) []string {
	return strings.Split(strings.ReplaceAll(f.Content, "\\\n", " "), "\n")
}

var (
	runsCurl = regexp.MustCompile(`(^|[\s|(;&])(curl|wget) `)
	// trusting are options with which a program takes any certificate.
	trusting = regexp.MustCompile(`--insecure|\s-k\s|--no-check-certificate|ssl-mode *= *(PREFERRED|DISABLED)|` +
		`--no-verify-ssl|sslverify|ssl_verify_none|StrictHostKeyChecking`)
	// encrypted are the targets of a request that are encrypted, or do not leave the node.
	encryptedTarget = regexp.MustCompile(`https://|--proto =https |\$IMDS/|\$MESSAGING_URL/`)
	// signedTarget is a request to AWS whose URL is given by the caller, which is looked at itself.
	signedTarget = regexp.MustCompile(`--aws-sigv4 .*"\$@"`)
	callsSigned  = regexp.MustCompile(`(^|\s)signed(_to|_call)? `)
	setting      = regexp.MustCompile(`^([A-Z_]*URL)='?([^']*)'?$`)
)

func TestNoRequestOfANodeIsPlain(t *testing.T) {
	everyFile(t, func(p *property, d deployment, f boot.File) {
		allowed := []string{metadataService, d.proxy(t)}
		for _, url := range plainURLs(f.Content) {
			p.is(slices.Contains(allowed, url), "%s has %s, which is not encrypted: only the metadata service and the proxy "+
				"may be", f.Path, url)
		}
		for _, line := range commands(f) {
			if match := setting.FindStringSubmatch(line); match != nil {
				p.is(match[2] == "" || strings.HasPrefix(match[2], "https://") || strings.HasPrefix(match[2], "s3://"),
					"%s: %s is %s, want https or s3", f.Path, match[1], match[2])
			}
			if trusting.MatchString(line) {
				p.is(strings.Contains(line, `"https://127.0.0.1`), "%s takes any certificate, and the connection leaves the node: "+
					"%s", f.Path, line)
			}
			switch {
			case len(plainURLs(line)) > 0: // above
			case strings.HasPrefix(f.Path, boot.Folder+"/") && strings.HasSuffix(f.Path, ".sh") && runsCurl.MatchString(line):
				p.is(encryptedTarget.MatchString(line) || signedTarget.MatchString(line), "%s: a request must be https (or to the "+
					"metadata service), it is %s", f.Path, line)
			case callsSigned.MatchString(line):
				p.is(strings.Contains(line, "https://") || strings.Contains(line, `"$@"`), "%s: a signed request must be "+
					"https, it is %s", f.Path, line)
			}
		}
	})
}

var plainMount = regexp.MustCompile(`mount -t nfs|:/ \S+ nfs`)

// mounts are commands that mount a file system, and lines of fstab.
var mounts = regexp.MustCompile(`\bmount -t |\befs [a-z_,]*\b|\bnfs4? [a-z_,]*\b`)

func TestEveryMountHasTLSAndIAM(t *testing.T) {
	found := 0
	everyFile(t, func(p *property, _ deployment, f boot.File) {
		if !strings.HasSuffix(f.Path, ".sh") {
			return
		}
		for _, line := range commands(f) {
			if !mounts.MatchString(line) || !strings.Contains(line, "FILE_SYSTEM_ID") {
				continue
			}
			found++
			options := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == ',' || r == '"' })
			for _, option := range []string{"tls", "iam"} {
				p.is(slices.Contains(options, option), "%s: a mount without the option %s is refused by the policy of the file "+
					"system, or is not encrypted: %s", f.Path, option, line)
			}
		}
		p.is(!plainMount.MatchString(f.Content), "%s mounts by nfs: only the mount helper of EFS encrypts", f.Path)
	})
	require.Positive(t, found, "the test finds the mounts no longer")
}

// functions of a script by name.
func functions(text string) map[string]string {
	out := map[string]string{}
	for _, match := range regexp.MustCompile(`(?ms)^(\w+)\(\) \{\n(.*?)^\}$`).FindAllStringSubmatch(text, -1) {
		out[match[1]] = match[0]
	}
	return out
}

// stores are commands that write what comes over the network into a file that stays.
var stores = regexp.MustCompile(`curl .*(--output|-o) |aws s3 cp .*"\$1" "\$2"|signed_to "\$2"|` +
	`wget |aws s3 sync|s3api get-object`)

// Every download goes through one function, which compares the SHA-256; that function is run below.
func TestEveryDownloadIsChecked(t *testing.T) {
	chain := map[string]string{"download_once": "download", "download": "fetch"} // a function and its only caller
	all := map[string]bool{}
	everyFile(t, func(p *property, _ deployment, f boot.File) {
		if !strings.HasSuffix(f.Path, ".sh") {
			return
		}
		for name, body := range functions(f.Content) {
			all[name] = true
			for _, line := range commands(boot.File{Content: body}) {
				if stores.MatchString(line) {
					p.is(name == "download_once", "%s() stores a download that nothing checks: use fetch: %s", name, line)
				}
				for called, caller := range chain {
					if regexp.MustCompile(`\b` + called + ` "`).MatchString(line) {
						p.is(name == caller, "%s() calls %s, which checks nothing: use fetch", name, called)
					}
				}
				if strings.HasPrefix(line, "fetch ") {
					p.is(strings.Contains(line, `"$sha256"`) || strings.Contains(line, `"$FILES_SHA256"`),
						"%s() fetches without the SHA-256 of the configuration: %s", name, line)
				}
			}
		}
	})
	require.True(t, all["fetch"] && all["download_once"], "the functions have other names: the test must follow")
}

func TestAFileWithAnotherSHA256IsRefused(t *testing.T) {
	var fetch string
	for _, f := range nodeFiles(t, deployed(t, "prod")) {
		if made := functions(f.Content); made["fetch"] != "" {
			fetch = made["fetch"] + "\n" + regexp.MustCompile(`(?m)^checksum\(\).*$`).FindString(f.Content)
		}
	}
	require.NotEmpty(t, fetch)
	const content, sum = "good", "770e607624d689265ca6c44884d0807d9b054d23c473c106c72be9de08b7376c"
	for name, c := range map[string]struct {
		sent string
		kept bool
	}{"the file": {content, true}, "another file": {"evil", false}, "an empty file": {"", false}} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "package")
			script := `set -eu
RUN=` + t.TempDir() + `
most() { echo 1; }
last_words() { :; }
log() { :; }
die() { echo "$*" >&2; exit 3; }
retry() { shift 2; "$@"; }
download() { printf '%s' "$SENT" >"$2"; }
` + fetch + `
fetch https://example.com/package "` + file + `" ` + sum + ` package
`
			cmd := exec.CommandContext(t.Context(), "bash", "-c", script)
			cmd.Env = append(os.Environ(), "SENT="+c.sent)
			out, err := cmd.CombinedOutput()
			_, missing := os.Stat(file)
			if (err == nil) != c.kept || (missing == nil) != c.kept {
				t.Errorf("fetch of %s: installed %t, kept %t, want %t: fetch must compare the SHA-256 and remove what differs\n%s",
					name, err == nil, missing == nil, c.kept, out)
			}
		})
	}
}
