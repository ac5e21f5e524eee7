// Package change changes the version of something that runs: the image of the nodes, Morpheus, the engines of the managed
// services. A plan has steps that look before they act: a run that was interrupted anywhere is started again with the same
// arguments. What is saved is saved before anything changes, and the stack is healthy before and after.
package change

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/validate"
)

// Subject is the stack that changes.
type Subject struct {
	// Stack is its name, Folder the one of Pulumi.yaml.
	Stack, Folder string
	Account       *account.Account
	Pulumi        stack.Run
	// Nodes stops the UI of the nodes; only Morpheus needs it.
	Nodes Nodes
	// Checks are those of the operations command; nil for validate.Checks.
	Checks func(*validate.Subject) []check.Check
	// Clock waits; nil for the real time.
	Clock steps.Clock
	// Say receives lines for people: warnings, and the step that is under way.
	Say func(line string)
}

// Plan is what a command would do.
type Plan struct {
	// About says what it works with; empty for nothing that the steps do not say.
	About []string
	// Steps in their order.
	Steps []steps.Step
	// Warnings are worth reading before.
	Warnings []string
	// Next is what remains to be done later; empty for nothing.
	Next string
	// WayBack says how to go back when the steps are done.
	WayBack []string
}

// Run runs the plan. An error names its step; one of AWS is in one line.
func (s *Subject) Run(ctx context.Context, p *Plan, o steps.Options) error {
	for _, warning := range p.Warnings {
		s.say("warning: %s", warning)
	}
	o.Clock = s.clock()
	o.Waiting = func(r steps.Result) { s.say("%s: not done after %s", r.Step, r.Took.Round(time.Second)) }
	results, err := steps.Run(ctx, p.Steps, o)
	var call *smithy.OperationError
	if errors.As(err, &call) {
		return fmt.Errorf("%s: %s; run it again when that is repaired, it goes on here", p.Steps[len(results)].Name,
			account.Explain(err))
	}
	return err
}

func (s *Subject) clock() steps.Clock {
	if s.Clock == nil {
		return steps.RealTime{}
	}
	return s.Clock
}

func (s *Subject) say(format string, args ...any) {
	if s.Say != nil {
		s.Say(fmt.Sprintf(format, args...))
	}
}

// config is the configuration as the stack file has it now.
func (s *Subject) config() (*config.Config, error) { return stack.Load(s.Folder, s.Stack) }

// poll is the time between two looks, and the longest one without a line.
const poll = 10 * time.Second

// until looks every ten seconds until it is so, and fails after the limit.
func (s *Subject) until(
	ctx context.Context, limit time.Duration, look func(context.Context) (done bool, now string, err error),
) error {
	for deadline := s.clock().Now().Add(limit); ; {
		done, now, err := look(ctx)
		if err != nil || done {
			return err
		}
		if !s.clock().Now().Before(deadline) {
			return fmt.Errorf("not done after %s: %s", limit, now)
		}
		s.say("%s", now)
		if err := s.clock().Sleep(ctx, poll); err != nil {
			return err
		}
	}
}

const (
	// upLimit is for what AWS has not finished when `pulumi up` ends.
	upLimit = 15 * time.Minute
	// settingLimit is for a file of this machine.
	settingLimit = time.Minute
)

// configure writes settings to the stack file. The whole configuration is checked with them first.
func (s *Subject) configure(name string, settings []stack.Setting) (steps.Step, error) {
	if _, err := stack.LoadWith(s.Folder, s.Stack, settings); err != nil {
		return steps.Step{}, err
	}
	c, err := s.config()
	if err != nil {
		return steps.Step{}, err
	}
	var texts []string
	for _, one := range settings {
		text := fmt.Sprintf("%s = %s", one.Key, one.Value)
		if now := valueOf(c, one.Key); now != one.Value {
			text += fmt.Sprintf(" (now %s)", cmp.Or(now, "not set"))
		}
		texts = append(texts, text)
	}
	return steps.Step{
		Name: name, Does: strings.Join(texts, ", "), Limit: settingLimit,
		Done: func(context.Context) (bool, error) {
			c, err := s.config()
			if err != nil {
				return false, err
			}
			for _, one := range settings {
				if valueOf(c, one.Key) != one.Value {
					return false, nil
				}
			}
			return true, nil
		},
		Do: func(ctx context.Context) error { return stack.Set(ctx, s.Pulumi, s.Stack, settings...) },
	}, nil
}

// valueOf returns the value of a key that commands of this package write.
func valueOf(c *config.Config, key string) string {
	switch key {
	case imageParameterKey:
		return c.Cluster.ImageParameter
	case imageIDKey:
		return c.Cluster.ImageID
	case rolloutKey:
		return fmt.Sprint(c.Cluster.Rollout)
	case guardKey:
		return fmt.Sprint(c.Cluster.RolloutGuard)
	case databaseKey:
		return c.Database.EngineVersion
	case searchKey:
		return c.Search.EngineVersion
	case messagingKey:
		return c.Messaging.EngineVersion
	case nameKey:
		return c.Database.Name
	case snapshotKey:
		return c.Database.SnapshotIdentifier
	case replaceKey + "[0]":
		if len(c.Safety.AllowReplace) == 0 {
			return ""
		}
		return c.Safety.AllowReplace[0]
	case upgradeKey:
		return c.Morpheus.Upgrade
	case releaseKey:
		return c.Morpheus.Version
	case packageKey:
		return c.Morpheus.PackageURL
	case packageSumKey:
		return c.Morpheus.PackageSHA256
	case supplementalKey:
		return c.Morpheus.SupplementalURL
	case supplementalSumKey:
		return c.Morpheus.SupplementalSHA256
	}
	return ""
}

// Keys that commands of this package write.
const (
	imageParameterKey  = "cluster.imageParameter"
	imageIDKey         = "cluster.imageId"
	rolloutKey         = "cluster.rollout"
	guardKey           = "cluster.rolloutGuard"
	databaseKey        = "database.engineVersion"
	searchKey          = "search.engineVersion"
	messagingKey       = "messaging.engineVersion"
	nameKey            = "database.name"
	snapshotKey        = "database.snapshotIdentifier"
	replaceKey         = "safety.allowReplace"
	upgradeKey         = "morpheus.upgrade"
	releaseKey         = "morpheus.version"
	packageKey         = "morpheus.packageUrl"
	packageSumKey      = "morpheus.packageSha256"
	supplementalKey    = "morpheus.supplementalUrl"
	supplementalSumKey = "morpheus.supplementalSha256"
)

// up updates the stack; deployed tells that AWS has what the update brings.
func (s *Subject) up(does string, deployed func(ctx context.Context) (bool, error)) steps.Step {
	return steps.Step{
		Name: "update", Does: "pulumi up: " + does, Limit: upLimit, Done: deployed,
		Do: func(ctx context.Context) error { return stack.Up(ctx, s.Pulumi, s.Stack) },
	}
}
