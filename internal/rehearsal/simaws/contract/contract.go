// Package contract has the AWS provider's schema of each resource type as data. It checks what only needs the schema:
// unknown, missing, wrongly typed, conflicting and out-of-range properties, and changes that replace a resource.
// README.md in this folder gives the source of the data.
package contract

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

//go:embed aws.json functions.json provider.json random.json
var files embed.FS

// Property is one property of a resource in the provider's schema.
type Property struct {
	Type       string               `json:"type"` // string, int, float, bool, object, list, map, any
	Items      *Items               `json:"items"`
	Set        bool                 `json:"set"` // the order of a list does not matter
	Properties map[string]*Property `json:"properties"`

	Required  bool `json:"required"`
	Computed  bool `json:"computed"`
	ForceNew  bool `json:"forceNew"`
	Secret    bool `json:"secret"`
	Autonamed bool `json:"autonamed"`
	Default   any  `json:"default"`

	MinItems   int      `json:"minItems"`
	MaxItems   int      `json:"maxItems"`
	Min        *float64 `json:"min"` // for a string: its length
	Max        *float64 `json:"max"`
	Enum       []any    `json:"enum"`
	Pattern    []string `json:"pattern"`
	IgnoreCase bool     `json:"-"` // the enum is compared without regard to case (corrections.go)

	checks []awstypes.Check

	// The upstream names of other properties, such as "vpc_options.0.subnet_ids"; TF is the name of this property.
	ConflictsWith []string `json:"conflictsWith"`
	ExactlyOneOf  []string `json:"exactlyOneOf"`
	AtLeastOneOf  []string `json:"atLeastOneOf"`
	RequiredWith  []string `json:"requiredWith"`
	TF            string   `json:"tf"`
}

// Items is the element type of a list or map: a plain type name or an object.
type Items struct{ Property }

// UnmarshalJSON reads both forms of the data: "string" and {"type": "string"}.
func (i *Items) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &i.Type); err == nil {
		return nil
	}
	return json.Unmarshal(data, &i.Property)
}

// element returns the schema of the elements of a list or map. In the data, the list itself has the fields of its
// objects and the validator of its elements.
func (p *Property) element() *Property {
	if p.Properties != nil {
		return &Property{Type: "object", Properties: p.Properties}
	}
	if p.Items == nil {
		return &Property{Type: "any"}
	}
	e := p.Items.Property
	if len(e.Enum) == 0 {
		e.Enum, e.IgnoreCase = p.Enum, p.IgnoreCase
	}
	return &e
}

// Resource is one resource type.
type Resource struct {
	Inputs        map[string]*Property `json:"inputs"`
	Outputs       map[string]*Property `json:"outputs"`
	SecretOutputs []string             `json:"secretOutputs"`
	Framework     bool                 `json:"framework"`
}

// Function is one invoke.
type Function struct {
	Inputs map[string]*Property `json:"inputs"`
}

// Set is a complete contract: all resource types and invokes that the simulated AWS supports.
type Set struct {
	Resources map[string]*Resource
	Functions map[string]*Function
	// Provider is the configuration of the AWS provider itself.
	Provider map[string]*Property
}

// Load parses the embedded data once. It only panics if the embedded files are invalid, which a test excludes.
var Load = sync.OnceValue(func() *Set {
	s := &Set{Resources: map[string]*Resource{}}
	random := map[string]*Resource{}
	read("aws.json", &s.Resources)
	read("functions.json", &s.Functions)
	read("provider.json", &s.Provider)
	read("random.json", &random)
	maps.Copy(s.Resources, random)
	s.correct()
	return s
})

func read(name string, into any) {
	data, err := files.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		panic(fmt.Sprintf("embedded contract %s: %v", name, err))
	}
}

// Tokens returns the tokens of all resource types, sorted.
func (s *Set) Tokens() []string { return slices.Sorted(maps.Keys(s.Resources)) }
