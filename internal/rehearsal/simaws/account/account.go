// Package account is one simulated AWS account with its resources in each region. Package awstypes has the resource
// types and the rules of their services.
package account

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

// Values are the plain properties of a resource with JSON types: string, float64, bool, []any, map[string]any.
type Values = awstypes.Values

// Resource is one resource in the account.
type Resource = awstypes.Resource

// Request is one call of a provider: the resource, its region, and its inputs.
type Request struct {
	Region string
	Token  string
	ID     string // empty in a create
	Inputs Values
	// Known is the state that the engine has, in an update; nil without an engine.
	Known Values
}

// Answer is the response of the service.
type Answer struct {
	ID    string
	State Values
}

// PartialError is the error of a change that was made although the provider's call failed.
type PartialError struct{ Err error }

// Error implements error.
func (e *PartialError) Error() string { return e.Err.Error() }

// Unwrap returns the error of the provider.
func (e *PartialError) Unwrap() error { return e.Err }

// ErrNotFound is the error for a resource that does not exist, or no longer exists.
var ErrNotFound = errors.New("not found")

// Account is safe for concurrent use. The methods of awstypes.Store are for calls that hold its lock.
type Account struct {
	ID        string
	Partition string
	// Scale is how many real seconds of AWS pass in one second of the rehearsal; 0 does not wait at all.
	Scale float64
	// LookUpDelay is how long each look-up waits for its answer.
	LookUpDelay time.Duration

	lookUps   atomic.Int64
	mu        sync.Mutex
	resources map[key]*Resource
	kept      []kept
	// drawn counts the calls of NewDigits for each request.
	drawn map[string]int
	// lost are the regions that do not answer.
	lost map[string]bool
}

// kept is a resource that AWS keeps after a delete. Its name stays taken in its region.
type kept struct{ region, kind, name, description string }

type key struct{ region, token, id string }

// New returns an empty account.
func New(id, partition string, scale float64) *Account {
	return &Account{ID: id, Partition: partition, Scale: scale, resources: map[key]*Resource{}, drawn: map[string]int{},
		lost: map[string]bool{}}
}

// Create creates a resource, or returns the service's error.
func (a *Account) Create(r Request) (Answer, error) {
	typ, err := typeOf(r.Token)
	if err != nil {
		return Answer{}, err
	}
	c, err := a.locked(typ, r, func(c *call) error { return c.create() })
	if partial := new(PartialError); errors.As(err, &partial) {
		return Answer{c.ID, maps.Clone(c.State)}, err
	}
	if err != nil {
		return Answer{}, err
	}
	a.wait(typ.Simulation.Duration.Create)
	return Answer{c.ID, maps.Clone(c.State)}, nil
}

// Update changes a resource in place.
func (a *Account) Update(r Request) (Answer, error) {
	typ, err := typeOf(r.Token)
	if err != nil {
		return Answer{}, err
	}
	c, err := a.locked(typ, r, func(c *call) error {
		if c.Old == nil {
			return fmt.Errorf("%s %s: %w", r.Token, r.ID, ErrNotFound)
		}
		return c.update()
	})
	if partial := new(PartialError); errors.As(err, &partial) {
		return Answer{c.ID, maps.Clone(c.State)}, err
	}
	if err != nil {
		return Answer{}, err
	}
	a.wait(typ.Simulation.Duration.Update)
	return Answer{c.ID, maps.Clone(c.State)}, nil
}

// Read returns the current state of a resource, or ErrNotFound.
func (a *Account) Read(r Request) (*Resource, error) {
	typ, err := typeOf(r.Token)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.answers(r.Region); err != nil {
		return nil, err
	}
	found, ok := a.resources[a.key(typ, r)]
	if !ok {
		return nil, ErrNotFound
	}
	copied := *found
	copied.Inputs, copied.State = maps.Clone(found.Inputs), maps.Clone(found.State)
	return &copied, nil
}

// Delete deletes a resource, or returns the service's error.
func (a *Account) Delete(r Request) error {
	typ, err := typeOf(r.Token)
	if err != nil {
		return err
	}
	c, err := a.locked(typ, r, func(c *call) error {
		if c.Old == nil {
			return nil
		}
		return c.delete()
	})
	if err == nil && c.Old != nil {
		a.wait(typ.Simulation.Duration.Delete)
	}
	return err
}

// locked runs a call while it holds the account's lock.
func (a *Account) locked(typ *awstypes.Type, r Request, do func(*call) error) (*call, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.call(typ, r, nil)
	if err := a.answers(r.Region); err != nil {
		return c, err
	}
	var old *Resource
	if r.ID != "" {
		old = a.resources[a.key(typ, r)]
	}
	c = a.call(typ, r, old)
	return c, do(c)
}

