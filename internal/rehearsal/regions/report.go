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

// Rehearse runs each journey and the failover from copies, undisturbed and killed at each changing call, and writes what it
// found.
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
			list(out, part.name, part.results)
		}
		fmt.Fprintf(out, kept, j.Name, resumed, resumed)
	}
	moves, err := RunCopies(ctx, 0)
	if err != nil {
		return err
	}
	resumed, err := KillsCopies(ctx)
	if err != nil {
		return err
	}
	list(out, "failover from copies", moves.Failover)
	fmt.Fprintf(out, kept, "from copies", resumed, resumed)
	return nil
}

const kept = "%s: nothing is lost that must not be; killed at each changing call, %d/%d moves were taken up again\n\n"

func list(out io.Writer, name string, results []steps.Result) {
	fmt.Fprintf(out, "%s, %s by the modelled time\n", name, Sum(results))
	for _, r := range results {
		fmt.Fprintf(out, "  %-36s %-8s %s\n", r.Step, r.State, r.Took)
	}
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
	out.WriteString("| step | planned | unplanned | failback | unplanned, from copies |\n|---|---|---|---|---|\n")
	columns := [4]map[string]steps.Result{}
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
	moves, err := RunCopies(ctx, 0)
	if err != nil {
		return "", err
	}
	add(len(columns)-1, moves.Failover)
	totals := [len(columns)]time.Duration{}
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
	out.WriteString("| **together** |")
	for _, total := range totals {
		fmt.Fprintf(&out, " %s |", minutes(total))
	}
	out.WriteString("\n")
	return out.String(), nil
}

// ObjectivesTable is the table of what each mode loses, as docs/recovery.md has it.
func ObjectivesTable(ctx context.Context) (string, error) {
	all, err := Objectives(ctx)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	out.WriteString("| `recovery.mode` | failover | rows lost, at worst | files lost, at worst | users are served again after |\n" +
		"|---|---|---|---|---|\n")
	for _, o := range all {
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s | %s |\n", o.Mode, o.Move, lost(o.Rows), lost(o.Files), minutes(o.Served))
	}
	return out.String(), nil
}

func lost(d time.Duration) string {
	switch {
	case d == 0:
		return "none"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return minutes(d)
	}
	return fmt.Sprintf("%d h", int((d+time.Hour-1)/time.Hour))
}

func minutes(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return fmt.Sprintf("%d min", int((d+time.Minute-1)/time.Minute))
}
