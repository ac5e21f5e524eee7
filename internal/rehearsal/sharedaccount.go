package rehearsal

import (
	"context"
	"fmt"
)

// ofSecondStack are the values that two stacks with the same file must not share: a host name is unique in a hosted
// zone, and a fixed name is unique in an account and region. An empty name becomes the default, which contains the
// stack's name.
var ofSecondStack = []Setting{
	{Key: "dns.hostName", Value: "second.example.com"},
	{Key: "filesystem.name", Value: ""},
	{Key: "messaging.name", Value: ""},
	{Key: "search.name", Value: ""},
}

// borrowed is the account of another session.
type borrowed struct{ Cloud }

// Close does nothing, because another session owns the account.
func (borrowed) Close() error { return nil }

// sharedAccount deploys a stack twice in one account, with different names. Neither a second update nor a destroy of
// one stack may change the other.
func (e *execution) sharedAccount(ctx context.Context, stack string) {
	first, other := e.newRehearsal(stack), e.newRehearsal(stack+"-second")
	defer e.close(first) // this also closes the account
	defer e.close(other)
	open := func(ctx context.Context) error {
		account, err := e.account(ctx)
		if err != nil {
			return err
		}
		if err := e.open(ctx, first, stack, account, nil); err != nil {
			return err
		}
		account.Cloud = borrowed{account.Cloud}
		return e.open(ctx, other, stack, account, ofSecondStack)
	}
	last := func(ctx context.Context) error {
		first.kept = append(first.kept, other.kept...)
		return first.destroy(ctx)
	}
	again := step{name: "second up changes nothing", run: first.upAgain}
	againOther := step{name: "second up changes nothing", run: other.upAgain}
	_ = first.step(ctx, step{name: "start one account for two stacks", run: open}) &&
		first.step(ctx, step{name: "up", run: first.up, operation: Up}) &&
		other.step(ctx, step{name: "up", run: other.up, operation: Up}) &&
		first.step(ctx, again) && other.step(ctx, againOther) &&
		other.step(ctx, step{name: "protection is removed as in the runbook", run: other.release}) &&
		other.step(ctx, step{name: "destroy of the second stack", run: other.destroyOnly, operation: Destroy}) &&
		first.step(ctx, step{name: "the first stack is unchanged", run: first.untouched}) &&
		first.step(ctx, step{name: "protection is removed as in the runbook", run: first.release}) &&
		first.step(ctx, step{name: "destroy leaves nothing", run: last, operation: Destroy})
}

// untouched checks that neither a preview nor a refresh finds a change.
func (r *rehearsal) untouched(ctx context.Context) error {
	preview, err := r.session.Preview(ctx)
	if err != nil {
		return err
	}
	if err := wantNoChange("the preview after the other stack was destroyed", preview); err != nil {
		return err
	}
	refresh, err := r.session.Refresh(ctx)
	if err != nil {
		return err
	}
	r.lane.note("preview: %s; refresh: %s", preview.Summary(), refresh.Summary())
	if err := wantNoChange("the refresh after the other stack was destroyed", refresh); err != nil {
		return fmt.Errorf("the destroy of one stack changed the other: %w", err)
	}
	return nil
}
