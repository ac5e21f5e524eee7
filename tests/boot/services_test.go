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
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

func run(args ...string) error {
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

func await(limit time.Duration, done func() bool) error {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if done() {
			return nil
		}
	}
	return fmt.Errorf("not within %s", limit)
}

func dials(address string) bool {
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	return c.Close() == nil
}

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

// authority signs the certificates of the world; nodes trust it as they trust Amazon's.
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
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Authority of the boot test"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	a.pool.AddCert(a.certificate)
	return a, os.WriteFile(filepath.Join(dir, "ca.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}

// issue writes path.pem and path.key for the names.
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
	if err := os.WriteFile(path+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		return err
	}
	// Readable for the database's own user; the folder is gone with the test.
	return os.WriteFile(path+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o644)
}

func (a *authority) client(name string) *http.Client {
	return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: a.pool, ServerName: name}, DisableKeepAlives: true,
	}}
}

func (a *authority) serve(address, name string, handler http.Handler, names ...string) error {
	if err := a.issue(filepath.Join(a.dir, name), names...); err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(a.dir, name+".pem"), filepath.Join(a.dir, name+".key"))
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

// searchServer is a search endpoint: basic authentication, documents, health.
type searchServer struct {
	mu        sync.Mutex
	documents map[string]string
}

func (w *world) startSearch() error {
	w.search = &searchServer{documents: map[string]string{}}
	return w.ca.serve(searchAddress+":443", "search", w.search, searchHost)
}

func (s *searchServer) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.documents = map[string]string{}
}

func (s *searchServer) indexed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.documents)
}

func (s *searchServer) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	user, password, _ := in.BasicAuth()
	body, _ := io.ReadAll(in.Body)
	switch {
	case user != "morpheus" || password != searchPassword:
		out.WriteHeader(http.StatusUnauthorized)
	case in.Method == http.MethodPut && strings.Contains(in.URL.Path, "/_doc/"):
		s.mu.Lock()
		s.documents[in.URL.Path] = string(body)
		s.mu.Unlock()
		out.WriteHeader(http.StatusCreated)
	case in.URL.Path == "/_cluster/health":
		_, _ = io.WriteString(out, `{"status": "green"}`)
	default:
		out.WriteHeader(http.StatusNotFound)
	}
}

// imdsServer answers as the metadata service does, version 2 only, to each node by its address.
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
		"instance-id": n.id, "placement/availability-zone": region + "a", "placement/region": region, "local-ipv4": n.ip,
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

// Of the role that nodes have.
const (
	roleKey   = "RoleSecretKey0123456789abcdef0123456789"
	roleToken = "RoleSessionToken0123456789abcdef"
)

// awsAPI is moto server behind TLS under AWS's names. moto has no lifecycle actions: those two calls are answered here.
type awsAPI struct {
	direct string

	mu      sync.Mutex
	answers []answered
	waiting map[string]bool // instances whose launch or termination hook waits
	beats   int
	// refused heartbeats by instance and hook, of hooks that did not wait.
	refused map[string]int
	// faults are how many calls of an action are yet to be refused, as when a permission is still on its way.
	faults map[string]int
}

// answered is a lifecycle action that a node completed.
type answered struct {
	instance, hook, result string
	at                     time.Time
}

func (w *world) startAWS(repository string) error {
	w.aws = &awsAPI{direct: "http://127.0.0.1:5005", waiting: map[string]bool{}}
	program := filepath.Join(repository, "tools/bin/moto/bin/moto_server")
	if err := w.start("moto", nil, program, "-H", "127.0.0.1", "-p", "5005"); err != nil {
		return err
	}
	if err := await(60*time.Second, func() bool { return dials("127.0.0.1:5005") }); err != nil {
		return fmt.Errorf("moto does not answer: %w", err)
	}
	target, err := url.Parse(w.aws.direct)
	if err != nil {
		return err
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
	}}
	domain := region + ".amazonaws.com"
	return w.ca.serve(awsAddress+":443", "aws", w.aws.layer(proxy), "*."+domain, "*.s3."+domain, "*.s3.amazonaws.com")
}

