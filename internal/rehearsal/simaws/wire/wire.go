// Package wire transports calls from the provider plug-ins to their shared account. As with the real plug-in, each
// provider instance is a separate process. All of them call one account server on loopback.
package wire

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// Environment variables with the address and the token of a plug-in's account.
const (
	AddressVariable = "SIMAWS_ADDRESS"
	TokenVariable   = "SIMAWS_TOKEN" // #nosec G101 -- the name of a variable
)

const tokenHeader = "X-Simaws-Token" // #nosec G101 -- the name of a header

// Backend has the account's methods for a provider, in the same process or in another one.
type Backend interface {
	Create(account.Request) (account.Answer, error)
	Update(account.Request) (account.Answer, error)
	Read(account.Request) (*account.Resource, error)
	Delete(account.Request) error
	Invoke(region, token string, args account.Values) (account.Values, error)
	Identity() (id, partition string, err error)
}

type message struct {
	Op      string
	Request account.Request
}

type reply struct {
	Answer    account.Answer
	Resource  *account.Resource
	Values    account.Values
	ID        string
	Partition string
	Error     string
	NotFound  bool
	// Partial is true if the change was made although there is an error.
	Partial bool
}

// Server answers plug-ins on loopback until it is closed.
type Server struct {
	http  *http.Server
	addr  string
	token string
}

// Serve serves an account on a free loopback port. It only accepts requests with the token.
func Serve(a *account.Account) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("account server: listen: %w", err)
	}
	secret := make([]byte, 16)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("account server: token: %w", err)
	}
	s := &Server{addr: listener.Addr().String(), token: hex.EncodeToString(secret)}
	s.http = &http.Server{Handler: s.handler(a), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(listener) }() // ends with ErrServerClosed when Close is called
	return s, nil
}

// Env returns the environment variables with which a plug-in reaches the account.
func (s *Server) Env() map[string]string {
	return map[string]string{AddressVariable: s.addr, TokenVariable: s.token}
}

// Close stops the server.
func (s *Server) Close() error { return s.http.Close() }

func (s *Server) handler(a *account.Account) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(tokenHeader) != s.token {
			http.Error(w, "wrong token", http.StatusForbidden)
			return
		}
		var m message
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		out, err := dispatch(a, m)
		if err != nil {
			partial := new(account.PartialError)
			out.Error, out.NotFound = err.Error(), errors.Is(err, account.ErrNotFound)
			out.Partial = errors.As(err, &partial)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out) // the client may have ended
	})
}

func dispatch(b Backend, m message) (out reply, err error) {
	switch m.Op {
	case "create":
		out.Answer, err = b.Create(m.Request)
	case "update":
		out.Answer, err = b.Update(m.Request)
	case "read":
		out.Resource, err = b.Read(m.Request)
	case "delete":
		err = b.Delete(m.Request)
	case "invoke":
		out.Values, err = b.Invoke(m.Request.Region, m.Request.Token, m.Request.Inputs)
	case "identity":
		out.ID, out.Partition, err = b.Identity()
	default:
		err = fmt.Errorf("unknown operation %q", m.Op)
	}
	return out, err
}

// Client calls an account in another process.
type Client struct{ addr, token string }

// Dial returns a client for the account in the environment variables.
func Dial() (*Client, error) {
	c := &Client{os.Getenv(AddressVariable), os.Getenv(TokenVariable)}
	if c.addr == "" {
		return nil, fmt.Errorf("%s is not set: this plug-in simulates AWS and must be started by a rehearsal",
			AddressVariable)
	}
	return c, nil
}

func (c *Client) call(op string, request account.Request) (reply, error) {
	var out reply
	body, err := json.Marshal(message{op, request})
	if err != nil {
		return out, err
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+c.addr,
		bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	req.Header.Set(tokenHeader, c.token)
	// No proxy: the account is on loopback.
	response, err := (&http.Client{Transport: &http.Transport{Proxy: nil}}).Do(req)
	if err != nil {
		return out, fmt.Errorf("account server: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return out, fmt.Errorf("account server: %s", response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		return out, fmt.Errorf("account server: %w", err)
	}
	switch {
	case out.NotFound:
		return out, fmt.Errorf("%s: %w", out.Error, account.ErrNotFound)
	case out.Partial:
		return out, &account.PartialError{Err: errors.New(out.Error)}
	case out.Error != "":
		return out, errors.New(out.Error)
	}
	return out, nil
}

// Create creates a resource.
func (c *Client) Create(r account.Request) (account.Answer, error) {
	out, err := c.call("create", r)
	return out.Answer, err
}

// Update changes a resource.
func (c *Client) Update(r account.Request) (account.Answer, error) {
	out, err := c.call("update", r)
	return out.Answer, err
}

// Read returns a resource, or account.ErrNotFound.
func (c *Client) Read(r account.Request) (*account.Resource, error) {
	out, err := c.call("read", r)
	return out.Resource, err
}

// Delete removes a resource.
func (c *Client) Delete(r account.Request) error {
	_, err := c.call("delete", r)
	return err
}

// Invoke returns the result of a look-up.
func (c *Client) Invoke(region, token string, args account.Values) (account.Values, error) {
	out, err := c.call("invoke", account.Request{Region: region, Token: token, Inputs: args})
	return out.Values, err
}

// Identity returns the account's number and partition.
func (c *Client) Identity() (id, partition string, err error) {
	out, err := c.call("identity", account.Request{})
	return out.ID, out.Partition, err
}
