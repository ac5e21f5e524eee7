package moto

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Call is one kind of call that the provider made: what a policy of the person who deploys must allow.
type Call struct {
	// Phase is the operation of the engine in which it was made, such as preview, up or destroy.
	Phase string
	// Service is the name under which the call was signed, such as elasticfilesystem: that of IAM's actions too.
	Service string
	// Operation is the name in AWS's model of the service, such as CreateFileSystem.
	Operation string
}

// String reads like "up ec2:CreateVpc".
func (c Call) String() string { return c.Phase + " " + c.Service + ":" + c.Operation }

// recorder records what passes the layer.
type recorder struct {
	models *models
	mu     sync.Mutex
	phase  string
	seen   map[Call]bool
}

func newRecorder(models *models) *recorder { return &recorder{models: models, seen: map[Call]bool{}} }

func (c *recorder) record(r *http.Request, form url.Values) {
	service, operation := c.name(r, form)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[Call{c.phase, service, operation}] = true
}

// signed is the scope of a signature: key, day, region, service.
var signed = regexp.MustCompile(`Credential=[^/]+/[^/]+/[^/]+/([^/]+)/`)

// signedFor is the service of a call by its signature; "" without one.
func signedFor(r *http.Request) string {
	if match := signed.FindStringSubmatch(r.Header.Get("Authorization")); match != nil {
		return match[1]
	}
	return ""
}

// name tells a call's service from its signature, and its operation as the service's protocol carries it. What the
// models do not know keeps its method and path, so that nobody takes it for known.
func (c *recorder) name(r *http.Request, form url.Values) (service, operation string) {
	service = cmp.Or(signedFor(r), "unsigned")
	_, target, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if operation = cmp.Or(form.Get("Action"), target); operation != "" {
		return service, operation
	}
	operation, err := c.models.operation(service, r)
	if err != nil {
		operation = fmt.Sprintf("%s %s (%v)", r.Method, r.URL.Path, err)
	}
	return service, operation
}

// Phase names the operation of the engine that begins.
func (s *Server) Phase(name string) {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	s.calls.phase = name
}

// Calls are the kinds of calls that the provider has made until now, sorted.
func (s *Server) Calls() []string {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	var out []string
	for call := range s.calls.seen {
		out = append(out, call.String())
	}
	slices.Sort(out)
	return out
}
