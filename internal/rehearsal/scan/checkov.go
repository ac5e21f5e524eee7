package scan

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Stack is a stack to scan: the plan of its resources, and whether it is one of development.
type Stack struct {
	Plan        []byte
	Development bool
}

// Run runs checkov once for all stacks, by name. It needs no network. A resource that checkov does not see is an error.
func Run(ctx context.Context, checkov string, stacks map[string]Stack) (Report, error) {
	folder, err := os.MkdirTemp("", "morpheus-scan-")
	if err != nil {
		return Report{}, err
	}
	defer func() { _ = os.RemoveAll(folder) }() // only the plans
	want := 0
	for name, stack := range stacks {
		types, err := planTypes(stack.Plan)
		if err != nil {
			return Report{}, fmt.Errorf("plan of %s: %w", name, err)
		}
		for _, n := range types {
			want += n
		}
		if err := os.WriteFile(filepath.Join(folder, name+".json"), stack.Plan, 0o600); err != nil {
			return Report{}, err
		}
	}
	//nolint:gosec // the Makefile installs it, or the caller names it
	cmd := exec.CommandContext(ctx, checkov, "--directory", folder, "--framework", "terraform_plan", "--output", "json",
		"--compact", "--soft-fail", "--skip-download")
	var failed bytes.Buffer
	cmd.Stderr = &failed
	output, err := cmd.Output()
	if errors.Is(err, os.ErrNotExist) {
		return Report{}, fmt.Errorf("%s does not exist: `make scan` installs checkov", checkov)
	}
	if err != nil {
		return Report{}, fmt.Errorf("run checkov: %w\n%s", err, failed.Bytes())
	}
	report, err := Parse(output)
	if err != nil {
		return Report{}, err
	}
	if report.Resources != want {
		return Report{}, fmt.Errorf("checkov has read %d resources, want %d", report.Resources, want)
	}
	return report, nil
}

// planTypes counts the resources of a plan by Terraform type.
func planTypes(text []byte) (map[string]int, error) {
	var p plan
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, err
	}
	out := map[string]int{}
	for _, r := range p.PlannedValues.Root.Resources {
		out[r.Type]++
	}
	return out, nil
}

// Types returns the Terraform types in the plans of the stacks.
func Types(stacks map[string]Stack) (map[string]bool, error) {
	out := map[string]bool{}
	for name, stack := range stacks {
		types, err := planTypes(stack.Plan)
		if err != nil {
			return nil, fmt.Errorf("plan of %s: %w", name, err)
		}
		for kind := range types {
			out[kind] = true
		}
	}
	return out, nil
}
