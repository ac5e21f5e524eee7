package config

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// Limit is what a key allows by itself, whatever the other keys say. The messages of Load, docs/configuration.md and
// the JSON Schema of the stack files are all made from it.
type Limit interface {
	// check returns the zero finding for a value that is allowed.
	check(value reflect.Value, when conditions) finding
	// Allows is the limit in words for the reference.
	Allows() string
}

// conditions are what a limit depends on beside the value.
type conditions struct {
	production bool
	today      time.Time
}

// finding is what a check has against a value.
type finding struct {
	// allowed completes "must be"; empty for a value that is allowed.
	allowed string
	// why replaces the reason of the row.
	why string
	// warning is about a value that is allowed.
	warning string
}

// Range allows whole numbers from Min to Max; without an upper bound when Max is 0.
type Range struct {
	Min, Max int
	// ProductionMin is the lower bound in production; 0 for Min.
	ProductionMin int
}

func (r Range) min(production bool) int {
	if production && r.ProductionMin > 0 {
		return max(r.Min, r.ProductionMin)
	}
	return r.Min
}

func (r Range) check(value reflect.Value, when conditions) finding {
	got, least := int(value.Int()), r.min(when.production)
	if got >= least && (got <= r.Max || r.Max == 0) {
		return finding{}
	}
	return finding{allowed: r.text(least)}
}

func (r Range) text(least int) string {
	if r.Max == 0 {
		return fmt.Sprintf("%d or more", least)
	}
	return fmt.Sprintf("%d..%d", least, r.Max)
}

// Allows implements Limit.
func (r Range) Allows() string {
	text := r.text(r.Min)
	if least := r.min(true); least != r.Min {
		text += "; in production " + r.text(least)
	}
	return text
}

// Numbers allows some whole numbers.
type Numbers []int

func (n Numbers) check(value reflect.Value, _ conditions) finding {
	if slices.Contains(n, int(value.Int())) {
		return finding{}
	}
	return finding{allowed: n.Allows()}
}

// Allows implements Limit.
func (n Numbers) Allows() string {
	texts := make([]string, len(n))
	for i, number := range n {
		texts[i] = strconv.Itoa(number)
	}
	return OneOf(texts)
}

// Flag allows true and false.
type Flag struct{}

func (Flag) check(reflect.Value, conditions) finding { return finding{} }

// Allows implements Limit.
func (Flag) Allows() string { return "true or false" }

// Choice allows some texts.
type Choice struct {
	Values []string
	// DevelopmentOnly are those of Values that production refuses.
	DevelopmentOnly []string
}

func (c Choice) check(value reflect.Value, when conditions) finding {
	switch got := value.String(); {
	case !slices.Contains(c.Values, got):
		return finding{allowed: OneOf(c.Values)}
	case when.production && slices.Contains(c.DevelopmentOnly, got):
		return finding{allowed: alternatives(c.InProduction()) + " in production"}
	}
	return finding{}
}

// InProduction are the values that production allows.
func (c Choice) InProduction() []string {
	return slices.DeleteFunc(slices.Clone(c.Values), func(value string) bool {
		return slices.Contains(c.DevelopmentOnly, value)
	})
}

// Allows implements Limit.
func (c Choice) Allows() string {
	text := OneOf(c.Values)
	if len(c.DevelopmentOnly) > 0 {
		text += "; in production " + alternatives(c.InProduction())
	}
	return text
}

// alternatives joins choices as in "a, b or c".
func alternatives(choices []string) string {
	last := len(choices) - 1
	if last < 1 {
		return strings.Join(choices, "")
	}
	return strings.Join(choices[:last], ", ") + " or " + choices[last]
}

// Text allows texts of a form.
type Text struct {
	// Is describes the form; it completes "must be".
	Is string
	// Pattern that the whole text must match; nil for any.
	Pattern *regexp.Regexp
	// Not are the texts that are refused although they have the pattern; nil for none.
	Not *regexp.Regexp
	// MaxLength in characters; 0 for any.
	MaxLength int
	// Form is what the JSON Schema of the stack files demands where a rule checks the text; nil for Pattern.
	Form *regexp.Regexp
	// Valid checks what a pattern cannot; nil for nothing more. The text of the error, if it has one, is the reason.
	Valid func(string) error
	// Digits is true when digits are such a text: `pulumi config set --path` writes them without quotes, as a number.
	Digits bool
}