// Leftovers returns the resources that deployments created and did not delete, as "token id region".
func (a *Account) Leftovers() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []string
	for k, r := range a.resources {
		if !r.Fixture {
			out = append(out, strings.TrimSpace(k.token+" "+k.id+" "+k.region))
		}
	}
	slices.Sort(out)
	return out
}

// Kept describes resources that AWS keeps after a delete: final snapshots, secrets in their recovery window, and keys
// that wait for their deletion.
func (a *Account) Kept() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []string
	for _, k := range a.kept {
		out = append(out, k.description)
	}
	slices.Sort(out)
	return out
}

// Drift changes a property of the first resource of a type, as a person in the console would, and returns its id.
func (a *Account) Drift(token, property string, value any) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	found := a.find(func(r *Resource) bool { return r.Token == token && !r.Fixture })
	if len(found) == 0 {
		return "", fmt.Errorf("no %s to change", token)
	}
	r := found[0]
	r.State = maps.Clone(r.State)
	r.State[property] = value
	return r.ID, nil
}

// Exists adds a resource that existed before the first deployment.
func (a *Account) Exists(region, token, id string, state Values) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.resources[key{region, token, id}] = &Resource{
		Token: token, Region: region, ID: id, Inputs: state, State: state, Fixture: true,
	}
}

// key returns the key of a requested resource.
func (a *Account) key(typ *awstypes.Type, r Request) key {
	region := r.Region
	if typ.Simulation.Global {
		region = ""
	}
	return key{region, r.Token, r.ID}
}

// find returns the resources that match, in the order of their ids.
func (a *Account) find(match func(*Resource) bool) []*Resource {
	var out []*Resource
	for _, r := range a.resources {
		if match(r) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(x, y *Resource) int {
		return cmp.Or(strings.Compare(x.ID, y.ID), strings.Compare(x.Token, y.Token), strings.Compare(x.Region, y.Region))
	})
	return out
}

// Resources implements awstypes.Store.
func (a *Account) Resources(token, region string) []*Resource {
	typ := awstypes.Of(token)
	if typ != nil && typ.Simulation.Global {
		region = ""
	}
	return a.find(func(r *Resource) bool { return r.Token == token && (region == "" || r.Region == region) })
}

// Add implements awstypes.Store.
func (a *Account) Add(r *Resource) { a.resources[key{r.Region, r.Token, r.ID}] = r }

// Remove implements awstypes.Store.
func (a *Account) Remove(r *Resource) { delete(a.resources, key{r.Region, r.Token, r.ID}) }

// store is the account for one call.
type store struct {
	*Account
	// request identifies the call: region, type and inputs.
	request string
}

// storeFor returns the store of a call. Its digits depend on the request and not on the order of calls, which differs
// between runs because resources are registered in parallel. So runs of the same program have the same ids.
func (a *Account) storeFor(r Request) store {
	inputs, err := json.Marshal(r.Inputs)
	if err != nil { // a value that JSON does not have
		inputs = fmt.Append(nil, r.Inputs)
	}
	return store{Account: a, request: r.Region + " " + r.Token + " " + string(inputs)}
}

// NewDigits implements awstypes.Store.
func (s store) NewDigits(n int) string {
	s.drawn[s.request]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", s.ID, s.request, s.drawn[s.request]))
	return hex.EncodeToString(sum[:])[:n]
}

// Keep implements awstypes.Store.
func (a *Account) Keep(region, kind, name, description string) {
	a.kept = append(a.kept, kept{region, kind, name, description})
}

// IsKept implements awstypes.Store.
func (a *Account) IsKept(region, kind, name string) bool {
	return slices.ContainsFunc(a.kept, func(k kept) bool {
		return k.region == region && k.kind == kind && k.name == name
	})
}

// wait waits for the time that AWS needs, scaled.
func (a *Account) wait(seconds int) {
	if a.Scale > 0 && seconds > 0 {
		time.Sleep(time.Duration(float64(seconds) / a.Scale * float64(time.Second)))
	}
}

// DNSSuffix returns the DNS suffix of the account's partition.
func (a *Account) DNSSuffix() string { return awstypes.DNSSuffix(a.Partition) }

// Refuses returns the error with which a service would refuse to create a resource if only the resources of the fixture
// and those for which sees returns true existed. It creates nothing.
func (a *Account) Refuses(r Request, sees func(*Resource) bool) error {
	typ, err := typeOf(r.Token)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	seen := New(a.ID, a.Partition, 0)
	seen.kept = a.kept
	for k, existing := range a.resources {
		if existing.Fixture || sees(existing) {
			seen.resources[k] = existing
		}
	}
	return seen.call(typ, r, nil).refuse()
}
