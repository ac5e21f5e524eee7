// Package project reads the Pulumi project in this repository: Pulumi.yaml, the stack files, and the versions that the
// go.mod files pin. It links neither the program nor the AWS SDK.
package project

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// Folder is the root folder of the repository, where Pulumi.yaml and the program's go.mod are.
type Folder string

// CLIModule is the go.mod that pins the Pulumi CLI with a `tool` directive.
const CLIModule = "tools/pulumi/go.mod"

// examplesFolder has complete stack files for other networks than those of the committed stacks.
const examplesFolder = "stacks/examples"

// Find walks up from the current folder to the root of the repository.
func Find() (Folder, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	for at := dir; ; at = filepath.Dir(at) {
		_, err := os.Stat(filepath.Join(at, CLIModule))
		if err == nil {
			return Folder(at), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("find the repository: %w", err)
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("no %s in %s or above it: run this inside a clone of the repository", CLIModule, dir)
		}
	}
}

// Path joins elements to the folder.
func (f Folder) Path(elements ...string) string {
	return filepath.Join(append([]string{string(f)}, elements...)...)
}

func (f Folder) module(path string) (*modfile.File, error) {
	path = f.Path(path)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return modfile.Parse(path, text, nil)
}

// providerModule matches the Go SDK of a provider. The SDK requires the plug-in of its own version.
var providerModule = regexp.MustCompile(`^github\.com/pulumi/pulumi-([a-z0-9-]+)/sdk(/v\d+)?$`)

// Plugins returns the provider plug-ins that the program's SDKs require, such as "aws" -> "v6.83.2".
func (f Folder) Plugins() (map[string]string, error) {
	module, err := f.module("go.mod")
	if err != nil {
		return nil, err
	}
	plugins := map[string]string{}
	for _, require := range module.Require {
		if match := providerModule.FindStringSubmatch(require.Mod.Path); match != nil {
			plugins[match[1]] = require.Mod.Version
		}
	}
	if len(plugins) == 0 {
		return nil, fmt.Errorf("%s requires no Pulumi provider SDK", f.Path("go.mod"))
	}
	return plugins, nil
}

// PinnedCLI returns the Go package of the Pulumi CLI, and its version.
func (f Folder) PinnedCLI() (pkg, version string, err error) {
	module, err := f.module(CLIModule)
	if err != nil {
		return "", "", err
	}
	if len(module.Tool) != 1 {
		return "", "", fmt.Errorf("%s must have exactly one tool, got %d", CLIModule, len(module.Tool))
	}
	pkg = module.Tool[0].Path
	for _, require := range module.Require {
		if strings.HasPrefix(pkg, require.Mod.Path+"/") {
			return pkg, require.Mod.Version, nil
		}
	}
	return "", "", fmt.Errorf("%s requires no module with the package %s", CLIModule, pkg)
}

// Stacks returns the paths of the committed stack files and of the examples, by stack name.
func (f Folder) Stacks() (map[string]string, error) {
	paths := map[string]string{}
	for _, folder := range []string{examplesFolder, "."} {
		files, err := os.ReadDir(f.Path(folder))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			name, isStack := strings.CutPrefix(file.Name(), "Pulumi.")
			if name, isYAML := strings.CutSuffix(name, ".yaml"); isStack && isYAML && name != "" {
				paths[name] = f.Path(folder, file.Name())
			}
		}
	}
	return paths, nil
}

// Examples returns the names of the examples, sorted.
func (f Folder) Examples() ([]string, error) {
	files, err := filepath.Glob(f.Path(examplesFolder, "Pulumi.*.yaml"))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml")
	}
	return names, nil
}

// StackPath returns the path of a stack's file.
func (f Folder) StackPath(stack string) (string, error) {
	paths, err := f.Stacks()
	if err != nil {
		return "", err
	}
	path, ok := paths[stack]
	if !ok {
		names := strings.Join(slices.Sorted(maps.Keys(paths)), ", ")
		return "", fmt.Errorf("no stack %q is committed; there are %s", stack, names)
	}
	return path, nil
}

// Project reads Pulumi.yaml.
func (f Folder) Project() (Project, error) {
	text, err := os.ReadFile(f.Path("Pulumi.yaml"))
	if err != nil {
		return Project{}, err
	}
	return Parse(text)
}

// Stack reads the file of a stack, with its placeholders.
func (f Folder) Stack(stack string) (*StackFile, error) {
	path, err := f.StackPath(stack)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p, err := f.Project()
	if err != nil {
		return nil, err
	}
	return p.ParseStack(text)
}
