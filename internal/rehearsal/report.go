package rehearsal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// ErrFailed is the error of a rehearsal with failed steps. Its report says which failed and why.
var ErrFailed = errors.New("the rehearsal failed")

// report shows the progress and the results of a rehearsal.
type report struct {
	out     io.Writer
	color   bool
	verbose bool
	start   time.Time

	mu    sync.Mutex
	lanes []string // the stacks, in the order of the closing table
	mixed bool     // stacks are rehearsed side by side
	rows  []row
}

type row struct {
	stack, step string
	duration    time.Duration
	err         error
}

func newReport(out io.Writer, color, verbose bool) *report {
	return &report{out: out, color: color, verbose: verbose, start: time.Now()}
}

// The colours are the same as in Pulumi's output.
const (
	bold  = "1"
	red   = "31"
	green = "32"
)

func (r *report) paint(code, text string) string {
	if !r.color {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (r *report) verdict(err error) string {
	if err != nil {
		return r.paint(red, "FAIL")
	}
	return r.paint(green, "PASS")
}

// lane is the part of the report about one stack.
type lane struct {
	report *report
	stack  string
	beside bool      // other lanes print at the same time
	last   time.Time // time of the last output
	open   bool      // the line of the step is not complete
	result string    // of the step, such as "create 12"
}

// lane returns the lane of a stack. If other stacks print at the same time, each line begins with the stack's name.
func (r *report) lane(stack string, beside bool) *lane {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lanes, r.mixed = append(r.lanes, stack), r.mixed || beside
	return &lane{report: r, stack: stack, beside: beside, last: time.Now()}
}

// write prints complete lines.
func (l *lane) write(text []byte) {
	if len(text) == 0 {
		return
	}
	if l.beside {
		var prefixed bytes.Buffer
		for line := range bytes.Lines(text) {
			prefixed.WriteString(l.stack + " | ")
			prefixed.Write(line)
		}
		text = prefixed.Bytes()
	}
	l.report.mu.Lock()
	defer l.report.mu.Unlock()
	if l.open {
		l.print([]byte("\n"))
		l.open = false
	}
	l.print(text)
}

// print needs the report's lock.
func (l *lane) print(text []byte) {
	l.last = time.Now()
	_, _ = l.report.out.Write(text) // a closed terminal must not stop the rehearsal
}

func (l *lane) printf(format string, args ...any) {
	l.write(fmt.Appendf(nil, format, args...))
}

// begin prints a heading, or the beginning of the step's line.
func (l *lane) begin(step string) {
	l.result = ""
	switch {
	case l.report.verbose:
		since := time.Since(l.report.start).Seconds()
		l.printf("\n%s\n", l.report.paint(bold, fmt.Sprintf("== %s: %s (at %.1f s)", l.stack, step, since)))
	case !l.beside:
		l.report.mu.Lock()
		defer l.report.mu.Unlock()
		l.print([]byte(l.stack + ": " + step + " ..."))
		l.open = true
	}
}

// note prints a detail, which a short report leaves out.
func (l *lane) note(format string, args ...any) {
	if l.report.verbose {
		l.say(format, args...)
	}
}

// say prints a line in every report.
func (l *lane) say(format string, args ...any) {
	l.printf("   %s\n", strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\n   "))
}

// summarize records what the engine did, such as "create 12".
func (l *lane) summarize(summary string) {
	l.result = summary
	l.note("%s", summary)
}

// end records the step, and ends its line.
func (l *lane) end(step string, duration time.Duration, err error) {
	l.report.mu.Lock()
	l.report.rows = append(l.report.rows, row{stack: l.stack, step: step, duration: duration, err: err})
	l.report.mu.Unlock()
	if !l.report.verbose {
		line := fmt.Sprintf("%s (%.1f s)", l.report.verdict(err), duration.Seconds())
		if l.result != "" {
			line += ": " + l.result
		}
		l.endLine(step, line)
	}
	if err != nil {
		l.say("%s %v", l.report.verdict(err), err)
	}
}

// skip ends a step that does not apply to this stack.
func (l *lane) skip(step string, reason error) {
	if l.report.verbose {
		l.say("%v", reason)
		return
	}
	l.endLine(step, "SKIP: "+strings.TrimPrefix(reason.Error(), errNotApplicable.Error()+": "))
}

// endLine ends the line of the step, or prints all of it again after other output.
func (l *lane) endLine(step, line string) {
	if !l.open {
		l.printf("%s: %s ... %s\n", l.stack, step, line)
		return
	}
	l.report.mu.Lock()
	defer l.report.mu.Unlock()
	l.print([]byte(" " + line + "\n"))
	l.open = false
}

// silence returns the time since the lane's last output.
func (l *lane) silence() time.Duration {
	l.report.mu.Lock()
	defer l.report.mu.Unlock()
	return time.Since(l.last)
}

// close prints the counts, and a table of the steps if there was other output between their lines.
func (r *report) close() error {
	failed := 0
	for _, row := range r.rows {
		if row.err != nil {
			failed++
		}
	}
	if r.verbose || r.mixed {
		if err := r.table(); err != nil {
			return err
		}
	}
	seconds := time.Since(r.start).Seconds()
	fmt.Fprintf(r.out, "\nrehearsed in %.1f s\n%d passed, %d failed\n", seconds, len(r.rows)-failed, failed)
	if failed > 0 {
		return ErrFailed
	}
	return nil
}

func (r *report) table() error {
	fmt.Fprintln(r.out)
	slices.SortStableFunc(r.rows, func(a, b row) int {
		return slices.Index(r.lanes, a.stack) - slices.Index(r.lanes, b.stack)
	})
	table := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	for _, row := range r.rows {
		// The verdict is last, so that its colour codes do not count as width.
		fmt.Fprintf(table, "%s\t%s\t%5.1f s\t%s\n", row.stack, row.step, row.duration.Seconds(), r.verdict(row.err))
	}
	return table.Flush()
}
