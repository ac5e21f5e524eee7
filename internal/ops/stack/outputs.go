package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// Run runs the Pulumi CLI and returns what it prints.
type Run func(ctx context.Context, arguments ...string) ([]byte, error)

// lastLines is how many lines of a failed command an error has: `pulumi up` prints its diagnostics at the end of the
// standard output.
const lastLines = 30

// CLI runs the Pulumi CLI of the PATH in a project folder. When ctx ends, the CLI is interrupted once and waited for: it
// ends its calls to AWS and writes the state. It has a process group of its own, because a terminal would send it Ctrl-C
// a second time, which makes it stop at once.
func CLI(folder string) Run {
	return func(ctx context.Context, arguments ...string) ([]byte, error) {
		command := exec.CommandContext(ctx, "pulumi", append(arguments, "--non-interactive")...) // #nosec G204 -- fixed arguments
		command.Dir = folder
		command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
		var complaints bytes.Buffer
		command.Stderr = &complaints
		out, err := command.Output()
		if err != nil {
			return nil, fmt.Errorf("pulumi %s: %w: %s", arguments[0], err, last(complaints.String()+"\n"+string(out)))
		}
		return out, nil
	}
}

// last returns the last lines of a text that are not empty.
func last(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-lastLines):], "\n")
}

// Outputs are the outputs of a stack. Texts only: what is no text is not needed here.
type Outputs map[string]string

// ReadOutputs asks the CLI. Secret outputs stay hidden.
func ReadOutputs(ctx context.Context, run Run, name string) (Outputs, error) {
	all, err := ReadAllOutputs(ctx, run, name)
	return Texts(all), err
}

// ReadAllOutputs does what ReadOutputs does, with the outputs that are no text.
func ReadAllOutputs(ctx context.Context, run Run, name string) (map[string]any, error) {
	text, err := run(ctx, "stack", "output", "--json", "--stack", name)
	if err != nil {
		return nil, err
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("outputs of the stack %s: %w", name, err)
	}
	return all, nil
}

// Texts returns the outputs that are texts.
func Texts(all map[string]any) Outputs {
	out := Outputs{}
	for key, value := range all {
		if value, isText := value.(string); isText {
			out[key] = value
		}
	}
	return out
}

// Resource is a resource in the state of a stack.
type Resource struct {
	URN, Type, ID string
	// Protect is Pulumi's protection.
	Protect bool
	// Outputs are the plain texts among its outputs.
	Outputs map[string]any
}

// Name returns the name of a resource in the program.
func (r Resource) Name() string { return r.URN[strings.LastIndex(r.URN, "::")+2:] }

// State is what the state of a stack has.
type State []Resource

// ReadState asks the CLI. Secrets stay encrypted.
func ReadState(ctx context.Context, run Run, name string) (State, error) {
	text, err := run(ctx, "stack", "export", "--stack", name)
	if err != nil {
		return nil, err
	}
	var exported struct {
		Deployment struct {
			Resources []Resource `json:"resources"`
			Pending   []any      `json:"pending_operations"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal(text, &exported); err != nil {
		return nil, fmt.Errorf("state of the stack: %w", err)
	}
	return exported.Deployment.Resources, nil
}

// Of returns the resources of a type.
func (s State) Of(token string) []Resource {
	var out []Resource
	for _, r := range s {
		if r.Type == token {
			out = append(out, r)
		}
	}
	return out
}

// Drift returns what a preview with a refresh would change, such as "update database-cluster". The preview changes
// nothing.
func Drift(ctx context.Context, run Run, name string) ([]string, error) {
	return preview(ctx, run, "--refresh", "--json", "--stack", name)
}

// Pending returns what an update would change, as the state knows AWS.
func Pending(ctx context.Context, run Run, name string) ([]string, error) {
	return preview(ctx, run, "--refresh=false", "--json", "--stack", name)
}

func preview(ctx context.Context, run Run, arguments ...string) ([]string, error) {
	text, err := run(ctx, append([]string{"preview"}, arguments...)...)
	if err != nil {
		return nil, err
	}
	var plan struct {
		Steps []struct{ Op, URN string } `json:"steps"`
	}
	if err := json.Unmarshal(text, &plan); err != nil {
		return nil, fmt.Errorf("preview of the stack: %w", err)
	}
	var out []string
	for _, step := range plan.Steps {
		switch step.Op {
		case "same", "read", "refresh":
		default:
			out = append(out, step.Op+" "+Resource{URN: step.URN}.Name())
		}
	}
	return out, nil
}
