// Package account is one simulated AWS account: what exists in it, region by region, and what its services refuse. The
// types it knows are the table in kinds_*.go, its rules stand beside them in rules_*.go.
package account

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Values are the plain properties of a resource, as JSON has them: string, float64, bool, []any, map[string]any.
type Values = map[string]any

// Resource is one thing in the account.
type Resource struct {
	Token  string
	Region string // empty for a global service
	ID     string
	Inputs Values
	State  Values // inputs, defaults and what AWS added
	// fixture is true for what existed before the first deployment.
	fixture bool
	// digits are the made-up parts of its endpoints.
	digits map[string]string
}

// Request is one call of a provider: which resource, where, and what is wanted.
type Request struct {
	Region string
	Token  string
	ID     string // empty in a create
	Inputs Values
}

// Answer is what the service says back.
type Answer struct {
	ID    string
	State Values
}

// ErrNotFound is the answer about a resource that does not exist (any more).
var ErrNotFound = errors.New("not found")

// Account is safe for use by several provider processes at once.
type Account struct {
	ID        string
	Partition string
	// Scale is how many real seconds of AWS pass in one second of the rehearsal; 0 does not wait at all.
	Scale float64

	mu        sync.Mutex
	resources map[key]*Resource
	kept      []kept
	serial    int
}

// kept is what AWS keeps after a delete: its name is taken in its region.
type kept struct{ region, kind, name, text string }

type key struct{ region, token, id string }

// New returns an empty account.
func New(id, partition string, scale float64) *Account {
	return &Account{ID: id, Partition: partition, Scale: scale, resources: map[key]*Resource{}}
}

// Create makes a resource, if the service would.
func (a *Account) Create(r Request) (Answer, error) {
	kind, err := kindOf(r.Token)
	if err != nil {
		return Answer{}, err
	}
	c, err := a.locked(kind, r, func(c *Call) error { return c.create() })
	if err != nil {
		return Answer{}, err
	}
	a.wait(kind.Took.Create)
	return Answer{c.self.ID, maps.Clone(c.State)}, nil
}

// Update changes a resource in place.
func (a *Account) Update(r Request) (Answer, error) {
	kind, err := kindOf(r.Token)
	if err != nil {
		return Answer{}, err
	}
	c, err := a.locked(kind, r, func(c *Call) error {
		if c.Old == nil {
			return fmt.Errorf("%s %s: %w", r.Token, r.ID, ErrNotFound)
		}
		return c.update()
	})
	if err != nil {
		return Answer{}, err
	}
	a.wait(kind.Took.Update)
	return Answer{c.self.ID, maps.Clone(c.State)}, nil
}

// Read returns what is there now, or ErrNotFound.
func (a *Account) Read(r Request) (*Resource, error) {
	kind, err := kindOf(r.Token)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	found, ok := a.resources[a.key(kind, r)]
	if !ok {
		return nil, ErrNotFound
	}
	copied := *found
	copied.Inputs, copied.State = maps.Clone(found.Inputs), maps.Clone(found.State)
	return &copied, nil
}

// Delete removes a resource, if the service would.
func (a *Account) Delete(r Request) error {
	kind, err := kindOf(r.Token)
	if err != nil {
		return err
	}
	c, err := a.locked(kind, r, func(c *Call) error {
		if c.Old == nil {
			return nil
		}
		return c.delete()
	})
	if err == nil && c.Old != nil {
		a.wait(kind.Took.Delete)
	}
	return err
}

// locked makes a call while nothing else happens in the account.
func (a *Account) locked(kind *Kind, r Request, do func(*Call) error) (*Call, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var old *Resource
	if r.ID != "" {
		old = a.resources[a.key(kind, r)]
	}
	c := a.call(kind, r, old)
	return c, do(c)
}

// Leftovers names what deployments made and nobody deleted.
func (a *Account) Leftovers() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []string
	for k, r := range a.resources {
		if !r.fixture {
			out = append(out, strings.TrimSpace(k.token+" "+k.id+" "+k.region))
		}
	}
	slices.Sort(out)
	return out
}

// Kept names what AWS keeps on purpose after a delete: final snapshots, secrets in their recovery window, keys that wait
// for their deletion.
func (a *Account) Kept() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []string
	for _, k := range a.kept {
		out = append(out, k.text)
	}
	slices.Sort(out)
	return out
}

// Drift changes a property of the first resource of a type, as a person in the console would, and returns its id.
func (a *Account) Drift(token, property string, value any) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	found := a.find(func(r *Resource) bool { return r.Token == token && !r.fixture })
	if len(found) == 0 {
		return "", fmt.Errorf("no %s to change", token)
	}
	slices.SortFunc(found, func(x, y *Resource) int { return strings.Compare(x.ID, y.ID) })
	r := found[0]
	r.State = maps.Clone(r.State)
	r.State[property] = value
	return r.ID, nil
}

// Exists puts a resource into the account that was there before the first deployment.
func (a *Account) Exists(region, token, id string, state Values) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.resources[key{region, token, id}] = &Resource{
		Token: token, Region: region, ID: id, Inputs: state, State: state, fixture: true,
	}
}

func (a *Account) key(kind *Kind, r Request) key {
	region := r.Region
	if kind.Global {
		region = ""
	}
	return key{region, r.Token, r.ID}
}

func (a *Account) find(match func(*Resource) bool) []*Resource {
	var out []*Resource
	for _, r := range a.resources {
		if match(r) {
			out = append(out, r)
		}
	}
	return out
}

// hex returns n hexadecimal digits that no earlier call returned. They follow from the order of calls alone, so that a
// run can be told from another only by what it did.
func (a *Account) hex(n int) string {
	a.serial++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", a.ID, a.serial))
	return hex.EncodeToString(sum[:])[:n]
}

func (a *Account) wait(seconds int) {
	if a.Scale > 0 && seconds > 0 {
		time.Sleep(time.Duration(float64(seconds) / a.Scale * float64(time.Second)))
	}
}
