package boot

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testAuthority signs the certificates of back ends in tests.
type testAuthority struct {
	path        string // PEM
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newTestAuthority(t *testing.T, name string) testAuthority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	a := testAuthority{path: filepath.Join(t.TempDir(), "ca.pem"), key: key}
	a.certificate, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(a.path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return a
}

// serve starts a server with a certificate for the host name and returns its port; an empty name is for plain HTTP.
func (a testAuthority) serve(t *testing.T, name string, ends time.Time, handler http.HandlerFunc) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	if name != "" {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		require.NoError(t, err)
		der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
			SerialNumber: big.NewInt(2), DNSNames: []string{name}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: ends,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}, a.certificate, &key.PublicKey, a.key)
		require.NoError(t, err)
		listener = tls.NewListener(listener, &tls.Config{
			Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12,
		})
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return port
}

// backEndHead points the search domain, the broker's management API and its AMQP port to a local server.
const backEndHead = `
export CURL_CA_BUNDLE=$AUTHORITY SSL_CERT_FILE=$AUTHORITY SSL_CERT_DIR=/nowhere
SEARCH_HOST=localhost SEARCH_PORT=$PORT
MESSAGING_HOST=localhost MESSAGING_PORT=$PORT MESSAGING_URL=$SCHEME://localhost:$PORT
for name in search messaging; do
  echo '{"username": "morpheus", "password": "p"}' >"$RUN/secret/$name.json"
  curl_user "$name"
done
`

// A node with a back end that cannot be trusted or used must not join the load balancer.
func TestTheChecksOfBackEndsRefuse(t *testing.T) {
	needs(t, "jq")
	trusted, other := newTestAuthority(t, "trusted"), newTestAuthority(t, "other")
	hour := time.Now().Add(time.Hour)
	for name, c := range map[string]struct {
		check  string
		by     testAuthority
		name   string    // of the certificate
		ends   time.Time // of the certificate
		scheme string
		status int
		body   string
		want   string // part of the error; empty if the check must succeed
	}{
		"search green":  {check: "search_answers", body: `{"status": "green"}`},
		"search yellow": {check: "search_answers", body: `{"status": "yellow"}`},
		"search red":    {check: "search_answers", body: `{"status": "red"}`, want: "its status is red"},
		"search without a status": {
			check: "search_answers", body: `{}`, want: "its status is null",
		},
		"search with an empty answer": {check: "search_answers", want: "its status is \n"},
		"search refuses the user": {
			check: "search_answers", status: 401, body: `{"status": "green"}`, want: "error: 401",
		},
		"search with another name": {
			check: "search_answers", name: "other.example.com", body: `{"status": "green"}`, want: "curl: (60)",
		},
		"search with an unknown authority": {
			check: "search_answers", by: other, body: `{"status": "green"}`, want: "curl: (60)",
		},
		"search with an expired certificate": {
			check: "search_answers", ends: time.Now().Add(-time.Hour), body: `{"status": "green"}`, want: "curl: (60)",
		},
		"broker": {check: "broker_answers", body: `{"name": "morpheus"}`},
		"broker without virtual host": {
			check: "broker_answers", status: 404, want: "error: 404",
		},
		"broker with another name":         {check: "broker_answers", name: "other.example.com", want: "curl: (60)"},
		"broker with an unknown authority": {check: "broker_answers", by: other, want: "curl: (60)"},
		"broker with an expired certificate": {
			check: "broker_answers", ends: time.Now().Add(-time.Hour), want: "curl: (60)",
		},
		"preparation with an unknown broker": {check: "prepare_broker", by: other, want: "curl: (60)"},
		"management API without TLS":         {check: "broker vhosts/morpheus", scheme: "http", want: `rotocol "http"`},
		"AMQP with another name":             {check: "amqp", name: "other.example.com", want: "certificate verify failed"},
		"AMQP with an unknown authority": {
			check: "amqp", by: other, want: "certificate verify failed",
		},
		"AMQP with an expired certificate": {
			check: "amqp", ends: time.Now().Add(-time.Hour), want: "certificate verify failed",
		},
		"AMQP with the broker's certificate": {check: "amqp"},
		"AMQP that does not speak TLS":       {check: "amqp", scheme: "http", want: "rror"},
		"calls to AWS with an unknown server": {
			check: "signed s3 $SCHEME://localhost:$PORT/b/k", by: other, want: "curl: (60)",
		},
		"calls to AWS without TLS": {
			check: "signed s3 $SCHEME://localhost:$PORT/b/k", scheme: "http", want: `rotocol "http"`,
		},
		"download without TLS":                 {check: "download", scheme: "http", want: `rotocol "http"`},
		"download from an unknown server":      {check: "download", by: other, want: "curl: (60)"},
		"download that is redirected to HTTP":  {check: "download", status: 302, want: `rotocol "http"`},
		"download from the server that is set": {check: "download"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.by.certificate == nil {
				c.by = trusted
			}
			if c.scheme == "" {
				c.scheme = "https"
			}
			switch {
			case c.scheme == "http":
				c.name = ""
			case c.name == "":
				c.name = "localhost"
			}
			if c.ends.IsZero() {
				c.ends = hour
			}
			port := c.by.serve(t, c.name, c.ends, func(out http.ResponseWriter, _ *http.Request) {
				out.Header().Set("Location", "http://127.0.0.1:1/")
				if c.status != 0 {
					out.WriteHeader(c.status)
				}
				_, _ = io.WriteString(out, c.body)
			})
			n := longestNode()
			n.Proxy = ""
			out, err := shellRun(t, n, "AUTHORITY="+trusted.path+" PORT="+port+" SCHEME="+c.scheme+backEndHead+`
imds() { printf '{\n"AccessKeyId" : "AKIAEXAMPLE",\n"SecretAccessKey" : "key",\n"Token" : "t"\n}\n'; }
# The management API has its own test.
amqp() { broker() { :; }; broker_answers; }
download() { download_once "$SCHEME://localhost:$PORT/file" "$CACHE/file"; }
status=0
`+c.check+` >/dev/null || status=$?
for file in "$RUN"/*.err; do last_words "$file" || true; done
exit $status`)
			if c.want == "" {
				require.NoError(t, err, "a back end that can be used was refused: %s", out)
				return
			}
			require.Error(t, err, "the check must fail: the node would join the load balancer, or trust an impostor")
			assert.Contains(t, out, c.want, "the last line of the error is the reason in the report")
		})
	}
}

