package gobuild

import (
	"fmt"
	"strings"
	"sync"
)

// compileLog reads the output of `go build -v`: the modules that it downloads, the packages that it compiles, and
// errors.
type compileLog struct {
	last       string // name of the program's package in the output of `go build -v`, the last one before linking
	mu         sync.Mutex
	line       strings.Builder // the beginning of a line
	downloaded int
	compiled   int
	linking    bool
	said       strings.Builder
}

// Write accepts the output in pieces of any size.
func (l *compileLog) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range text {
		if b != '\n' {
			l.line.WriteByte(b)
			continue
		}
		l.see(l.line.String())
		l.line.Reset()
	}
	return len(text), nil
}

func (l *compileLog) see(line string) {
	switch {
	case strings.HasPrefix(line, "go: downloading "):
		l.downloaded++
	case line == l.last:
		l.linking = true
	case line != "" && !strings.ContainsAny(line, " #"):
		l.compiled++
	default:
		fmt.Fprintln(&l.said, line)
	}
}

func (l *compileLog) status() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.linking:
		return fmt.Sprintf("%d packages compiled, linking", l.compiled)
	case l.compiled == 0 && l.downloaded > 0:
		return fmt.Sprintf("%d modules downloaded", l.downloaded)
	default:
		return fmt.Sprintf("%d packages compiled", l.compiled)
	}
}

// rest returns the output other than modules and packages.
func (l *compileLog) rest() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.String() + l.line.String()
}
