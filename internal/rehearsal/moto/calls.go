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

// Call is an operation that the provider called. The policies of the deployer must allow it.
type Call struct {
	// Phase is the operation of the engine, such as preview, up or destroy.
	Phase string
	// Service is the service name in the signature, such as elasticfilesystem. IAM's actions have the same name.
	Service string
	// Operation is the name in AWS's model of the service, such as CreateFileSystem.
	Operation string
}

// String returns a text such as "up ec2:CreateVpc".
func (c Call) String() string { return c.Phase + " " + c.Service + ":" + c.Operation }

// recorder records the calls that pass through the layer.
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

// signed matches the credential scope of a signature: key, day, region, service.
var signed = regexp.MustCompile(`Credential=[^/]+/[^/]+/[^/]+/([^/]+)/`)

// signedFor returns the service in a call's signature; "" without a signature.
func signedFor(r *http.Request) string {
	if match := signed.FindStringSubmatch(r.Header.Get("Authorization")); match != nil {
		return match[1]
	}
	return ""
}

// name reads a call's service from its signature, and its operation from the request. A call without a model has its
// method and path as its name.
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

// Phase sets the engine's operation for the following calls.
func (s *Server) Phase(name string) {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	s.calls.phase = name
}

// Calls returns the distinct calls of the provider so far, sorted.
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

// Namer returns a function that reads the service in the signature and the operation of a call, by the models in moto's
// virtual environment.
func Namer(environment string) func(r *http.Request, form url.Values) (service, operation string) {
	return newRecorder(newModels(environment)).name
}
