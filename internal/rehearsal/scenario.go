package rehearsal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Verb is what to rehearse.
type Verb string

// The verbs. Each starts from an empty account, so drift and destroy make the stack first.
const (
	Preview Verb = "preview"
	Up      Verb = "up"
	Drift   Verb = "drift"
	Destroy Verb = "destroy"
	All     Verb = "all"
)

// allowDestroy is the config key with which the runbook takes protection off a production stack.
const allowDestroy = "safety.allowDestroy"

// drift is what somebody changes in the console, to a value that no committed stack has.
var drift = struct {
	token, property string
	value           any
}{"aws:rds/cluster:Cluster", "backupRetentionPeriod", 33}

// Plan is a rehearsal of the committed stacks.
type Plan struct {
	Verb    Verb
	Stacks  []string
	Program pulumi.RunFunc
	// Config is set on top of what the fixture fills in.
	Config []Setting
	// Account makes the account and the plug-ins to rehearse with (default: the simulated ones).
	Account func(context.Context) (Account, error)
	// Calls is a file for the calls that the providers make, where the account records them; empty for none.
	Calls string
	// Quiet shows what Pulumi prints only for steps that fail.
	Quiet bool
	Color bool
	// Output gets the report, and what Pulumi prints.
	Output io.Writer
	// Progress gets the news of a CLI build.
	Progress io.Writer
}

// Account is an account that is not the simulated one, with the plug-ins that reach it.
type Account struct {
	Cloud   Cloud
	Plugins map[string]string
	// Config says what only this account knows, such as the id of its hosted zone.
	Config []Setting
}

// Validate looks at the names of the stacks, before anything that takes long.
func (p Plan) Validate() error {
	if len(p.Stacks) == 0 {
		return errors.New("no stack to rehearse")
	}
	repository, err := FindRepository()
	if err != nil {
		return err
	}
	for _, stack := range p.Stacks {
		if err := repository.checkStack(stack); err != nil {
			return err
		}
	}
	return nil
}

