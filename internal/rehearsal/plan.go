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

// Verb is an operation to rehearse.
type Verb string

// The verbs. Each starts with an empty account, so drift and destroy deploy the stack first.
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
	// Config is set after the fixture's values.
	Config []Setting
	// Account creates the account and the plug-ins for the rehearsal (default: the simulated ones).
	Account func(context.Context) (Account, error)
	// Calls is a file for the calls of the providers, if the account records them; empty for none.
	Calls string
	// Verbose shows all output of Pulumi (default: one line for each step, warnings, and the output of a failed step).
	Verbose bool
	Color   bool
	// Output gets the report and Pulumi's output.
	Output io.Writer
	// Progress gets the messages of a CLI build.
	Progress io.Writer
}

// Account is an account other than the simulated one, with the plug-ins that call it.
type Account struct {
	Cloud   Cloud
	Plugins map[string]string
	// Fixture returns values that only exist in this account, such as the id of a hosted zone, for public or private
	// stacks (default: none). A value is set only if the stack file has its key.
	Fixture func(private bool) []Setting
	// Expected describes how long the operations Up and Destroy take, if they take minutes.
	Expected map[Verb]string
}

// Validate checks the names of the stacks before any long operation.
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

// Run rehearses the plan's stacks and prints a table at the end. It returns an error if a step failed.
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

// sideBySide reports whether to rehearse the stacks in parallel, which helps if most of the time is waiting. With the
// simulated AWS on 2 cores, dev and prod take 27 s in parallel and 34 s one after the other: not worth a mixed output.
func (p Plan) sideBySide() bool {
	return p.Account != nil && p.Verb != Preview && len(p.Stacks) > 1
}

// execution is a running plan.
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

// run creates a stack and its account, and runs the steps up to the first failure.
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

// account creates the account for one or more sessions.
func (e *execution) account(ctx context.Context) (Account, error) {
	if e.Account != nil {
		return e.Account(ctx)
	}
	cloud, err := Simulated(simaws.Options{Scale: simaws.DefaultScale})(ctx)
	return Account{Cloud: cloud}, err
}

// open creates the session of a rehearsal: a committed stack with the name of the rehearsal. The session then owns the
// account and closes it, also after an error.
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
