// Package check has the type of a check of a stack or of an account, the runner that executes checks side by side, and
// the reports: a table for people, JSON and JUnit for machines.
package check

import (
	"context"
	"fmt"
	"time"
)

// Severity is how bad a finding is.
type Severity string

// The severities: an error stops or breaks the stack, a warning will do so later.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Status is the outcome of a check.
type Status string

// The outcomes. Skipped is a check that does not concern the configuration, Unknown one that could not look.
const (
	Passed  Status = "passed"
	Found   Status = "finding"
	Skipped Status = "skipped"
	Unknown Status = "unknown"
)

// Check asks one question and changes nothing.
type Check struct {
	// ID is unique in the program; its section in docs/runbooks/checks.md has the same name.
	ID string
	// Group is the heading in reports, such as "quotas".
	Group string
	// Asks is the question, such as "does the account have enough Elastic IP addresses?".
	Asks     string
	Severity Severity
	// Do is what to do about a finding.
	Do string
	// Timeout replaces that of the run if it is longer; zero for none.
	Timeout time.Duration
	// Flags of the command without which the check is skipped, such as "--drift"; empty for none.
	Flags string
	// Run looks. An error means that it could not look; it says nothing about the stack.
	Run func(ctx context.Context) (Result, error)
}

// Runbook returns the anchor with what to do about a finding, as a path in the repository.
func (c Check) Runbook() string { return "docs/runbooks/checks.md#" + c.ID }

// Result is what a check has seen.
type Result struct {
	Status Status
	// Evidence is what was seen, in one line, without secrets.
	Evidence string
	// Severity replaces that of the check; empty for none.
	Severity Severity
}

// Pass returns the result of a check that is content.
func Pass(format string, args ...any) Result {
	return Result{Status: Passed, Evidence: fmt.Sprintf(format, args...)}
}

// Finding returns the result of a check that has found something.
func Finding(format string, args ...any) Result {
	return Result{Status: Found, Evidence: fmt.Sprintf(format, args...)}
}

// Warn returns a finding that is only a warning, whatever the severity of the check.
func Warn(format string, args ...any) Result {
	return Result{Status: Found, Evidence: fmt.Sprintf(format, args...), Severity: Warning}
}

// Skip returns the result of a check that the configuration does not need, with the reason.
func Skip(format string, args ...any) Result {
	return Result{Status: Skipped, Evidence: fmt.Sprintf(format, args...)}
}

// Judge returns a finding with all problems, or passes with the evidence if there are none.
func Judge(problems []string, format string, args ...any) Result {
	if len(problems) == 0 {
		return Pass(format, args...)
	}
	return Finding("%s", list(problems))
}

// most is the number of problems that a line shows.
const most = 8

func list(problems []string) string {
	out := ""
	for i, problem := range problems {
		if i == most {
			return fmt.Sprintf("%s; and %d more", out, len(problems)-most)
		}
		if i > 0 {
			out += "; "
		}
		out += problem
	}
	return out
}
