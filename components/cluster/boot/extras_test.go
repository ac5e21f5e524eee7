package boot

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// The configuration refuses extra lines with a setting of the program, so its list must be that of the template.
func TestTheConfigurationKnowsEverySettingOfTheTemplate(t *testing.T) {
	have := map[string][]string{}
	text := strings.ReplaceAll(part("morpheus.rb.jq"), `\($search_section)`, "elasticsearch")
	for _, match := range regexp.MustCompile(`"([a-z]+)\['([a-z0-9_]+)'\] = `).FindAllStringSubmatch(text, -1) {
		have[match[1]] = append(have[match[1]], match[2])
	}
	have["opensearch"] = have["elasticsearch"]
	require.Greater(t, len(have), 5)
	for section, keys := range have {
		assert.ElementsMatch(t, config.OwnSettings[section], keys, section)
	}
	assert.Len(t, config.OwnSettings, len(have))
}

func TestExtrasAreInTheBundleAndChangeItsKey(t *testing.T) {
	extras := Extras{
		Configuration: "ui['pool_size'] = 20", TrustedCertificates: "-----BEGIN CERTIFICATE-----\n",
		Packages: []string{"virtualenv"},
	}
	files := Bundled(extras)
	content := func(name string) string {
		for _, f := range files {
			if f.Path == Folder+"/"+name {
				return f.Content
			}
		}
		return ""
	}
	assert.Equal(t, "ui['pool_size'] = 20\n", content("extra.rb"))
	assert.Contains(t, content("packages.tsv"), "\n-\tvirtualenv\n")
	assert.NotEqual(t, BundleKey(Extras{}), BundleKey(extras), "a change must replace the nodes")
	assert.False(t, slices.ContainsFunc(Bundled(Extras{}), func(f File) bool { return f.Path == Folder+"/extra.rb" }))
}

func TestExtraPackagesThatDpkgDoesNotKnowAreInstalled(t *testing.T) {
	n := longestNode()
	n.Extras.Packages = []string{"virtualenv", "sshpass"}
	out, err := shellRun(t, n, `command() { true; }
dpkg() { [[ $2 == sshpass ]]; }
apt_install() { echo "installs $*"; }
STEP_BOUND=100
install_packages`)
	require.NoError(t, err, out)
	assert.Contains(t, out, "installs virtualenv\n", "the image has sshpass")
}

func TestTrustedCertificatesAreOneFileEach(t *testing.T) {
	n := longestNode()
	n.Extras.TrustedCertificates = "-----BEGIN CERTIFICATE-----\nb25l\n-----END CERTIFICATE-----\n" +
		"-----BEGIN CERTIFICATE-----\ndHdv\n-----END CERTIFICATE-----\n"
	out, err := shellRun(t, n, `eval "$(declare -f trust_certificates | sed "s#/etc/morpheus/ssl#$LIB/ssl#")"
mkdir -p "$LIB/ssl/trusted_certs"
echo old >"$LIB/ssl/trusted_certs/stack-3.crt"
echo kept >"$LIB/ssl/trusted_certs/by-hand.crt"
trust_certificates
cd "$LIB/ssl/trusted_certs"
grep . *
touch -d @0 stack-1.crt
trust_certificates
stat -c %Y stack-1.crt
rm "$LIB/trusted.pem"
trust_certificates
ls`)
	require.NoError(t, err, out)
	assert.Contains(t, out, "stack-1.crt:b25l\n")
	assert.Contains(t, out, "stack-2.crt:dHdv\n")
	assert.NotContains(t, out, "stack-3.crt", "a certificate that is no longer configured must not be trusted")
	assert.Contains(t, out, "by-hand.crt:kept\n")
	assert.True(t, strings.HasSuffix(out, "\n0\nby-hand.crt\n"), "a reboot changes nothing; without any they go: %s", out)
}

func TestAWrongExtraLineIsTheReason(t *testing.T) {
	n := longestNode()
	n.Extras.Configuration = "ui['pool_size'] = ("
	out, err := shellRun(t, n, `eval "$(declare -f check_syntax | sed "s#/opt/morpheus#$LIB/opt#")"
mkdir -p "$LIB/opt/embedded/bin"
printf '#!/bin/bash\necho "morpheus.rb:41: syntax error" >&2\nexit 1\n' >"$LIB/opt/embedded/bin/ruby"
chmod +x "$LIB/opt/embedded/bin/ruby"
CONFIGURATION=$LIB/morpheus.rb
check_syntax`)
	require.Error(t, err)
	assert.Contains(t, out, "morpheus.rb is not valid Ruby, check morpheus.extraConfig: morpheus.rb:41: syntax error")
}

func TestTheFingerprintNeedsNoCertificates(t *testing.T) {
	out, err := shellRun(t, longestNode(), `CONFIGURATION=$LIB/morpheus.rb GENERATED=$LIB/secrets.json
echo a >"$CONFIGURATION"; echo b >"$GENERATED"; echo c >"$STATE/package-morpheus-appliance"
fingerprint | write "$STATE/reconfigured" 0600
[[ $(fingerprint) == "$(cat "$STATE/reconfigured")" ]] && echo same
echo d >"$LIB/trusted.pem"
[[ $(fingerprint) == "$(cat "$STATE/reconfigured")" ]] || echo other`)
	require.NoError(t, err, "a boot would fail after its reconfigure: %s", out)
	assert.Equal(t, "same\nother\n", out, "another authority needs a reconfigure")
}
