package drill

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

// kind is what the drills differ in, beside what they call.
type kind struct {
	// tiers are those whose alarms must be quiet, by their names in the alarms.
	tiers []string
	// before are the checks of `ops validate` that must pass before the drill, and spare those that tell that the spare is
	// back.
	before, spare []string
	failure       func(*run) failure
}

var kinds = map[string]kind{
	Node: {
		tiers:   []string{"cluster", "loadbalancer"},
		before:  []string{"nodes-in-service", "nodes-processes", "nodes-rollout", "balancer-targets", "ping"},
		spare:   []string{"nodes-in-service", "nodes-zones", "balancer-targets", "ping"},
		failure: func(r *run) failure { return &node{run: r} },
	},
	Database: {
		tiers:   []string{"database"},
		before:  []string{"database-available", "database-zones", "ping"},
		spare:   []string{"database-available", "database-zones", "ping"},
		failure: func(r *run) failure { return &database{run: r} },
	},
	Broker: {
		tiers:   []string{"messaging"},
		before:  []string{"messaging-running", "messaging-zones", "ping"},
		spare:   []string{"messaging-running", "messaging-zones", "ping"},
		failure: func(r *run) failure { return &broker{run: r} },
	},
	Search: {
		tiers:   []string{"search"},
		before:  []string{"search-active", "search-zones", "ping"},
		spare:   []string{"search-active", "search-zones", "ping"},
		failure: func(r *run) failure { return &search{run: r} },
	},
	Zone: {
		tiers: []string{"cluster", "loadbalancer"},
		before: []string{
			"balancer-active", "nodes-in-service", "nodes-zones", "nodes-processes", "nodes-rollout", "balancer-targets", "ping",
		},
		spare:   []string{"balancer-active", "nodes-in-service", "balancer-targets", "ping"},
		failure: func(r *run) failure { return &zone{run: r} },
	},
}

// unfit returns why no drill may start now: a finding of a check, an alarm that is on, or what another drill left behind.
func (r *run) unfit(ctx context.Context) ([]string, error) {
	var problems []string
	for _, o := range r.outcomes(ctx, r.kind.before) {
		switch o.Status {
		case check.Unknown:
			return nil, fmt.Errorf("the check %s could not look: %s", o.ID, o.Evidence)
		case check.Found:
			problems = append(problems, fmt.Sprintf("%s: %s (%s)", o.ID, o.Evidence, o.Runbook()))
		case check.Passed, check.Skipped:
		}
	}
	firing, err := r.subject.Firing(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range firing {
		if r.concerns(name) {
			problems = append(problems, fmt.Sprintf("the alarm %s is on: the result would not be the drill's (docs/monitoring.md)",
				name))
		}
		r.alarms[name] = true
	}
	shifts, err := Shifts(ctx, r.subject)
	if err != nil {
		return nil, err
	}
	for _, shift := range shifts {
		problems = append(problems, shift.refusal(r.record.Stack))
	}
	return problems, nil
}

// concerns reports whether an alarm is of the drill's tiers, or tells that nobody is served or that something has no
// spare. Alarms are named morpheus-<stack>-<tier>-<what>, composite ones without what.
func (r *run) concerns(alarm string) bool {
	what := strings.TrimPrefix(alarm, "morpheus-"+r.record.Stack+"-")
	return slices.ContainsFunc(slices.Concat(r.kind.tiers, []string{"down", "redundancy"}), func(tier string) bool {
		return what == tier || strings.HasPrefix(what, tier+"-")
	})
}
