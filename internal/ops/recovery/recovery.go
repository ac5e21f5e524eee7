// Package recovery moves the service to the other region and back, in steps that look at AWS before they act. A run that
// was interrupted anywhere is started again with the same arguments: what is done is found and left alone.
package recovery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
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
	DNS    DNS
	// ZoneID and HostName are those of the appliance's record; without a zone the record is yours to move.
	ZoneID, HostName string

	// Unplanned is a failover without the lost region: what was not copied yet is lost.
	Unplanned bool
	// DryRun looks and does nothing.
	DryRun bool
	// Clock waits; nil for the real time.
	Clock Clock
	// Report is called after each step.
	Report func(Result)
}

// Clock is the time that the steps see.
type Clock interface {
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration) error
}

// States of a step.
const (
	// Done is what this run did.
	Done = "done"
	// Already is what it found done.
	Already = "already"
	// Would is what a dry run leaves to do.
	Would = "would"
	// Open is a step that must be done when the lost region is back.
	Open = "open"
)

// Result is what became of a step.
type Result struct {
	Step, Does, State string
	Took              time.Duration
}

// step is one thing that is so, or is made so.
type step struct {
	name, does string
	// done reports whether it is so.
	done func(ctx context.Context) (bool, error)
	do   func(ctx context.Context) error
	// limit is how long it may take.
	limit time.Duration
	// maybeLost is true for a step in a region that may be gone.
	maybeLost bool
}

// unreachable reports whether a region does not answer: a name that cannot be resolved, a connection that cannot be made
// or is not answered. An error that a service answers with is none.
func unreachable(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded)
}

// poll is the time between two looks.
const poll = 10 * time.Second

// run runs the steps in their order.
func (m *Move) run(ctx context.Context, steps []step) (results []Result, err error) {
	if m.Clock == nil {
		m.Clock = realTime{}
	}
	for _, s := range steps {
		began := m.Clock.Now()
		state, err := m.one(ctx, s)
		if err != nil {
			return results, fmt.Errorf("%s: %w; run it again when that is repaired, it goes on here", s.name, err)
		}
		result := Result{Step: s.name, Does: s.does, State: state, Took: m.Clock.Now().Sub(began)}
		results = append(results, result)
		if m.Report != nil {
			m.Report(result)
		}
	}
	return results, nil
}

func (m *Move) one(ctx context.Context, s step) (state string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	isSo, err := s.done(ctx)
	switch {
	case err != nil && s.maybeLost && m.Unplanned && unreachable(err):
		return Open, nil
	case err != nil:
		return "", err
	case isSo:
		return Already, nil
	case m.DryRun:
		return Would, nil
	}
	if err := s.do(ctx); err != nil {
		return "", err
	}
	for deadline := m.Clock.Now().Add(s.limit); ; {
		if isSo, err = s.done(ctx); err != nil {
			return "", err
		}
		if isSo {
			return Done, nil
		}
		if !m.Clock.Now().Before(deadline) {
			return "", fmt.Errorf("not done after %s", s.limit)
		}
		if err := m.Clock.Sleep(ctx, poll); err != nil {
			return "", err
		}
	}
}

type realTime struct{}

func (realTime) Now() time.Time { return time.Now() }

func (realTime) Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
