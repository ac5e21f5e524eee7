package rehearsal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// previewDigest is what `pulumi preview --json` writes. The CLI's own type is in a module that the program does not
// need. https://github.com/pulumi/pulumi/blob/v3.245.0/pkg/display/json.go
type previewDigest struct {
	Steps []struct {
		Op          apitype.OpType      `json:"op"`
		URN         string              `json:"urn"`
		OldState    *apitype.ResourceV3 `json:"oldState"`
		NewState    *apitype.ResourceV3 `json:"newState"`
		DiffReasons []string            `json:"diffReasons"`
		// DetailedDiff has the changed paths.
		DetailedDiff map[string]apitype.PropertyDiff `json:"detailedDiff"`
	} `json:"steps"`
	Diagnostics []struct {
		Message  string `json:"message"`
		Severity string `json:"severity"`
	} `json:"diagnostics"`
	ChangeSummary map[apitype.OpType]int `json:"changeSummary"`
}

// ReadPreview reads the output of `pulumi preview --json --show-sames` and returns it with the name of the stack, which
// is empty if the preview stopped before its first resource. A failed preview is a Result with Errors. Pulumi has
// replaced secret values by "[secret]".
func ReadPreview(in io.Reader) (result *Result, stack string, err error) {
	var digest previewDigest
	decoder := json.NewDecoder(in)
	if err := decoder.Decode(&digest); err != nil {
		return nil, "", fmt.Errorf("read the preview: it must be the output of `pulumi preview --json --show-sames`: %w", err)
	}
	if len(digest.Steps) == 0 && len(digest.Diagnostics) == 0 {
		return nil, "", errors.New("read the preview: it has neither a resource nor a message; it must be the output of " +
			"`pulumi preview --json --show-sames`")
	}
	watch := &observer{}
	unchanged := 0
	for _, step := range digest.Steps {
		if step.Op == apitype.OpSame {
			unchanged++
		}
		stack = string(resource.URN(step.URN).Stack())
		watch.seeStep(apitype.StepEventMetadata{
			Op: step.Op, URN: step.URN, Type: string(resource.URN(step.URN).Type()), Diffs: step.DiffReasons,
			DetailedDiff: step.DetailedDiff, Old: stateOf(step.OldState), New: stateOf(step.NewState),
		})
	}
	for _, message := range digest.Diagnostics {
		severity, _, _ := strings.Cut(message.Severity, "#")
		text := unwrap(strings.TrimSpace(strings.TrimPrefix(message.Message, severity+": ")))
		switch severity {
		case "error":
			watch.result.Errors = append(watch.result.Errors, text)
		case "warning":
			watch.result.Warnings = append(watch.result.Warnings, text)
		}
	}
	watch.result.Counts = digest.ChangeSummary
	if all := digest.ChangeSummary[apitype.OpSame]; unchanged < all {
		return nil, "", fmt.Errorf("read the preview: %d of %d unchanged resources are missing, without which it has no "+
			"price: run `pulumi preview --json --show-sames`", all-unchanged, all)
	}
	return &watch.result, stack, nil
}

func stateOf(state *apitype.ResourceV3) *apitype.StepEventStateMetadata {
	if state == nil {
		return nil
	}
	return &apitype.StepEventStateMetadata{
		Type: string(state.Type), URN: string(state.URN), Custom: state.Custom, ID: string(state.ID),
		Protect: state.Protect, Inputs: state.Inputs,
	}
}

// PreviewJSON runs `pulumi preview --json --show-sames` and returns its output, also with an error.
func (s *Session) PreviewJSON(ctx context.Context) (string, error) {
	s.command.flags = []string{"--json", "--show-sames"}
	defer func() { s.command.flags = nil }()
	_, err := s.Preview(ctx)
	return s.command.stdout, err
}

// flagged is a CLI that adds flags to a preview, for which the Automation API has no option.
type flagged struct {
	Command
	flags  []string
	stdout string // of the last preview with flags
	// process is the id of the last one.
	process atomic.Int64
}

func newFlagged(cli Command) *flagged {
	f := &flagged{Command: cli}
	f.started = func(process int) { f.process.Store(int64(process)) }
	return f
}

// Run implements auto.PulumiCommand.
func (f *flagged) Run(
	ctx context.Context, dir string, stdin io.Reader, moreOut, moreErr []io.Writer, env []string, args ...string,
) (string, string, int, error) {
	adds := len(f.flags) > 0 && len(args) > 0 && args[0] == "preview"
	if adds {
		args = append(slices.Clone(args), f.flags...)
	}
	out, failed, code, err := f.Command.Run(ctx, dir, stdin, moreOut, moreErr, env, args...)
	if adds {
		f.stdout = out
	}
	return out, failed, code, err
}
