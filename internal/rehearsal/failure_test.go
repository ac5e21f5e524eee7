package rehearsal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestErrorsLoseTheirWrapper(t *testing.T) {
	for message, want := range map[string]string{
		"an unhandled error occurred: 1 error occurred:\n\t* two problems:\n  - a\n  - b\n\n": "two problems:\n  - a\n  - b",
		"an unhandled error occurred: 2 errors occurred:\n\t* one\n\t* other\n":               "one\n\t* other",
		"an unhandled error occurred: program failed":                                         "program failed",
		"creating key: 1 error occurred:\n\t* refused": "creating key: 1 error " +
			"occurred:\n\t* refused",
		"update failed": "update failed",
	} {
		assert.Equal(t, want, unwrap(message))
	}
}

// Pulumi's output comes in pieces of any size. The wrapper is in the tree, where no text follows it, and below
// "Diagnostics", where the program's error follows it.
func TestOutputLosesTheWrapper(t *testing.T) {
	const printed = "+ Stack create error: an unhandled error occurred: 1 error occurred:\n+ Stack 1 " +
		"error\nDiagnostics:\n" +
		"    error: an unhandled error occurred: 1 error occurred:\n    \t* one problem:\n      - key\n\nno line break"
	const want = "+ Stack create error:\n+ Stack 1 error\nDiagnostics:\n    error: one problem:\n      - key\n\nno " +
		"line break"
	for _, size := range []int{1, 7, len(printed)} {
		var got bytes.Buffer
		output := unwrapper{line: func(line []byte) { got.Write(line) }}
		for rest := []byte(printed); len(rest) > 0; {
			n, err := output.Write(rest[:min(size, len(rest))])
			require.NoError(t, err)
			rest = rest[n:]
		}
		output.flush()
		assert.Equal(t, want, got.String(), "in pieces of %d", size)
	}
}

func TestFailuresWithoutAMessageUseTheCLIsOutput(t *testing.T) {
	raw := func(stderr string) error {
		return errors.New("failed to run: exit status 255\ncode: 255\nstdout: Previewing\n\nstderr: " + stderr + "\n")
	}
	assert.EqualError(t, newFailure("up", nil, raw("error: no such host\n")), "pulumi up: error: no such host")
	assert.EqualError(t, newFailure("up", nil, raw("")), "pulumi up: failed to run: exit status 255")
	assert.EqualError(t, newFailure("up", []string{"refused"}, raw("x")), "pulumi up: refused")
	assert.EqualError(t, newFailure("up", nil, errors.New("no CLI")), "pulumi up: no CLI")
}

func TestAFailingStepPrintsItsErrorOnce(t *testing.T) {
	for _, verbose := range []bool{false, true} {
		var out bytes.Buffer
		report := newReport(&out, false, verbose)
		r := &rehearsal{lane: report.lane("dev", false), verbose: verbose}
		r.pulumi.line = r.write
		passed := r.step(t.Context(), step{name: "preview", run: func(context.Context) error {
			fmt.Fprint(&r.pulumi,
				"Diagnostics:\n  error: an unhandled error occurred: 1 error occurred:\n  \t* too many instances\n")
			return newFailure("preview", []string{"too many instances"}, errors.New("exit status 255"))
		}})
		assert.False(t, passed)
		assert.Equal(t, 1, bytes.Count(out.Bytes(), []byte("too many instances")), out.String())
		assert.Contains(t, out.String(), "FAIL pulumi preview: see the error above")
		assert.NotContains(t, out.String(), "unhandled")
	}
	err := newFailure("up", []string{"not printed"}, errors.New("exit status 255"))
	assert.Equal(t, error(err), once(err, "something else"))
	assert.NoError(t, once(nil, ""))
}

func TestPlansNameCommittedStacks(t *testing.T) {
	for _, stacks := range [][]string{nil, {""}, {"dev", "qa"}, {"dev,prod"}, {"../dev"}} {
		assert.ErrorContains(t, Plan{Stacks: stacks}.Validate(), "stack", "%q", stacks)
	}
	assert.NoError(t, Plan{Stacks: []string{"dev", "private", "prod"}}.Validate())
	assert.ErrorContains(t, Plan{Stacks: []string{"qa"}}.Validate(), "there are dev, existing-vpc, private, prod")
}
