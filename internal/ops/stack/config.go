// Package stack reads a stack as the operations command needs it: its configuration from Pulumi.yaml and
// Pulumi.<stack>.yaml, its outputs and its state from the Pulumi CLI.
package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
)

// Load reads the configuration of a stack in a project folder, and checks it as the program does. Values that were given
// with --secret are left out, because no check needs one and only the Pulumi CLI can decrypt them.
func Load(folder, name string) (*config.Config, error) {
	defaults, err := os.ReadFile(filepath.Join(folder, "Pulumi.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read the project: %w (run the command in the folder of the program, or give --cwd)", err)
	}
	values, err := os.ReadFile(filepath.Join(folder, "Pulumi."+name+".yaml"))
	if err != nil {
		return nil, fmt.Errorf("read the stack file: %w", err)
	}
	return Parse(defaults, values, name)
}

// Parse does what Load does with the content of Pulumi.yaml and of the stack file.
func Parse(defaults, values []byte, name string) (*config.Config, error) {
	source, err := merge(defaults, values)
	if err != nil {
		return nil, err
	}
	return config.Load(config.Source{Stack: name, Values: source})
}

// Confirm refuses work on a production stack whose name was not typed again. The harm ends the message: what happens to the
// users of the stack.
func Confirm(c *config.Config, typed, harm string) error {
	if c.Environment != lifecycle.Production || typed == c.Stack {
		return nil
	}
	return fmt.Errorf("--confirm: must be the name of the stack, %s, got %q: it is a production stack, %s", c.Stack, typed, harm)
}

// project is the part of Pulumi.yaml with the defaults.
type project struct {
	Config map[string]yaml.Node `yaml:"config"`
}

type stackFile struct {
	Config map[string]any `yaml:"config"`
}

// merge returns the values as the engine passes them to the program: those of the stack file over the defaults.
func merge(defaults, values []byte) (map[string]string, error) {
	var p project
	if err := yaml.Unmarshal(defaults, &p); err != nil {
		return nil, fmt.Errorf("project file: %w", err)
	}
	sections := map[string]any{}
	for key, node := range p.Config {
		var declared struct {
			Default any `yaml:"default"`
		}
		if node.Kind != yaml.MappingNode || strings.Contains(key, ":") {
			continue
		}
		if err := node.Decode(&declared); err != nil {
			return nil, fmt.Errorf("project file: %s: %w", key, err)
		}
		if declared.Default != nil {
			set(sections, strings.Split(key, "."), declared.Default)
		}
	}
	var file stackFile
	if err := yaml.Unmarshal(values, &file); err != nil {
		return nil, fmt.Errorf("stack file: %w", err)
	}
	out := map[string]string{}
	for key, value := range file.Config {
		name, own := strings.CutPrefix(key, config.Namespace+":")
		value, known := withoutSecrets(value)
		switch {
		case !known:
		case own:
			sections[name] = overlay(sections[name], value)
		default: // the program refuses what it does not know
			out[key] = fmt.Sprint(value)
		}
	}
	for name, value := range sections {
		text, err := encoded(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[config.Namespace+":"+name] = text
	}
	return out, nil
}

// item matches the last step of a path that is an element of a list, such as allowReplace[0].
var item = regexp.MustCompile(`^(.+)\[(\d+)\]$`)

// set puts a value at a path of mappings, whose last step may be an element of a list.
func set(into map[string]any, path []string, value any) {
	for _, step := range path[:len(path)-1] {
		below, isMapping := into[step].(map[string]any)
		if !isMapping {
			below = map[string]any{}
			into[step] = below
		}
		into = below
	}
	last := path[len(path)-1]
	parts := item.FindStringSubmatch(last)
	if parts == nil {
		into[last] = value
		return
	}
	at, err := strconv.Atoi(parts[2])
	list, _ := into[parts[1]].([]any)
	if err == nil && at < len(list) {
		list = slices.Clone(list)
		list[at] = value
	} else {
		list = append(slices.Clone(list), value)
	}
	into[parts[1]] = list
}

// overlay returns a value over a default: mappings are merged, anything else is replaced.
func overlay(under, over any) any {
	a, mapping := under.(map[string]any)
	b, both := over.(map[string]any)
	if !mapping || !both {
		return over
	}
	out := maps.Clone(a)
	for key, value := range b {
		out[key] = overlay(out[key], value)
	}
	return out
}

// withoutSecrets returns a value without what was given with --secret. known is false for a secret itself.
func withoutSecrets(value any) (out any, known bool) {
	switch v := value.(type) {
	case map[string]any:
		if _, secure := v["secure"]; secure && len(v) == 1 {
			return nil, false
		}
		kept := map[string]any{}
		for key, below := range v {
			if below, known := withoutSecrets(below); known {
				kept[key] = below
			}
		}
		return kept, true
	case []any:
		kept := []any{}
		for _, below := range v {
			if below, known := withoutSecrets(below); known {
				kept = append(kept, below)
			}
		}
		return kept, true
	case time.Time: // what the engine makes of a date without quotes
		return v.String(), true
	default:
		return value, true
	}
}

// encoded returns a text as it is, and JSON for anything else.
func encoded(value any) (string, error) {
	if text, isText := value.(string); isText {
		return text, nil
	}
	out, err := json.Marshal(value)
	return string(out), err
}

// IsConfiguration reports whether an error is about the values of the configuration, and not about reading it.
func IsConfiguration(err error) bool {
	var problems *config.Problems
	return errors.As(err, &problems)
}

// Readable returns the values of a stack file as they are written, without those that were given with --secret and
// without what decrypts them.
func Readable(values []byte) (map[string]any, error) {
	var file stackFile
	if err := yaml.Unmarshal(values, &file); err != nil {
		return nil, fmt.Errorf("stack file: %w", err)
	}
	out := map[string]any{}
	for key, value := range file.Config {
		if value, known := withoutSecrets(value); known {
			out[key] = value
		}
	}
	return out, nil
}
