package config

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	// typeName is family and size, such as m5.xlarge.
	typeName = regexp.MustCompile(`^[a-z]+\d[a-z-]*\.(small|medium|large|\d*xlarge|metal)$`)
	// burstable families earn CPU credits.
	burstable = regexp.MustCompile(`^t\d`)
)

// sizes are those of one family of instances, by name.
type sizes []string

// xlarge gives the sizes large and xlarge, and the multiples of xlarge that a family has.
func xlarge(multiples ...int) sizes {
	out := sizes{"large", "xlarge"}
	for _, n := range multiples {
		out = append(out, strconv.Itoa(n)+"xlarge")
	}
	return out
}

// families maps the name of a family to its sizes.
type families map[string]sizes

// names of the families in alphabetical order.
func (f families) names() []string { return slices.Sorted(maps.Keys(f)) }

// has reports whether a type such as "m5.xlarge" exists.
func (f families) has(instanceType string) bool {
	family, size, _ := strings.Cut(instanceType, ".")
	return slices.Contains(f[family], size)
}

// allowed is what a type must be: in a size that its family has, or else of another family.
func (f families) allowed(instanceType string) string {
	family, _, _ := strings.Cut(instanceType, ".")
	if s := f[family]; len(s) > 0 {
		return "in a size that " + family + " has, " + strings.Join(s, ", ")
	}
	return "of one of the families " + strings.Join(f.names(), ", ")
}
