package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/stacks"
)

// lookUpDelay is the time to the answer of each look-up in the slow account: a service far away.
const lookUpDelay = 100 * time.Millisecond

// benched is a program whose previews are measured.
type benched struct {
	name    string
	options rehearsal.Options
	server  *simaws.Server

	session   *rehearsal.Session
	took      []time.Duration
	resources int
	// lookUps are those of one preview.
	lookUps int
}

// account returns a function that creates the account of the program.
func (b *benched) account(delay time.Duration) func(context.Context) (rehearsal.Cloud, error) {
	return func(context.Context) (_ rehearsal.Cloud, err error) {
		b.server, err = simaws.Start(simaws.Options{LookUpDelay: delay})
		return b.server, err
	}
}

// preview measures one preview. The first one fills the file cache and is not counted.
func (b *benched) preview(ctx context.Context, first bool) error {
	before := b.server.LookUps()
	result, err := b.session.Preview(ctx)
	if err != nil {
		return fmt.Errorf("preview %s: %w", b.name, err)
	}
	b.resources, b.lookUps = result.Total(), b.server.LookUps()-before
	if !first {
		b.took = append(b.took, result.Duration)
	}
	return nil
}

// benchPreview alternates between previews of prod, of prod in an account that answers look-ups late, and of an empty
// program, so that a slow machine slows all of them.
func benchPreview(ctx context.Context, rounds int) error {
	committed, err := rehearsal.Committed("prod", stacks.Run)
	if err != nil {
		return err
	}
	prod := &benched{name: "prod", options: committed}
	slow := &benched{name: "prod, late answers", options: committed}
	empty := &benched{name: "empty", options: committed}
	empty.options.Program = func(*pulumi.Context) error { return nil }
	all := []*benched{prod, slow, empty}
	for _, b := range all {
		b.options.Cloud = b.account(0)
		if b == slow {
			b.options.Cloud = b.account(lookUpDelay)
		}
		if b.session, err = rehearsal.New(ctx, b.options); err != nil {
			return err
		}
		defer func() { _ = b.session.Close() }() // a throw-away folder
	}
	for round := range rounds + 1 {
		for _, b := range all {
			if err := b.preview(ctx, round == 0); err != nil {
				return err
			}
		}
	}
	fmt.Printf("preview, median of %d alternating rounds:\n", rounds)
	nothing := median(empty.took)
	for _, b := range all {
		took := median(b.took)
		fmt.Printf("  %-20s %7.0f ms  %3d resources  %2d look-ups  ratio to the empty program %.2f\n",
			b.name, millis(took), b.resources, b.lookUps, float64(took)/float64(nothing))
	}
	late, prompt := median(slow.took), median(prod.took)
	fmt.Printf("  answers %s late make the preview %.2f times as long: as long as %.1f such look-ups one after the other\n",
		lookUpDelay, float64(late)/float64(prompt), float64(late-prompt)/float64(lookUpDelay))
	return nil
}

func median(d []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[len(sorted)/2]
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
