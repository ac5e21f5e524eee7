package rehearsal

import (
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
)

// callLog writes the calls of all stacks to one file, sorted and without duplicates.
type callLog struct {
	path  string // empty for none
	mu    sync.Mutex
	lines map[string]bool
}

// add adds the recorded calls of an account. It writes the file immediately, so that a later failure does not lose
// them.
func (l *callLog) add(cloud Cloud) error {
	recorder, ok := cloud.(Recorder)
	if !ok || l.path == "" {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lines == nil {
		l.lines = map[string]bool{}
	}
	for _, line := range recorder.Calls() {
		l.lines[line] = true
	}
	text := strings.Join(slices.Sorted(maps.Keys(l.lines)), "\n") + "\n"
	//nolint:gosec // names of calls, as readable as the rest of the clone
	return os.WriteFile(l.path, []byte(text), 0o644)
}