// layer answers the lifecycle calls, as far as AWS would.
func (a *awsAPI) layer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if !strings.Contains(in.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/") ||
			in.Header.Get("X-Amz-Security-Token") != roleToken {
			http.Error(out, "not signed with the node's role", http.StatusForbidden)
			return
		}
		if !strings.HasPrefix(in.Host, "autoscaling.") {
			_, action, _ := strings.Cut(in.Header.Get("X-Amz-Target"), ".")
			if a.fails(action) {
				out.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(out, `{"__type": "AccessDeniedException", "Message": "not yet"}`)
				return
			}
			next.ServeHTTP(out, in)
			return
		}
		if err := in.ParseForm(); err != nil {
			http.Error(out, err.Error(), http.StatusBadRequest)
			return
		}
		if a.fails(in.Form.Get("Action")) {
			out.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(out, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not yet</Message></Error></ErrorResponse>`)
			return
		}
		a.lifecycle(out, in.Form)
	})
}

// fail makes the next calls of the action fail.
func (a *awsAPI) fail(action string, times int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults[action] = times
}

func (a *awsAPI) fails(action string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults[action]--
	return a.faults[action] >= 0
}

// left is how many calls of the action are yet to fail.
func (a *awsAPI) left(action string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return max(0, a.faults[action])
}

func (a *awsAPI) refusals(instance, hook string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refused[instance+" "+hook]
}

func (a *awsAPI) lifecycle(out http.ResponseWriter, form url.Values) {
	a.mu.Lock()
	defer a.mu.Unlock()
	action, instance, hook := form.Get("Action"), form.Get("InstanceId"), form.Get("LifecycleHookName")
	if form.Get("AutoScalingGroupName") != groupName || !a.waiting[instance+" "+hook] {
		if action == "RecordLifecycleActionHeartbeat" {
			a.refused[instance+" "+hook]++
		}
		out.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(out, `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>No active Lifecycle Action found with instance ID %s</Message></Error></ErrorResponse>`, instance)
		return
	}
	if action == "CompleteLifecycleAction" {
		delete(a.waiting, instance+" "+hook)
		a.answers = append(a.answers, answered{instance, hook, form.Get("LifecycleActionResult"), time.Now()})
	} else {
		a.beats++
	}
	_, _ = fmt.Fprintf(out, `<%[1]sResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><%[1]sResult/><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></%[1]sResponse>`, action)
}

// await makes the hook wait for the instance.
func (a *awsAPI) await(instance, hook string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting[instance+" "+hook] = true
}

// results of the hook, by instance.
func (a *awsAPI) results(hook string) map[string]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := map[string]string{}
	for _, x := range a.answers {
		if x.hook == hook {
			out[x.instance] += x.result
		}
	}
	return out
}

// call makes a call of a JSON service as the one who deployed the stack.
func (a *awsAPI) call(service, target string, body, into any) error {
	return a.do(http.MethodPost, service, "/", jsonBody(body), target, into)
}

func (a *awsAPI) do(method, service, path string, body io.Reader, target string, into any) error {
	request, err := http.NewRequest(method, a.direct+path, body)
	if err != nil {
		return err
	}
	request.Host = service + "." + region + ".amazonaws.com"
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIADEPLOYER/20260101/"+region+"/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	if target != "" {
		request.Header.Set("X-Amz-Target", target)
		request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s %s: %s: %s", method, service, path, response.Status, data)
	}
	switch into := into.(type) {
	case nil:
		return nil
	case *string:
		*into = string(data)
		return nil
	default:
		return json.Unmarshal(data, into)
	}
}

// reset empties moto and makes what a deployment makes: secrets, log group, buckets with the packages.
func (a *awsAPI) reset() error {
	a.mu.Lock()
	a.answers, a.waiting, a.beats = nil, map[string]bool{}, 0
	a.refused, a.faults = map[string]int{}, map[string]int{}
	a.mu.Unlock()
	response, err := http.Post(a.direct+"/moto-api/reset", "", http.NoBody)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	errs := []error{
		a.call("logs", "Logs_20140328.CreateLogGroup", map[string]string{"logGroupName": logGroup}, nil),
		a.do(http.MethodPut, "s3", "/"+mirrorBucket, http.NoBody, "", nil),
		a.do(http.MethodPut, "s3", "/"+diagnosticsBucket, http.NoBody, "", nil),
		a.createSecret("appliance", ""),
	}
	for name, user := range map[string][2]string{
		"admin": {"admin", adminPassword}, "database": {"morpheus", databasePassword},
		"messaging": {"morpheus", brokerPassword}, "search": {"morpheus", searchPassword},
	} {
		value, err := json.Marshal(map[string]string{"username": user[0], "password": user[1]})
		errs = append(errs, err, a.createSecret(name, string(value)))
	}
	setup, err := json.Marshal(map[string]string{
		"username": "root", "password": setupPassword, "email": "root@example.com", "license": licenseKey,
	})
	errs = append(errs, err, a.createSecret("setup", string(setup)))
	return errors.Join(errs...)
}

func (a *awsAPI) createSecret(name, value string) error {
	body := map[string]string{"Name": name, "ClientRequestToken": fmt.Sprintf("%032d", time.Now().UnixNano())}
	if value != "" {
		body["SecretString"] = value
	}
	return a.call("secretsmanager", "secretsmanager.CreateSecret", body, nil)
}

// secret is the value of a secret of moto.
func (a *awsAPI) secret(name string) (string, error) {
	var out struct{ SecretString string }
	err := a.call("secretsmanager", "secretsmanager.GetSecretValue", map[string]string{"SecretId": name}, &out)
	return out.SecretString, err
}

// report is what a node wrote to the log group when its boot failed.
func (a *awsAPI) report(instance string) (string, error) {
	var out struct{ Events []struct{ Message string } }
	err := a.call("logs", "Logs_20140328.GetLogEvents", map[string]string{
		"logGroupName": logGroup, "logStreamName": instance + "/boot-failure",
	}, &out)
	var text strings.Builder
	for _, e := range out.Events {
		text.WriteString(e.Message)
	}
	return text.String(), err
}
