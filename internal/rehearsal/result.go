package rehearsal

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Result describes one operation of the engine.
type Result struct {
	// Counts are the engine's numbers of created, updated, deleted and unchanged resources.
	Counts map[apitype.OpType]int
	// Changes are the changed resources, in the engine's order.
	Changes []Change
	// Protected are the URNs that Pulumi refuses to delete.
	Protected []string
	// Errors are the messages of the program, the engine and the plug-ins, without colours.
	Errors []string
	// Warnings are the warnings of the program.
	Warnings []string
	// Before and After are the inputs of every resource by URN, without secrets: those that exist before the operation,
	// and those that exist after it.
	Before, After map[string]Inputs
	// Outputs are the outputs of the stack; set by Up.
	Outputs auto.OutputMap
	// Duration is the wall time.
	Duration time.Duration
}

// Inputs are those of one resource.
type Inputs struct {
	Type   string
	Values map[string]any
	// Protect is true if Pulumi refuses to delete the resource.
	Protect bool
}

// Change is one resource that an operation changed, or would change.
type Change struct {
	Op   apitype.OpType
	URN  string
	Type string
	ID   string
	// Properties are the paths that differ.
	Properties []string
	// Old and New are the inputs before and after, without secrets; nil if the resource does not exist.
	Old, New map[string]any
}

// String returns a text such as "update aws:rds/cluster:Cluster database-cluster (backupRetentionPeriod)".
func (c Change) String() string {
	text := fmt.Sprintf("%s %s %s", c.Op, c.Type, resource.URN(c.URN).Name())
	if len(c.Properties) > 0 {
		text += " (" + strings.Join(c.Properties, ", ") + ")"
	}
	return text
}

// Total returns the number of resources in the operation.
func (r *Result) Total() int {
	total := 0
	for _, count := range r.Counts {
		total += count
	}
	return total
}

// Summary returns a text such as "create 3, same 120".
func (r *Result) Summary() string {
	var parts []string
	for _, op := range slices.Sorted(maps.Keys(r.Counts)) {
		if r.Counts[op] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", op, r.Counts[op]))
		}
	}
	if len(parts) == 0 {
		return "nothing to do"
	}
	return strings.Join(parts, ", ")
}

// observer turns the engine's event stream into a Result.
type observer struct {
	result Result
	events chan events.EngineEvent
	stop   chan struct{}
	done   chan struct{}

	mu       sync.Mutex
	underway []work
}

func observe() *observer {
	o := &observer{
		events: make(chan events.EngineEvent),
		stop:   make(chan struct{}),
		done:   make(chan struct{}),
	}
	go func() {
		defer close(o.done)
		for {
			select {
			case event, open := <-o.events:
				if !open {
					return
				}
				o.see(event.EngineEvent)
				o.follow(event.EngineEvent)
			case <-o.stop:
				return
			}
		}
	}()
	return o
}

// finish must be called after the operation returned. The Automation API sends without a buffer and then closes the
// channel. It does not close it if the CLI ended without an event, so stop is needed.
func (o *observer) finish() *Result {
	close(o.stop)
	<-o.done
	return &o.result
}

func (o *observer) see(event apitype.EngineEvent) {
	switch {
	case event.SummaryEvent != nil:
		o.result.Counts = event.SummaryEvent.ResourceChanges
	case event.ResOutputsEvent != nil:
		o.seeStep(event.ResOutputsEvent.Metadata)
	case event.ResourcePreEvent != nil && isComponentStep(event.ResourcePreEvent.Metadata):
		o.seeStep(event.ResourcePreEvent.Metadata)
	case event.DiagnosticEvent != nil && event.DiagnosticEvent.Severity == "error":
		o.result.Errors = append(o.result.Errors, unwrap(colors.Never.Colorize(event.DiagnosticEvent.Message)))
	case event.DiagnosticEvent != nil && event.DiagnosticEvent.Severity == "warning":
		o.result.Warnings = append(o.result.Warnings,
			unwrap(strings.TrimPrefix(colors.Never.Colorize(event.DiagnosticEvent.Message), "warning: ")))
	case event.ErrorEvent != nil:
		o.result.Errors = append(o.result.Errors, event.ErrorEvent.Error)
	}
}

// isComponentStep reports whether the step of a component can be counted at its first event. The result of a custom
// resource is in its outputs event, where a refresh knows whether it found a difference. A component has an outputs
// event only if it registers outputs.
func isComponentStep(step apitype.StepEventMetadata) bool {
	return isComponent(step) && step.Op != apitype.OpRefresh
}

func isComponent(step apitype.StepEventMetadata) bool {
	state := step.New
	if state == nil {
		state = step.Old
	}
	return state != nil && !state.Custom
}

func (o *observer) seeStep(step apitype.StepEventMetadata) {
	if state := step.New; state != nil && state.Protect {
		if !slices.Contains(o.result.Protected, step.URN) {
			o.result.Protected = append(o.result.Protected, step.URN)
		}
	}
	o.remember(step)
	unchanged := step.Op == apitype.OpSame || step.Op == apitype.OpRead || step.Op == apitype.OpRefresh
	seen := slices.ContainsFunc(o.result.Changes, func(c Change) bool { return c.URN == step.URN && c.Op == step.Op })
	if unchanged || seen {
		return
	}
	change := Change{Op: step.Op, URN: step.URN, Type: step.Type, Properties: slices.Sorted(maps.Keys(step.DetailedDiff))}
	if len(change.Properties) == 0 {
		change.Properties = slices.Sorted(slices.Values(step.Diffs))
	}
	if step.Old != nil {
		change.Old = step.Old.Inputs
	}
	if step.New != nil {
		change.New = step.New.Inputs
	}
	for _, state := range []*apitype.StepEventStateMetadata{step.New, step.Old} {
		if state != nil && change.ID == "" {
			change.ID = state.ID
		}
	}
	o.result.Changes = append(o.result.Changes, change)
}

// remember records the inputs of a resource before and after a step. The steps of a replacement have one resource: its
// old inputs before it, and its new ones after it.
func (o *observer) remember(step apitype.StepEventMetadata) {
	if o.result.Before == nil {
		o.result.Before, o.result.After = map[string]Inputs{}, map[string]Inputs{}
	}
	if step.Old != nil && step.Op != apitype.OpCreate {
		o.result.Before[step.URN] = Inputs{Type: step.Type, Values: step.Old.Inputs, Protect: step.Old.Protect}
	}
	gone := step.Op == apitype.OpDelete || step.Op == apitype.OpDeleteReplaced
	if step.New != nil && !gone {
		o.result.After[step.URN] = Inputs{Type: step.Type, Values: step.New.Inputs, Protect: step.New.Protect}
	}
}
