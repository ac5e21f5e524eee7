package awsplugin

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// usedFile in a plug-in's folder is locked by every process that runs it.
const usedFile = "used"

// use keeps the plug-in of a folder from being pruned until release, or the end of the process.
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

// held are the lock files of the plug-ins that this process uses, by folder. They are kept here so that the garbage
// collector does not close them.
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

// prune removes the plug-ins for the same SDK that were built from other sources: each has 700 MB, and building one
// again takes a minute as long as Go's own cache is there. A plug-in that a process uses is kept.
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
		return !os.IsNotExist(err) // nobody has used it yet
	}
	defer file.Close() //nolint:errcheck // which unlocks it
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}
