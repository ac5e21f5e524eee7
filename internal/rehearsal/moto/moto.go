// Package moto runs moto server, an independent implementation of the AWS API, on loopback. It is the account of a deep
// rehearsal: the real AWS provider calls it. The layer in front of it (layer.go) answers the calls that moto cannot.
package moto

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awsplugin"
)

// AccountID is moto's account.
const AccountID = "123456789012"

const (
	// startTime is the time that moto may take to start, because it reads AWS's managed policies.
	startTime = 90 * time.Second
	stopTime  = 10 * time.Second
)

// Folder is the folder of moto's virtual environment in the repository; `make moto` creates it.
const Folder = "tools/bin/moto"

// Server is a moto server with one account, and the layer in front of it.
type Server struct {
	command *exec.Cmd
	direct  string // moto itself
	layer   *httptest.Server
	calls   *recorder
	region  string
	// before are the resources that moto has from the start.
	before map[string]bool
	// HostedZoneID is the id of the hosted zone that exists before the first deployment.
	HostedZoneID string
	// Existing is the configuration of a stack in the existing VPC: keys and their values in this account.
	Existing map[string]string
	private  map[string]string // the same for a stack without internet access
}

// Start runs moto from its virtual environment and creates the resources that exist before the first deployment. domain
// is the name of the hosted zone. Close stops moto.
func Start(ctx context.Context, repository, region, domain string) (*Server, error) {
	program := filepath.Join(repository, Folder, "bin", "moto_server")
	if _, err := os.Stat(program); err != nil {
		return nil, fmt.Errorf("moto server is not installed: run `make moto` (%w)", err)
	}
	port, err := freePort()
	if err != nil {
		return nil, fmt.Errorf("moto: %w", err)
	}
	s := &Server{
		direct: fmt.Sprintf("http://127.0.0.1:%d", port), region: region,
		calls: newRecorder(newModels(filepath.Join(repository, Folder))),
	}
	s.command = exec.CommandContext(ctx, program, "-H", "127.0.0.1", "-p",
		fmt.Sprint(port)) // #nosec G204 -- a program in tools/bin
	s.command.Env = append(os.Environ(), "MOTO_IAM_LOAD_MANAGED_POLICIES=true", "MOTO_ACM_VALIDATION_WAIT=5")
	s.command.Stdout, s.command.Stderr = io.Discard, io.Discard
	// A process group of its own, so that Ctrl-C in the terminal does not reach it.
	s.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.command.Cancel = func() error { return s.command.Process.Signal(syscall.SIGTERM) }
	s.command.WaitDelay = stopTime
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("start moto: %w", err)
	}
	if err := s.ready(ctx, domain); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// ready waits for moto, starts the layer and creates the fixture.
func (s *Server) ready(ctx context.Context, domain string) error {
	deadline := time.Now().Add(startTime)
	for {
		response, err := get(ctx, s.direct+"/moto-api/")
		if err == nil {
			_ = response.Body.Close() // any response shows that moto runs
			break
		}
		if ctx.Err() != nil || time.Now().After(deadline) {
			return fmt.Errorf("moto does not answer: %w", err)
		}
		time.Sleep(200 * time.Millisecond)
	}
	target, err := url.Parse(s.direct)
	if err != nil {
		return err
	}
	s.layer = httptest.NewServer(layered(httputil.NewSingleHostReverseProxy(target), s.calls))
	if err := s.fixture(ctx, domain); err != nil {
		return fmt.Errorf("moto: create the existing resources: %w", err)
	}
	s.before, err = s.inventory(ctx)
	return err
}

// Env returns the variables with which the real provider only calls moto.
func (s *Server) Env() map[string]string { return awsplugin.Environment(s.layer.URL) }

// Close stops the layer and moto.
func (s *Server) Close() error {
	if s.layer != nil {
		s.layer.Close()
	}
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end moto: %w", err)
	}
	_ = s.command.Wait() // moto ends by the signal, for which Wait returns an error
	return nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return port, listener.Close()
}

// loopback ignores the proxy of the environment.
var loopback = &http.Client{Transport: &http.Transport{Proxy: nil}}

func get(ctx context.Context, address string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	return loopback.Do(request)
}
