package config

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Morpheus is the package that the nodes run.
type Morpheus struct {
	Version       string `json:"version"`
	PackageURL    string `json:"packageUrl"`
	PackageSHA256 string `json:"packageSha256"`
	// The vendor's package for nodes without the internet; both are given, or none.
	SupplementalURL    string `json:"supplementalUrl"`
	SupplementalSHA256 string `json:"supplementalSha256"`
	// SetupSecretArn is a secret of the user's with the first administrator; empty for none.
	SetupSecretArn string `json:"setupSecretArn"`
	// Upgrade names an upgrade that package versions would refuse, or a rolling one; empty for none.
	Upgrade string `json:"upgrade"`
	// ExtraConfig are lines for morpheus.rb, and TrustedCertificates are PEM; both empty for none.
	ExtraConfig         string `json:"extraConfig"`
	TrustedCertificates string `json:"trustedCertificates"`
}

// maxPackageURL of each of two, in characters, keeps the user data below the limit of EC2; a test deploys them.
const maxPackageURL = 1024

var (
	// namedUpgrade as package versions compares it.
	namedUpgrade = regexp.MustCompile(`^\d+\.\d+\.\d+ -> \d+\.\d+\.\d+( rolling)?$`)
	release      = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	packageFile  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+-]*_(\d+\.\d+\.\d+)-\d+_amd64\.deb$`)
	// supplementalFile may be for all machines: nothing in it is built for one.
	supplementalFile = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+-]*_(\d+\.\d+\.\d+)-\d+_(?:amd64|all)\.deb$`)
	// secretARN has region and account as its groups. Its last six characters are AWS's: a policy without them is about
	// another secret.
	secretARN = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):(\d{12}):secret:` +
		`[A-Za-z0-9/_+=.@-]{1,512}-[A-Za-z0-9]{6}$`)
	// packageURL leaves out what ends or opens something in the configuration of curl.
	packageURL = regexp.MustCompile(`^[A-Za-z0-9._~:/?&=%+,;@!$*()#-]+$`)
	objectKey  = regexp.MustCompile(`^/[A-Za-z0-9/_.~+-]+$`)
	sha256Hex  = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// emptyFile is the SHA-256 of nothing, which tools print when a download has failed.
var emptyFile = regexp.MustCompile(`^e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855$`)

// sha256Text is a SHA-256.
var sha256Text = Text{
	Is: "64 lower-case hexadecimal digits, not of an empty file", Pattern: sha256Hex, Not: emptyFile,
}

// isPackageURL is what checkPackage, which knows what is wrong with a URL, says of most.
const isPackageURL = "an https URL of a .deb package, or s3://<bucket>/<key>"

// packageForm is the part of checkPackage that a pattern can say, for files that are built for one of some machines.
func packageForm(machines string) *regexp.Regexp {
	return regexp.MustCompile(`^(https://[A-Za-z0-9]|s3://[a-z0-9])[A-Za-z0-9._:-]*/[A-Za-z0-9._~:/&=%+,;@!$*()-]*` +
		`_\d+\.\d+\.\d+-\d+_(` + machines + `)\.deb([?#][A-Za-z0-9._~:/?&=%+,;@!$*()#-]*)?$`)
}

const whyPackageChecksum = "a package without a checksum is not installed"

var morpheusRows = []Row{
	{Key: "morpheus.version", Limit: Text{Is: "a release such as 8.0.7", Pattern: release}},
	{Key: "morpheus.packageUrl", Limit: Text{Is: isPackageURL, Form: packageForm("amd64")}},
	{Key: "morpheus.packageSha256", Limit: sha256Text, Why: whyPackageChecksum},
	{
		Key:   "morpheus.supplementalUrl",
		Limit: Text{Is: isPackageURL, Form: packageForm("amd64|all")},
		Empty: "for none",
	},
	{Key: "morpheus.supplementalSha256", Limit: sha256Text, Empty: "for no supplemental package", Why: whyPackageChecksum},
	{
		Key: "morpheus.setupSecretArn",
		Limit: Text{
			Is:      "the whole ARN of a secret of Secrets Manager, with the six characters at its end",
			Pattern: secretARN,
		},
		Empty: "for none",
	},
	{
		Key:   "morpheus.upgrade",
		Limit: Text{Is: "<release> -> <release>, or that with rolling after it", Pattern: namedUpgrade},
		Empty: "for none",
		Why:   "it allows one upgrade by name; every other one keeps the vendor's rules",
	},
	{
		Key:   "morpheus.extraConfig",
		Limit: Text{Is: "lines such as section['key'] = value", Form: extraLines},
		Empty: "for none",
	},
	{
		Key:   "morpheus.trustedCertificates",
		Limit: Text{Is: "certificates as PEM", Form: pemCertificates},
		Empty: "for none",
	},
}

var morpheusRules = []Rule{
	{
		Keys:  []string{"morpheus.packageUrl"},
		Needs: []string{"morpheus.version"},
		Says:  "the file is <name>_<version>-<number>_amd64.deb of morpheus.version",
		check: (*Config).checkAppliancePackage,
	},
	{
		Keys:  []string{"morpheus.supplementalUrl", "morpheus.supplementalSha256"},
		Needs: []string{"morpheus.version"},
		Says:  "given together; the file is <name>_<version>-<number>_all.deb or _amd64.deb of morpheus.version",
		check: (*Config).checkSupplementalPackage,
	},
	{
		Keys:  []string{"morpheus.setupSecretArn"},
		Needs: []string{"aws"},
		Says:  "in the stack's region and account",
		check: (*Config).checkSetupSecret,
	},
	{
		Keys:  []string{"morpheus.extraConfig"},
		Says:  "no setting of the program, no password",
		check: (*Config).checkExtraConfig,
	},
	{
		Keys:  []string{"morpheus.trustedCertificates"},
		Says:  "valid certificates and nothing else",
		check: (*Config).checkTrustedCertificates,
	},
}

func (c *Config) checkSetupSecret(p *Problems) {
	c.checkPlace(p, arnRule{
		key: "morpheus.setupSecretArn", arn: c.Morpheus.SetupSecretArn, pattern: secretARN, what: "a secret",
		why: "nodes ask the Secrets Manager of their own region, with keys of their own account",
	})
}

// debPackage is a package that the nodes install.
type debPackage struct {
	key, url string
	// what it is, what its file is called, and the pattern of that with the version as its group.
	what, fileName string
	file           *regexp.Regexp
}

func (c *Config) checkAppliancePackage(p *Problems) {
	c.checkPackage(p, debPackage{
		key: "morpheus.packageUrl", url: c.Morpheus.PackageURL,
		what: "package", fileName: "<name>_<version>-<number>_amd64.deb", file: packageFile,
	})
}

func (c *Config) checkSupplementalPackage(p *Problems) {
	m := c.Morpheus
	switch {
	case m.SupplementalURL == "" && m.SupplementalSHA256 == "":
		return
	case m.SupplementalURL == "":
		p.Add("morpheus.supplementalUrl", "", "given with morpheus.supplementalSha256", "")
		return
	case m.SupplementalSHA256 == "":
		p.Add("morpheus.supplementalSha256", "", sha256Text.Is, whyPackageChecksum)
	}
	c.checkPackage(p, debPackage{
		key: "morpheus.supplementalUrl", url: m.SupplementalURL,
		what: "supplemental package", fileName: "<name>_<version>-<number>_all.deb or _amd64.deb", file: supplementalFile,
	})
}

func (c *Config) checkPackage(p *Problems, d debPackage) {
	u, err := url.Parse(d.url)
	switch {
	case err == nil && u.User != nil:
		p.Add(d.key, "a URL with credentials", "a URL without a user or a password", "it is readable on every node")
	case err == nil && hasToken(u):
		p.Add(d.key, "a URL with a token", "a URL without a token or a signature, or s3://<bucket>/<key>",
			"user data and the state have it in plain text")
	case len(d.url) > maxPackageURL:
		p.Add(d.key, d.url, fmt.Sprintf("a URL of at most %d characters", maxPackageURL),
			"it is in the user data, of which EC2 takes 16 KB; a package with a longer URL can be s3://<bucket>/<key>")
	case err == nil && d.url != "" && !isPlainURL(d.url, u):
		p.Add(d.key, d.url, "a URL of printable ASCII characters with a host, without quotes, spaces and .. in its path",
			"the nodes hand it to curl as it stands")
	case err != nil || u.Scheme != "https" && u.Scheme != "s3" || u.Host == "" || !strings.HasSuffix(u.Path, ".deb"):
		p.Add(d.key, d.url, isPackageURL, "the nodes run Ubuntu")
	case u.Scheme == "s3" && !isS3Object(u):
		p.Add(d.key, d.url, "s3://<bucket>/<key>, with the name of a bucket of its own and "+
			"nothing but letters, digits and /_.~+- in the key", "")
	case len(path.Base(u.Path)) > maxTagValue:
		p.Add(d.key, d.url, fmt.Sprintf("a URL whose file name has at most %d characters", maxTagValue),
			"the nodes keep it under that name, and carry that of the appliance as a tag")
	case !d.file.MatchString(path.Base(u.Path)):
		p.Add(d.key, d.url, "a file named "+d.fileName,
			"the name is how the version and the machine it is built for are known")
	case !p.anyRefused("morpheus.version") && d.file.FindStringSubmatch(path.Base(u.Path))[1] != c.Morpheus.Version:
		p.Add(d.key, d.url, "a file of version "+c.Morpheus.Version, "morpheus.version and the "+d.what+" disagree")
	}
}

// token is a parameter of a URL that opens what it names.
var token = regexp.MustCompile(`(?i)(^|[-_.])(token|signature|sig|key|apikey|password|passwd|secret|credential|auth)$`)

// hasToken reports whether a URL has a parameter that is a credential, such as X-Amz-Signature.
func hasToken(u *url.URL) bool {
	for name, values := range u.Query() {
		if token.MatchString(name) && strings.Join(values, "") != "" {
			return true
		}
	}
	return false
}

// isPlainURL reports whether curl would read a URL as it stands.
func isPlainURL(text string, u *url.URL) bool {
	return packageURL.MatchString(text) && u.Hostname() != "" && isPort(u.Port()) &&
		!slices.Contains(strings.Split(u.Path, "/"), "..")
}

// isPort also takes an empty text: the port of the scheme.
func isPort(text string) bool {
	port, err := strconv.Atoi(text)
	return text == "" || err == nil && port >= 1 && port <= maxPort
}

// isS3Object reports whether a URL names one object and nothing else.
func isS3Object(u *url.URL) bool {
	return isBucket(u.Host) && objectKey.MatchString(u.Path) && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}