// Run rehearses the plan's stacks one after the other and closes with a table. It returns an error when a step failed.
func (p Plan) Run(ctx context.Context) error {
	if err := p.Validate(); err != nil {
		return err
	}
	repository, err := FindRepository()
	if err != nil {
		return err
	}
	cli, err := repository.CLI(ctx, p.Progress)
	if err != nil {
		return err
	}
	report, calls := newReport(p.Output, p.Color), &callLog{path: p.Calls}
	for _, stack := range p.Stacks {
		if ctx.Err() != nil {
			break
		}
		p.rehearse(ctx, cli, stack, report, calls)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return report.close()
}

// rehearse runs the verb's steps on one stack, up to the first that fails.
func (p Plan) rehearse(ctx context.Context, cli Command, stack string, report *report, calls *callLog) {
	r := &rehearsal{stack: stack, report: report, quiet: p.Quiet}
	r.pulumi.line = r.write
	open := func(ctx context.Context) (err error) {
		r.session, err = p.open(ctx, cli, stack, &r.pulumi)
		return err
	}
	if !r.step(ctx, "stack and account made", open) {
		return
	}
	defer func() {
		if err := errors.Join(calls.add(r.session.Cloud()), r.session.Close()); err != nil {
			report.note("%s: clean up: %v", stack, err)
		}
	}()
	for _, step := range r.steps(p.Verb) {
		if !r.step(ctx, step.name, step.run) {
			return
		}
	}
}

func (p Plan) open(ctx context.Context, cli Command, stack string, output io.Writer) (*Session, error) {
	options, err := Committed(stack, p.Program)
	if err != nil {
		return nil, err
	}
	var unused Cloud // an account that no session has taken over
	if p.Account != nil {
		account, err := p.Account(ctx)
		if err != nil {
			return nil, err
		}
		unused = account.Cloud
		options.Cloud = func(context.Context) (Cloud, error) {
			unused = nil
			return account.Cloud, nil
		}
		options.Plugins = account.Plugins
		options.Config = append(options.Config, account.Config...)
	}
	options.Config = append(options.Config, p.Config...)
	options.CLI, options.Output, options.Color = cli, output, p.Color
	session, err := New(ctx, options)
	if unused != nil {
		err = errors.Join(err, unused.Close())
	}
	return session, err
}

type step struct {
	name string
	run  func(context.Context) error
}

// rehearsal is the run of one stack.
type rehearsal struct {
	stack     string
	session   *Session
	report    *report
	quiet     bool
	pulumi    unwrapper    // takes what Pulumi prints
	printed   bytes.Buffer // what Pulumi printed in this step
	protected []string     // as of the last up
}

func (r *rehearsal) steps(verb Verb) []step {
	preview := step{"preview", r.preview}
	up := step{"up", r.up}
	again := step{"second up changes nothing", r.upAgain}
	drift := []step{{"drift is found and repaired", r.drift}}
	destroy := []step{
		{"destroy is refused while anything is protected", r.refuse},
		{"protection is taken off as the runbook says", r.release},
		{"destroy leaves nothing", r.destroy},
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

// errNotApplicable is a step that has nothing to do on this stack; it counts neither way.
var errNotApplicable = errors.New("not applicable")

func (r *rehearsal) step(ctx context.Context, name string, run func(context.Context) error) bool {
	r.printed.Reset()
	r.report.begin(r.stack, name)
	start := time.Now()
	err := run(ctx)
	r.pulumi.flush()
	if errors.Is(err, errNotApplicable) {
		r.report.note("%v", err)
		return true
	}
	if ctx.Err() != nil {
		return false // interrupted: neither passed nor failed
	}
	if err != nil && r.quiet {
		r.report.write(r.printed.Bytes())
	}
	r.report.end(r.stack, name, time.Since(start), once(err, r.printed.String()))
	return err == nil
}

// write takes a line that Pulumi printed.
func (r *rehearsal) write(line []byte) {
	r.printed.Write(line)
	if !r.quiet {
		r.report.write(line)
	}
}

func (r *rehearsal) preview(ctx context.Context) error {
	result, err := r.session.Preview(ctx)
	if err == nil {
		r.report.note("%s", result.Summary())
	}
	return err
}

func (r *rehearsal) up(ctx context.Context) error {
	result, err := r.session.Up(ctx)
	if err != nil {
		return err
	}
	r.protected = result.Protected
	r.report.note("%s", result.Summary())
	return nil
}

func (r *rehearsal) upAgain(ctx context.Context) error {
	result, err := r.session.Up(ctx)
	if err != nil {
		return err
	}
	r.report.note("%s", result.Summary())
	return wantNoChange("a second up without a change in the program", result)
}

func wantNoChange(what string, result *Result) error {
	if result.Counts[apitype.OpSame] == result.Total() && len(result.Changes) == 0 {
		return nil
	}
	return fmt.Errorf("%s must change nothing, the engine says %s:%s", what, result.Summary(), list(result.Changes))
}

// drift changes the account behind the program's back. refresh must find exactly that, up must bring the program's
// value back, and the refresh after it must find the account as the program wants it.
func (r *rehearsal) drift(ctx context.Context) error {
	id, err := r.session.Cloud().Drift(drift.token, drift.property, drift.value)
	if err != nil {
		return fmt.Errorf("make a drift: %w", err)
	}
	r.report.note("behind the program's back: %s %s now has %s = %v", drift.token, id, drift.property, drift.value)
	found, err := r.session.Refresh(ctx)
	if err != nil {
		return err
	}
	if err := wantOneUpdate("refresh", found, id); err != nil {
		return err
	}
	r.report.note("refresh found: %s", found.Changes[0])
	repaired, err := r.session.Up(ctx)
	if err != nil {
		return err
	}
	if err := wantOneUpdate("up after the refresh", repaired, id); err != nil {
		return err
	}
	r.report.note("up repaired: %s", repaired.Changes[0])
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

// refuse makes sure that a destroy stops at its preview while the stack protects anything.
func (r *rehearsal) refuse(ctx context.Context) error {
	if len(r.protected) == 0 {
		return fmt.Errorf("%w: nothing in %s is protected", errNotApplicable, r.stack)
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
	r.report.note("refused: %d resources are protected", len(r.protected))
	return nil
}

func (r *rehearsal) release(ctx context.Context) error {
	if len(r.protected) == 0 {
		return fmt.Errorf("%w: nothing in %s is protected", errNotApplicable, r.stack)
	}
	r.report.note("$ pulumi config set --path %s true; pulumi up", allowDestroy)
	if err := r.session.SetConfig(Setting{allowDestroy, "true"}); err != nil {
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

func (r *rehearsal) destroy(ctx context.Context) error {
	result, err := r.session.Destroy(ctx)
	if err != nil {
		return err
	}
	r.report.note("%s", result.Summary())
	for _, kept := range r.session.Cloud().Kept() {
		r.report.note("kept by AWS: %s", kept)
	}
	left, err := r.session.Cloud().Leftovers()
	if err != nil {
		return fmt.Errorf("look for what is left: %w", err)
	}
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
