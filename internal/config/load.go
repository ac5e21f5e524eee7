package config

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Source is the configuration of a stack as the engine passes it to the program.
type Source struct {
	// Stack is the name of the stack.
	Stack string
	// Values are the configuration by full key, such as "morpheus:database": text, or JSON for anything else. The
	// engine has filled in the defaults of Pulumi.yaml.
	Values map[string]string
	// Secrets are the full keys of the values that were given with --secret.
	Secrets map[string]bool
	// Today is the day that end dates are compared with; zero for the present.
	Today time.Time
}

// Load reads and checks the configuration before anything is registered. Its error is a *Problems: every problem at
// once, each with the key, what was given, what is allowed and why.
func Load(source Source) (*Config, error) {
	config := &Config{Stack: source.Stack}
	problems := &Problems{secret: map[string]bool{}}
	for key := range source.Values {
		problems.secret[strings.TrimPrefix(key, Namespace+":")] = source.Secrets[key]
	}
	refuseSecrets(problems)
	decode(config, source.Values, problems)
	config.secret = problems.secret
	today := source.Today
	if today.IsZero() {
		today = time.Now()
	}
	config.validate(problems, today)
	if !problems.None() {
		return nil, problems
	}
	return config, nil
}

// NewProblems collects what turns out to be wrong with a configuration that Load has returned. Registered is what was
// registered before, such as "nothing but the provider".
func (c *Config) NewProblems(registered string) *Problems {
	return &Problems{secret: c.secret, registered: registered}
}

// IsSecret reports whether a section was given with --secret. Load refuses those for which MayBeSecret is false.
func (c *Config) IsSecret(section string) bool { return c.secret[section] }

// Placeholder is the form of a text in a committed file that only the user knows, such as "<twelve digits>".
var Placeholder = regexp.MustCompile(`^<.*>$`)

// refusePlaceholders records every placeholder that was not replaced, and reports whether there is one.
func (c *Config) refusePlaceholders(p *Problems) bool {
	found := false
	eachText("", reflect.ValueOf(c).Elem(), func(key, value string) {
		if Placeholder.MatchString(value) {
			found = true
			p.say(fmt.Sprintf("%s: still the placeholder %q; only you know it: pulumi config set --path '%s:%s' <value>",
				key, value, Namespace, key))
		}
	})
	return found
}

// eachText calls f with every text of the configuration and its key.
func eachText(key string, v reflect.Value, f func(key, value string)) {
	switch v.Kind() {
	case reflect.String:
		f(key, v.String())
	case reflect.Slice:
		for i := range v.Len() {
			eachText(fmt.Sprintf("%s[%d]", key, i), v.Index(i), f)
		}
	case reflect.Struct:
		fields := fieldsOf(v.Type())
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			eachText(strings.TrimPrefix(key+"."+name, "."), v.FieldByIndex(fields[name]), f)
		}
	}
}
