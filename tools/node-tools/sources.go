package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
)

// publicKey is a PGP key: where it is published, and its fingerprint, by which it is recognised wherever it comes from.
type publicKey struct{ url, fingerprint string }

// sources are the vendors' servers.
type sources struct {
	cli, agent, rds  string
	cliKey, agentKey publicKey
	client           *http.Client
	now              func() time.Time
}

// vendors are AWS's own servers and keys.
//
//	https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html
//	https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/verify-CloudWatch-Agent-Package-Signature.html
var vendors = sources{
	cli:   "https://awscli.amazonaws.com",
	agent: "https://amazoncloudwatch-agent.s3.amazonaws.com",
	rds:   "https://truststore.pki.rds.amazonaws.com",
	cliKey: publicKey{
		url: "https://keyserver.ubuntu.com/pks/lookup?op=get&options=mr&" +
			"search=0xFB5DB77FD5C118B80511ADA8A6310ACC4672475C",
		fingerprint: "FB5DB77FD5C118B80511ADA8A6310ACC4672475C",
	},
	agentKey: publicKey{
		url:         "https://amazoncloudwatch-agent.s3.amazonaws.com/assets/amazon-cloudwatch-agent.gpg",
		fingerprint: "937616F3450B7D806CBD9725D58167303B789C72",
	},
	client: http.DefaultClient,
	now:    time.Now,
}

// efsUtilsTag and efsUtilsCommit pin the source of the mount helper: a tag can be moved.
const (
	efsUtilsTag    = "v3.2.0"
	efsUtilsCommit = "def6e74fbbe891d07212b5bcd82109d5e5b59be7"
	// rustVersion is the lowest that the README of this tag names. Ubuntu 24.04 has an older one.
	rustVersion = "1.91.1"
)

// buildScript builds the package in a container of Ubuntu, as INSTALL.md of the source says, and leaves it in
// /out/built.deb.
const buildScript = `export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq -y --no-install-recommends install binutils ca-certificates cmake curl g++ gcc gettext-base git golang-go \
  make perl pkg-config >/dev/null
curl --proto =https --tlsv1.2 -fsS https://sh.rustup.rs | sh -s -- -y --quiet --profile minimal \
  --default-toolchain ` + rustVersion + `
. "$HOME/.cargo/env"
git clone --quiet --depth 1 --branch ` + efsUtilsTag + ` https://github.com/aws/efs-utils /src
cd /src
[ "$(git rev-parse HEAD)" = ` + efsUtilsCommit + ` ] || {
  echo "tag ` + efsUtilsTag + ` is another commit" >&2
  exit 1
}
./build-deb.sh
cp build/amazon-efs-utils*.deb /out/built.deb`

// signed downloads a file and its detached signature, and keeps the file only if the key with the fingerprint has
// signed it.
func (s sources) signed(ctx context.Context, url, file string, key publicKey) error {
	keyText, err := s.get(ctx, key.url)
	if err != nil {
		return err
	}
	ring, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(keyText))
	if err != nil {
		return fmt.Errorf("read the key from %s: %w", key.url, err)
	}
	var trusted openpgp.EntityList
	for _, entity := range ring {
		if strings.EqualFold(hex.EncodeToString(entity.PrimaryKey.Fingerprint), key.fingerprint) {
			trusted = append(trusted, entity)
		}
	}
	if len(trusted) == 0 {
		return fmt.Errorf("%s has no key with the fingerprint %s", key.url, key.fingerprint)
	}
	signature, err := s.get(ctx, url+".sig")
	if err != nil {
		return err
	}
	content, err := s.get(ctx, url)
	if err != nil {
		return err
	}
	verify := openpgp.CheckDetachedSignature
	if bytes.HasPrefix(signature, []byte("-----BEGIN")) {
		verify = openpgp.CheckArmoredDetachedSignature
	}
	if _, err := verify(trusted, bytes.NewReader(content), bytes.NewReader(signature), nil); err != nil {
		return fmt.Errorf("the signature of %s is wrong: %w", url, err)
	}
	return keep(file, content)
}

// certificates downloads a bundle of certificate authorities. AWS does not sign it, so TLS alone protects the download;
// the bundle must contain nothing but authorities of RDS. AWS leaves expired ones in it for a while.
func (s sources) certificates(ctx context.Context, url, file string) error {
	content, err := s.get(ctx, url)
	if err != nil {
		return err
	}
	count, rest := 0, content
	for {
		block, more := pem.Decode(rest)
		if block == nil {
			break
		}
		rest = more
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("%s: certificate %d: %w", url, count+1, err)
		}
		if name := certificate.Subject.CommonName; !certificate.IsCA || !strings.Contains(name, "RDS") {
			return fmt.Errorf("%s: %q is not a certificate authority of RDS", url, name)
		}
		if s.now().Before(certificate.NotAfter) {
			count++
		}
	}
	if count == 0 || len(bytes.TrimSpace(rest)) > 0 {
		return fmt.Errorf("%s is not a bundle with valid certificates", url)
	}
	return keep(file, content)
}

// get returns the answer to a request.
func (s sources) get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("request %s: %w", url, err)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("download %s: %w", url, err)
	}
	content, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, fmt.Errorf("download %s: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("download %s: %s", url, response.Status)
	}
	return content, nil
}

// keep writes a verified file. An interrupted write leaves no file with that name.
func keep(file string, content []byte) error {
	if err := errors.Join(os.WriteFile(file+".part", content, 0o600), os.Rename(file+".part", file)); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
