// Package steps runs work on AWS in steps that look before they act. A run that was interrupted anywhere is started again
// with the same arguments: what is done is found and left alone.
package steps

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// Step is one thing that is so, or is made so.
type Step struct {
	Name, Does string
	// Done reports whether it is so.
	Done func(ctx context.Context) (bool, error)
	// Do begins it; Done then tells when it is so.
	Do func(ctx context.Context) error
	// Limit is how long it may take after Do.
	Limit time.Duration
	// MayBeLost is true for a step where nobody may answer any more, such as a lost region.
	MayBeLost bool
}

// Options of a run.
type Options struct {
	// DryRun looks and does nothing.
	DryRun bool
	// LeaveOpen goes on after a step with MayBeLost that does not answer.
	LeaveOpen bool
	// Clock waits; nil for the real time.
	Clock Clock
	// Poll is the time between two looks; zero for ten seconds.
	Poll time.Duration
	// Once is true for steps that a second run would do again: their errors do not say that it goes on.
	Once bool
	// Report is called after each step; nil for no reports.
	Report func(Result)
	// Waiting is called at least every ten seconds while a step takes longer, with the time so far; nil for no reports.
	Waiting func(Result)
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
	// Open is a step that must be done when what is lost is back.
	Open = "open"
	// Waits is a step that has begun.
	Waits = "waiting"
)

// Result is what became of a step.
type Result struct {
	Step, Does, State string
	Took              time.Duration
}

// Unreachable reports whether nobody answers: a name that cannot be resolved, a connection that cannot be made or is not
// answered. An error that a service answers with is none.
func Unreachable(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded)
}

// poll is the time between two looks.
const poll = 10 * time.Second

// Run runs the steps in their order and stops at the first error, which names its step.
func Run(ctx context.Context, steps []Step, o Options) (results []Result, err error) {
	if o.Clock == nil {
		o.Clock = RealTime{}
	}
	if o.Poll == 0 {
		o.Poll = poll
	}
	for _, s := range steps {
		began := o.Clock.Now()
		state, err := one(ctx, s, o)
		if err != nil && o.Once {
			return results, fmt.Errorf("%s: %w", s.Name, err)
		}
		if err != nil {
			return results, fmt.Errorf("%s: %w; run it again when that is repaired, it goes on here", s.Name, err)
		}
		result := Result{Step: s.Name, Does: s.Does, State: state, Took: o.Clock.Now().Sub(began)}
		results = append(results, result)
		if o.Report != nil {
			o.Report(result)
		}
	}
	return results, nil
}

func one(ctx context.Context, s Step, o Options) (state string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	isSo, err := s.Done(ctx)
	switch {
	case err != nil && s.MayBeLost && o.LeaveOpen && Unreachable(err):
		return Open, nil
	case err != nil:
		return "", err
	case isSo:
		return Already, nil
	case o.DryRun:
		return Would, nil
	}
	began := o.Clock.Now()
	if err := o.during(s, began, func() error { return s.Do(ctx) }); err != nil {
		return "", err
	}
	for deadline := o.Clock.Now().Add(s.Limit); ; {
		if isSo, err = s.Done(ctx); err != nil {
			return "", err
		}
		if isSo {
			return Done, nil
		}
		if !o.Clock.Now().Before(deadline) {
			return "", fmt.Errorf("not done after %s", s.Limit)
		}
		if o.Waiting != nil {
			o.Waiting(Result{Step: s.Name, Does: s.Does, State: Waits, Took: o.Clock.Now().Sub(began)})
		}
		if err := o.Clock.Sleep(ctx, o.Poll); err != nil {
			return "", err
		}
	}
}

// during does something, and reports every ten seconds of real time that it has not ended.
func (o Options) during(s Step, began time.Time, do func() error) error {
	if o.Waiting == nil {
		return do()
	}
	ended := make(chan error, 1)
	go func() { ended <- do() }()
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-ticker.C:
			o.Waiting(Result{Step: s.Name, Does: s.Does, State: Waits, Took: o.Clock.Now().Sub(began)})
		}
	}
}

// RealTime is the clock of the machine.
type RealTime struct{}

// Now implements Clock.
func (RealTime) Now() time.Time { return time.Now() }

// Sleep implements Clock.
func (RealTime) Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
