// Package controls has the table of security and availability controls, and evaluates it on the recorded resources of a
// stack: Security Hub's Foundational Security Best Practices, CIS where it asks for more, and the requirements of the
// program itself.
package controls

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
)

type (
	recorder   = harness.Run
	registered = harness.Resource
)

// Control is one control, or several controls that check the same value.
type Control struct {
	// IDs are separated by spaces.
	IDs string
	// Except is the reason why all its resources fail it on purpose in every stack, and Dev the reason for development.
	Except, Dev string

	// production limits the control to production.
	production bool
	// token is the type of its resources, such as "rds/cluster:Cluster"; with a name after it, only that resource.
	token string
	// what is the requirement in words, and holds checks it for a resource.
	what  string
	holds func(r *recorder, res *registered) bool
}

// Reviewed is the last day on which the reasons in the table count. Then somebody reads them again and moves the day.
var Reviewed = time.Date(2027, 11, 30, 0, 0, 0, 0, time.UTC)

// Finding is the result of a control for one resource.
type Finding struct {
	IDs, What, Resource string
	Passes              bool
	// Reason is why a failure is accepted; empty for none. Until is its last day.
	Reason string
	Until  time.Time
}

// Failed reports whether the finding fails the gate.
func (f Finding) Failed(today time.Time) bool {
	return !f.Passes && (f.Reason == "" || today.After(f.Until.AddDate(0, 0, 1)))
}

func (f Finding) String() string {
	text := fmt.Sprintf("%s: %s: %s", f.IDs, f.Resource, f.What)
	if f.Reason != "" {
		text += fmt.Sprintf(" (accepted until %s: %s)", f.Until.Format(time.DateOnly), f.Reason)
	}
	return text
}

// Check evaluates controls on a run. The reasons of the table count with the day Reviewed.
func Check(run *harness.Run, environment lifecycle.Environment, rows []Control) []Finding {
	var out []Finding
	for _, c := range rows {
		if c.production && environment != lifecycle.Production {
			continue
		}
		reason := c.Except
		if environment == lifecycle.Development && reason == "" {
			reason = c.Dev
		}
		for _, res := range c.subjects(run) {
			f := Finding{IDs: c.IDs, What: c.what, Resource: res.Name, Passes: c.holds(run, res)}
			if reason != "" {
				f.Reason, f.Until = reason, Reviewed
			}
			out = append(out, f)
		}
	}
	return out
}

// subjects returns the resources that a control applies to.
func (c Control) subjects(r *harness.Run) []*registered {
	token, name, one := strings.Cut(c.token, " ")
	return slices.DeleteFunc(r.OfType(token), func(res *registered) bool { return one && res.Name != name })
}

// Unassigned returns the resources of a control with a row for each resource that have no row, such as a new bucket.
func Unassigned(run *harness.Run, rows []Control) []string {
	held, times := map[string]bool{}, map[string]int{}
	for _, c := range rows {
		times[c.IDs]++
		token, _, _ := strings.Cut(c.token, " ")
		for _, res := range c.subjects(run) {
			held[c.IDs+token+res.Name] = true
		}
	}
	var out []string
	for _, c := range rows {
		token, _, one := strings.Cut(c.token, " ")
		if !one || times[c.IDs] < 2 {
			continue
		}
		for _, res := range run.OfType(token) {
			if text := c.IDs + ": " + res.Name; !held[c.IDs+token+res.Name] && !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}

// All returns the table: the controls of Security Hub and the requirements of the program.
func All() []Control { return slices.Concat(SecurityHub, Requirements) }

// Of returns the table for a run: with the rows of optional settings that it has, in place of those with the same ids.
func Of(run *harness.Run) []Control {
	rows := All()
	for _, w := range WidenedControls {
		same := func(c Control) bool { return c.IDs == w.IDs }
		var instead []Control
		complete := true
		for _, c := range WidenedControls {
			if same(c) {
				instead = append(instead, c)
				complete = complete && len(c.subjects(run)) > 0
			}
		}
		if complete {
			rows = append(slices.DeleteFunc(rows, same), instead...)
		}
	}
	return rows
}
