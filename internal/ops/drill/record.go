package drill

import (
	"slices"
	"sync"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// Fact is one line of the state before or after.
type Fact struct{ Name, Value string }

// Event is something that happened at a time.
type Event struct {
	At   time.Time
	Text string
}

// Alarm is one that began during the drill.
type Alarm struct {
	Name string
	On   time.Time
}

// Verdict is a target and what was measured.
type Verdict struct {
	Target

	Limit time.Duration
	// Measured is nil if the end was not seen.
	Measured *time.Duration
	Met      bool
}

// Record is the evidence of one drill.
type Record struct {
	// ID is the time of the beginning, 20060102T150405Z.
	ID, Drill, Stack, Account, Region, Who string
	// Simulated is true if the services were not AWS's: its times say nothing about recovery.
	Simulated bool
	// Does is what was injected.
	Does   string
	Before []Fact
	// Injected is zero if nothing was, and Released if nothing was suspended.
	Began, Injected, Released, Ended time.Time
	Events                           []Event
	Samples                          []Sample
	Alarms                           []Alarm
	// Detection is the time until AWS showed the failure, and Redundancy that until the spare was back; nil if not seen.
	Detection, Redundancy *time.Duration
	GaveUp                bool
	Verdicts              []Verdict
	// Undone says what became of what was suspended; empty if nothing was.
	Undone string
	// Problem is why the run ended early; empty if it did not.
	Problem string

	mu sync.Mutex
}

func (r *Record) note(at time.Time, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Events = append(r.Events, Event{At: at, Text: text})
}

// lost is when the time until the spare is back begins.
func (r *Record) lost() time.Time {
	if !r.Released.IsZero() {
		return r.Released
	}
	return r.Injected
}

// Complete reports whether the drill went to its end, so that its targets can be judged.
func (r *Record) Complete() bool { return r.Problem == "" && !r.Ended.IsZero() }

// Met reports whether every target was met.
func (r *Record) Met() bool {
	return r.Complete() && len(r.Verdicts) > 0 && !slices.ContainsFunc(r.Verdicts, func(v Verdict) bool { return !v.Met })
}

// longest outage since the injection; zero without one. over is false if an outage had not ended.
func (r *Record) longest() (took time.Duration, over bool) {
	over = true
	for _, o := range outages(r.Samples) {
		took = max(took, o.Took())
		over = over && o.Over
	}
	return took, over
}

// judge compares with the targets, if there was a failure.
func (r *Record) judge(c *config.Config) {
	r.Verdicts = nil
	if r.Injected.IsZero() {
		return
	}
	for _, t := range Targets {
		if t.Drill != r.Drill {
			continue
		}
		v := Verdict{Target: t, Limit: t.limit(c)}
		if t.Measure == measureRedundancy {
			v.Measured = r.Redundancy
		} else if took, over := r.longest(); over {
			v.Measured = &took
		}
		v.Met = v.Measured != nil && *v.Measured <= v.Limit
		r.Verdicts = append(r.Verdicts, v)
	}
}
