// Package rotate gives a password of a stack another value, in steps that look before they act: the configuration, an
// update, what AWS cannot change, the nodes. A run that was interrupted anywhere is started again and goes on. The group
// is held from the first step to the last, so that no other rotation begins before this one has ended.
package rotate

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/nodes"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

var (
	//go:embed scripts/broker-user.sh
	brokerUser string
	//go:embed scripts/broker-look.sh
	brokerLook string
	//go:embed scripts/database-discard.sh
	databaseDiscard string
)

// Password is one that can be rotated.
type Password struct {
	// Name is the argument of the command, and Key the number in the configuration.
	Name, Key string
	// Says is what happens meanwhile, for people.
	Says string

	// processes are suspended during the rotation.
	processes []string
	// onNodes is true if the nodes use the password.
	onNodes bool
	// between and after are the steps before and after the nodes' boots.
	between, after func(*Rotation) []steps.Step
}

// Passwords are all that can be rotated.
var Passwords = []Password{
	{
		Name: "database-user", Key: "databaseUser", processes: nodes.Checks, onNodes: true, after: discard,
		Says: "clients continue: the database takes both passwords until every node has the new one",
	},
	{
		Name: "database-administrator", Key: "databaseAdministrator",
		Says: "clients continue: no client keeps this password",
	},
	{
		Name: "messaging", Key: "messaging", onNodes: true, between: giveToBroker,
		// A node that boots between the update and the change in RabbitMQ has a password that the broker refuses.
		processes: append([]string{"Launch"}, nodes.Checks...),
		Says:      "open connections stay; a node that loses its own before its boot cannot connect again",
	},
	{
		Name: "search", Key: "search", processes: nodes.Checks, onNodes: true,
		Says: "a node cannot search or write logs between the update and its boot: choose a quiet hour",
	},
}

// Stack is the Pulumi stack.
type Stack interface {
	// Number returns the number of a password in the configuration, and SetNumber changes it.
	Number(ctx context.Context, key string) (int, error)
	SetNumber(ctx context.Context, key string, number int) error
	// Pending returns what an update would change.
	Pending(ctx context.Context) ([]string, error)
	Up(ctx context.Context) error
}

// Rotation of one password.
type Rotation struct {
	Password Password
	Group    *nodes.Group
	Stack    Stack

	number int
}

// upLimit is for the change of a password in a database or a search domain.
const upLimit = 2 * time.Hour

// Run rotates the password, or goes on with a rotation that was interrupted. In a dry run it asks no node.
func (r *Rotation) Run(ctx context.Context, o steps.Options) error {
	if err := r.find(ctx); err != nil {
		return err
	}
	o.Clock = r.Group.Clock
	first := []steps.Step{r.nothingElse(), r.hold()}
	if r.Password.onNodes {
		first = append(first, r.Group.Rest())
	}
	first = append(first, r.configure(), r.update())
	if r.Password.between != nil {
		first = append(first, r.Password.between(r)...)
	}
	if r.Password.onNodes {
		first = append(first, r.Group.Rest())
	}
	if _, err := steps.Run(ctx, planned(first, o), o); err != nil {
		return r.explained(ctx, err)
	}
	// The nodes are listed now: one that has started during the update may have the former password.
	second, err := r.onNodes(ctx)
	if err != nil {
		return r.explained(ctx, err)
	}
	_, err = steps.Run(ctx, planned(second, o), o)
	return r.explained(ctx, err)
}

// planned are the steps of a dry run: none asks a node or the Pulumi CLI.
func planned(all []steps.Step, o steps.Options) []steps.Step {
	if o.DryRun {
		for i := range all {
			all[i].Done = func(context.Context) (bool, error) { return false, nil }
		}
	}
	return all
}

// explained adds what a rotation that has not ended leaves behind.
func (r *Rotation) explained(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	look, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if now, unknown := r.Group.Held(look); unknown == nil && now.Work == "" {
		return err
	}
	return fmt.Errorf("%w. %q holds the group until then: nobody replaces a node that dies", err, r.work())
}

func (r *Rotation) work() string { return fmt.Sprintf("rotate %s %d", r.Password.Name, r.number) }

// find takes up the number of an interrupted rotation, or counts up the one of the configuration.
func (r *Rotation) find(ctx context.Context) error {
	now, err := r.Group.Held(ctx)
	if err != nil {
		return err
	}
	if number, own := strings.CutPrefix(now.Work, "rotate "+r.Password.Name+" "); own {
		r.number, err = strconv.Atoi(number)
		return err
	}
	if now.Work != "" {
		return fmt.Errorf("%w: %q must end first: run it again", nodes.ErrHeld, now.Work)
	}
	have, err := r.Stack.Number(ctx, r.Password.Key)
	r.number = have + 1
	return err
}

func (r *Rotation) hold() steps.Step {
	does := "write down that this rotation holds the group"
	if len(r.Password.processes) > 0 {
		does += ", and suspend " + strings.Join(r.Password.processes, ", ")
	}
	held := false
	return steps.Step{
		// Hold itself finds what is done.
		Name: "hold the group", Does: does, Limit: time.Minute,
		Done: func(context.Context) (bool, error) { return held, nil },
		Do: func(ctx context.Context) error {
			err := r.Group.Hold(ctx, r.work(), r.Password.processes)
			held = err == nil
			return err
		},
	}
}

