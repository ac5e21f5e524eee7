// Package logfilter matches log events with the patterns of metric filters of CloudWatch Logs: the part of the language
// that this project uses, which is terms. A pattern for JSON or columns, or with an expression, is an error.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
package logfilter

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// maxPattern is the largest size of a pattern, in characters.
const maxPattern = 1024

// Pattern is a filter pattern: events with all terms, with any of the optional ones, and with none of the excluded ones.
type Pattern struct{ all, optional, excluded []string }

var term = regexp.MustCompile(`^([?-]?)("(?:[^"\\]|\\.)*"|[^\s"]+)(\s+|$)`)

// plain are the terms that need no quotes.
var plain = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// Parse reads a pattern as PutMetricFilter does.
func Parse(text string) (Pattern, error) {
	var p Pattern
	if len(text) > maxPattern {
		return p, fmt.Errorf("a filter pattern has at most %d characters, got %d", maxPattern, len(text))
	}
	if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") || strings.HasPrefix(text, "%") {
		return p, errors.New("this package knows terms only")
	}
	for rest := strings.TrimSpace(text); rest != ""; {
		m := term.FindStringSubmatch(rest)
		if m == nil {
			return p, fmt.Errorf("invalid character(s) in term %q", rest)
		}
		word := m[2]
		if quoted, isQuoted := strings.CutPrefix(word, `"`); isQuoted {
			word = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(strings.TrimSuffix(quoted, `"`))
		} else if !plain.MatchString(word) {
			return p, fmt.Errorf("invalid character(s) in term %q: it needs quotes", word)
		}
		switch m[1] {
		case "?":
			p.optional = append(p.optional, word)
		case "-":
			p.excluded = append(p.excluded, word)
		default:
			p.all = append(p.all, word)
		}
		rest = rest[len(m[0]):]
	}
	// CloudWatch ignores optional terms beside others.
	if len(p.optional) > 0 && len(p.all)+len(p.excluded) > 0 {
		return p, errors.New("optional terms beside others are ignored")
	}
	return p, nil
}

// Matches reports whether a log event matches.
func (p Pattern) Matches(event string) bool {
	has := func(word string) bool { return strings.Contains(event, word) }
	missing := func(word string) bool { return !has(word) }
	return !slices.ContainsFunc(p.all, missing) && !slices.ContainsFunc(p.excluded, has) &&
		(len(p.optional) == 0 || slices.ContainsFunc(p.optional, has))
}
