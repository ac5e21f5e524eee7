package rehearsal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// allowDestroy is the configuration key with which the runbook removes the protection of a production stack.
const allowDestroy = "safety.allowDestroy"

// drift is a change in the console, to a value that no committed stack has.
var drift = struct {
	token, property string
	value           any
}{token: "aws:rds/cluster:Cluster", property: "backupRetentionPeriod", value: 33}

type step struct {
	name string
	run  func(context.Context) error
	// operation is Up or Destroy if the step may take minutes, as in Account.Expected.
	operation Verb
}

// rehearsal is the rehearsal of one stack.
type rehearsal struct {
	session   *Session
	lane      *lane
	verbose   bool
	warned    map[string]bool // the printed warnings
	expected  map[Verb]string
	pulumi    unwrapper    // gets Pulumi's output
	printed   bytes.Buffer // Pulumi's output in this step
	protected []string     // after the last up
	kept      []Made       // what stacks leave in the account on purpose
}

func (r *rehearsal) steps(verb Verb) []step {
	preview := step{name: "preview", run: r.preview}
	up := step{name: "up", run: r.up, operation: Up}
	again := step{name: "second up changes nothing", run: r.upAgain}
	drift := []step{{name: "drift is found and repaired", run: r.drift}}
	destroy := []step{
		{name: "destroy is refused while a resource is protected", run: r.refuse},
		{name: "protection is removed as in the runbook", run: r.release},
		{name: "destroy leaves nothing", run: r.destroy, operation: Destroy},
	}
	switch verb {
	case Preview:
		return []step{preview}
	case Up:
		return []step{up}
	case Drift:
		return append([]step{up}, drift...)
	case Destroy:
		return append([]step{up}, destroy...)
	default:
		return slices.Concat([]step{preview, up, again}, drift, destroy)
	}
}

// all runs steps up to the first failure.
func (r *rehearsal) all(ctx context.Context, steps []step) bool {
	for _, step := range steps {
		if !r.step(ctx, step) {
			return false
		}
	}
	return true
}

// errNotApplicable is the result of a step that does not apply to this stack. It counts as neither passed nor failed.
var errNotApplicable = errors.New("not applicable")

func (r *rehearsal) step(ctx context.Context, step step) bool {
	r.printed.Reset()
	r.lane.begin(step.name)
	if expected := r.expected[step.operation]; expected != "" {
		r.lane.say("%s", expected)
	}
	stop := r.lane.heartbeat(silence, r.underway)
	start := time.Now()
	err := step.run(ctx)
	stop()
	r.pulumi.flush()
	if errors.Is(err, errNotApplicable) {
		r.lane.skip(step.name, err)
		return true
	}
	if ctx.Err() != nil {
		return false // interrupted: neither passed nor failed
	}
	if err != nil && !r.verbose {
		r.lane.write(r.printed.Bytes())
	}
	r.lane.end(step.name, time.Since(start), once(err, r.printed.String()))
	return err == nil
}

func (r *rehearsal) underway() []string {
	if r.session == nil {
		return []string{"the account is made"}
	}
	return r.session.Underway()
}

// write handles a line of Pulumi's output.
func (r *rehearsal) write(line []byte) {
	r.printed.Write(line)
	if r.verbose {
		r.lane.write(line)
	}
}

func (r *rehearsal) preview(ctx context.Context) error {
	result, err := r.session.Preview(ctx)
	if err != nil {
		return err
	}
	r.warn(result)
	r.lane.summarize(result.Summary())
	return nil
}

// warn prints each warning of the program once in a short report. A verbose report has them in Pulumi's output.
func (r *rehearsal) warn(result *Result) {
	for _, warning := range result.Warnings {
		if !r.verbose && !r.warned[warning] {
			r.lane.say("warning: %s", warning)
			r.warned[warning] = true
		}
	}
}

func (r *rehearsal) up(ctx context.Context) error {
	result, err := r.session.Up(ctx)
	if err != nil {
		return err
	}
	r.warn(result)
	r.protected = result.Protected
	r.lane.summarize(result.Summary())
	return nil
}

func (r *rehearsal) upAgain(ctx context.Context) error {
	result, err := r.session.Up(ctx)
	if err != nil {
		return err
	}
	r.lane.summarize(result.Summary())
	return wantNoChange("a second up without a change in the program", result)
}

func wantNoChange(what string, result *Result) error {
	if result.Counts[apitype.OpSame] == result.Total() && len(result.Changes) == 0 {
		return nil
	}
	return fmt.Errorf("%s must change nothing, the engine says %s:%s", what, result.Summary(), list(result.Changes))
}

