package project

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/yamlutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"gopkg.in/yaml.v3"
)

// Setting is a configuration value, as the arguments of `pulumi config set --path KEY VALUE`.
type Setting struct{ Key, Value string }

// Settings returns values in the order of their keys: the elements of a list must be set in order.
func Settings(values map[string]string) []Setting {
	var settings []Setting
	for _, key := range slices.Sorted(maps.Keys(values)) {
		settings = append(settings, Setting{Key: key, Value: values[key]})
	}
	return settings
}

// Project is a Pulumi.yaml, parsed by the CLI's code.
type Project struct {
	*workspace.Project
}

// Parse reads a Pulumi.yaml.
func Parse(text []byte) (Project, error) {
	p, err := workspace.LoadProjectBytes(text, "Pulumi.yaml", encoding.YAML)
	if err != nil {
		return Project{}, fmt.Errorf("project file: %w", err)
	}
	return Project{p}, nil
}

// key returns a configuration path with its namespace. The default namespace is the project's.
func (p Project) key(path string) (config.Key, error) {
	namespace, name, found := strings.Cut(path, ":")
	if !found {
		namespace, name = string(p.Name), path
	}
	elements, err := resource.ParsePropertyPathStrict(name)
	if err != nil {
		return config.Key{}, fmt.Errorf("config key %q: %w", path, err)
	}
	if len(elements) > 0 {
		if first, named := elements[0].(string); named && first != "" {
			return config.MustMakeKey(namespace, name), nil
		}
	}
	return config.Key{}, fmt.Errorf("config key %q: must begin with a name", path)
}

// sections returns the paths with keys below them in Pulumi.yaml, such as morpheus:database for database.instances.
func (p Project) sections() map[string]bool {
	sections := map[string]bool{}
	for key := range p.Config {
		if !strings.Contains(key, ":") {
			key = string(p.Name) + ":" + key
		}
		for at := strings.LastIndexByte(key, '.'); at >= 0; at = strings.LastIndexByte(key, '.') {
			key = key[:at]
			sections[key] = true
		}
	}
	return sections
}

// StackFile is the content of a Pulumi.<stack>.yaml in memory. Changes are not written to the file.
type StackFile struct {
	project Project
	content *workspace.ProjectStack
}

// ParseStack reads the content of a stack file with the CLI's own parser.
func (p Project) ParseStack(text []byte) (*StackFile, error) {
	sink := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	content, err := workspace.LoadProjectStackBytes(sink, p.Project, text, "stack file", encoding.YAML)
	if err != nil {
		return nil, fmt.Errorf("stack file: %w", err)
	}
	return &StackFile{project: p, content: content}, nil
}

// ForgetEncryption removes the stack's secrets provider, because a rehearsal has its own passphrase and no access to a
// key service.
func (f *StackFile) ForgetEncryption() {
	f.content.SecretsProvider, f.content.EncryptedKey, f.content.EncryptionSalt = "", "", ""
}

// Text returns the file as YAML, with its comments.
func (f *StackFile) Text() ([]byte, error) {
	return yamlutil.Edit(f.content.RawValue(), f.content)
}

// Values returns the configuration of the file, without the defaults of Pulumi.yaml.
func (f *StackFile) Values() config.Map { return f.content.Config }

// Set does what `pulumi config set --path` does: a key is `section.name`, `section.list[0]` or
// `namespace:section.name`, and true, false and whole numbers are converted. A value that begins with [ or { is a list
// or a mapping in YAML. A section of Pulumi.yaml must stay a mapping: the engine ignores any other value and uses
// every default instead.
func (f *StackFile) Set(path, text string) error {
	key, err := f.project.key(path)
	if err != nil {
		return err
	}
	value := config.NewValue(text)
	if strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{") {
		if value, err = objectValue(text); err != nil {
			return fmt.Errorf("config key %q: %w", path, err)
		}
	}
	if err := f.content.Config.Set(key, value, true); err != nil {
		return fmt.Errorf("config key %q: %w", path, err)
	}
	return f.checkSections(path)
}

// objectValue converts a list or a mapping from YAML to the JSON that the engine passes on.
func objectValue(text string) (config.Value, error) {
	var parsed any
	if err := yaml.Unmarshal([]byte(text), &parsed); err != nil {
		return config.Value{}, err
	}
	encoded, err := json.Marshal(parsed)
	return config.NewObjectValue(string(encoded)), err
}

// checkSections returns an error if a section of Pulumi.yaml is not a mapping after a change at the path.
func (f *StackFile) checkSections(path string) error {
	for _, section := range slices.Sorted(maps.Keys(f.project.sections())) {
		node, err := f.Get(section)
		if err != nil {
			return err
		}
		if _, isMapping := node.(map[string]any); node != nil && !isMapping {
			return fmt.Errorf("config key %q: %s is a section and cannot become %v; set its keys one by one", path, section,
				node)
		}
	}
	return nil
}

// Get returns the value at a path of Set, and nil if the file has none.
func (f *StackFile) Get(path string) (any, error) {
	key, err := f.project.key(path)
	if err != nil {
		return nil, err
	}
	value, found, err := f.content.Config.Get(key, true)
	if err != nil || !found {
		return nil, err
	}
	return value.ToObject()
}

// Fill changes the settings whose keys the file has, and ignores the others.
func (f *StackFile) Fill(settings []Setting) error {
	for _, setting := range settings {
		value, err := f.Get(setting.Key)
		if err != nil {
			return err
		}
		if value == nil {
			continue
		}
		if err := f.Set(setting.Key, setting.Value); err != nil {
			return err
		}
	}
	return nil
}

// EngineValues returns the values that the engine passes to the program, by full key such as morpheus:database. The
// CLI's code adds the defaults of Pulumi.yaml to the file's values, and refuses a missing value or one of another type.
// A list or a mapping is JSON. Afterwards the file has the defaults too.
func (f *StackFile) EngineValues(stack string) (map[string]string, error) {
	err := withoutEnvironment(workspace.ValidateStackConfigAndApplyProjectConfig, stack, f.project.Project,
		f.content.Config)
	if err != nil {
		return nil, err
	}
	decrypted, err := f.content.Config.Decrypt(config.NopDecrypter)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for key, value := range decrypted {
		values[key.String()] = value
	}
	return values, nil
}

// withoutEnvironment calls apply with an empty environment. Its type is inferred, because naming it would make
// Pulumi's environments a direct dependency of the program's module.
func withoutEnvironment[E any](
	apply func(context.Context, string, *workspace.Project, E, config.Map, config.Encrypter, config.Decrypter) error,
	stack string, p *workspace.Project, values config.Map,
) error {
	var none E
	return apply(context.Background(), stack, p, none, values, config.NopEncrypter, config.NopDecrypter)
}
