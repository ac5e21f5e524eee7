package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
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
	// SharedAccount deploys a stack twice into one account.
	SharedAccount Verb = "shared-account"
)

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
	// Verbose shows all that Pulumi prints (default: one line a step, warnings, and what Pulumi printed in a failed
	// step).
	Verbose bool
	Color   bool
	// Output gets the report, and what Pulumi prints.
	Output io.Writer
	// Progress gets the news of a CLI build.
	Progress io.Writer
}

// Account is an account that is not the simulated one, with the plug-ins that reach it.
type Account struct {
	Cloud   Cloud
	Plugins map[string]string
	// Fixture says what only this account knows, such as the id of a hosted zone, for stacks with the internet or without
	// (default: nothing). It is set where a stack file has the key.
	Fixture func(private bool) []Setting
	// Expected says of the operations Up and Destroy how long they take, where that is minutes.
	Expected map[Verb]string
}

// Validate looks at the names of the stacks, before anything that takes long.
func (p Plan) Validate() error {
	if len(p.Stacks) == 0 {
		return errors.New("no stack to rehearse")
	}
	folder, err := project.Find()
	if err != nil {
		return err
	}
	for i, stack := range p.Stacks {
		if _, err := folder.StackPath(stack); err != nil {
			return err
		}
		if slices.Contains(p.Stacks[:i], stack) {
			return fmt.Errorf("stack %q is named twice", stack)
		}
	}
	return nil
}

// Run rehearses the plan's stacks and closes with a table. It returns an error when a step failed.
func (p Plan) Run(ctx context.Context) error {
	if err := p.Validate(); err != nil {
		return err
	}
	e, err := p.prepare(ctx)
	if err != nil {
		return err
	}
	var running sync.WaitGroup
	for _, stack := range p.Stacks {
		if ctx.Err() != nil {
			break
		}
		if !p.sideBySide() {
			e.rehearse(ctx, stack)
			continue
		}
		running.Go(func() { e.rehearse(ctx, stack) })
	}
	running.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return e.report.close()
}

// sideBySide is for where most of the time is spent waiting. With the simulated AWS, dev and prod take 27 s side by
// side and 34 s one after the other on 2 cores: that is not worth a mixed output.
func (p Plan) sideBySide() bool {
	return p.Account != nil && p.Verb != Preview && len(p.Stacks) > 1
}

// execution is a plan that is carried out.
type execution struct {
	Plan
	cli    Command
	report *report
	calls  *callLog
}

func (p Plan) prepare(ctx context.Context) (*execution, error) {
	folder, err := project.Find()
	if err != nil {
		return nil, err
	}
	cli, err := FindCLI(ctx, folder, p.Progress)
	if err != nil {
		return nil, err
	}
	return &execution{Plan: p, cli: cli, report: newReport(p.Output, p.Color, p.Verbose),
		calls: &callLog{path: p.Calls}}, nil
}

// rehearse runs the verb's steps on one stack.
func (e *execution) rehearse(ctx context.Context, stack string) {
	if e.Verb == SharedAccount {
		e.sharedAccount(ctx, stack)
		return
	}
	e.run(ctx, stack, func(r *rehearsal) []step { return r.steps(e.Verb) })
}

// run makes a stack and its account, and takes the steps up to the first that fails.
func (e *execution) run(ctx context.Context, stack string, steps func(*rehearsal) []step) {
	r := e.newRehearsal(stack)
	defer e.close(r)
	open := func(ctx context.Context) error {
		cloud, err := e.account(ctx)
		if err != nil {
			return err
		}
		return e.open(ctx, r, stack, cloud, nil)
	}
	if r.step(ctx, step{name: "start the account", run: open}) {
		r.all(ctx, steps(r))
	}
}

func (e *execution) newRehearsal(name string) *rehearsal {
	r := &rehearsal{lane: e.report.lane(name, e.sideBySide()), verbose: e.Verbose, warned: map[string]bool{}}
	r.pulumi.line = r.write
	return r
}

// account makes the account of one or more sessions.
func (e *execution) account(ctx context.Context) (Account, error) {
	if e.Account != nil {
		return e.Account(ctx)
	}
	cloud, err := Simulated(simaws.Options{Scale: simaws.DefaultScale})(ctx)
	return Account{Cloud: cloud}, err
}

// open makes the session of a rehearsal, with a committed stack under the name of the rehearsal. The account is the
// session's afterwards: it ends with it, also after an error.
func (e *execution) open(ctx context.Context, r *rehearsal, stack string, account Account, more []Setting) error {
	options, err := Committed(stack, e.Program)
	if err != nil {
		return errors.Join(err, account.Cloud.Close())
	}
	taken := false
	options.Cloud = func(context.Context) (Cloud, error) {
		taken = true
		return account.Cloud, nil
	}
	options.Stack, options.Plugins = r.lane.stack, account.Plugins
	if account.Fixture != nil {
		options.Fixture = append(options.Fixture, account.Fixture(options.private)...)
	}
	options.Config = slices.Concat(e.Config, more)
	options.CLI, options.Output, options.Color = e.cli, &r.pulumi, e.Color
	r.expected = account.Expected
	r.session, err = New(ctx, options)
	if !taken {
		err = errors.Join(err, account.Cloud.Close())
	}
	return err
}

func (e *execution) close(r *rehearsal) {
	if r.session == nil {
		return
	}
	if err := errors.Join(e.calls.add(r.session.Cloud()), r.session.Close()); err != nil {
		r.lane.say("clean up: %v", err)
	}
}
