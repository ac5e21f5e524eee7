package config

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Problems collects everything that is wrong, so that one run names it all.
type Problems struct {
	list []string
	// refused are the keys that Add was called for.
	refused map[string]bool
	// secret are the top-level keys whose values must not be shown.
	secret map[string]bool
	// hidden are the identifiers in secret values: messages about other keys must not repeat them either.
	hidden []string
	// unread are the keys whose value is missing or has the wrong type: rules that need them are left out.
	unread []string
	// registered is what was registered before the problems were found; empty for nothing.
	registered string
}

// secretValue stands in messages for what must not be shown.
const secretValue = "a secret value"

// None reports whether nothing is wrong.
func (p *Problems) None() bool { return len(p.list) == 0 }

// Error has one line for each problem, in a stable order.
func (p *Problems) Error() string {
	lines := slices.Clone(p.list)
	slices.Sort(lines)
	noun := "problems"
	if len(lines) == 1 {
		noun = "problem"
	}
	return fmt.Sprintf("the configuration has %d %s; %s was registered:\n  - %s",
		len(lines), noun, cmp.Or(p.registered, "nothing"), strings.Join(lines, "\n  - "))
}

// Add records a problem of a key: what is allowed, what was given, and why it matters.
func (p *Problems) Add(key string, got any, allowed, why string) {
	section, _, _ := strings.Cut(key, ".")
	given := shown(got)
	if p.secret[section] {
		given = secretValue
	}
	for _, text := range p.hidden {
		allowed, why = strings.ReplaceAll(allowed, text, secretValue), strings.ReplaceAll(why, text, secretValue)
	}
	text := fmt.Sprintf("%s: must be %s, got %s", key, allowed, given)
	if why != "" {
		text += " (" + why + ")"
	}
	if p.refused == nil {
		p.refused = map[string]bool{}
	}
	p.refused[key] = true
	p.say(text)
}

// say records a problem that has a form of its own.
func (p *Problems) say(text string) { p.list = append(p.list, text) }

// anyRefused reports whether a problem of one of the keys is known already.
func (p *Problems) anyRefused(keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return p.refused[key] })
}

// unreadable records that a value has the wrong type.
func (p *Problems) unreadable(key string, got any, allowed string) {
	p.Add(key, got, allowed, "")
	p.unread = append(p.unread, key)
}

// wasRead reports whether all of the keys, and everything below them, have a value of the right type.
func (p *Problems) wasRead(keys ...string) bool {
	return !slices.ContainsFunc(p.unread, func(unread string) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return isUnder(key, unread) || isUnder(unread, key) })
	})
}

// isUnder reports whether a path is another one or below it.
func isUnder(path, above string) bool {
	rest, below := strings.CutPrefix(path, above)
	return below && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// OneOf is what a message says of an enumeration.
func OneOf(choices []string) string { return "one of " + strings.Join(choices, ", ") }

// shown is a given value in a message: short, and quoted when it is text.
func shown(value any) string {
	var text string
	switch v := value.(type) {
	case string:
		text = strconv.Quote(v)
	case json.Number:
		text = v.String()
	default:
		encoded, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprintf("a %T", v)
		}
		text = string(encoded)
	}
	const longest = 120
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "..."
	}
	return text
}
