package drill

import (
	"context"
	"fmt"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/validate"
)

// steps of a drill. A dry run looks at each and does none.
func (r *run) steps() []steps.Step {
	wait := func(context.Context) error { return nil }
	out := []steps.Step{
		{
			Name: "inject", Does: r.failure.does(), Limit: 0,
			Done: func(context.Context) (bool, error) { return r.injected, nil },
			Do: func(ctx context.Context) error {
				r.injected, r.record.Injected = true, time.Now()
				r.event("injected: %s", r.failure.does())
				return r.failure.inject(ctx)
			},
		},
		{
			Name: "notice", Does: "wait until AWS shows the failure", Limit: noticeLimit + awsPoll, Do: wait, Done: r.isNoticed,
		},
	}
	if s, suspends := r.failure.(suspending); suspends {
		held := false
		out = append(out, steps.Step{
			Name: "hold", Does: fmt.Sprintf("leave it so for %s", r.options.Hold), Limit: time.Minute,
			Done: func(context.Context) (bool, error) { return held, nil },
			Do: func(ctx context.Context) error {
				held = true
				return steps.RealTime{}.Sleep(ctx, r.options.Hold)
			},
		}, steps.Step{
			Name: "undo", Does: "end it; otherwise " + s.stays(), Limit: undoLimit,
			Done: func(context.Context) (bool, error) { return r.undone, nil },
			Do: func(ctx context.Context) error {
				r.record.Released = time.Now()
				return r.undo(ctx)
			},
		})
	}
	return append(out, steps.Step{
		Name: "redundancy", Does: "wait until the spare is back", Limit: r.giveUp() + awsPoll, Do: wait, Done: r.isWhole,
	})
}

// giveUp is how long a drill waits for the spare.
func (r *run) giveUp() time.Duration {
	return targetOf(r.record.Drill, measureRedundancy).limit(r.subject.Config) + patience
}

func (r *run) isNoticed(ctx context.Context) (bool, error) {
	if !r.injected || r.record.Detection != nil {
		return r.injected, nil
	}
	isSo, shows, err := r.failure.noticed(ctx)
	if err != nil {
		return false, err
	}
	took := time.Since(r.record.Injected)
	switch {
	case isSo:
		r.record.Detection = &took
		r.event("AWS shows the failure: %s", shows)
	case took >= noticeLimit:
		return false, fmt.Errorf("AWS has not shown the failure within %s: %s", noticeLimit, shows)
	}
	return isSo, r.noteAlarms(ctx)
}

// isWhole asks AWS and the checks of the tier. It is done as well when the drill gives up: that is a target missed.
func (r *run) isWhole(ctx context.Context) (bool, error) {
	if !r.injected || r.record.Redundancy != nil {
		return r.injected, nil
	}
	if err := r.noteAlarms(ctx); err != nil {
		return false, err
	}
	isSo, shows, err := r.failure.whole(ctx)
	if err != nil {
		return false, err
	}
	if isSo {
		isSo, shows = r.healthy(ctx, r.kind.spare)
	}
	took := time.Since(r.record.lost())
	switch {
	case isSo:
		r.record.Redundancy = &took
		r.event("the spare is back: %s", shows)
	case took >= r.giveUp():
		r.event("the spare is not back after %s: %s", r.giveUp(), shows)
		r.record.GaveUp = true
		return true, nil
	}
	return isSo, nil
}

// healthy runs checks of `ops validate` and reports whether all pass. One that cannot look does not: nobody answers during
// an outage.
func (r *run) healthy(ctx context.Context, ids []string) (isSo bool, shows string) {
	isSo = true
	for _, o := range r.outcomes(ctx, ids) {
		switch o.Status {
		case check.Found, check.Unknown:
			isSo = false
			shows = join(shows, o.ID+": "+o.Evidence)
		case check.Passed, check.Skipped:
			if isSo {
				shows = join(shows, o.Evidence)
			}
		}
	}
	return isSo, shows
}

func join(all, more string) string {
	if all == "" {
		return more
	}
	return all + "; " + more
}

// outcomes of checks of `ops validate`.
func (r *run) outcomes(ctx context.Context, ids []string) []check.Outcome {
	var chosen []check.Check
	for _, id := range ids {
		for _, c := range validate.Checks(r.subject) {
			if c.ID == id {
				chosen = append(chosen, c)
			}
		}
	}
	return check.Run(ctx, chosen, check.Options{Explain: account.Explain})
}

// noteAlarms notes each alarm when it begins and ends.
func (r *run) noteAlarms(ctx context.Context) error {
	firing, err := r.subject.Firing(ctx)
	if err != nil {
		return err
	}
	now := map[string]bool{}
	for _, name := range firing {
		now[name] = true
		if !r.alarms[name] {
			r.event("alarm %s is on", name)
			r.record.Alarms = append(r.record.Alarms, Alarm{Name: name, On: time.Now()})
		}
	}
	for name := range r.alarms {
		if !now[name] {
			r.event("alarm %s is off", name)
		}
	}
	r.alarms = now
	return nil
}