func TestADatabaseThatCannotBeUsedIsNotReady(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ mysql, want string }{
		"complete":         {mysql: "cat >$RUN/asked; echo 1", want: "ready\n"},
		"read-only":        {mysql: "echo read-only", want: "the database is read-only\n"},
		"incomplete":       {mysql: "echo 0", want: "the database or the privileges of its user are incomplete\n"},
		"without database": {mysql: "echo NULL", want: "the database or the privileges of its user are incomplete\n"},
		"no answer":        {mysql: ":", want: "the database or the privileges of its user are incomplete\n"},
		"wrong certificate": {
			mysql: "echo 'ERROR 2026 (HY000): TLS/SSL error: certificate verify failed' >&2; return 1",
			want:  "ERROR 2026 (HY000): TLS/SSL error: certificate verify failed\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := shellRun(t, longestNode(), `
mysql() { `+c.mysql+`; }
timeout() { "${@:2}"; }
if database_is_ready; then echo ready; else last_words "$RUN/mysql.err"; fi
cat "$RUN/asked" 2>/dev/null || true`)
			require.NoError(t, err, out)
			assert.Contains(t, out, c.want, "the reason must be in the report")
			if name == "complete" {
				assert.Contains(t, out, "@@GLOBAL.innodb_read_only", "a reader of Aurora has only this one")
				assert.Contains(t, out, "@@GLOBAL.read_only", "set while Aurora changes its writer")
			} else {
				assert.NotContains(t, out, "ready\n", "the node would serve without being able to write")
			}
		})
	}
	out, err := shellRun(t, longestNode(), `
sql() { echo read-only; }
as_administrator() { echo "$@"; }
prepare_database && exit 7
last_words "$RUN/mysql.err"`)
	require.NoError(t, err, out)
	assert.Equal(t, "the database is read-only\n", out,
		"the administrator cannot write either, and its secret must not be read for nothing")
}
