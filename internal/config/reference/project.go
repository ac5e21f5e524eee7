// Package reference writes what users read about the configuration, docs/configuration.md and the JSON Schema of the
// stack files, from the two owners of its facts: internal/config has the types, limits and rules, Pulumi.yaml the
// descriptions and defaults. Only tests use it.
package reference

import (
	"fmt"
	"reflect"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// Declared is a key as Pulumi.yaml declares it.
type Declared struct {
	Type        string
	Description string
	// Default is nil for a required key.
	Default any
	// Value is set for the keys that have the same value in every stack, such as pulumi:disable-default-providers.
	Value any
}

// Project is what a Pulumi.yaml says of the configuration.
type Project struct {
	// Keys by their path, such as "database.instances".
	Keys map[string]Declared `yaml:"config"`
}

// ParseProject reads the text of a Pulumi.yaml. It refuses one that lacks a key of the configuration.
func ParseProject(text []byte) (Project, error) {
	var project Project
	if err := yaml.Unmarshal(text, &project); err != nil {
		return Project{}, fmt.Errorf("project file: %w", err)
	}
	for _, row := range config.Rows() {
		if _, declared := project.Keys[row.Key]; !declared && !strings.Contains(row.Key, "[]") {
			return Project{}, fmt.Errorf("project file: no key %s", row.Key)
		}
	}
	return project, nil
}

// row of a key.
func row(key string) config.Row {
	for _, r := range config.Rows() {
		if r.Key == key {
			return r
		}
	}
	return config.Row{}
}

// field is a key of a struct of the configuration.
type field struct {
	name     string
	of       reflect.Type
	optional bool
}

// fields of a struct of the configuration, in its order.
func fields(of reflect.Type) []field {
	var out []field
	for i := range of.NumField() {
		f := of.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "-" {
			out = append(out, field{name: name, of: f.Type, optional: options == "omitempty"})
		}
	}
	return out
}
