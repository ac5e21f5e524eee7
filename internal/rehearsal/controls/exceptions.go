package controls

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Exception accepts the failures of a control in a stack for a time.
type Exception struct {
	// Control is one id, such as RDS.11, or a check of checkov, such as CKV_AWS_18. Stack is the stack's name.
	Control string `yaml:"control"`
	Stack   string `yaml:"stack"`
	// Resource is a logical name; empty for all resources of the control.
	Resource string `yaml:"resource"`
	Reason   string `yaml:"reason"`
	// Until is the last day, such as 2027-02-28.
	Until string `yaml:"until"`

	last time.Time
}

var scannerCheck = regexp.MustCompile(`^CKV2?_AWS_\d+$`)

// Scanned reports whether the exception is for a check of checkov, which is no part of the table.
func (e Exception) Scanned() bool { return scannerCheck.MatchString(e.Control) }

// Ended reports whether the exception's last day is over.
func (e Exception) Ended(today time.Time) bool { return today.After(e.last.AddDate(0, 0, 1)) }

// ParseExceptions reads the exceptions of a repository and reports all mistakes in them.
func ParseExceptions(text []byte, rows []Control) ([]Exception, error) {
	var file struct {
		Exceptions []Exception `yaml:"exceptions"`
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		return nil, err
	}
	var errs []error
	for i := range file.Exceptions {
		e := &file.Exceptions[i]
		where := fmt.Sprintf("exceptions[%d]", i)
		if !e.Scanned() && !slices.ContainsFunc(rows, func(c Control) bool { return slices.Contains(strings.Fields(c.IDs), e.Control) }) {
			errs = append(errs, fmt.Errorf("%s.control: must be an id of the table (`make policy`) or of checkov, got %q", where, e.Control))
		}
		for name, value := range map[string]string{"stack": e.Stack, "reason": e.Reason} {
			if strings.TrimSpace(value) == "" {
				errs = append(errs, fmt.Errorf("%s.%s: must not be empty", where, name))
			}
		}
		var err error
		if e.last, err = time.Parse(time.DateOnly, e.Until); err != nil {
			errs = append(errs, fmt.Errorf("%s.until: must be a day such as 2027-02-28, got %q: an exception without an end "+
				"is never decided again", where, e.Until))
		}
	}
	return file.Exceptions, errors.Join(errs...)
}

// Accept adds the exceptions of a stack to its findings, without those for checkov. It returns the exceptions that nothing needs.
func Accept(findings []Finding, stack string, exceptions []Exception) (unused []Exception) {
	for _, e := range exceptions {
		if e.Stack != stack || e.Scanned() {
			continue
		}
		needed := false
		for i := range findings {
			f := &findings[i]
			if f.Passes || f.Reason != "" || !slices.Contains(strings.Fields(f.IDs), e.Control) ||
				e.Resource != "" && e.Resource != f.Resource {
				continue
			}
			f.Reason, f.Until, needed = e.Reason, e.last, true
		}
		if !needed {
			unused = append(unused, e)
		}
	}
	return unused
}
