package validate

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/smithy-go"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/nodes"
)

var (
	//go:embed scripts/common.sh
	commonScript string
	//go:embed scripts/look.sh
	lookScript string
	//go:embed scripts/transact.sh
	transactScript string
)

const (
	// scriptLimit is for programs that hang one after the other, such as the AWS CLI, morpheus-ctl and a back end.
	scriptLimit = 150 * time.Second
	// scriptEnd is for what a script does at its end: it removes what it has written.
	scriptEnd = 30 * time.Second
	// scriptTook is the longest time from sending a script to its answer: until the agent takes it, and reports its end.
	scriptTook = scriptLimit + scriptEnd + 2*time.Minute
	lookName   = "look at the node for ops validate"
)

// script puts a script into a group of processes of its own, with a time limit. Systems Manager stops a script by
// SIGKILL, after which nobody would remove its secrets from memory, or what it has written.
func script(name, text string, arguments ...string) nodes.Script {
	const end = "END-OF-THE-SCRIPT"
	return nodes.Script{
		Name: name, Arguments: arguments, Limit: scriptLimit + scriptEnd + time.Second,
		Text: fmt.Sprintf("exec timeout --kill-after=%d %d bash -s -- \"$@\" <<'%s'\n%s%s%s\n", int(scriptEnd.Seconds()),
			int(scriptLimit.Seconds()), end, commonScript, text, end),
	}
}

// facts are what a script has told about a node, by name: a line each.
type facts map[string][]string

// parseFacts reads the output of a script.
func parseFacts(output string) facts {
	out := facts{}
	for line := range strings.Lines(output) {
		if name, value, found := strings.Cut(strings.TrimRight(line, "\n"), "\t"); found {
			out[name] = append(out[name], strings.TrimSpace(value))
		}
	}
	return out
}

// one returns the value of a fact that is told once; empty for none.
func (f facts) one(name string) string {
	if len(f[name]) == 0 {
		return ""
	}
	return f[name][0]
}

// about returns the text of a fact whose lines begin with a word, such as "database answers".
func (f facts) about(name, word string) string {
	for _, value := range f[name] {
		if first, rest, _ := strings.Cut(value, " "); first == word {
			return rest
		}
	}
	return ""
}

// told is what a node in service has told, or why it has not. A script that was stopped in the middle has told a part.
type told struct {
	node  string
	facts facts
	err   error
}

// ask runs a script on nodes side by side. The error says that nothing can be run at all, such as without permission.
func (s *Subject) ask(ctx context.Context, all []nodes.Node, what nodes.Script) ([]told, error) {
	group := s.nodes()
	out, blind := make([]told, len(all)), make([]error, len(all))
	var waiting sync.WaitGroup
	for i, node := range all {
		waiting.Go(func() {
			answer, err := group.Run(ctx, node.ID, what)
			out[i] = told{node: node.ID, facts: parseFacts(answer.Text), err: err}
			var refused smithy.APIError
			if ctx.Err() != nil || errors.As(err, &refused) && !account.IsCode(err, "InvalidInstanceId") {
				blind[i] = err
			}
		})
	}
	waiting.Wait()
	for _, err := range blind {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// nodes is the group of the stack's nodes.
func (s *Subject) nodes() *nodes.Group {
	return &nodes.Group{Account: s.Account, Name: s.Config.GroupName()}
}

// servingNodes returns the nodes in service, of which there is at least one.
func (s *Subject) servingNodes(ctx context.Context) ([]nodes.Node, error) {
	all, err := s.nodes().Serving(ctx)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%s has no node in service", s.Config.GroupName())
	}
	return all, err
}

// look asks all nodes in service what they are like.
func (s *Subject) look(ctx context.Context) ([]told, error) {
	all, err := s.servingNodes(ctx)
	if err != nil {
		return nil, err
	}
	return s.ask(ctx, all, script(lookName, lookScript, s.Outputs["fileSystemId"]))
}

// once returns a function that runs another one at its first call. Checks that share its result run side by side: each
// waits for its end, or until its own time is over.
func once[T any](run func(ctx context.Context) (T, error)) func(ctx context.Context) (T, error) {
	var (
		first sync.Once
		ended = make(chan struct{})
		out   T
		err   error
	)
	return func(ctx context.Context) (T, error) {
		first.Do(func() {
			go func() {
				defer close(ended)
				out, err = run(ctx)
			}()
		})
		select {
		case <-ended:
			return out, err
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
	}
}
