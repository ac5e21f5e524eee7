package regions

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// Rehearse runs each journey, undisturbed and killed at each changing call, and writes what it found.
func Rehearse(ctx context.Context, out io.Writer) error {
	for _, j := range Journeys {
		moves, err := j.Run(ctx, 0)
		if err != nil {
			return err
		}
		resumed, err := j.Kills(ctx)
		if err != nil {
			return err
		}
		for _, part := range []struct {
			name    string
			results []steps.Result
		}{{j.Name + " failover", moves.Failover}, {"failback after it", moves.Failback}} {
			fmt.Fprintf(out, "%s, %s by the modelled time\n", part.name, Sum(part.results))
			for _, r := range part.results {
				fmt.Fprintf(out, "  %-36s %-8s %s\n", r.Step, r.State, r.Took)
			}
		}
		fmt.Fprintf(out, "%s: nothing is lost that must not be; killed at each changing call, %d/%d moves were taken up again\n\n",
			j.Name, resumed, resumed)
	}
	return nil
}

// Sum is the time of all steps.
func Sum(results []steps.Result) time.Duration {
	total := time.Duration(0)
	for _, r := range results {
		total += r.Took
	}
	return total
}

// Table is the table of the steps and their modelled times, as docs/recovery.md has it.
func Table(ctx context.Context) (string, error) {
	var out strings.Builder
	out.WriteString("| step | planned | unplanned | failback |\n|---|---|---|---|\n")
	columns := [3]map[string]steps.Result{}
	var order []string
	add := func(column int, results []steps.Result) {
		columns[column] = map[string]steps.Result{}
		for _, r := range results {
			if !slices.Contains(order, r.Step) {
				order = append(order, r.Step)
			}
			columns[column][r.Step] = r
		}
	}
	for i, j := range Journeys {
		moves, err := j.Run(ctx, 0)
		if err != nil {
			return "", err
		}
		add(i, moves.Failover)
		if i == len(Journeys)-1 {
			add(2, moves.Failback)
		}
	}
	totals := [3]time.Duration{}
	for _, name := range order {
		fmt.Fprintf(&out, "| %s |", name)
		for i, column := range columns {
			r, has := column[name]
			switch {
			case !has:
				out.WriteString(" |")
			case r.State == steps.Open:
				out.WriteString(" when the region is back |")
			default:
				fmt.Fprintf(&out, " %s |", minutes(r.Took))
			}
			totals[i] += r.Took
		}
		out.WriteString("\n")
	}
	fmt.Fprintf(&out, "| **together** | %s | %s | %s |\n", minutes(totals[0]), minutes(totals[1]), minutes(totals[2]))
	return out.String(), nil
}

func minutes(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return fmt.Sprintf("%d min", int((d+time.Minute-1)/time.Minute))
}