// errInvalid is an error of Text.Valid without a reason.
var errInvalid = errors.New("")

// valid makes a function for Text.Valid from one that knows no reason.
func valid(is func(string) bool) func(string) error {
	return func(text string) error {
		if is(text) {
			return nil
		}
		return errInvalid
	}
}

func (t Text) check(value reflect.Value, _ conditions) finding {
	got := value.String()
	if t.Valid != nil {
		if err := t.Valid(got); err != nil {
			return finding{allowed: t.Is, why: err.Error()}
		}
	}
	if !t.fits(got) {
		return finding{allowed: t.Is}
	}
	return finding{}
}

// fits reports whether a text has the pattern and the length, and is none of Not.
func (t Text) fits(text string) bool {
	return (t.Pattern == nil || t.Pattern.MatchString(text)) && (t.Not == nil || !t.Not.MatchString(text)) &&
		(t.MaxLength == 0 || utf8.RuneCountInString(text) <= t.MaxLength)
}

// Allows implements Limit.
func (t Text) Allows() string { return t.Is }

// IPv4Range allows ranges of IPv4 addresses without host bits.
type IPv4Range struct {
	// Example of a range in messages.
	Example string
	// MinPrefix is the shortest prefix length, in bits.
	MinPrefix int
	// WhyPrefix is why a range must not be larger.
	WhyPrefix string
}

func (r IPv4Range) check(value reflect.Value, _ conditions) finding {
	cidr, err := netip.ParsePrefix(value.String())
	switch {
	case err != nil || !cidr.Addr().Is4():
		return finding{allowed: "an IPv4 range such as " + r.Example}
	case cidr != cidr.Masked():
		return finding{allowed: cidr.Masked().String(), why: "AWS refuses a range with host bits set"}
	case cidr.Bits() < r.MinPrefix:
		return finding{allowed: fmt.Sprintf("a range of /%d or longer", r.MinPrefix), why: r.WhyPrefix}
	}
	return finding{}
}

// Allows implements Limit.
func (r IPv4Range) Allows() string {
	return fmt.Sprintf("an IPv4 range of /%d or longer, such as %s", r.MinPrefix, r.Example)
}

// Types allows instance types of some families.
type Types struct {
	// Is describes the form; it completes "must be".
	Is string
	// Prefix and Suffix surround family and size, as in "db.r5.large" and "r6g.large.search".
	Prefix, Suffix string
	Families       families
	// WhyFamilies is why other families are refused, and WhyBurstable why production refuses burstable types.
	WhyFamilies, WhyBurstable string
	// Noun is what such a type is called, with an article: "a class".
	Noun string
}

// name of a type without prefix and suffix; false when it has them not.
func (t Types) name(text string) (string, bool) {
	name, hasPrefix := strings.CutPrefix(text, t.Prefix)
	name, hasSuffix := strings.CutSuffix(name, t.Suffix)
	return name, hasPrefix && hasSuffix && typeName.MatchString(name)
}

func (t Types) check(value reflect.Value, when conditions) finding {
	switch name, ok := t.name(value.String()); {
	case !ok:
		return finding{allowed: t.Is}
	case !t.Families.has(name):
		return finding{allowed: t.Families.allowed(name), why: t.WhyFamilies}
	case when.production && burstable.MatchString(name):
		return finding{allowed: t.Noun + " that is not burstable in production", why: t.WhyBurstable}
	}
	return finding{}
}

// All are the types that are allowed, with prefix and suffix.
func (t Types) All() []string {
	var out []string
	for _, family := range t.Families.names() {
		for _, size := range t.Families[family] {
			out = append(out, t.Prefix+family+"."+size+t.Suffix)
		}
	}
	return out
}

