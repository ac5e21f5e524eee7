package harness

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// Config is a stack's configuration as the engine passes it to the program: by full key, such as morpheus:database,
// and as JSON if the value is a list or a mapping.
type Config map[string]string

// stackFiles are the stack files of the tests. Users fill in the committed ones, which must not change what the tests
// test.
//
//go:embed stacks/*.yaml
var stackFiles embed.FS

// StackFile reads the tests' own file of dev or prod, or an example, with its placeholders.
func StackFile(stack string) (*project.StackFile, error) {
	folder, err := project.Find()
	if err != nil {
		return nil, err
	}
	text, err := stackFiles.ReadFile("stacks/" + stack + ".yaml")
	if err != nil {
		return folder.Stack(stack)
	}
	settings, err := folder.Project()
	if err != nil {
		return nil, err
	}
	return settings.ParseStack(text)
}

// Load returns the configuration of the tests' dev or prod, or of an example. It fills the placeholders from the
// simulated account, sets the values of changed like `pulumi config set --path`, by path such as "database.instances",
// and then runs the CLI's checks.
func Load(stack string, changed map[string]string) (Config, error) {
	file, err := StackFile(stack)
	if err != nil {
		return nil, err
	}
	if err := file.Fill(project.Settings(simaws.FixtureConfig)); err != nil {
		return nil, err
	}
	for _, setting := range project.Settings(changed) {
		if err := file.Set(setting.Key, setting.Value); err != nil {
			return nil, err
		}
	}
	return file.EngineValues(stack)
}

// Overrides change a configuration by path ("database.instances") or by full key ("aws:region"). A value has a type
// that encoding/json returns for any, or is Absent.
type Overrides map[string]any

type absence struct{}

// Absent is the override that removes a key.
var Absent = absence{}

// With returns a copy with overrides. The CLI's checks do not see them, so that only the program can refuse them.
func (c Config) With(overrides Overrides) (Config, error) {
	out := maps.Clone(c)
	for _, path := range slices.Sorted(maps.Keys(overrides)) {
		key, rest := path, ""
		if !strings.Contains(path, ":") {
			section, below, _ := strings.Cut(path, ".")
			key, rest = stackconfig.Namespace+":"+section, below
		}
		if rest == "" && overrides[path] == Absent {
			delete(out, key)
			continue
		}
		value := overrides[path]
		if rest != "" {
			section := map[string]any{}
			if err := json.Unmarshal([]byte(out[key]), &section); err != nil {
				return nil, fmt.Errorf("override %s: the section: %w", path, err)
			}
			Put(section, strings.Split(rest, "."), value)
			value = section
		}
		text, err := Encode(value)
		if err != nil {
			return nil, fmt.Errorf("override %s: %w", path, err)
		}
		out[key] = text
	}
	return out, nil
}

// Text returns the text at a path such as "morpheus.packageUrl", or a list as JSON; empty if there is none.
func (c Config) Text(path string) string {
	section, below, _ := strings.Cut(path, ".")
	var values map[string]any
	if json.Unmarshal([]byte(c[stackconfig.Namespace+":"+section]), &values) != nil {
		return ""
	}
	switch value := values[below].(type) {
	case nil:
		return ""
	case string:
		return value
	default:
		text, _ := json.Marshal(value) // what was read from JSON can be written
		return string(text)
	}
}

// Put sets or removes the value at a path in an object.
func Put(object map[string]any, path []string, value any) {
	switch below, _ := object[path[0]].(map[string]any); {
	case len(path) > 1 && below != nil:
		Put(below, path[1:], value)
	case value == Absent:
		delete(object, path[0])
	default:
		object[path[0]] = value
	}
}

// Encode returns a value in the engine's form: text unchanged, any other value as JSON.
func Encode(value any) (string, error) {
	if text, ok := value.(string); ok {
		return text, nil
	}
	out, err := json.Marshal(value)
	return string(out), err
}
