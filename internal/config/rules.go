package config

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/window"
)

// Row is one key of the configuration and what it allows by itself. The rows of a section stand beside its struct.
type Row struct {
	// Key is the path of the key, such as "database.instances"; "[]" stands for every element of a list.
	Key   string
	Limit Limit
	// Why is the reason in a message. WhyProduction is the one in production, where that has another.
	Why, WhyProduction string
	// Empty says what an empty text, or 0, means: it completes "or empty", as in "for none". Without it an empty value
	// is allowed only if the limit allows it.
	Empty string
	// Once is what an element is called, such as "a zone", when the list may have it only once; WhyOnce is the reason.
	Once, WhyOnce string
}

// Rule is what several keys allow together.
type Rule struct {
	// Keys are the ones that the rule may refuse.
	Keys []string
	// Needs are other keys, or sections, that it reads. A rule is left out when any of its keys could not be read.
	Needs []string
	// Says is the rule in a sentence for the reference.
	Says  string
	check func(*Config, *Problems)
}

// section is what each file of this package says of its part of the configuration.
type section struct {
	rows  []Row
	rules []Rule
}

// sections in the order of Config's fields.
var sections = []section{
	{rows: environmentRows},
	{rows: awsRows},
	{rows: networkRows, rules: networkRules},
	{rows: existingRows, rules: existingRules},
	{rows: reachRows, rules: reachRules},
	{rows: dnsRows, rules: dnsRules},
	{rows: loadBalancerRows, rules: loadBalancerRules},
	{rows: morpheusRows, rules: morpheusRules},
	{rows: fileSystemRows, rules: fileSystemRules},
	{rows: databaseRows, rules: databaseRules},
	{rows: messagingRows, rules: messagingRules},
	{rows: searchRows, rules: searchRules},
	{rows: rotationRows, rules: rotationRules},
	{rows: backupRows, rules: backupRules},
	{rows: restoreTestRows, rules: restoreTestRules},
	{rows: recoveryRows, rules: recoveryRules},
	{rows: notificationsRows, rules: notificationsRules},
	{rows: webhooksRows, rules: webhooksRules},
	{rows: monitoringRows, rules: monitoringRules},
	{rows: clusterRows, rules: clusterRules},
	{rows: scheduleRows, rules: scheduleRules},
	{rows: nodeToolsRows, rules: nodeToolsRules},
	{rows: encryptionRows, rules: encryptionRules},
	{rows: accessRows, rules: accessRules},
	{rows: serviceLinkedRolesRows},
	{rows: logsRows},
	{rows: safetyRows, rules: safetyRules},
	{rows: tagsRows, rules: tagsRules},
}

// Rows are the keys of all sections.
func Rows() []Row {
	var out []Row
	for _, s := range sections {
		out = append(out, s.rows...)
	}
	return out
}

// Rules are those of all sections.
func Rules() []Rule {
	var out []Rule
	for _, s := range sections {
		out = append(out, s.rules...)
	}
	return out
}

// validate checks every value by itself, sets the defaults that Pulumi.yaml cannot have, and checks the values
// together. It adds everything it finds to p. Placeholders come alone: all else would only complain about them again.
func (c *Config) validate(p *Problems, today time.Time) {
	c.today = today
	if c.refusePlaceholders(p) {
		return
	}
	c.refuseStackName(p)
	for _, row := range Rows() {
		c.checkRow(row, p, conditions{production: c.production(), today: today})
	}
	c.setDefaultNames()
	c.Network.setDefaults()
	if c.Search.OffPeakStartHour == -1 {
		c.Search.OffPeakStartHour = window.NightStart(c.AWS.Region)
	}
	for _, rule := range Rules() {
		if p.wasRead(rule.Keys...) && p.wasRead(rule.Needs...) {
			rule.check(c, p)
		}
	}
}

// checkRow checks all values of a key against its limit.
func (c *Config) checkRow(row Row, p *Problems, when conditions) {
	seen := map[any]bool{}
	eachValue(reflect.ValueOf(c).Elem(), row.Key, func(key string, value reflect.Value) {
		if !p.wasRead(key) || row.Empty != "" && value.IsZero() {
			return
		}
		found := row.Limit.check(value, when)
		switch {
		case found.allowed != "":
			p.Add(key, row.given(value), found.allowed+row.orEmpty(), cmp.Or(found.why, row.why(when.production)))
		case row.Once != "" && seen[value.Interface()]:
			p.Add(key, value.Interface(), row.Once+" that is not in the list already", row.WhyOnce)
		case found.warning != "":
			c.warn(key, found.warning)
		}
		if row.Once != "" {
			seen[value.Interface()] = true
		}
	})
}

func (r Row) why(production bool) string {
	if production {
		return cmp.Or(r.WhyProduction, r.Why)
	}
	return r.Why
}

// orEmpty ends what is allowed where the value may be left empty.
func (r Row) orEmpty() string {
	_, isNumber := r.Limit.(Range)
	switch {
	case r.Empty == "":
		return ""
	case isNumber:
		return ", or 0 " + r.Empty
	}
	return ", or empty " + r.Empty
}

// Allows is what the key allows in words, for the reference.
func (r Row) Allows() string { return r.Limit.Allows() + r.orEmpty() }

// given is a value in a message: of an object, and of a list that is only too long, the number of elements.
func (r Row) given(value reflect.Value) any {
	switch limit := r.Limit.(type) {
	case Object:
		return value.Len()
	case List:
		if limit.Min == 0 {
			return value.Len()
		}
	}
	return value.Interface()
}

// eachValue calls f with every value at the key of a row, and with the value's own key: "[]" gets the index.
func eachValue(root reflect.Value, key string, f func(key string, value reflect.Value)) {
	var walk func(at string, v reflect.Value, path []string)
	walk = func(at string, v reflect.Value, path []string) {
		if len(path) == 0 {
			f(strings.TrimPrefix(at, "."), v)
			return
		}
		name, isList := strings.CutSuffix(path[0], "[]")
		at, v = at+"."+name, v.FieldByIndex(fieldsOf(v.Type())[name])
		if !isList {
			walk(at, v, path[1:])
			return
		}
		for i := range v.Len() {
			walk(fmt.Sprintf("%s[%d]", at, i), v.Index(i), path[1:])
		}
	}
	walk("", root, strings.Split(key, "."))
}

// warn records what can be deployed but should be known.
func (c *Config) warn(key, text string) { c.Warnings = append(c.Warnings, key+": "+text) }
