package recovery

import (
	"context"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// Failover makes the other region serve. A planned one stops the first region before and loses nothing. An unplanned one
// goes on without the lost region; run it again when that is back, which stops what still runs there. One from copies is
// always unplanned.
func (m *Move) Failover(ctx context.Context) ([]steps.Result, error) {
	if m.Copies != nil {
		return m.failoverFromCopies(ctx)
	}
	all := []steps.Step{m.fence(m.From, "stop the nodes of the old region"), m.takesPart(m.To)}
	if !m.Unplanned {
		all = append(all, m.synced())
	}
	all = append(all, m.promoteRows(), m.openFiles())
	for i, arn := range m.To.Secrets {
		all = append(all, m.promoteSecret(m.To, arn, i))
	}
	return m.run(ctx, append(all, m.serve(), m.release(), m.inService(), m.moveName()))
}

// Failback makes the first region, From's former one, serve again, with all that was written since the failover. It is
// always planned.
func (m *Move) Failback(ctx context.Context) ([]steps.Result, error) {
	m.Unplanned = false
	all := []steps.Step{
		m.fence(m.To, "stop what still runs in the first region"),
		m.takesPart(m.To),
		m.filesBack(),
		m.fence(m.From, "stop the nodes of the recovery region"),
		m.synced(),
		m.promoteRows(),
		m.openFiles(),
	}
	for i := range m.From.Secrets {
		all = append(all, m.secretBack(i))
	}
	return m.run(ctx, append(all, m.serve(), m.release(), m.inService(), m.moveName(), m.stand(), m.removeCopy()))
}

const (
	// nodesLimit is for the nodes of a group, one after the other; stackLimit for a broker and a search domain as well.
	nodesLimit = 3 * time.Hour
	stackLimit = 4 * time.Hour
	// drainLimit is for the drain of nodes, which may take an hour.
	drainLimit = 90 * time.Minute
	// rowsLimit and filesLimit are for AWS: minutes, by its documentation.
	rowsLimit  = time.Hour
	filesLimit = 2 * time.Hour
	shortLimit = 15 * time.Minute
)

// serve deploys the stack of the new region.
func (m *Move) serve() steps.Step {
	return steps.Step{
		Name: "deploy the new region", Does: "pulumi up of the stack in " + m.To.Region + ": broker, search domain, load balancer, nodes",
		Limit: stackLimit, Done: m.To.Stack.Serves, Do: m.To.Stack.Serve,
	}
}

// stand takes away what only serves users.
func (m *Move) stand() steps.Step {
	return steps.Step{
		Name: "stand by", Does: "pulumi up of the stack in " + m.From.Region + ", which keeps the data and nothing that serves users",
		Limit: stackLimit,
		Done: func(ctx context.Context) (bool, error) {
			serves, err := m.From.Stack.Serves(ctx)
			return !serves, err
		},
		Do: m.From.Stack.Stand,
	}
}
