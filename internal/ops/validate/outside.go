package validate

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

const (
	outsideTimeout = 15 * time.Second
	httpsPort      = "443"
)

// Outside reaches the appliance as a client does.
type Outside interface {
	// Handshake opens a TLS connection with at most a version and returns its state.
	Handshake(ctx context.Context, host string, most uint16) (tls.ConnectionState, error)
	// Status returns the HTTP status of a URL, without following redirects.
	Status(ctx context.Context, url string) (int, error)
}

// Fresh reaches the appliance with a new connection for each request, so that each one resolves the name again and goes
// where a new client goes. A request that is not answered in time has failed.
func Fresh(timeout time.Duration) Outside {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true
	return &internet{client: &http.Client{Timeout: timeout, Transport: transport}}
}

// internet is the network of the machine.
type internet struct{ client *http.Client }

func (n *internet) Handshake(ctx context.Context, host string, most uint16) (tls.ConnectionState, error) {
	dialer := tls.Dialer{
		NetDialer: &net.Dialer{Timeout: outsideTimeout},
		//nolint:gosec // the lowest version is what the check is about
		Config: &tls.Config{ServerName: host, MinVersion: tls.VersionTLS10, MaxVersion: most},
	}
	connection, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, httpsPort))
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer connection.Close() //nolint:errcheck // nothing was sent
	return connection.(*tls.Conn).ConnectionState(), nil
}

func (n *internet) Status(ctx context.Context, url string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	client := *n.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

func (s *Subject) outsideChecks() []check.Check {
	const group = "from outside"
	return []check.Check{
		{
			ID: "tls-certificate", Group: group, Severity: check.Error,
			Asks: "does a client get a valid certificate of the host name, for long?",
			Do:   "compare the DNS record and the certificate of the listener: docs/runbooks/checks.md#balancer-certificate",
			Run:  s.tlsCertificate,
		},
		{
			ID: "tls-versions", Group: group, Severity: check.Error,
			Asks: "does the load balancer refuse TLS 1.1?",
			Do:   "set loadBalancer.tlsPolicy to one with TLS 1.2 or newer and run pulumi up",
			Run:  s.tlsVersions,
		},
		{
			ID: "ping", Group: group, Severity: check.Error,
			Asks: "does the appliance answer /ping with 200?",
			Do:   "look at the nodes: docs/runbooks/checks.md#balancer-targets",
			Run:  s.ping,
		},
	}
}

// unreachable is the error of a check that this machine cannot do: clients are in other networks.
func unreachable(err error) error {
	return fmt.Errorf("this machine does not reach the load balancer (is it in network.allowedClientCidrs?): %w", err)
}

func (s *Subject) tlsCertificate(ctx context.Context) (check.Result, error) {
	host := s.Config.DNS.HostName
	state, err := s.Outside.Handshake(ctx, host, tls.VersionTLS13)
	var invalid *tls.CertificateVerificationError
	switch {
	case errors.As(err, &invalid):
		return check.Finding("the certificate is not valid for %s: %s", host, invalid.Err), nil
	case err != nil:
		return check.Result{}, unreachable(err)
	case len(state.PeerCertificates) == 0:
		return check.Finding("%s shows no certificate", host), nil
	}
	left := s.days(state.PeerCertificates[0].NotAfter)
	if left < certificateDays {
		return check.Finding("the certificate of %s ends in %d days", host, left), nil
	}
	return check.Pass("%s, and the certificate is valid for %d days", tls.VersionName(state.Version), left), nil
}

func (s *Subject) tlsVersions(ctx context.Context) (check.Result, error) {
	host := s.Config.DNS.HostName
	if _, err := s.Outside.Handshake(ctx, host, tls.VersionTLS13); err != nil {
		return check.Result{}, unreachable(err)
	}
	if state, err := s.Outside.Handshake(ctx, host, tls.VersionTLS11); err == nil {
		return check.Finding("%s accepts %s", host, tls.VersionName(state.Version)), nil
	}
	return check.Pass("%s refuses TLS 1.1 and older", host), nil
}

func (s *Subject) ping(ctx context.Context) (check.Result, error) {
	url := "https://" + s.Config.DNS.HostName + "/ping"
	status, err := s.Outside.Status(ctx, url)
	if err != nil {
		return check.Result{}, unreachable(err)
	}
	if status != http.StatusOK {
		return check.Finding("%s answers %d", url, status), nil
	}
	return check.Pass("%s answers 200", url), nil
}
