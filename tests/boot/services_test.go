package boot_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// run runs a command; its error has the command's output.
func run(args ...string) error {
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// await polls done until it is true; it returns an error after the limit.
func await(limit time.Duration, done func() bool) error {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if done() {
			return nil
		}
	}
	return fmt.Errorf("not within %s", limit)
}

// dials is true when the address accepts TCP connections.
func dials(address string) bool {
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	return c.Close() == nil
}

// sqlText escapes a text for an SQL literal.
func sqlText(s string) string { return strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) }

func jsonBody(v any) io.Reader {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return bytes.NewReader(data)
}

func decodeJSON(from io.Reader, into any) error {
	if into == nil {
		return nil
	}
	return json.NewDecoder(from).Decode(into)
}

// authority signs the certificates of all services. Nodes trust it instead of Amazon's authorities.
type authority struct {
	dir         string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pool        *x509.CertPool
}

func newAuthority(dir string) (*authority, error) {
	a := &authority{dir: dir, pool: x509.NewCertPool()}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Authority of the boot test"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	a.pool.AddCert(a.certificate)
	return a, os.WriteFile(filepath.Join(dir, "ca.pem"), encodePEM("CERTIFICATE", der), 0o644)
}

// encodePEM returns a PEM block.
func encodePEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// issue writes a certificate for the host names to path.pem and its key to path.key.
func (a *authority) issue(path string, names ...string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".pem", encodePEM("CERTIFICATE", der), 0o644); err != nil {
		return err
	}
	// The database's user must be able to read it. The folder is deleted with the test.
	return os.WriteFile(path+".key", encodePEM("PRIVATE KEY", private), 0o644)
}

// pair issues a certificate for the host names and returns it with its key.
func (a *authority) pair(name string, names ...string) (tls.Certificate, error) {
	path := filepath.Join(a.dir, name)
	if err := a.issue(path, names...); err != nil {
		return tls.Certificate{}, err
	}
	return tls.LoadX509KeyPair(path+".pem", path+".key")
}

// client returns an HTTP client that trusts the authority and expects the host name.
func (a *authority) client(name string) *http.Client {
	return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: a.pool, ServerName: name}, DisableKeepAlives: true,
	}}
}

// serve starts an HTTPS server with a certificate for the host names.
func (a *authority) serve(address, name string, handler http.Handler, names ...string) error {
	pair, err := a.pair(name, names...)
	if err != nil {
		return err
	}
	listener, err := tls.Listen("tcp", address, &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(listener, handler) }()
	return nil
}

// searchServer stands in for the search domain: basic authentication, documents, cluster health.
type searchServer struct {
	mu        sync.Mutex
	documents map[string]string
	indices   map[string]bool
	status    string // of the cluster: green, yellow or red

	kept keptSnapshots
}

func (w *world) startSearch() error {
	w.search = &searchServer{}
	w.search.reset()
	return w.ca.serve("127.0.0.1:19443", "search", w.search, searchHost)
}

func (s *searchServer) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.documents, s.indices, s.status, s.kept = map[string]string{}, map[string]bool{}, "green", keptSnapshots{}
}

func (s *searchServer) setStatus(status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

// indexed returns the number of documents.
func (s *searchServer) indexed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.documents)
}

// made returns the indices that were made by name.
func (s *searchServer) made() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.indices)
}

