// Package operator makes the calls of the steps of a recovery on the simulated account: those that no provider makes.
// What AWS does in minutes is done at once; package regions has the steps with their times.
package operator

import (
	"maps"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/recovery"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

// Account is the simulated account. Change fails while the region does not answer.
type Account interface {
	Change(region string, do func(awstypes.Store) error) error
}

// Operator makes calls in an account.
type Operator struct {
	account Account
	// values are those of the secrets, by ARN: the account has none.
	values map[string]string
	jobs   []*restoreJob
}

// New returns an operator of an account.
func New(account Account) *Operator { return &Operator{account: account, values: map[string]string{}} }

// In returns the services of a region.
func (o *Operator) In(region string) recovery.API {
	r := &inRegion{o, region}
	return recovery.API{
		Databases: databases{r}, Files: files{r}, Secrets: secrets{r}, Groups: groups{r}, Backups: backups{r},
	}
}

// DNS returns Route 53, as reached from a region.
func (o *Operator) DNS(region string) recovery.DNS { return names{&inRegion{o, region}} }

type inRegion struct {
	*Operator
	region string
}

func (r *inRegion) call(do func(awstypes.Store) error) error { return r.account.Change(r.region, do) }

// set changes a property of a resource. Whoever has read the resource keeps what it has read.
func set(r *awstypes.Resource, property string, value any) {
	r.State = maps.Clone(r.State)
	if value == nil {
		delete(r.State, property)
		return
	}
	r.State[property] = value
}

// named returns the resource of a type in a region that has a text; nil for none.
func named(store awstypes.Store, token, region, property, text string) *awstypes.Resource {
	for _, r := range store.Resources(token, region) {
		if r.State[property] == text {
			return r
		}
	}
	return nil
}

func text(values map[string]any, key string) string {
	out, _ := values[key].(string)
	return out
}
