package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/stacks"
)

// benchPreview alternates between previews of prod and of an empty program, so that a slow machine slows both.
func benchPreview(ctx context.Context, rounds int) error {
	committed, err := rehearsal.Committed("prod", stacks.Run)
	if err != nil {
		return err
	}
	empty := committed
	empty.Program = func(*pulumi.Context) error { return nil }

	took := make([][]time.Duration, 2)
	resources := make([]int, 2)
	sessions := make([]*rehearsal.Session, 2)
	for i, options := range []rehearsal.Options{committed, empty} {
		if sessions[i], err = rehearsal.New(ctx, options); err != nil {
			return err
		}
		defer func() { _ = sessions[i].Close() }() // a throw-away folder
	}
	for round := range rounds + 1 {
		for i, session := range sessions {
			result, err := session.Preview(ctx)
			if err != nil {
				return err
			}
			resources[i] = result.Total()
			if round > 0 { // the first round fills the file cache
				took[i] = append(took[i], result.Duration)
			}
		}
	}
	prod, nothing := median(took[0]), median(took[1])
	fmt.Printf("preview, median of %d alternating rounds:\n", rounds)
	fmt.Printf("  prod   %7.0f ms  %d resources\n", millis(prod), resources[0])
	fmt.Printf("  empty  %7.0f ms  %d resources\n", millis(nothing), resources[1])
	fmt.Printf("  ratio  %7.2f\n", float64(prod)/float64(nothing))
	return nil
}

func median(d []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[len(sorted)/2]
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
