package scan

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/controls"
)

// Reason accepts the findings of a check in every stack.
type Reason struct {
	// Check and Type are those of the findings. Resources are logical names; empty for all of the type.
	Check, Type string
	Resources   []string
	// Development limits the reason to development.
	Development bool
	Why         string
}

func (r Reason) accepts(f Finding, development bool) bool {
	return r.Check == f.Check && r.Type == f.Type && (development || !r.Development) &&
		(len(r.Resources) == 0 || slices.Contains(r.Resources, f.Resource))
}

// Result is the comparison of a report with the reasons.
type Result struct {
	// Unexplained are the findings without a reason and without an exception.
	Unexplained []Finding
	// Unneeded has an error for each reason, resource of a reason and exception that no finding needs.
	Unneeded error
	// Coverage has an error for each type whose place in Unchecked is wrong.
	Coverage error
}

// need is a reason, or a resource of it.
type need struct {
	reason   int
	resource string
}

// Compare compares a report with the reasons for every stack and the exceptions for single ones. The report must be of
// all stacks, otherwise Unneeded and Coverage say nothing.
func Compare(report Report, stacks map[string]Stack, reasons []Reason, exceptions []controls.Exception) Result {
	var out Result
	needed, excepted := map[need]bool{}, map[int]bool{}
	for _, f := range report.Findings {
		if i := slices.IndexFunc(reasons, func(r Reason) bool {
			return r.accepts(f, stacks[f.Stack].Development)
		}); i >= 0 {
			needed[need{i, ""}], needed[need{i, f.Resource}] = true, true
			continue
		}
		i := slices.IndexFunc(exceptions, func(e controls.Exception) bool { return accepted(e, f) })
		if i < 0 {
			out.Unexplained = append(out.Unexplained, f)
			continue
		}
		excepted[i] = true
		if exceptions[i].Ended(time.Now()) {
			out.Unexplained = append(out.Unexplained, f)
		}
	}
	out.Unneeded = errors.Join(unneeded(reasons, needed), unneededExceptions(exceptions, excepted))
	out.Coverage = coverage(stacks, report.Types)
	return out
}

// accepted reports whether an exception is for a finding.
func accepted(e controls.Exception, f Finding) bool {
	return e.Control == f.Check && e.Stack == f.Stack && (e.Resource == "" || e.Resource == f.Resource)
}

func unneeded(reasons []Reason, needed map[need]bool) error {
	var errs []error
	for i, r := range reasons {
		if !needed[need{i, ""}] {
			errs = append(errs, fmt.Errorf("%s %s: no finding needs the reason any more: remove the row", r.Check, r.Type))
			continue
		}
		for _, name := range r.Resources {
			if !needed[need{i, name}] {
				errs = append(errs, fmt.Errorf("%s %s: %s does not need the reason any more: remove the name",
					r.Check, r.Type, name))
			}
		}
	}
	return errors.Join(errs...)
}

func unneededExceptions(exceptions []controls.Exception, excepted map[int]bool) error {
	var errs []error
	for i, e := range exceptions {
		if e.Scanned() && !excepted[i] {
			errs = append(errs, fmt.Errorf("%s: %s: nothing needs the exception any more: remove it", e.Stack, e.Control))
		}
	}
	return errors.Join(errs...)
}

// coverage compares the types that checkov has checked with those of the plans. A type without a check must be in
// Unchecked: its Terraform name may be wrong, and then checkov looks at nothing of it.
func coverage(stacks map[string]Stack, checked map[string]bool) error {
	planned, err := Types(stacks)
	errs := []error{err}
	for _, kind := range slices.Sorted(maps.Keys(planned)) {
		if !checked[kind] && !slices.Contains(Unchecked, kind) {
			errs = append(errs, fmt.Errorf("%s: checkov has no check for it: is the name of the type right?", kind))
		}
	}
	for _, kind := range Unchecked {
		if checked[kind] {
			errs = append(errs, fmt.Errorf("%s: checkov has a check for it now: remove it from the types without one", kind))
		}
	}
	return errors.Join(errs...)
}
