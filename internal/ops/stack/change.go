package stack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// Setting is a key of the configuration, such as cluster.imageParameter, and its value as text.
type Setting struct{ Key, Value string }

// LoadWith does what Load does as if the stack file had the settings. It writes nothing.
func LoadWith(folder, name string, settings []Setting) (*config.Config, error) {
	defaults, err := os.ReadFile(filepath.Join(folder, "Pulumi.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read the project: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "Pulumi."+name+".yaml"))
	if err != nil {
		return nil, fmt.Errorf("read the stack file: %w", err)
	}
	var file stackFile
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("stack file: %w", err)
	}
	if file.Config == nil {
		file.Config = map[string]any{}
	}
	for _, s := range settings {
		var value any
		if err := yaml.Unmarshal([]byte(s.Value), &value); err != nil || !isPlain(value) {
			value = s.Value
		}
		set(file.Config, strings.Split(config.Namespace+":"+s.Key, "."), value)
	}
	text, err = yaml.Marshal(map[string]any{"config": file.Config})
	if err != nil {
		return nil, err
	}
	return Parse(defaults, text, name)
}

// isPlain reports whether `pulumi config set --path` stores a value as a boolean or a number. Everything else, such as
// 3.13, is a text.
func isPlain(value any) bool {
	switch value.(type) {
	case bool, int:
		return true
	}
	return false
}

// Set writes settings to the stack file, all or none: a release without its package is refused by every later command.
func Set(ctx context.Context, run Run, name string, settings ...Setting) error {
	arguments := []string{"config", "set-all", "--path"}
	for _, s := range settings {
		arguments = append(arguments, "--plaintext", config.Namespace+":"+s.Key+"="+s.Value)
	}
	_, err := run(ctx, append(arguments, "--stack", name)...)
	return err
}

// Unset removes keys from the stack file, all or none, so that their defaults hold again. A key that is not there is
// none.
func Unset(ctx context.Context, run Run, name string, keys ...string) error {
	arguments := []string{"config", "rm-all", "--path"}
	for _, key := range keys {
		arguments = append(arguments, config.Namespace+":"+key)
	}
	_, err := run(ctx, append(arguments, "--stack", name)...)
	return err
}

// Up updates the stack. The CLI previews the update first: what the program refuses changes nothing.
func Up(ctx context.Context, run Run, name string) error {
	_, err := run(ctx, "up", "--yes", "--stack", name)
	return err
}