// Allows implements Limit.
func (t Types) Allows() string {
	var lasting, bursting []string
	for _, family := range t.Families.names() {
		if burstable.MatchString(family) {
			bursting = append(bursting, family)
		} else {
			lasting = append(lasting, family)
		}
	}
	return fmt.Sprintf("%s, of the families %s; in development also %s",
		t.Is, strings.Join(lasting, ", "), strings.Join(bursting, ", "))
}

// Version allows the versions of an engine that internal/versions lists as deployable.
type Version struct{ Engine versions.Engine }

// whole returns a version with the prefix that AWS has before it; empty if that is no version either.
func (v Version) whole(short string, today time.Time) string {
	for _, prefix := range versions.Prefixes(v.Engine) {
		if _, err := versions.Check(v.Engine, prefix+short, today); !errors.Is(err, versions.ErrUnknown) {
			return prefix + short
		}
	}
	return ""
}

func (v Version) check(value reflect.Value, when conditions) finding {
	warning, err := versions.Check(v.Engine, value.String(), when.today)
	switch {
	case errors.Is(err, versions.ErrUnknown) && v.whole(value.String(), when.today) != "":
		return finding{allowed: v.Allows(), why: "write it as " + v.whole(value.String(), when.today)}
	case err != nil:
		return finding{allowed: v.Allows(), why: err.Error()}
	}
	return finding{warning: warning}
}

// Allows implements Limit.
func (v Version) Allows() string { return OneOf(versions.Deployable(v.Engine)) }

// List allows lists of a length; without a lower bound a list may be left out. The rows of its elements say what each
// allows.
type List struct {
	Min, Max int
	// ProductionMin is the lower bound in production; 0 for Min.
	ProductionMin int
	// Of is what the elements are called, such as "zones"; empty where the key says it.
	Of string
}

func (l List) check(value reflect.Value, when conditions) finding {
	least := l.min(when.production)
	switch {
	case value.Len() >= least && (value.Len() <= l.Max || l.Max == 0):
		return finding{}
	case least != l.Min:
		return finding{allowed: l.text(least) + " in production"}
	}
	return finding{allowed: l.text(least)}
}

func (l List) min(production bool) int {
	return Range{Min: l.Min, ProductionMin: l.ProductionMin}.min(production)
}

func (l List) text(least int) string {
	text := fmt.Sprintf("%d..%d", least, l.Max)
	switch {
	case l.Max == 0 && least == 0:
		return "a list"
	case least == 0:
		text = fmt.Sprintf("at most %d", l.Max)
	case least == l.Max:
		text = strconv.Itoa(least)
	}
	return strings.TrimSpace(text + " " + l.Of)
}

// Allows implements Limit.
func (l List) Allows() string {
	text := l.text(l.Min)
	if least := l.min(true); least != l.Min {
		text += "; in production " + l.text(least)
	}
	return text
}

// Object allows objects of texts with at most Max keys.
type Object struct {
	Max int
	// Names and Values are the forms of the keys and of their values.
	Names, Values Text
}

func (o Object) check(value reflect.Value, _ conditions) finding {
	if value.Len() > o.Max {
		return finding{allowed: fmt.Sprintf("at most %d", o.Max)}
	}
	return finding{}
}

// Allows implements Limit.
func (o Object) Allows() string {
	return fmt.Sprintf("at most %d; each %s; its value %s", o.Max, o.Names.Is, o.Values.Is)
}

// ForProduction is a limit as production has it; false where production has the same as development.
func ForProduction(limit Limit) (Limit, bool) {
	switch l := limit.(type) {
	case Range:
		return Range{Min: l.min(true), Max: l.Max}, l.min(true) != l.Min
	case List:
		return List{Min: l.min(true), Max: l.Max, Of: l.Of}, l.min(true) != l.Min
	case Choice:
		return Choice{Values: l.InProduction()}, len(l.DevelopmentOnly) > 0
	case Types:
		lasting := l
		lasting.Families = maps.Clone(l.Families)
		maps.DeleteFunc(lasting.Families, func(family string, _ sizes) bool { return burstable.MatchString(family) })
		return lasting, len(lasting.Families) < len(l.Families)
	}
	return limit, false
}
