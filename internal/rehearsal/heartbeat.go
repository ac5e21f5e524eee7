package rehearsal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// silence is the time without output after which a step prints its progress. Without a terminal, Pulumi prints a line
// only when a resource is ready, and the real provider waits ten minutes for some resources.
const silence = 30 * time.Second

// heartbeat prints the operations in progress whenever the lane has been silent for a while, until the returned
// function is called.
func (l *lane) heartbeat(after time.Duration, underway func() []string) (stop func()) {
	start, done, ended := time.Now(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(min(after, time.Second))
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				if l.silence() >= after {
					l.say("%s: still at work: %s", since(start), shortList(underway()))
				}
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

func since(start time.Time) time.Duration { return time.Since(start).Round(time.Second) }

// work is the engine's current operation on a resource.
type work struct {
	op    apitype.OpType
	urn   string
	start time.Time
}

// String reads like "create search-domain (2m4s)".
func (w work) String() string {
	return fmt.Sprintf("%s %s (%s)", w.op, resource.URN(w.urn).Name(), since(w.start))
}

// Underway returns the engine's operations in progress, the oldest first.
func (s *Session) Underway() []string {
	watch := s.watch.Load()
	if watch == nil {
		return nil
	}
	watch.mu.Lock()
	defer watch.mu.Unlock()
	var out []string
	for _, w := range watch.underway {
		out = append(out, w.String())
	}
	if len(out) == 0 {
		return []string{"the engine waits for the program"}
	}
	return out
}

// follow tracks the operations in progress. It ignores components, which consist of their children.
func (o *observer) follow(event apitype.EngineEvent) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var ended *apitype.StepEventMetadata
	switch {
	case event.ResourcePreEvent != nil && !isComponent(event.ResourcePreEvent.Metadata) &&
		!event.ResourcePreEvent.Planning:
		step := event.ResourcePreEvent.Metadata
		if step.Op != apitype.OpSame {
			o.underway = append(o.underway, work{op: step.Op, urn: step.URN, start: time.Now()})
		}
	case event.ResOutputsEvent != nil:
		ended = &event.ResOutputsEvent.Metadata
	case event.ResOpFailedEvent != nil:
		ended = &event.ResOpFailedEvent.Metadata
	}
	if ended != nil {
		o.underway = slices.DeleteFunc(o.underway, func(w work) bool { return w.urn == ended.URN && w.op == ended.Op })
	}
}

// shortList names the first few of the operations that a step waits for, the longest first, and counts the others.
func shortList(operations []string) string {
	const shown = 5
	if len(operations) <= shown {
		return strings.Join(operations, ", ")
	}
	return fmt.Sprintf("%s and %d others", strings.Join(operations[:shown], ", "), len(operations)-shown)
}
