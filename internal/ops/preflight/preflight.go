// Package preflight asks an account, before any resource of a stack exists, whether an update would succeed: identity,
// permissions, quotas, what the zones offer, network, names, certificates and files. It changes nothing.
package preflight

import (
	"context"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

// Subject is what the checks look at. Account and Config are required.
type Subject struct {
	Config  *config.Config
	Account *account.Account
	// NameServers asks the public DNS for the name servers of a domain; nil for the resolver of the machine.
	NameServers func(ctx context.Context, domain string) ([]string, error)
	// HTTP fetches headers of packages; nil for a client with a time-out.
	HTTP *http.Client
	// Now is the time that end dates are compared with; zero for the present.
	Now time.Time
}

// httpTimeout of a request for the headers of a package.
const httpTimeout = 20 * time.Second

// Checks of a subject, in the order of the report.
func Checks(s *Subject) []check.Check {
	if s.NameServers == nil {
		s.NameServers = lookUpNameServers
	}
	if s.HTTP == nil {
		s.HTTP = &http.Client{Timeout: httpTimeout}
	}
	if s.Now.IsZero() {
		s.Now = time.Now()
	}
	return slices.Concat(s.identityChecks(), s.accountChecks(), s.quotaChecks(), s.offerChecks(), s.versionChecks(),
		s.networkChecks(), s.dnsChecks(), s.fileChecks(), s.existingChecks(), s.nameChecks())
}

func lookUpNameServers(ctx context.Context, domain string) ([]string, error) {
	found, err := net.DefaultResolver.LookupNS(ctx, domain)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, server := range found {
		out = append(out, server.Host)
	}
	return out, nil
}

// owns reports whether tags are those of the stack: a failed first update may have created it.
func (s *Subject) owns(tags map[string]string) bool {
	own := s.Config.DefaultTags()
	return tags["Project"] == own["Project"] && tags["Stack"] == own["Stack"]
}
