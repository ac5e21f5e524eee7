package rehearsal

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// failure is the error of a failed engine run, with the engine's messages.
type failure struct {
	operation string
	errors    []string
	cause     error
}

// cliError matches the Automation API's error for a failed CLI.
var cliError = regexp.MustCompile(`(?s)^(.*?)\ncode: -?\d+\nstdout: .*?\nstderr: (.*)$`)

// newFailure uses the CLI's standard error if the engine had no message, and its exit code if that is empty too.
func newFailure(operation string, messages []string, cause error) *failure {
	if len(messages) > 0 {
		return &failure{operation: operation, errors: messages, cause: cause}
	}
	message := cause.Error()
	if match := cliError.FindStringSubmatch(message); match != nil {
		message = match[1]
		if stderr := strings.TrimSpace(match[2]); stderr != "" {
			message = stderr
		}
	}
	return &failure{operation: operation, errors: []string{message}, cause: cause}
}

func (f *failure) Error() string {
	return fmt.Sprintf("pulumi %s: %s", f.operation, strings.Join(f.errors, "\n"))
}

func (f *failure) Unwrap() error { return f.cause }

// once shortens an error whose messages Pulumi has printed already.
func once(err error, printed string) error {
	var failed *failure
	if !errors.As(err, &failed) {
		return err
	}
	for line := range strings.Lines(strings.Join(failed.errors, "\n")) {
		if !strings.Contains(printed, strings.TrimSpace(line)) {
			return err
		}
	}
	short := fmt.Sprintf("pulumi %s: see the error above", failed.operation)
	return errors.New(strings.Replace(err.Error(), failed.Error(), short, 1))
}

// The engine and the SDK wrap the program's error, although it is neither unhandled nor one of several:
//
//	an unhandled error occurred: 1 error occurred:
//		* the program's error
var (
	wrapper = regexp.MustCompile(`an unhandled error occurred: (\d+ errors? occurred:\s*$)?`)
	bullet  = regexp.MustCompile(`^\s*\* `)
)

// unwrap returns a message of the engine without its wrapper.
func unwrap(message string) string {
	var text strings.Builder
	lines := unwrapper{line: func(line []byte) { text.Write(line) }}
	_, _ = lines.Write([]byte(message))
	lines.flush()
	return strings.TrimSpace(text.String())
}

// unwrapper is an io.Writer that passes on lines without the wrapper.
type unwrapper struct {
	line    func([]byte)
	partial []byte
	opened  []byte // a line that ended with the wrapper and may continue in the next line
}

// Write implements io.Writer.
func (u *unwrapper) Write(text []byte) (int, error) {
	u.partial = append(u.partial, text...)
	for {
		end := bytes.IndexByte(u.partial, '\n') + 1
		if end == 0 {
			return len(text), nil
		}
		u.take(u.partial[:end])
		u.partial = bytes.Clone(u.partial[end:])
	}
}

func (u *unwrapper) take(line []byte) {
	if u.opened != nil {
		if start := bullet.FindIndex(line); start != nil {
			line = append(u.opened, line[start[1]:]...)
		} else {
			u.line(append(bytes.TrimRight(u.opened, " "), '\n'))
		}
		u.opened = nil
	}
	match := wrapper.FindSubmatchIndex(line)
	switch {
	case match == nil:
		u.line(line)
	case match[2] >= 0: // the program's error is in the next line
		u.opened = bytes.Clone(line[:match[0]])
	default:
		u.line(append(bytes.Clone(line[:match[0]]), line[match[1]:]...))
	}
}

// flush passes on the last line if it has no line break.
func (u *unwrapper) flush() {
	rest := u.partial
	u.partial = nil
	if len(rest) > 0 || u.opened != nil {
		u.take(rest)
	}
}
