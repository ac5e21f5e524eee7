// Package validate asks whether a deployed stack is healthy: every service, zones, backups, monitoring, TLS from outside,
// encryption, and what the nodes tell about themselves. It changes nothing unless Transactions is set.
package validate

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

// Subject is what the checks look at. All but Outside, Drift and Now are required.
type Subject struct {
	Config  *config.Config
	Account *account.Account
	Outputs stack.Outputs
	State   stack.State
	// Outside reaches the load balancer as a client does; nil for the network of the machine.
	Outside Outside
	// Drift compares the program with the account and returns the changes; nil to leave it out.
	Drift func(ctx context.Context) (changes []string, err error)
	// Now is the time that ages are compared with; zero for the present.
	Now time.Time
	// Transactions lets the nodes write a file, messages and a document, which they remove again.
	Transactions bool

	cleaning sync.WaitGroup
}

// Checks of a subject, in the order of the report.
func Checks(s *Subject) []check.Check {
	if s.Now.IsZero() {
		s.Now = time.Now()
	}
	if s.Outside == nil {
		s.Outside = &internet{client: &http.Client{Timeout: outsideTimeout}}
	}
	return slices.Concat(s.nodeChecks(), s.insideChecks(), s.balancerChecks(), s.outsideChecks(), s.databaseChecks(),
		s.messagingChecks(), s.searchChecks(), s.fileChecks(), s.backupChecks(), s.monitoringChecks(), s.encryptionChecks(),
		s.transactionChecks(), s.driftChecks())
}

// zones of the stack.
func (s *Subject) zones() []string { return s.Config.Network.AvailabilityZones }

// production reports whether the stack protects its data.
func (s *Subject) protected() bool {
	protection, err := s.Config.Protection()
	return err == nil && protection.DeletionProtection
}

// days until a time, rounded down.
func (s *Subject) days(until time.Time) int { return int(until.Sub(s.Now).Hours() / 24) }

// missing returns the elements of a list that another one lacks.
func missing(all, has []string) []string {
	var out []string
	for _, one := range all {
		if !slices.Contains(has, one) {
			out = append(out, one)
		}
	}
	return out
}

// distinct returns a list sorted and without repetitions.
func distinct(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return slices.Compact(out)
}
