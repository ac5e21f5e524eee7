package rehearsal

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

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"golang.org/x/mod/modfile"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// Repository is the folder of the program's own go.mod. What is pinned there is read from there, so that a version
// stands in one place.
type Repository string

// FindRepository walks up from the current folder to the one that pins the Pulumi CLI.
func FindRepository() (Repository, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	for at := dir; ; at = filepath.Dir(at) {
		_, err := os.Stat(filepath.Join(at, cliModule))
		if err == nil {
			return Repository(at), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("find the repository: %w", err)
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("no %s in %s or above it: run this inside a clone of the repository", cliModule, dir)
		}
	}
}

func (r Repository) path(elements ...string) string {
	return filepath.Join(append([]string{string(r)}, elements...)...)
}

func (r Repository) module(elements ...string) (*modfile.File, error) {
	path := r.path(elements...)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return modfile.Parse(path, text, nil)
}

// providerModule is how Pulumi names the Go SDK of a provider; the SDK asks the engine for the plug-in of its own
// version.
var providerModule = regexp.MustCompile(`^github\.com/pulumi/pulumi-([a-z0-9-]+)/sdk(/v\d+)?$`)

// plugins are the provider plug-ins that the program's SDKs will ask for: "aws" -> "v6.83.2".
func (r Repository) plugins() (map[string]string, error) {
	module, err := r.module("go.mod")
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
		return nil, fmt.Errorf("%s requires no Pulumi provider SDK", r.path("go.mod"))
	}
	return plugins, nil
}

// cliModule pins the Pulumi CLI with a `tool` directive.
const cliModule = "tools/pulumi/go.mod"

// pinnedCLI is the package to build the Pulumi CLI from, and its version.
func (r Repository) pinnedCLI() (pkg, version string, err error) {
	module, err := r.module(cliModule)
	if err != nil {
		return "", "", err
	}
	if len(module.Tool) != 1 {
		return "", "", fmt.Errorf("%s must have exactly one tool, it has %d", cliModule, len(module.Tool))
	}
	pkg = module.Tool[0].Path
	for _, require := range module.Require {
		if strings.HasPrefix(pkg, require.Mod.Path+"/") {
			return pkg, require.Mod.Version, nil
		}
	}
	return "", "", fmt.Errorf("%s requires no module that holds %s", cliModule, pkg)
}

// examplesFolder holds complete stack files for other shapes than the committed stacks have.
const examplesFolder = "stacks/examples"

// stacks are the paths of the stack files in the repository by the names of the stacks.
func (r Repository) stacks() (map[string]string, error) {
	paths := map[string]string{}
	for _, folder := range []string{examplesFolder, "."} {
		files, err := os.ReadDir(r.path(folder))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			name, isStack := strings.CutPrefix(file.Name(), "Pulumi.")
			if name, isYAML := strings.CutSuffix(name, ".yaml"); isStack && isYAML && name != "" {
				paths[name] = r.path(folder, file.Name())
			}
		}
	}
	return paths, nil
}

func (r Repository) stackFile(stack string) (string, error) {
	paths, err := r.stacks()
	if err != nil {
		return "", err
	}
	path, ok := paths[stack]
	if !ok {
		return "", fmt.Errorf("no stack %q is committed; there are %s", stack, strings.Join(slices.Sorted(maps.Keys(paths)), ", "))
	}
	return path, nil
}

// Committed are the options for a stack as it is committed, or stands among the examples, in the account that its
// placeholders are filled in from.
func Committed(stack string, program pulumi.RunFunc) (Options, error) {
	repository, err := FindRepository()
	if err != nil {
		return Options{}, err
	}
	path, err := repository.stackFile(stack)
	if err != nil {
		return Options{}, err
	}
	project, err := os.ReadFile(repository.path("Pulumi.yaml"))
	if err != nil {
		return Options{}, err
	}
	settings, err := os.ReadFile(path)
	if err != nil {
		return Options{}, err
	}
	parsed, err := ParseProject(project)
	if err != nil {
		return Options{}, err
	}
	file, err := ParseStackFile(parsed, settings)
	if err != nil {
		return Options{}, err
	}
	options := Options{Program: program, Stack: stack, ProjectYAML: project, StackYAML: settings, Fixture: Settings(simaws.FixtureConfig)}
	if scheme, err := file.Get("loadBalancer.scheme"); err == nil && scheme == "internal" {
		options.private = true
		options.Fixture = append(options.Fixture, Settings(simaws.PrivateConfig)...)
	}
	return options, nil
}

// Settings are config values in the order of their keys, because a list's elements must be set in order.
func Settings(values map[string]string) []Setting {
	var settings []Setting
	for _, key := range slices.Sorted(maps.Keys(values)) {
		settings = append(settings, Setting{key, values[key]})
	}
	return settings
}
