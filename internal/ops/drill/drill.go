// Package drill injects one failure into a deployed stack, asks the appliance's /ping every second meanwhile, and compares
// with targets how long nobody was served and how long it took until the spare was back.
package drill

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/validate"
)

// Names of the drills.
const (
	Node     = "node"
	Database = "database"
	Broker   = "broker"
	Search   = "search"
	Zone     = "zone"
)

// Names in the order of the documents.
var Names = []string{Node, Database, Broker, Search, Zone}

const (
	// awsPoll is the time between two looks at AWS: the resolution of what is measured there.
	awsPoll = 5 * time.Second
	// noticeLimit is how long AWS may take to show a failure.
	noticeLimit = 10 * time.Minute
	// patience is how much longer than its target a drill waits for the spare.
	patience = 30 * time.Minute
	// baseline is how long /ping is asked before the failure.
	baseline = 5 * time.Second
	// undoLimit is how long the undoing of an interrupted run may take.
	undoLimit = time.Minute
)

// Options of a run.
type Options struct {
	// Confirm must be the name of a production stack, unless the run is a dry run.
	Confirm string
	// Zone to move clients out of, and Hold for how long; for the drill of a zone only.
	Zone string
	Hold time.Duration
	// Steps are how the steps run: dry or not, and who is told.
	Steps steps.Options
	// Save keeps the report; it is called before the failure and at the end. Nil for none.
	Save func(*Record) error
	// Progress receives a line when something happens; nil for none.
	Progress func(line string)
}

// Refusal is why a drill does not start.
type Refusal struct{ Problems []string }

func (r *Refusal) Error() string {
	return "the drill does not start:\n  " + strings.Join(r.Problems, "\n  ")
}

// failure is what a drill injects.
type failure interface {
	// look records the state before and chooses what fails. Problems are reasons not to start.
	look(ctx context.Context) (before []Fact, problems []string, err error)
	// does says what inject does; after look.
	does() string
	inject(ctx context.Context) error
	// noticed reports whether AWS shows the failure.
	noticed(ctx context.Context) (isSo bool, shows string, err error)
	// whole reports whether AWS shows the spare again. The checks of `ops validate` are asked in addition.
	whole(ctx context.Context) (isSo bool, shows string, err error)
}

// suspending is a failure that suspends something until undo.
type suspending interface {
	failure
	// undo ends what this run has suspended, also if the answer to inject was lost.
	undo(ctx context.Context) error
	// stays says when AWS ends it by itself.
	stays() string
}

// run is a drill under way.
type run struct {
	subject *validate.Subject
	kind    kind
	failure failure
	options Options
	record  *Record
	// injected is true as soon as the call was tried.
	injected, undone bool
	alarms           map[string]bool
}

// Run does a drill. The record is nil if the drill did not begin. A target that was missed is no error.
func Run(ctx context.Context, s *validate.Subject, name string, o Options) (*Record, error) {
	kind, known := kinds[name]
	if !known {
		return nil, fmt.Errorf("there is no drill %q: %s", name, strings.Join(Names, ", "))
	}
	c := s.Config
	if !o.Steps.DryRun {
		if err := stack.Confirm(c, o.Confirm, "and somebody is served"); err != nil {
			return nil, err
		}
	}
	if s.Outside == nil {
		s.Outside = validate.Fresh(pingTimeout)
	}
	now := time.Now()
	r := &run{subject: s, kind: kind, options: o, alarms: map[string]bool{}, record: &Record{
		ID: now.UTC().Format("20060102T150405Z"), Drill: name, Stack: c.Stack, Region: c.AWS.Region, Began: now,
		Simulated: s.Account.Simulated(),
	}}
	r.failure = kind.failure(r)
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	if o.Steps.DryRun {
		_, err := steps.Run(ctx, r.steps(), o.Steps)
		return nil, err
	}
	return r.record, r.do(ctx)
}

// prepare records the state before, and refuses.
func (r *run) prepare(ctx context.Context) error {
	identity, err := r.subject.Account.STS().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return err
	}
	r.record.Account, r.record.Who = aws.ToString(identity.Account), aws.ToString(identity.Arn)
	problems, err := r.unfit(ctx)
	if err != nil {
		return err
	}
	before, more, err := r.failure.look(ctx)
	if err != nil {
		return err
	}
	if problems = append(problems, more...); len(problems) > 0 {
		return &Refusal{Problems: problems}
	}
	r.record.Before, r.record.Does = before, r.failure.does()
	return nil
}

// do injects the failure, measures and undoes. What is suspended is undone on every way out.
func (r *run) do(ctx context.Context) (err error) {
	if err := r.save(); err != nil {
		return err
	}
	watch := startWatch(ctx, r.subject.Outside, "https://"+r.subject.Config.DNS.HostName+"/ping", r.event)
	defer func() {
		if undoing := r.undo(ctx); undoing != nil {
			err = errors.Join(err, undoing)
		}
		r.record.Samples, r.record.Ended = watch.stop(), time.Now()
		r.record.Problem = ""
		if err != nil {
			r.record.Problem = account.Explain(err)
		}
		r.record.judge(r.subject.Config)
		err = errors.Join(err, r.save())
	}()
	if err := (steps.RealTime{}).Sleep(ctx, baseline); err != nil {
		return err
	}
	if n := watch.failed(); n > 0 {
		return fmt.Errorf("/ping failed %d times in the %s before the failure: nothing was injected", n, baseline)
	}
	o := r.options.Steps
	o.Poll, o.Once = awsPoll, true
	_, err = steps.Run(ctx, r.steps(), o)
	return err
}

// save keeps the report as it is.
func (r *run) save() error {
	if r.options.Save == nil {
		return nil
	}
	return r.options.Save(r.record)
}

// event notes what happened now.
func (r *run) event(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r.record.note(time.Now(), text)
	if r.options.Progress != nil {
		r.options.Progress(time.Now().UTC().Format(time.TimeOnly) + " " + text)
	}
}

// undo ends what was suspended, also after an interruption.
func (r *run) undo(ctx context.Context) error {
	s, suspends := r.failure.(suspending)
	if !suspends || !r.injected || r.undone {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoLimit)
	defer cancel()
	if err := s.undo(ctx); err != nil {
		r.record.Undone = "not undone: " + s.stays()
		return fmt.Errorf("undo: %w; %s, or: go run ./cmd/ops drill undo --stack %s --yes", err, s.stays(), r.record.Stack)
	}
	r.undone = true
	r.record.Undone = "ended by this run"
	r.event("the drill has undone what it suspended")
	return nil
}
