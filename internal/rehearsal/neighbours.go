package rehearsal

import (
	"context"
	"fmt"
)

// second are what two stacks of one file must not share: AWS has a host name once in a hosted zone, and a name that the
// file fixes once in an account and region. Empty names are the program's own, with that of the stack.
var second = []Setting{
	{Key: "dns.hostName", Value: "second.example.com"},
	{Key: "filesystem.name", Value: ""},
	{Key: "messaging.name", Value: ""},
	{Key: "search.name", Value: ""},
}

// shared is an account that ends with another session.
type shared struct{ Cloud }

// Close leaves the account to the session that owns it.
func (shared) Close() error { return nil }

// neighbours deploys a stack twice, under two names, into one account. Neither may see the other: not when it deploys
// again, and not when the other is destroyed.
func (e *execution) neighbours(ctx context.Context, stack string) {
	first, other := e.newRehearsal(stack), e.newRehearsal(stack+"-second")
	defer e.close(first) // the account goes with it
	defer e.close(other)
	open := func(ctx context.Context) error {
		account, err := e.account(ctx)
		if err != nil {
			return err
		}
		if err := e.open(ctx, first, stack, account, nil); err != nil {
			return err
		}
		account.Cloud = shared{account.Cloud}
		return e.open(ctx, other, stack, account, second)
	}
	again := step{name: "second up changes nothing", run: first.upAgain}
	againOther := step{name: "second up changes nothing", run: other.upAgain}
	_ = first.step(ctx, step{name: "one account for two stacks made", run: open}) &&
		first.step(ctx, step{"up", first.up, Up}) &&
		other.step(ctx, step{"up", other.up, Up}) &&
		first.step(ctx, again) && other.step(ctx, againOther) &&
		other.step(ctx, step{name: "protection is taken off as the runbook says", run: other.release}) &&
		other.step(ctx, step{"destroy of one of the two", other.destroyOnly, Destroy}) &&
		first.step(ctx, step{name: "the other is untouched", run: first.untouched}) &&
		first.step(ctx, step{name: "protection is taken off as the runbook says", run: first.release}) &&
		first.step(ctx, step{"destroy leaves nothing", first.destroy, Destroy})
}

// untouched wants that neither the program nor AWS differs from what was deployed.
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
		return fmt.Errorf("the destroy of one stack reached into the other: %w", err)
	}
	return nil
}
