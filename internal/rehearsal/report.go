package rehearsal

import (
	"errors"
	"fmt"
	"io"
	"strings"
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

func (r *report) write(text []byte) {
	_, _ = r.out.Write(text) // a closed terminal is no reason to stop half-way
}

func (r *report) printf(format string, args ...any) {
	r.write(fmt.Appendf(nil, format, args...))
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

func (r *report) begin(stack, step string) {
	since := time.Since(r.start).Seconds()
	r.printf("\n%s\n", r.paint(bold, fmt.Sprintf("== %s: %s (at %.1f s)", stack, step, since)))
}

func (r *report) note(format string, args ...any) {
	r.printf("   %s\n", strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\n   "))
}

func (r *report) end(stack, step string, took time.Duration, err error) {
	r.rows = append(r.rows, row{stack, step, took, err})
	if err != nil {
		r.note("%s %v", r.paint(red, "FAIL"), err)
	}
}

// close prints the table and the counts.
func (r *report) close() error {
	r.printf("\n")
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
	r.printf("\nrehearsed in %.1f s\n%d passed, %d failed\n", time.Since(r.start).Seconds(), len(r.rows)-failed, failed)
	if failed > 0 {
		return ErrFailed
	}
	return nil
}

// writerFunc is an io.Writer that cannot fail.
type writerFunc func([]byte)

func (w writerFunc) Write(text []byte) (int, error) {
	w(text)
	return len(text), nil
}
