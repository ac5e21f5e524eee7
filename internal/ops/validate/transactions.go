package validate

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

// Names of the scripts. A token is of one run.
const (
	writeName  = "write what ops validate reads elsewhere"
	readName   = "read what ops validate has written elsewhere"
	removeName = "remove what ops validate has written"
)

// transactions are what nodes have told about one run.
type transactions struct {
	written, removed told
	read             []told
}

func (s *Subject) transactionChecks() []check.Check {
	run := once(s.transact)
	one := func(what, asks, writes, do string) check.Check {
		return check.Check{
			ID: "transaction-" + what, Group: "transactions", Severity: check.Error, Asks: asks, Do: do,
			// Of writing, reading and removing.
			Timeout: 3 * scriptTook, Flags: "--transactions --yes",
			Run: func(ctx context.Context) (check.Result, error) {
				if !s.Transactions {
					return check.Skip("with --transactions --yes, a node %s, which is removed again", writes), nil
				}
				t, err := run(ctx)
				if err != nil {
					return check.Result{}, err
				}
				return t.judge(what)
			},
		}
	}
	return []check.Check{
		one("file", "is a file that one node writes read by the others?", "writes a file to the shared file system",
			"look at the mounts: docs/runbooks/checks.md#node-mounts"),
		one("message", "is a message that one node publishes consumed by the others?",
			"publishes messages in a queue of their own",
			"look at the broker: docs/runbooks/checks.md#messaging-running; read its log for the reason"),
		one("document", "is a document that one node indexes found by the others?",
			"indexes a document in an index of its own",
			"look at the search domain: docs/runbooks/checks.md#search-active; a full disk refuses what is written"),
	}
}

// transact writes on one node, reads on the others and removes what was written, whatever happens in between.
func (s *Subject) transact(ctx context.Context) (*transactions, error) {
	s.cleaning.Add(1)
	defer s.cleaning.Done()
	all, err := s.servingNodes(ctx)
	if err != nil {
		return nil, err
	}
	readers := all[1:]
	if len(readers) == 0 {
		readers = all // the only node
	}
	random := make([]byte, 8) //nolint:mnd // enough for names that do not meet
	if _, err := rand.Read(random); err != nil {
		return nil, err
	}
	token, t := hex.EncodeToString(random), &transactions{}
	// Not interrupted: what a node still writes could not be removed yet.
	lasting := context.WithoutCancel(ctx)
	written, err := s.ask(lasting, all[:1], script(writeName, transactScript, "write", token, strconv.Itoa(len(readers))))
	if err == nil {
		t.written = written[0]
	}
	if err == nil && t.written.err == nil {
		t.read, err = s.ask(ctx, readers, script(readName, transactScript, "read", token))
	}
	// Any node can remove it. Without the permission none can, but then none has written either.
	for i := range all {
		removed, failed := s.ask(lasting, all[i:i+1], script(removeName, transactScript, "remove", token))
		if failed != nil {
			return nil, cmp.Or(err, failed)
		}
		if t.removed = removed[0]; t.removed.err == nil {
			break
		}
	}
	return t, err
}

// Wait returns when nothing is left of the transactions: a check that is interrupted is reported before they have
// removed what they wrote.
func (s *Subject) Wait() { s.cleaning.Wait() }

// judge compares what one node has written with what the others have read.
func (t *transactions) judge(what string) (check.Result, error) {
	// outcome of a node: the text, or why there is none.
	outcome := func(n told) (text, why string, err error) {
		got := n.facts.one(what)
		why, failed := strings.CutPrefix(got, "failed: ")
		switch {
		case n.err != nil:
			return "", "", fmt.Errorf("%s has not answered: %w", n.node, n.err)
		case got == "":
			return "", "", fmt.Errorf("%s has told nothing about the %s", n.node, what)
		case failed:
			return "", why, nil
		}
		return strings.TrimSpace(strings.TrimPrefix(got, "ok")), "", nil
	}
	text, why, err := outcome(t.written)
	switch {
	case err != nil:
		return check.Result{}, err
	case why != "":
		return check.Finding("%s could not write the %s: %s", t.written.node, what, why), nil
	}
	var problems, readers []string
	for _, reader := range t.read {
		got, why, err := outcome(reader)
		switch {
		case err != nil:
			return check.Result{}, err
		case why != "":
			problems = append(problems, fmt.Sprintf("%s could not read the %s of %s: %s", reader.node, what,
				t.written.node, why))
		case got != text:
			problems = append(problems, fmt.Sprintf("%s has read %q, and %s has written %q", reader.node, got,
				t.written.node, text))
		}
		readers = append(readers, reader.node)
	}
	if len(problems) == 0 && len(readers) == 0 {
		return check.Result{}, fmt.Errorf("nobody has read the %s", what)
	}
	_, why, err = outcome(t.removed)
	if err != nil {
		why = err.Error()
	}
	if why != "" && len(problems) == 0 {
		return check.Warn("the %s could not be removed, the next run removes it: %s", what, why), nil
	}
	return check.Judge(problems, "%s has written the %s, read by %s; it is removed", t.written.node, what,
		strings.Join(readers, ", ")), nil
}
