package change

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/validate"
)

// Groups of the checks of `ops validate`.
const (
	nodeChecks      = "nodes"
	balancerChecks  = "load balancer"
	outsideChecks   = "from outside"
	databaseChecks  = "database"
	messagingChecks = "messaging"
	searchChecks    = "search"
	fileChecks      = "file system"
)

// health are the checks of `ops validate` that must pass before a change and after it.
type health struct {
	groups []string
	// differs are the checks that compare the account with the configuration in what the change is about: they count
	// afterwards only.
	differs []string
}

// healthLimit is the time that a stack has to be healthy again after a change.
const healthLimit = 30 * time.Minute

// problems of the stack: findings that are errors, and checks that could not look. A check from outside that could not
// look is none, because this machine may be outside of network.allowedClientCidrs. Warnings are only said.
func (s *Subject) problems(ctx context.Context, h health, after bool) ([]string, error) {
	c, err := s.config()
	if err != nil {
		return nil, err
	}
	subject := &validate.Subject{Config: c, Account: s.Account, Now: s.clock().Now()}
	if subject.Outputs, err = stack.ReadOutputs(ctx, s.Pulumi, s.Stack); err != nil {
		return nil, err
	}
	if subject.State, err = stack.ReadState(ctx, s.Pulumi, s.Stack); err != nil {
		return nil, err
	}
	all := validate.Checks
	if s.Checks != nil {
		all = s.Checks
	}
	checks := slices.DeleteFunc(all(subject), func(c check.Check) bool {
		return !slices.Contains(h.groups, c.Group) || !after && slices.Contains(h.differs, c.ID)
	})
	if len(checks) == 0 {
		return nil, fmt.Errorf("no check is of the groups %s", strings.Join(h.groups, ", "))
	}
	var out []string
	for _, o := range check.Run(ctx, checks, check.Options{Explain: account.Explain, Progress: s.Say}) {
		text := o.ID + ": " + o.Evidence
		switch {
		case o.Status == check.Unknown && o.Group == outsideChecks:
			s.say("could not look: %s", text)
		case o.Status == check.Unknown, o.Status == check.Found && o.EffectiveSeverity() == check.Error:
			out = append(out, text)
		case o.Status == check.Found:
			s.say("warning: %s", text)
		}
	}
	return out, ctx.Err()
}

// healthyBefore is the step that lets nothing begin in a stack that is not healthy. begun reports that the change has
// begun: then the stack need not be healthy any more.
func (s *Subject) healthyBefore(h health, begun func(ctx context.Context) (bool, error)) steps.Step {
	return steps.Step{
		Name: "health before", Does: "the checks of " + strings.Join(h.groups, ", ") + " pass",
		Done: func(ctx context.Context) (bool, error) {
			if yes, err := begun(ctx); yes || err != nil {
				return yes, err
			}
			problems, err := s.problems(ctx, h, false)
			if err == nil && len(problems) > 0 {
				err = fmt.Errorf("the stack is not healthy, nothing has been changed: %s (docs/runbooks/checks.md)",
					strings.Join(problems, "; "))
			}
			return err == nil, err
		},
		Do: func(context.Context) error { return nil },
	}
}

// healthyAfter waits until the stack is healthy. ended reports that the change is done.
func (s *Subject) healthyAfter(h health, ended func(ctx context.Context) (bool, error)) steps.Step {
	healthy := func(ctx context.Context) (bool, string, error) {
		problems, err := s.problems(ctx, h, true)
		return len(problems) == 0, "not healthy yet: " + strings.Join(problems, "; "), err
	}
	return steps.Step{
		Name: "health after", Does: "the checks of " + strings.Join(h.groups, ", ") + " pass again",
		Done: func(ctx context.Context) (bool, error) {
			if yes, err := ended(ctx); !yes || err != nil {
				return false, err
			}
			done, _, err := healthy(ctx)
			return done, err
		},
		Do: func(ctx context.Context) error { return s.until(ctx, healthLimit, healthy) },
	}
}
