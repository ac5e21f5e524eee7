package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// DefaultTimeout is the time that one check may take, with its retries.
	DefaultTimeout = 60 * time.Second
	// sideBySide is the number of checks at the same time.
	sideBySide = 16
	// quiet is the time without progress messages.
	quiet = 10 * time.Second
)

// Options of a run.
type Options struct {
	// Timeout of each check; DefaultTimeout if it is zero.
	Timeout time.Duration
	// Explain turns the error of a check that could not look into one line; nil for the error's own text.
	Explain func(error) string
	// Progress receives a line every ten seconds; nil for none.
	Progress func(line string)
}

// Outcome is a check and its result.
type Outcome struct {
	Check
	Result

	Took time.Duration
}

// EffectiveSeverity is the severity of the result, or that of the check.
func (o Outcome) EffectiveSeverity() Severity {
	if o.Result.Severity != "" {
		return o.Result.Severity
	}
	return o.Check.Severity
}

// Run executes the checks side by side and returns their outcomes in the order of the checks. Each has a time-out of its
// own, and none stops the others.
func Run(ctx context.Context, checks []Check, options Options) []Outcome {
	if options.Timeout == 0 {
		options.Timeout = DefaultTimeout
	}
	if options.Explain == nil {
		options.Explain = func(err error) string { return err.Error() }
	}
	out := make([]Outcome, len(checks))
	waiting := newWaiting(checks)
	stop := waiting.report(options.Progress)
	defer stop()
	slots := make(chan struct{}, sideBySide)
	var group sync.WaitGroup
	for i, c := range checks {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			out[i] = one(ctx, c, options)
			waiting.done(c.ID)
		})
	}
	group.Wait()
	return out
}

// one runs a check. A check that does not react to its time-out is left behind, so that it cannot hold up the report.
func one(ctx context.Context, c Check, options Options) Outcome {
	timeout := max(options.Timeout, c.Timeout)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	start := time.Now()
	ended := make(chan Outcome, 1)
	go func() {
		result, err := c.Run(ctx)
		if err != nil {
			result = Result{Status: Unknown, Evidence: line(options.Explain(err))}
		}
		ended <- Outcome{Check: c, Result: result}
	}()
	var out Outcome
	select {
	case out = <-ended:
	case <-ctx.Done():
		// The check may end in the same moment, with a better text.
		select {
		case out = <-ended:
		case <-time.After(time.Second):
			text := fmt.Sprintf("no answer within %s", timeout)
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				text = "interrupted"
			}
			out = Outcome{Check: c, Result: Result{Status: Unknown, Evidence: text}}
		}
	}
	out.Took = time.Since(start)
	return out
}

// line puts a text into one line.
func line(text string) string { return strings.Join(strings.Fields(text), " ") }

// waiting are the checks that have not ended.
type waiting struct {
	mu    sync.Mutex
	total int
	ids   map[string]bool
}

func newWaiting(checks []Check) *waiting {
	w := &waiting{total: len(checks), ids: map[string]bool{}}
	for _, c := range checks {
		w.ids[c.ID] = true
	}
	return w
}

func (w *waiting) done(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.ids, id)
}

// report calls progress every ten seconds until the returned function is called.
func (w *waiting) report(progress func(string)) func() {
	if progress == nil {
		return func() {}
	}
	ticker, end := time.NewTicker(quiet), make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				progress(w.line())
			case <-end:
				return
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(end)
	}
}

func (w *waiting) line() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var ids []string
	for id := range w.ids {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return fmt.Sprintf("%d of %d checks have ended; waiting for %s", w.total-len(ids), w.total, list(ids))
}
