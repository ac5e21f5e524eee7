package awsplugin

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// usedFile is a file in a plug-in's folder. Each process that runs the plug-in locks it.
const usedFile = "used"

// use protects the plug-in in a folder from prune until release is called or the process ends.
func use(folder string) (release func(), err error) {
	file, err := os.OpenFile(filepath.Join(folder, usedFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_SH); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock %s: %w", file.Name(), err)
	}
	return func() { _ = file.Close() }, nil // which unlocks it
}

// held are the lock files of the plug-ins that this process uses, by folder. The map keeps the garbage collector from
// closing them.
var held sync.Map

func hold(folder string) error {
	if _, already := held.Load(folder); already {
		return nil
	}
	release, err := use(folder)
	if err == nil {
		held.Store(folder, release)
	}
	return err
}

// prune removes the plug-ins for the same SDK that were built from other sources, unless a process uses them. Each has
// 700 MB, and with Go's cache it takes a minute to build one again.
func (s source) prune(current string, progress io.Writer) error {
	folders, err := filepath.Glob(filepath.Join(filepath.Dir(current), "awsprovider-"+s.sdk+"-*"))
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if folder == current || inUse(folder) {
			continue
		}
		if err := os.RemoveAll(folder); err != nil {
			return fmt.Errorf("remove an older AWS plug-in: %w", err)
		}
		fmt.Fprintf(progress, "  removed the older %s\n", filepath.Base(folder))
	}
	return nil
}

func inUse(folder string) bool {
	file, err := os.OpenFile(filepath.Join(folder, usedFile), os.O_RDWR, 0o600)
	if err != nil {
		return !os.IsNotExist(err) // no process has used it yet
	}
	defer file.Close() //nolint:errcheck // which unlocks it
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}
