package drill

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/validate"
)

const (
	// pingEvery is the time between two requests: the resolution of an outage.
	pingEvery = time.Second
	// pingTimeout is how long a request may take. The next one does not wait for it.
	pingTimeout = 5 * time.Second
)

// Sample is one request to /ping.
type Sample struct {
	// At is when the request began, and Failed why it is no answer; empty for an answer with 200.
	At     time.Time
	Failed string
}

// watch asks /ping every second.
type watch struct {
	mu      sync.Mutex
	samples []Sample
	cancel  context.CancelFunc
	pending sync.WaitGroup
	event   func(string, ...any)
}

// startWatch goes on when ctx has ended, until stop: an interrupted drill still undoes something.
func startWatch(ctx context.Context, outside validate.Outside, url string, event func(string, ...any)) *watch {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	w := &watch{cancel: cancel, event: event}
	w.pending.Go(func() {
		ticker := time.NewTicker(pingEvery)
		defer ticker.Stop()
		for {
			at := time.Now()
			w.pending.Go(func() { w.ask(ctx, outside, url, at) })
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	})
	return w
}

func (w *watch) ask(ctx context.Context, outside validate.Outside, url string, at time.Time) {
	limited, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	sample := Sample{At: at}
	status, err := outside.Status(limited, url)
	switch {
	case ctx.Err() != nil:
		return // the watch ended first
	case limited.Err() != nil:
		sample.Failed = fmt.Sprintf("no answer within %s", pingTimeout)
	case err != nil:
		sample.Failed = "no connection"
	case status != http.StatusOK:
		sample.Failed = fmt.Sprintf("answer %d", status)
	}
	w.add(sample)
}

// add keeps the samples in the order of their beginnings, and tells when the answers stop and begin again.
func (w *watch) add(s Sample) {
	w.mu.Lock()
	at, _ := slices.BinarySearchFunc(w.samples, s, func(a, b Sample) int { return a.At.Compare(b.At) })
	w.samples = slices.Insert(w.samples, at, s)
	newest := at == len(w.samples)-1
	wasFailed := at > 0 && w.samples[at-1].Failed != ""
	w.mu.Unlock()
	switch {
	case s.Failed != "" && !wasFailed:
		w.event("/ping stops answering: %s", s.Failed)
	case s.Failed == "" && wasFailed && newest:
		w.event("/ping answers again")
	}
}

// failed counts the requests without an answer so far.
func (w *watch) failed() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return failures(w.samples)
}

// stop ends the watch and returns all samples.
func (w *watch) stop() []Sample {
	w.cancel()
	w.pending.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.samples
}

func failures(samples []Sample) int {
	n := 0
	for _, s := range samples {
		if s.Failed != "" {
			n++
		}
	}
	return n
}

// Outage is a time without an answer. Over is false if it had not ended when the run did.
type Outage struct {
	From, To time.Time
	Over     bool
}

// Took is the length, from the first request without an answer to the next one with an answer.
func (o Outage) Took() time.Duration { return o.To.Sub(o.From) }

// outages in samples that are in their order.
func outages(samples []Sample) []Outage {
	var out []Outage
	down := false
	for _, s := range samples {
		switch {
		case s.Failed != "" && !down:
			out = append(out, Outage{From: s.At, To: s.At})
			down = true
		case down:
			last := &out[len(out)-1]
			last.To, last.Over = s.At, s.Failed == ""
			down = s.Failed != ""
		}
	}
	return out
}
