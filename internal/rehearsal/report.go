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

// ErrFailed is the answer of a rehearsal with failed steps; its report has said which and why.
var ErrFailed = errors.New("the rehearsal failed")

// report tells a person how the rehearsal goes.
type report struct {
	out   io.Writer
	color bool
	start time.Time

	mu    sync.Mutex
	lanes []string // the stacks, in the order of the closing table
	rows  []row
}

type row struct {
	stack, step string
	took        time.Duration
	err         error
}

func newReport(out io.Writer, color bool) *report {
	return &report{out: out, color: color, start: time.Now()}
}

// The colours are those of Pulumi's own output.
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

// lane is the part of the report that tells of one stack.
type lane struct {
	report *report
	stack  string
	prefix string
	last   time.Time // when it printed last
}

// lane of a stack; with others beside it, each of its lines begins with its name.
func (r *report) lane(stack string, beside bool) *lane {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lanes = append(r.lanes, stack)
	l := &lane{report: r, stack: stack, last: time.Now()}
	if beside {
		l.prefix = stack + " | "
	}
	return l
}

// write takes whole lines.
func (l *lane) write(text []byte) {
	if len(text) == 0 {
		return
	}
	if l.prefix != "" {
		var prefixed bytes.Buffer
		for line := range bytes.Lines(text) {
			prefixed.WriteString(l.prefix)
			prefixed.Write(line)
		}
		text = prefixed.Bytes()
	}
	l.report.mu.Lock()
	defer l.report.mu.Unlock()
	l.last = time.Now()
	_, _ = l.report.out.Write(text) // a closed terminal is no reason to stop half-way
}

func (l *lane) printf(format string, args ...any) {
	l.write(fmt.Appendf(nil, format, args...))
}

func (l *lane) begin(step string) {
	since := time.Since(l.report.start).Seconds()
	l.printf("\n%s\n", l.report.paint(bold, fmt.Sprintf("== %s: %s (at %.1f s)", l.stack, step, since)))
}

func (l *lane) note(format string, args ...any) {
	l.printf("   %s\n", strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\n   "))
}

func (l *lane) end(step string, took time.Duration, err error) {
	l.report.mu.Lock()
	l.report.rows = append(l.report.rows, row{l.stack, step, took, err})
	l.report.mu.Unlock()
	if err != nil {
		l.note("%s %v", l.report.paint(red, "FAIL"), err)
	}
}

// silence is how long the lane has printed nothing.
func (l *lane) silence() time.Duration {
	l.report.mu.Lock()
	defer l.report.mu.Unlock()
	return time.Since(l.last)
}

// close prints the table and the counts.
func (r *report) close() error {
	fmt.Fprintln(r.out)
	slices.SortStableFunc(r.rows, func(a, b row) int {
		return slices.Index(r.lanes, a.stack) - slices.Index(r.lanes, b.stack)
	})
	table := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	failed := 0
	for _, row := range r.rows {
		// The result stands last, so that its colour codes do not count as width.
		result := r.paint(green, "PASS")
		if row.err != nil {
			result = r.paint(red, "FAIL")
			failed++
		}
		fmt.Fprintf(table, "%s\t%s\t%5.1f s\t%s\n", row.stack, row.step, row.took.Seconds(), result)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(r.out, "\nrehearsed in %.1f s\n%d passed, %d failed\n", time.Since(r.start).Seconds(), len(r.rows)-failed, failed)
	if failed > 0 {
		return ErrFailed
	}
	return nil
}
