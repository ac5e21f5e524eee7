package check

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// Exit statuses of a command that runs checks.
const (
	ExitHealthy  = 0
	ExitFindings = 1
	ExitUnknown  = 2
)

// Exit returns the status for outcomes: 1 with a finding of at least a severity, otherwise 2 if a check could not look.
func Exit(outcomes []Outcome, least Severity) int {
	status := ExitHealthy
	for _, o := range outcomes {
		switch {
		case o.Status == Found && (least == Warning || o.EffectiveSeverity() == Error):
			return ExitFindings
		case o.Status == Unknown:
			status = ExitUnknown
		}
	}
	return status
}

// counts the outcomes by status.
func counts(outcomes []Outcome) map[Status]int {
	out := map[Status]int{}
	for _, o := range outcomes {
		out[o.Status]++
	}
	return out
}

// marks are the first column of the table.
var marks = map[Status]string{Passed: "ok", Skipped: "-", Unknown: "unknown"}

// Table writes the outcomes for people: findings and checks that could not look with what to do, then the others.
func Table(w io.Writer, outcomes []Outcome, all bool) error {
	var text strings.Builder
	width := 0
	for _, o := range outcomes {
		width = max(width, len(o.ID))
	}
	group := ""
	for _, o := range outcomes {
		if !all && (o.Status == Passed || o.Status == Skipped) {
			continue
		}
		if o.Group != group {
			group = o.Group
			fmt.Fprintf(&text, "%s\n", group)
		}
		mark := marks[o.Status]
		if o.Status == Found {
			mark = string(o.EffectiveSeverity())
		}
		fmt.Fprintf(&text, "  %-8s %-*s %s\n", mark, width, o.ID, o.Evidence)
		if o.Status == Found {
			fmt.Fprintf(&text, "  %-8s %-*s to do: %s (%s)\n", "", width, "", o.Do, o.Runbook())
		}
	}
	n := counts(outcomes)
	fmt.Fprintf(&text, "%d checks: %d passed, %d findings, %d could not look, %d skipped\n",
		len(outcomes), n[Passed], n[Found], n[Unknown], n[Skipped])
	_, err := io.WriteString(w, text.String())
	return err
}

// row is an outcome in JSON. Names and meanings stay.
type row struct {
	ID       string   `json:"id"`
	Group    string   `json:"group"`
	Asks     string   `json:"asks"`
	Status   Status   `json:"status"`
	Severity Severity `json:"severity"`
	Evidence string   `json:"evidence"`
	Do       string   `json:"do,omitempty"`
	Runbook  string   `json:"runbook"`
	Seconds  float64  `json:"seconds"`
}

// JSON writes the outcomes as an object with the checks and the time in UTC.
func JSON(w io.Writer, command, stack string, outcomes []Outcome) error {
	rows := make([]row, 0, len(outcomes))
	for _, o := range outcomes {
		r := row{
			ID: o.ID, Group: o.Group, Asks: o.Asks, Status: o.Status, Severity: o.EffectiveSeverity(),
			Evidence: o.Evidence, Runbook: o.Runbook(), Seconds: o.Took.Seconds(),
		}
		if o.Status == Found {
			r.Do = o.Do
		}
		rows = append(rows, r)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Command string `json:"command"`
		Stack   string `json:"stack"`
		Time    string `json:"time"`
		Checks  []row  `json:"checks"`
	}{command, stack, time.Now().UTC().Format(time.RFC3339), rows})
}

type (
	suite struct {
		XMLName  xml.Name    `xml:"testsuite"`
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		Time    string   `xml:"time,attr"`
		Failure *message `xml:"failure,omitempty"`
		Error   *message `xml:"error,omitempty"`
		Skipped *message `xml:"skipped,omitempty"`
	}
	message struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
	}
)

// JUnit writes the outcomes as a test suite: a finding is a failure, a check that could not look an error.
func JUnit(w io.Writer, command string, outcomes []Outcome) error {
	n := counts(outcomes)
	out := suite{
		Name: "ops " + command, Tests: len(outcomes), Failures: n[Found], Errors: n[Unknown], Skipped: n[Skipped],
	}
	for _, o := range outcomes {
		c := junitCase{
			Class: "ops." + command + "." + o.Group, Name: o.ID, Time: fmt.Sprintf("%.3f", o.Took.Seconds()),
		}
		switch o.Status {
		case Passed:
		case Found:
			c.Failure = &message{
				Message: o.Evidence + "; to do: " + o.Do + " (" + o.Runbook() + ")", Type: string(o.EffectiveSeverity()),
			}
		case Unknown:
			c.Error = &message{Message: o.Evidence}
		case Skipped:
			c.Skipped = &message{Message: o.Evidence}
		}
		out.Cases = append(out.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