// drift changes the account outside Pulumi. refresh must find exactly this change, up must restore the program's value,
// and the next refresh must find no difference.
func (r *rehearsal) drift(ctx context.Context) error {
	id, err := r.session.Cloud().Drift(drift.token, drift.property, drift.value)
	if err != nil {
		return fmt.Errorf("make a drift: %w", err)
	}
	r.lane.note("changed outside Pulumi: %s %s now has %s = %v", drift.token, id, drift.property, drift.value)
	found, err := r.session.Refresh(ctx)
	if err != nil {
		return err
	}
	if err := wantOneUpdate("refresh", found, id); err != nil {
		return err
	}
	r.lane.note("refresh found: %s", found.Changes[0])
	repaired, err := r.session.Up(ctx)
	if err != nil {
		return err
	}
	if err := wantOneUpdate("up after the refresh", repaired, id); err != nil {
		return err
	}
	r.lane.note("up repaired: %s", repaired.Changes[0])
	r.lane.result = repaired.Changes[0].String()
	after, err := r.session.Refresh(ctx)
	if err != nil {
		return err
	}
	return wantNoChange("the refresh after the repair", after)
}

func wantOneUpdate(what string, result *Result, id string) error {
	if len(result.Changes) == 1 && result.Changes[0].Op == apitype.OpUpdate && result.Changes[0].ID == id {
		return nil
	}
	return fmt.Errorf("%s must update %s and nothing else, it changed:%s", what, id, list(result.Changes))
}

// refuse checks that the preview of a destroy fails while a resource of the stack is protected.
func (r *rehearsal) refuse(ctx context.Context) error {
	if len(r.protected) == 0 {
		return fmt.Errorf("%w: nothing in %s is protected", errNotApplicable, r.lane.stack)
	}
	_, err := r.session.PreviewDestroy(ctx)
	switch {
	case ctx.Err() != nil:
		return err
	case err == nil:
		return fmt.Errorf("the preview of destroy went through, though %d resources are protected", len(r.protected))
	case !strings.Contains(err.Error(), "because it is protected"):
		return fmt.Errorf("destroy must be refused for the protected resources, it failed for another reason: %w", err)
	}
	r.lane.summarize(fmt.Sprintf("%d resources are protected", len(r.protected)))
	return nil
}

func (r *rehearsal) release(ctx context.Context) error {
	if len(r.protected) == 0 {
		return fmt.Errorf("%w: nothing in %s is protected", errNotApplicable, r.lane.stack)
	}
	r.lane.note("$ pulumi config set --path %s true; pulumi up", allowDestroy)
	if err := r.session.SetConfig(Setting{Key: allowDestroy, Value: "true"}); err != nil {
		return err
	}
	if err := r.up(ctx); err != nil {
		return err
	}
	if len(r.protected) > 0 {
		return fmt.Errorf("still protected with %s: %s", allowDestroy, strings.Join(r.protected, ", "))
	}
	return nil
}

// destroyOnly does not check for remaining resources, because another stack has resources in the account.
func (r *rehearsal) destroyOnly(ctx context.Context) error {
	outlives, err := r.session.outlives(ctx)
	if err != nil {
		return err
	}
	r.kept = append(r.kept, outlives...)
	result, err := r.session.Destroy(ctx)
	if err != nil {
		return err
	}
	r.lane.summarize(result.Summary())
	return nil
}

// keeps reports whether a stack keeps what a line of the leftovers names.
func (r *rehearsal) keeps(line string) bool {
	i := slices.IndexFunc(r.kept, func(made Made) bool { return made.is(line) })
	if i >= 0 {
		r.lane.note("kept by the stack: %s", r.kept[i].Name)
	}
	return i >= 0
}

func (r *rehearsal) destroy(ctx context.Context) error {
	if err := r.destroyOnly(ctx); err != nil {
		return err
	}
	for _, kept := range r.session.Cloud().Kept() {
		r.lane.note("kept by AWS: %s", kept)
	}
	left, err := r.session.Cloud().Leftovers()
	if err != nil {
		return fmt.Errorf("list the remaining resources: %w", err)
	}
	left = slices.DeleteFunc(left, r.keeps)
	if len(left) > 0 {
		return fmt.Errorf("destroy left %d resources in the account:%s", len(left), list(left))
	}
	return nil
}

func list[T any](items []T) string {
	if len(items) == 0 {
		return " nothing"
	}
	var text strings.Builder
	for _, item := range items {
		fmt.Fprintf(&text, "\n  - %v", item)
	}
	return text.String()
}