// nothingElse refuses a rotation that would bring other changes with it: its update has no preview that somebody reads.
func (r *Rotation) nothingElse() steps.Step {
	return steps.Step{
		Name: "nothing else changes", Does: "pulumi preview: the update must change the password only",
		Done: func(ctx context.Context) (bool, error) {
			if have, err := r.Stack.Number(ctx, r.Password.Key); err != nil || have >= r.number {
				return err == nil, err // the look was before the change of the number
			}
			pending, err := r.Stack.Pending(ctx)
			if err == nil && len(pending) > 0 {
				shown := strings.Join(pending[:min(len(pending), most)], ", ")
				err = fmt.Errorf("an update would also %s: run pulumi up before", shown)
			}
			return err == nil, err
		},
		Do: func(context.Context) error { return errors.New("never needed: Done decides") },
	}
}

// most is the number of changes that a message shows.
const most = 5

func (r *Rotation) configure() steps.Step {
	key := "rotation." + r.Password.Key
	return steps.Step{
		Name: "configure", Does: fmt.Sprintf("pulumi config set %s %d", key, r.number), Limit: time.Minute,
		Done: func(ctx context.Context) (bool, error) {
			have, err := r.Stack.Number(ctx, r.Password.Key)
			if err == nil && have > r.number {
				err = fmt.Errorf("%s is %d, and this rotation is to %d: somebody has counted it up; set it back",
					key, have, r.number)
			}
			return err == nil && have == r.number, err
		},
		Do: func(ctx context.Context) error { return r.Stack.SetNumber(ctx, r.Password.Key, r.number) },
	}
}

func (r *Rotation) update() steps.Step {
	return steps.Step{
		Name: "update", Does: "pulumi up, which makes the new password", Limit: upLimit,
		Done: func(ctx context.Context) (bool, error) {
			pending, err := r.Stack.Pending(ctx)
			return err == nil && len(pending) == 0, err
		},
		Do: r.Stack.Up,
	}
}

// onNodes are the steps on the nodes that serve now, and the end.
func (r *Rotation) onNodes(ctx context.Context) ([]steps.Step, error) {
	var out []steps.Step
	if r.Password.onNodes {
		serving, err := r.Group.Serving(ctx)
		if err != nil {
			return nil, err
		}
		if len(serving) == 0 {
			return nil, fmt.Errorf("no node of %s is in service and healthy", r.Group.Name)
		}
		for _, n := range serving {
			out = append(out, r.Group.Boot(n.ID))
		}
	}
	if r.Password.after != nil {
		out = append(out, r.Password.after(r)...)
	}
	return append(out, steps.Step{
		Name: "release the group", Does: "resume its processes", Limit: time.Minute,
		Done: func(ctx context.Context) (bool, error) {
			now, err := r.Group.Held(ctx)
			return err == nil && now.Work != r.work(), err
		},
		Do: r.Group.Release,
	}), nil
}

// discard ends the time in which the database takes two passwords: MySQL keeps no third.
func discard(r *Rotation) []steps.Step {
	discarded := false
	return []steps.Step{{
		// It can be repeated, and only the administrator could look.
		Name: "discard the former password", Does: "as the administrator, from a node", Limit: time.Minute,
		Done: func(context.Context) (bool, error) { return discarded, nil },
		Do: func(ctx context.Context) error {
			_, err := r.first(ctx, nodes.Script{Name: "discard the former password", Text: databaseDiscard})
			discarded = err == nil
			return err
		},
	}}
}

// giveToBroker changes the user in RabbitMQ, which AWS cannot.
func giveToBroker(r *Rotation) []steps.Step {
	return []steps.Step{{
		Name: "change the user of the broker", Does: "from a node that still has the former password", Limit: time.Minute,
		Done: func(ctx context.Context) (bool, error) {
			out, err := r.first(ctx, nodes.Script{Name: "look at the password of the broker", Text: brokerLook})
			return err == nil && strings.TrimSpace(out.Text) == "current", err
		},
		Do: r.changeBroker,
	}}
}

// changeBroker tries the nodes in turn: one that has booted since the update has the former password no more.
func (r *Rotation) changeBroker(ctx context.Context) error {
	serving, err := r.Group.Serving(ctx)
	if err != nil {
		return err
	}
	for _, n := range serving {
		var failure *nodes.Failure
		_, err = r.Group.Run(ctx, n.ID, nodes.Script{Name: "change the user of the broker", Text: brokerUser})
		if err == nil || !errors.As(err, &failure) || !strings.HasSuffix(failure.Last, " 401") {
			return err
		}
	}
	return fmt.Errorf("no node has the former password any more (%w): put the version AWSPREVIOUS of the secret back "+
		"into RabbitMQ by hand, or restore the broker: docs/secrets.md", err)
}

// first runs a script on the first node in service.
func (r *Rotation) first(ctx context.Context, s nodes.Script) (nodes.Output, error) {
	serving, err := r.Group.Serving(ctx)
	if err != nil {
		return nodes.Output{}, err
	}
	if len(serving) == 0 {
		return nodes.Output{}, fmt.Errorf("no node of %s is in service and healthy", r.Group.Name)
	}
	return r.Group.Run(ctx, serving[0].ID, s)
}
