package bundle

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// shortest is the length of a text that may be a secret: shorter ones would make the bundle unreadable.
const shortest = 6

// plain are the fields of a secret that are none. redact.jq of the nodes has the same.
var plain = []string{"username", "email", "accountName", "host", "engine"}

// redactor removes known values from texts, in the encodings that logs and answers of AWS have.
type redactor struct{ known []string }

// learn adds a secret: a text, or JSON with texts in it.
func (r *redactor) learn(secret string) {
	var document any
	_ = json.Unmarshal([]byte(secret), &document) // what is no document is a text
	switch document.(type) {
	case map[string]any, []any:
		r.learnAll(document)
	default: // also a number, whose digits must stay as they are
		r.add(secret)
	}
}

func (r *redactor) learnAll(value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, below := range v {
			if !slices.Contains(plain, key) {
				r.learnAll(below)
			}
		}
	case []any:
		for _, below := range v {
			r.learnAll(below)
		}
	case string:
		var document any
		if json.Unmarshal([]byte(v), &document) == nil { // a text may be a document with secrets
			if _, isMap := document.(map[string]any); isMap {
				r.learnAll(document)
			}
		}
		r.add(v)
	case float64: // a number given with --secret
		r.add(fmt.Sprint(v))
	}
}

// add learns a value and each of its lines, as logs and messages write them.
func (r *redactor) add(value string) {
	for _, one := range append(strings.Split(value, "\n"), value) {
		one = strings.TrimSuffix(one, "\r")
		if len(one) < shortest {
			continue
		}
		quoted, _ := json.Marshal(one) // of a text: cannot fail
		var readable strings.Builder
		encoder := json.NewEncoder(&readable)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(one)
		r.known = append(r.known, one, string(quoted[1:len(quoted)-1]), strings.Trim(readable.String(), "\"\n"),
			base64.StdEncoding.EncodeToString([]byte(one)), url.QueryEscape(one), url.PathEscape(one), html.EscapeString(one),
			strings.ReplaceAll(strings.ReplaceAll(one, `\`, `\\`), "'", `\'`))
	}
	slices.SortFunc(r.known, func(a, b string) int { return len(b) - len(a) })
	r.known = slices.Compact(r.known)
}

// removed takes the place of a secret.
const removed = "[redacted]"

var patterns = []struct {
	is   *regexp.Regexp
	with string
}{
	// Signatures and tokens of addresses.
	{regexp.MustCompile(`(https?://[^\s"'?]+\?)[^\s"']+`), "${1}" + removed},
	{regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{12,}\b`), removed},
	{regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)`), removed},
	{regexp.MustCompile(
		`(?i)("?(password|passwd|secret_?access_?key|session_?token|authorization)"?\s*[:=]\s*"?)[^\s",}]+`), "${1}" + removed},
}

// text removes what is known, and what looks like a credential.
func (r *redactor) text(in string) string {
	for _, one := range r.known {
		in = strings.ReplaceAll(in, one, removed)
	}
	for _, p := range patterns {
		in = p.is.ReplaceAllString(in, p.with)
	}
	return in
}

// value removes secrets from each text of a value, before JSON encodes it.
func (r *redactor) value(in any) any {
	switch v := in.(type) {
	case string:
		return r.text(v)
	case []any:
		for i := range v {
			v[i] = r.value(v[i])
		}
	case map[string]any:
		out := map[string]any{}
		for key, below := range v {
			out[r.text(key)] = r.value(below)
		}
		return out
	}
	return in
}

// json renders a value without secrets.
func (r *redactor) json(in any) ([]byte, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	out, err := json.MarshalIndent(r.value(value), "", "  ")
	return append(out, '\n'), err
}

// leak returns an error if a text still has a known value, which the bundle must not be written with.
func (r *redactor) leak(name string, text []byte) error {
	for _, one := range r.known {
		if strings.Contains(string(text), one) {
			return fmt.Errorf("%s still has a secret after its removal: the bundle is not written", name)
		}
	}
	return nil
}
