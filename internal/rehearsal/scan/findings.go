package scan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Finding is a check of checkov that a resource fails.
type Finding struct {
	// Stack is the name of the plan's file without .json.
	Stack string
	// Check is the id, such as CKV_AWS_18, and What the requirement in checkov's words.
	Check, What string
	// Type and Resource are the Terraform type, and the logical name in the program.
	Type, Resource string
}

func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s (%s): %s", f.Stack, f.Check, f.Resource, f.Type, f.What)
}

// Report is the result of a run of checkov.
type Report struct {
	Findings []Finding
	// Passed is the number of passed checks, and Resources the number of resources that checkov has read.
	Passed, Resources int
	// Types are the Terraform types with at least one check, passed or failed.
	Types map[string]bool
}

// record is a result in checkov's JSON.
type record struct {
	Check    string `json:"check_id"`
	What     string `json:"check_name"`
	File     string `json:"file_path"`
	Resource string `json:"resource"`
}

// Parse reads checkov's JSON. A file that checkov could not read is an error: its findings are missing.
func Parse(output []byte) (Report, error) {
	var answer struct {
		CheckType string `json:"check_type"`
		Results   struct {
			Passed []record `json:"passed_checks"`
			Failed []record `json:"failed_checks"`
			Errors []string `json:"parsing_errors"`
		} `json:"results"`
		Summary struct {
			Resources int `json:"resource_count"`
		} `json:"summary"`
	}
	if err := json.Unmarshal(bytes.TrimSpace(output), &answer); err != nil {
		return Report{}, fmt.Errorf("read checkov's output: %w", err)
	}
	if answer.CheckType != "terraform_plan" {
		return Report{}, fmt.Errorf("checkov reports %q, want a terraform_plan: it has read no plan", answer.CheckType)
	}
	if len(answer.Results.Errors) > 0 {
		return Report{}, fmt.Errorf("checkov cannot read %s", strings.Join(answer.Results.Errors, ", "))
	}
	out := Report{
		Passed: len(answer.Results.Passed), Resources: answer.Summary.Resources, Types: map[string]bool{},
	}
	for _, r := range slices.Concat(answer.Results.Passed, answer.Results.Failed) {
		kind, _, _ := strings.Cut(r.Resource, ".")
		out.Types[kind] = true
	}
	for _, r := range answer.Results.Failed {
		kind, name, _ := strings.Cut(r.Resource, ".")
		out.Findings = append(out.Findings, Finding{
			Stack: strings.TrimSuffix(filepath.Base(r.File), ".json"),
			Check: r.Check, What: r.What, Type: kind, Resource: name,
		})
	}
	return out, nil
}