// index answers the calls for an index of the path: it is made, searched for a token, or deleted.
func (s *searchServer) index(out http.ResponseWriter, in *http.Request, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, rest, _ := strings.Cut(strings.TrimPrefix(in.URL.Path, "/"), "/")
	switch {
	case name == "_cat":
		_, _ = io.WriteString(out, "[]")
	case in.Method == http.MethodPut && rest == "" && json.Valid(body):
		s.indices[name] = true
	case !s.indices[name]:
		out.WriteHeader(http.StatusNotFound)
	case in.Method == http.MethodDelete && rest == "":
		delete(s.indices, name)
		maps.DeleteFunc(s.documents, func(path, _ string) bool { return strings.HasPrefix(path, "/"+name+"/") })
	case in.Method == http.MethodPost && rest == "_search":
		var asked struct {
			Query struct{ Term struct{ Token string } }
		}
		_ = json.Unmarshal(body, &asked)
		hits := []any{}
		for path, text := range s.documents {
			var source struct {
				Token string `json:"token"`
				Text  string `json:"text"`
			}
			if strings.HasPrefix(path, "/"+name+"/") && json.Unmarshal([]byte(text), &source) == nil &&
				source.Token == asked.Query.Term.Token {
				hits = append(hits, map[string]any{"_source": source})
			}
		}
		_ = json.NewEncoder(out).Encode(map[string]any{"hits": map[string]any{"hits": hits}})
	default:
		out.WriteHeader(http.StatusBadRequest)
	}
}

func (s *searchServer) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	user, password, _ := in.BasicAuth()
	body, _ := io.ReadAll(in.Body)
	if isSnapshots(in) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.kept.serve(out, in, body)
		return
	}
	switch {
	case user != "morpheus" || password != searchPassword:
		out.WriteHeader(http.StatusUnauthorized)
	case in.Method == http.MethodPut && strings.Contains(in.URL.Path, "/_doc/"):
		s.mu.Lock()
		s.documents[in.URL.Path] = string(body)
		s.mu.Unlock()
		out.WriteHeader(http.StatusCreated)
	case in.URL.Path == "/_cluster/health":
		s.mu.Lock()
		defer s.mu.Unlock()
		_, _ = io.WriteString(out, `{"status": "`+s.status+`"}`)
	default:
		s.index(out, in, body)
	}
}

// imdsServer stands in for the metadata service, version 2 only. It recognises a node by its address.
type imdsServer struct {
	mu     sync.Mutex
	tokens map[string]string
	states map[string]string // target lifecycle state by address
	nodes  map[string]*node
}

func startIMDS() (*imdsServer, error) {
	s := &imdsServer{tokens: map[string]string{}, states: map[string]string{}, nodes: map[string]*node{}}
	listener, err := net.Listen("tcp", imdsAddress+":80")
	if err != nil {
		return nil, err
	}
	go func() { _ = http.Serve(listener, s) }()
	return s, nil
}

// set makes the metadata service answer the node, with this target lifecycle state.
func (s *imdsServer) set(n *node, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nodes[n.ip], s.states[n.ip] = n, state
}

func (s *imdsServer) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	from, _, _ := net.SplitHostPort(in.RemoteAddr)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.nodes[from]
	switch {
	case n == nil:
		out.WriteHeader(http.StatusNotFound)
		return
	case in.Method == http.MethodPut && in.URL.Path == "/latest/api/token":
		if in.Header.Get("X-aws-ec2-metadata-token-ttl-seconds") == "" {
			out.WriteHeader(http.StatusBadRequest)
			return
		}
		s.tokens[from] = "token-of-" + n.name
		_, _ = io.WriteString(out, s.tokens[from])
		return
	case s.tokens[from] == "" || in.Header.Get("X-aws-ec2-metadata-token") != s.tokens[from]:
		out.WriteHeader(http.StatusUnauthorized)
		return
	}
	answers := map[string]string{
		"instance-id": n.id, "placement/availability-zone": n.region + "a", "placement/region": n.region, "local-ipv4": n.ip,
		"iam/security-credentials/": "node-role", "autoscaling/target-lifecycle-state": s.states[from],
		"iam/security-credentials/node-role": `{
  "Code" : "Success",
  "LastUpdated" : "2026-01-01T00:00:00Z",
  "Type" : "AWS-HMAC",
  "AccessKeyId" : "AKIAEXAMPLE",
  "SecretAccessKey" : "` + roleKey + `",
  "Token" : "` + roleToken + `",
  "Expiration" : "2099-01-01T00:00:00Z"
}`,
	}
	answer, ok := answers[strings.TrimPrefix(in.URL.Path, "/latest/meta-data/")]
	if !ok || answer == "" {
		out.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = io.WriteString(out, answer)
}
