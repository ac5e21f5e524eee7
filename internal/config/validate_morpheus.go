package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	release     = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	packageFile = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+-]*_(\d+\.\d+\.\d+)-\d+_amd64\.deb$`)
	// supplementalFile holds nothing that is built for a machine, so that it may be for all of them.
	supplementalFile = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+-]*_(\d+\.\d+\.\d+)-\d+_(?:amd64|all)\.deb$`)
	// secretARN has partition, region and account. The six characters at its end are AWS's: a policy without them is about
	// another secret.
	secretARN = regexp.MustCompile(`^arn:(aws[a-z-]*):secretsmanager:([a-z0-9-]+):(\d{12}):secret:[A-Za-z0-9/_+=.@-]{1,512}-[A-Za-z0-9]{6}$`)
	// packageURL leaves out what ends or opens something in the configuration of curl.
	packageURL = regexp.MustCompile(`^[A-Za-z0-9._~:/?&=%+,;@!$*()#-]+$`)
	objectKey  = regexp.MustCompile(`^/[A-Za-z0-9/_.~+-]+$`)
)

// maxPackageURL of each of two keeps the user data below the limit of EC2; a test deploys them.
const maxPackageURL = 1024

// debPackage is a package that the nodes install, and the two keys that name it.
type debPackage struct {
	urlKey, shaKey string
	url, sha256    string
	// what it is, what its file is called, and the pattern of that.
	what, named string
	file        *regexp.Regexp
}

func (c *Config) validateMorpheus(p *Problems) {
	m := c.Morpheus
	if !release.MatchString(m.Version) {
		p.Add("morpheus.version", m.Version, "a release such as 8.0.7", "")
	}
	c.validatePackage(p, debPackage{
		"morpheus.packageUrl", "morpheus.packageSha256", m.PackageURL, m.PackageSHA256,
		"package", "<name>_<version>-<number>_amd64.deb", packageFile,
	})
	switch {
	case m.SupplementalURL != "":
		c.validatePackage(p, debPackage{
			"morpheus.supplementalUrl", "morpheus.supplementalSha256", m.SupplementalURL, m.SupplementalSHA256,
			"supplemental package", "<name>_<version>-<number>_all.deb or _amd64.deb", supplementalFile,
		})
	case m.SupplementalSHA256 != "":
		p.Add("morpheus.supplementalUrl", "", "given with morpheus.supplementalSha256", "")
	}
}

func (c *Config) validateSetup(p *Problems) {
	const key = "morpheus.setupSecretArn"
	arn := c.Morpheus.SetupSecretArn
	if arn == "" {
		return
	}
	m := secretARN.FindStringSubmatch(arn)
	switch {
	case m == nil:
		p.Add(key, arn, "the whole ARN of a secret of Secrets Manager, with the six characters at its end, or empty for none", "")
	case m[2] != c.AWS.Region || m[3] != c.AWS.AccountID:
		p.Add(key, arn, "a secret in "+c.AWS.Region+" of account "+c.AWS.AccountID, "nodes ask the Secrets Manager of their own region, with keys of their own account")
	}
}

func (c *Config) validatePackage(p *Problems, d debPackage) {
	u, err := url.Parse(d.url)
	switch {
	case err == nil && u.User != nil:
		p.Add(d.urlKey, "a URL with credentials", "a URL without a user or a password", "it is readable on every node")
	case len(d.url) > maxPackageURL:
		p.Add(d.urlKey, d.url, fmt.Sprintf("a URL of at most %d characters", maxPackageURL),
			"it is in the user data, of which EC2 takes 16 KB; what a longer signature opens can be s3://<bucket>/<key>")
	case err == nil && d.url != "" && (!packageURL.MatchString(d.url) || u.Hostname() == "" || !isPort(u.Port()) || hasDots(u.Path)):
		p.Add(d.urlKey, d.url, "a URL of printable ASCII characters with a host, without quotes, spaces and .. in its path", "the nodes hand it to curl as it stands")
	case err != nil || u.Scheme != "https" && u.Scheme != "s3" || u.Host == "" || !strings.HasSuffix(u.Path, ".deb"):
		p.Add(d.urlKey, d.url, "an https URL of a .deb package, or s3://<bucket>/<key>", "the nodes run Ubuntu")
	case u.Scheme == "s3" && !s3Object(u):
		p.Add(d.urlKey, d.url, "s3://<bucket>/<key>, with the name of a bucket of its own and nothing but letters, digits and /_.~+- in the key", "")
	case len(path.Base(u.Path)) > maxTagValue:
		p.Add(d.urlKey, d.url, fmt.Sprintf("a URL whose file name has at most %d characters", maxTagValue), "the nodes keep it under that name, and carry that of the appliance as a tag")
	case !d.file.MatchString(path.Base(u.Path)):
		p.Add(d.urlKey, d.url, "a file named "+d.named, "the name is how the version and the machine it is built for are known")
	case release.MatchString(c.Morpheus.Version) && d.file.FindStringSubmatch(path.Base(u.Path))[1] != c.Morpheus.Version:
		p.Add(d.urlKey, d.url, "a file of version "+c.Morpheus.Version, "morpheus.version and the "+d.what+" disagree")
	}
	if !sha256Hex.MatchString(d.sha256) {
		p.Add(d.shaKey, d.sha256, "64 lower-case hexadecimal digits", "a package without a checksum is not installed")
	}
}

// s3Object says whether a URL names one object, and nothing beside it.
func s3Object(u *url.URL) bool {
	return isBucket(u.Host) && objectKey.MatchString(u.Path) && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}

// isPort takes none as well: that of the scheme.
func isPort(text string) bool {
	port, err := strconv.Atoi(text)
	return text == "" || err == nil && port >= 1 && port <= maxPort
}

// hasDots says whether a path has a segment that goes up.
func hasDots(urlPath string) bool { return slices.Contains(strings.Split(urlPath, "/"), "..") }

// reserved are what S3 has kept for names of its own.
var reserved = regexp.MustCompile(`^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|--x-s3|\.mrap)$`)

// isBucket says whether S3 would let a bucket have the name:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
func isBucket(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil || len(name) < 3 || len(name) > 63 || reserved.MatchString(name) {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if !bucketLabel.MatchString(label) {
			return false
		}
	}
	return true
}
