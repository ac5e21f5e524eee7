// Package recovery moves the service to the other region and back, in steps that look at AWS before they act. A run that
// was interrupted anywhere is started again with the same arguments: what is done is found and left alone.
package recovery

import (
	"context"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// Side is what one region has.
type Side struct {
	Region string
	API    API
	// ClusterArn is the member of the global database there, and FileSystem the id of the files.
	ClusterArn, FileSystem string
	// Secrets are the ARNs there of the secrets that both regions have.
	Secrets []string
	// Group is the name of the scaling group; MinSize and MaxSize are its sizes while it serves.
	Group            string
	MinSize, MaxSize int32
	Stack            Stack
}

// Stack deploys the stack of a region.
type Stack interface {
	// Serves reports whether the stack has all that serves users.
	Serves(ctx context.Context) (bool, error)
	// Serve deploys all that serves users; Stand takes away what only that needs, and keeps the data.
	Serve(ctx context.Context) error
	Stand(ctx context.Context) error
	// Alias is the name and the hosted zone of the load balancer.
	Alias(ctx context.Context) (Alias, error)
}

// Alias is the target of the appliance's record.
type Alias struct{ Name, ZoneID string }

// Move is one way of the service from a region to the other.
type Move struct {
	From, To Side
	// Global is the identifier of the global database.
	Global string
	// Copies are what To is made of, with recovery.mode backup; nil if its rows and files follow.
	Copies *Copies
	DNS    DNS
	// ZoneID and HostName are those of the appliance's record; without a zone the record is yours to move.
	ZoneID, HostName string

	// Unplanned is a failover without the lost region: what was not copied yet is lost.
	Unplanned bool
	// DryRun looks and does nothing.
	DryRun bool
	// Clock waits; nil for the real time.
	Clock steps.Clock
	// Report is called after each step, and Waiting at least every ten seconds of a longer one; nil for no reports.
	Report, Waiting func(steps.Result)
}

// run runs the steps in their order.
func (m *Move) run(ctx context.Context, all []steps.Step) ([]steps.Result, error) {
	return steps.Run(ctx, all, steps.Options{DryRun: m.DryRun, LeaveOpen: m.Unplanned, Clock: m.clock(),
		Report: m.Report, Waiting: m.Waiting})
}

func (m *Move) clock() steps.Clock {
	if m.Clock == nil {
		return steps.RealTime{}
	}
	return m.Clock
}
