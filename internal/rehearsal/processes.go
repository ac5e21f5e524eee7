package rehearsal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// endProcesses kills all processes whose program is below the folder. The engine starts each plug-in in a separate
// process group, so killing the engine's group does not end them, and a real provider checks only every few minutes
// whether its engine still runs. Their command lines begin with their path.
func endProcesses(folder string) error {
	commands, err := processes()
	if err != nil {
		return fmt.Errorf("find remaining plug-ins: %w", err)
	}
	for id, command := range commands {
		if !strings.HasPrefix(command, folder+string(filepath.Separator)) {
			continue
		}
		if err := syscall.Kill(id, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("end the plug-in %s: %w", command, err)
		}
	}
	return nil
}

// processes returns the command lines by process id.
func processes() (map[int]string, error) {
	if runtime.GOOS != "linux" {
		return processesByPS()
	}
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return nil, err
	}
	commands := map[int]string{}
	for _, file := range files {
		id, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			return nil, err
		}
		text, err := os.ReadFile(file) //nolint:gosec // a file of the kernel
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ESRCH): // it ended meanwhile
		case errors.Is(err, fs.ErrPermission): // a process of another user
		case err != nil:
			return nil, err
		default:
			commands[id] = string(bytes.ReplaceAll(text, []byte{0}, []byte{' '}))
		}
	}
	return commands, nil
}

// processesByPS is for macOS, which has no /proc.
func processesByPS() (map[int]string, error) {
	out, err := exec.Command("ps", "-axww", "-o", "pid=,command=").Output()
	if err != nil {
		return nil, fmt.Errorf("ps: %w", err)
	}
	commands := map[int]string{}
	for line := range strings.Lines(string(out)) {
		number, command, _ := strings.Cut(strings.TrimSpace(line), " ")
		id, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("ps: %q: %w", line, err)
		}
		commands[id] = strings.TrimSpace(command)
	}
	return commands, nil
}
