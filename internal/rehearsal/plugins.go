package rehearsal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
)

// installPlugins installs the plug-ins of the program's SDKs in a Pulumi home: the given binaries by package name, and
// the running binary for the others.
func installPlugins(folder project.Folder, home string, given map[string]string) error {
	plugins, err := folder.Plugins()
	if err != nil {
		return err
	}
	for name, version := range plugins {
		if err := installPlugin(home, "resource", name, version, given[name]); err != nil {
			return err
		}
	}
	return nil
}

// installPlugin puts one plug-in where the engine looks for it: by a link to the given binary, or as a copy of the
// running one (empty). A copy, because the running binary may be built again while its plug-ins serve.
func installPlugin(home, kind, name, version, given string) error {
	dir := filepath.Join(pluginFolder(home), kind+"-"+name+"-"+version)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(dir, "pulumi-"+kind+"-"+name)
	if given != "" {
		return os.Symlink(given, path)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return linkOrCopy(self, path)
}

func pluginFolder(home string) string { return filepath.Join(home, "plugins") }

// linkOrCopy makes a hard link, which costs nothing, or a copy if the paths are on different disks.
func linkOrCopy(from, to string) (err error) {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	//nolint:gosec // a program must be executable
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return fmt.Errorf("copy %s: %w", from, errors.Join(err, out.Close()))
	}
	return out.Close()
}
