package rehearsal

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"gopkg.in/yaml.v3"
)

// Project is what a stack file must know of its Pulumi.yaml.
type Project struct {
	name string
	// sections are the paths below which the schema declares keys: "morpheus:database" for database.instances.
	sections map[string]bool
}

// ParseProject reads a Pulumi.yaml.
func ParseProject(text []byte) (Project, error) {
	var content struct {
		Name   string
		Config map[string]any
	}
	if err := yaml.Unmarshal(text, &content); err != nil {
		return Project{}, fmt.Errorf("project file: %w", err)
	}
	project := Project{name: content.Name, sections: map[string]bool{}}
	for key := range content.Config {
		key = project.qualified(key)
		for at := strings.LastIndexByte(key, '.'); at >= 0; at = strings.LastIndexByte(key, '.') {
			key = key[:at]
			project.sections[key] = true
		}
	}
	return project, nil
}

// qualified is the key with its namespace, which is the project's where the key has none.
func (p Project) qualified(key string) string {
	if strings.Contains(key, ":") {
		return key
	}
	return p.name + ":" + key
}

// StackFile is the content of a Pulumi.<stack>.yaml that a rehearsal may change, since it works on a copy.
type StackFile struct {
	project Project
	content map[string]any
}

// ParseStackFile reads a committed stack file of a project. It leaves out how the real stack encrypts its secrets: the
// rehearsal has a passphrase of its own and no access to a key service.
func ParseStackFile(project Project, text []byte) (*StackFile, error) {
	file, err := parseStackFile(project, text)
	if err != nil {
		return nil, err
	}
	for _, key := range []string{"secretsprovider", "encryptedkey", "encryptionsalt"} {
		delete(file.content, key)
	}
	return file, nil
}

func parseStackFile(project Project, text []byte) (*StackFile, error) {
	file := &StackFile{project: project, content: map[string]any{}}
	if err := yaml.Unmarshal(text, &file.content); err != nil {
		return nil, fmt.Errorf("stack file: %w", err)
	}
	switch config := file.content["config"].(type) {
	case map[string]any:
	case nil:
		file.content["config"] = map[string]any{}
	default:
		return nil, fmt.Errorf("stack file: config must be a mapping, it is a %T", config)
	}
	return file, nil
}

// Text is the file as YAML.
func (f *StackFile) Text() ([]byte, error) {
	return yaml.Marshal(f.content)
}

// Set puts a value where `pulumi config set --path key value` would: a key is `section.name`, `section.list[0]` or
// `namespace:section.name`. Where the file has a string, the value stays one ("0123" is an account id); else true,
// false and whole numbers are what they look like, and [a, b] or {a: b} is a list or a mapping. A section of the
// project's schema stays a mapping: the engine takes any other value for no value and fills in every default.
func (f *StackFile) Set(key, value string) error {
	namespace, path, _ := strings.Cut(f.project.qualified(key), ":")
	elements, err := resource.ParsePropertyPathStrict(path)
	if err != nil {
		return fmt.Errorf("config key %q: %w", key, err)
	}
	first, named := "", false
	if len(elements) > 0 {
		first, named = elements[0].(string)
	}
	if !named || first == "" {
		return fmt.Errorf("config key %q: must begin with a name", key)
	}
	elements[0] = namespace + ":" + first
	changed, err := put(f.content["config"], elements, value)
	if err != nil {
		return fmt.Errorf("config key %q: %w", key, err)
	}
	f.content["config"] = changed
	for _, section := range slices.Sorted(maps.Keys(f.project.sections)) {
		names := strings.Split(section, ".")
		if names[0] != elements[0] {
			continue
		}
		if node, wrong := scalarAt(changed, names); wrong {
			return fmt.Errorf("config key %q: %s is a section and cannot become %v; set its keys one by one", key, section, node)
		}
	}
	return nil
}

// Get returns what stands at a key of Set, and nil where nothing does.
func (f *StackFile) Get(key string) (any, error) {
	namespace, path, _ := strings.Cut(f.project.qualified(key), ":")
	elements, err := resource.ParsePropertyPathStrict(path)
	if err != nil {
		return nil, fmt.Errorf("config key %q: %w", key, err)
	}
	if len(elements) == 0 {
		return nil, fmt.Errorf("config key %q: must begin with a name", key)
	}
	elements[0] = fmt.Sprint(namespace, ":", elements[0])
	node := f.content["config"]
	for _, element := range elements {
		switch at := element.(type) {
		case string:
			mapping, _ := node.(map[string]any)
			node = mapping[at]
		case int:
			list, _ := node.([]any)
			if at < 0 || at >= len(list) {
				return nil, nil
			}
			node = list[at]
		}
	}
	return node, nil
}

// standing are the settings whose keys the file has.
func (f *StackFile) standing(settings []Setting) ([]Setting, error) {
	var out []Setting
	for _, setting := range settings {
		stands, err := f.Get(setting.Key)
		if err != nil {
			return nil, err
		}
		if stands != nil {
			out = append(out, setting)
		}
	}
	return out, nil
}

// scalarAt returns what stands at the path when that is something, but no mapping.
func scalarAt(node any, path []string) (any, bool) {
	for _, name := range path {
		mapping, _ := node.(map[string]any)
		node = mapping[name]
	}
	_, isMapping := node.(map[string]any)
	return node, node != nil && !isMapping
}

// put returns the node with the value at the path, making the mappings and lists on the way.
func put(node any, path []any, value string) (any, error) {
	if len(path) == 0 {
		if _, isText := node.(string); isText {
			return value, nil
		}
		return parse(value)
	}
	if index, isIndex := path[0].(int); isIndex {
		list, isList := node.([]any)
		if !isList && node != nil {
			return nil, fmt.Errorf("[%d] stands on %v, which is no list", index, node)
		}
		if index < 0 || index > len(list) {
			return nil, fmt.Errorf("[%d] is out of range: the list has %d elements, one more can be added", index, len(list))
		}
		if index == len(list) {
			list = append(list, nil)
		}
		changed, err := put(list[index], path[1:], value)
		if err != nil {
			return nil, err
		}
		list[index] = changed
		return list, nil
	}
	name := fmt.Sprint(path[0])
	mapping, isMapping := node.(map[string]any)
	if !isMapping {
		if node != nil {
			return nil, fmt.Errorf("%s stands on %v, which is no mapping", name, node)
		}
		mapping = map[string]any{}
	}
	changed, err := put(mapping[name], path[1:], value)
	if err != nil {
		return nil, err
	}
	mapping[name] = changed
	return mapping, nil
}

func parse(value string) (any, error) {
	switch {
	case value == "true", value == "false":
		return value == "true", nil
	case strings.HasPrefix(value, "["), strings.HasPrefix(value, "{"):
		var parsed any
		err := yaml.Unmarshal([]byte(value), &parsed)
		return parsed, err
	}
	// A leading zero is an identifier, as for `pulumi config set --path`.
	if number, err := strconv.Atoi(value); err == nil && strconv.Itoa(number) == value {
		return number, nil
	}
	return value, nil
}
