package drill

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// clock is how the report writes times, in UTC.
const clock = "15:04:05"

// rehearsal stamps a report whose times are not AWS's.
const rehearsal = "REHEARSAL: the services of this run were simulated. Its times show that the drill measures and judges; " +
	"they are not recovery times."

// Base returns the name of the report's files without their endings.
func (r *Record) Base() string { return "drill-" + r.Drill + "-" + r.Stack + "-" + r.ID }

// Write writes the report and its picture into a folder, which it makes.
func (r *Record) Write(folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	picture := r.Base() + ".svg"
	if err := os.WriteFile(filepath.Join(folder, picture), []byte(r.Picture()), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, r.Base()+".md"), []byte(r.Markdown(picture)), 0o600)
}

// verdict is the outcome in one line.
func (r *Record) verdict() string {
	switch {
	case r.Ended.IsZero():
		return "The run has not ended. If this stays so, it was killed: `ops drill undo` shows whether it left anything."
	case r.Problem != "":
		return "**Not judged**: the run ended early: " + r.Problem + "."
	case r.Met():
		return "**Met**: every target was met."
	}
	return "**Missed**: a target was missed."
}

// Markdown is the report; picture is the path of its picture.
func (r *Record) Markdown(picture string) string {
	var out strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	line("# Drill %s of the stack %s\n", r.Drill, r.Stack)
	if r.Simulated {
		line("> %s\n", rehearsal)
	}
	line("%s\n", r.verdict())
	if r.Complete() {
		r.table(line)
		line("![When /ping answered, and what happened](%s)\n", picture)
	}
	line("| | |\n|---|---|")
	line("| failure | %s |", r.Does)
	line("| began | %s |", stamp(r.Began))
	line("| injected | %s |", stamp(r.Injected))
	line("| ended | %s |", stamp(r.Ended))
	line("| account, region | %s, %s |", r.Account, r.Region)
	line("| by | %s |", r.Who)
	if r.Undone != "" {
		line("| what was suspended | %s |", r.Undone)
	}
	line("\n## The state before\n\n| what | state |\n|---|---|")
	for _, f := range r.Before {
		line("| %s | %s |", f.Name, f.Value)
	}
	line("\n## What happened\n\n| time (UTC) | after the failure | what |\n|---|---|---|")
	for _, e := range r.sorted() {
		line("| %s | %s | %s |", e.At.UTC().Format(clock), r.after(e.At), e.Text)
	}
	line("\n## /ping\n")
	r.pings(line)
	line("\n## How it was measured\n")
	line("- `/ping` was asked every second with a new connection, from the machine of the drill. A request that was not answered")
	line("  with 200 within %d seconds has failed. The longest time without an answer is that from the first failed request to the",
		int(pingTimeout.Seconds()))
	line("  next answered one; it is known to a second at each end.")
	line("- AWS was asked every %d seconds. The spare is back when AWS shows it, all checks of `ops validate` for the tier pass and",
		int(awsPoll.Seconds()))
	line("  `/ping` answers.")
	return out.String()
}

func (r *Record) table(line func(string, ...any)) {
	line("| measure | measured | target | | source of the target |\n|---|---|---|---|---|")
	for _, v := range r.Verdicts {
		measured, mark := "not seen", "missed"
		if v.Measured != nil {
			measured = span(*v.Measured)
		}
		if v.Met {
			mark = "met"
		}
		line("| %s | %s | %s | %s | %s |", v.Measure, measured, span(v.Limit), mark, v.Source)
	}
	if r.Detection != nil {
		line("| time until AWS shows the failure | %s | none | | |", span(*r.Detection))
	}
	line("")
}

func (r *Record) pings(line func(string, ...any)) {
	line("%d requests, %d without an answer.\n", len(r.Samples), failures(r.Samples))
	found := outages(r.Samples)
	if len(found) == 0 {
		return
	}
	line("| from (UTC) | to | without an answer |\n|---|---|---|")
	for _, o := range found {
		to := o.To.UTC().Format(clock)
		if !o.Over {
			to = "not over"
		}
		line("| %s | %s | %s |", o.From.UTC().Format(clock), to, span(o.Took()))
	}
}

// sorted are the events in the order of their times: they come from several sides.
func (r *Record) sorted() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := slices.Clone(r.Events)
	slices.SortStableFunc(out, func(a, b Event) int { return a.At.Compare(b.At) })
	return out
}

// after is the time since the injection; empty before.
func (r *Record) after(at time.Time) string {
	if r.Injected.IsZero() || at.Before(r.Injected) {
		return ""
	}
	return span(at.Sub(r.Injected))
}

func stamp(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.UTC().Format(time.RFC3339)
}

// span is a length of time in whole seconds: nothing here is known better.
func span(d time.Duration) string {
	d = d.Round(time.Second)
	if d < 2*time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	if s := int(d.Seconds()) % 60; s != 0 {
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), s)
	}
	return fmt.Sprintf("%d min", int(d.Minutes()))
}
