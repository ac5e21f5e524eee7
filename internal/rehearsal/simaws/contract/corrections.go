package contract

import (
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

// correct adds missing facts to the data. For resources on the provider's newer plug-in framework, the data has neither
// replacements nor validators. It does not list all resources that the bridge names. Of a validator that accepts a
// range or other values, it has only one half. The records of package awstypes have the corrections of each type and
// their sources.
func (s *Set) correct() {
	for _, typ := range awstypes.All() {
		if r := s.Resources[typ.Token]; r != nil {
			r.correct(typ.Provider)
		}
	}
	for _, r := range s.Resources {
		unescape(r.Inputs)
	}
}

func (r *Resource) correct(p awstypes.Provider) {
	for _, name := range p.Replacing {
		r.Inputs[name].ForceNew = true
	}
	for _, path := range p.IgnoringCase {
		r.property(path).IgnoreCase = true
	}
	for path, values := range p.AlsoAccepted {
		property := r.property(path)
		property.Enum = append(property.Enum, values...)
	}
	for path, bounds := range p.Ranges {
		property := r.property(path)
		property.Min, property.Max = &bounds.Min, &bounds.Max
	}
	for _, path := range p.WithoutEnum {
		r.property(path).Enum = nil
	}
	for _, path := range p.WithoutMinimum {
		r.property(path).Min = nil
	}
	for path, checks := range p.Checks {
		property := r.property(path)
		property.checks = append(property.checks, checks...)
	}
	if name := r.Inputs[p.Autonamed]; name != nil {
		name.Autonamed = true
		if limit := float64(p.NameLimit); name.Max == nil {
			name.Max = &limit
		}
	}
	var upstream []string
	for _, name := range p.ExactlyOneOf {
		upstream = append(upstream, r.Inputs[name].TF)
	}
	for _, name := range p.ExactlyOneOf {
		r.Inputs[name].ExactlyOneOf = upstream
	}
}

// unescape removes the second backslash that some patterns of the data have: "^[245]\\\\d" for "^[245]\\d".
func unescape(properties map[string]*Property) {
	for _, p := range properties {
		for i := range p.Pattern {
			p.Pattern[i] = strings.ReplaceAll(p.Pattern[i], `\\`, `\`)
		}
		unescape(p.Properties)
		if p.Items != nil {
			unescape(p.Items.Properties)
		}
	}
}

// property returns the property at a path such as "maintenanceWindowStartTime.dayOfWeek".
func (r *Resource) property(path string) *Property {
	head, rest, nested := strings.Cut(path, ".")
	p := r.Inputs[head]
	for nested {
		head, rest, nested = strings.Cut(rest, ".")
		p = p.Properties[head]
	}
	return p
}
