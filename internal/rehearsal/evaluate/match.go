package evaluate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Request is one call.
type Request struct {
	// Principal is the caller: the ARN of a role or of the identity provider whose token it has, or the name of a service
	// that calls without a role.
	Principal string
	// Action is the called action, such as "kms:Decrypt".
	Action string
	// Resource is the ARN of the called resource, or "*" for an action without resources.
	Resource string
	// Account is the account of the resource, and of the principal if it is a role: twelve digits.
	Account string
	// Context are the condition keys of the call, by name.
	Context map[string][]string
}

// service reports whether the caller is an AWS service without a role.
func (r Request) service() bool { return !strings.HasPrefix(r.Principal, "arn:") }

// applies reports whether a statement matches the call, regardless of its principal.
func (s *Statement) applies(r Request) bool {
	if len(s.Action) > 0 && !matchesAny(s.Action, r.Action, foldedPattern) ||
		len(s.NotAction) > 0 && matchesAny(s.NotAction, r.Action, foldedPattern) ||
		len(s.Resource) > 0 && !matchesAny(s.Resource, r.Resource, resourcePattern) ||
		len(s.NotResource) > 0 && matchesAny(s.NotResource, r.Resource, resourcePattern) {
		return false
	}
	for name, keys := range s.Condition {
		operator, _ := parseOperator(name) // Parse has refused unknown operators
		for key, wanted := range keys {
			if !operator.holds(r.context(key), wanted) {
				return false
			}
		}
	}
	return true
}

// context returns the values of a condition key. Names of keys ignore case.
func (r Request) context(key string) []string {
	for name, values := range r.Context {
		if strings.EqualFold(name, key) {
			return values
		}
	}
	return nil
}

// named tells how a statement of a resource's policy names the caller: not at all, through its account, or directly.
type named int

const (
	notNamed named = iota
	throughAccount
	itself
)

func (s *Statement) names(r Request) named {
	if r.service() {
		if slices.Contains(s.Principal["Service"], r.Principal) || slices.Contains(s.Principal["AWS"], "*") {
			return itself
		}
		return notNamed
	}
	if slices.Contains(s.Principal["Federated"], r.Principal) {
		return itself
	}
	for _, who := range s.Principal["AWS"] {
		if who == "*" || who == r.Principal {
			return itself
		}
	}
	for _, who := range s.Principal["AWS"] {
		if who == r.Account || strings.HasPrefix(who, "arn:") && strings.HasSuffix(who, ":iam::"+r.Account+":root") {
			return throughAccount
		}
	}
	return notNamed
}

// operator is a condition operator with its set prefix and suffix.
type operator struct {
	test     string
	negated  bool
	ifExists bool
	forAll   bool
}

func parseOperator(name string) (operator, error) {
	o, rest := operator{}, name
	if after, found := strings.CutPrefix(rest, "ForAllValues:"); found {
		o.forAll, rest = true, after
	} else {
		rest = strings.TrimPrefix(rest, "ForAnyValue:")
	}
	if before, found := strings.CutSuffix(rest, "IfExists"); found {
		o.ifExists, rest = true, before
	}
	if before, after, found := strings.Cut(rest, "Not"); found {
		o.negated, rest = true, before+after
	}
	o.test = rest
	switch rest {
	case "StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "Bool", "NumericEquals":
		return o, nil
	case "Null", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals":
		if !o.negated {
			return o, nil
		}
	}
	return o, fmt.Errorf("the condition operator %q is not modelled", name)
}

// holds reports whether the values of a condition key in the call satisfy the operator. Several wanted values are
// alternatives; for a negated operator all must differ. If the call does not have the key, only negated operators are
// satisfied.
func (o operator) holds(given, wanted []string) bool {
	if o.test == "Null" {
		return slices.Contains(wanted, strconv.FormatBool(len(given) == 0))
	}
	if len(given) == 0 {
		return o.ifExists || o.negated || o.forAll
	}
	one := func(value string) bool {
		found := slices.ContainsFunc(wanted, func(want string) bool { return o.compare(value, want) })
		return found != o.negated
	}
	if o.forAll {
		return !slices.ContainsFunc(given, func(value string) bool { return !one(value) })
	}
	return slices.ContainsFunc(given, one)
}

func (o operator) compare(value, want string) bool {
	switch o.test {
	case "StringEquals":
		return value == want
	case "StringEqualsIgnoreCase", "Bool":
		return strings.EqualFold(value, want)
	case "StringLike":
		return pattern(want, value)
	case "ArnEquals", "ArnLike": // both mean the same
		return arnPattern(want, value)
	}
	v, errV := strconv.ParseFloat(value, 64)
	w, errW := strconv.ParseFloat(want, 64)
	if errV != nil || errW != nil {
		return false
	}
	switch o.test {
	case "NumericEquals":
		return v == w
	case "NumericLessThan":
		return v < w
	case "NumericLessThanEquals":
		return v <= w
	case "NumericGreaterThan":
		return v > w
	default:
		return v >= w
	}
}

func matchesAny(patterns []string, text string, match func(pattern, text string) bool) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, text) })
}

// ActionMatches reports whether an action such as "kms:Decrypt" matches an Action element of a policy.
func ActionMatches(element, action string) bool { return foldedPattern(element, action) }

// foldedPattern matches actions, which ignore case.
func foldedPattern(p, text string) bool { return pattern(strings.ToLower(p), strings.ToLower(text)) }

// resourcePattern matches an ARN; "*" alone also matches calls without a resource.
func resourcePattern(p, text string) bool { return p == "*" || arnPattern(p, text) }

// arnPattern matches part by part: a "*" does not match a colon, except in the last part.
func arnPattern(p, text string) bool {
	const parts = 6
	ps, ts := strings.SplitN(p, ":", parts), strings.SplitN(text, ":", parts)
	if len(ps) != parts || len(ts) != parts {
		return false
	}
	for i := range ps {
		if !pattern(ps[i], ts[i]) {
			return false
		}
	}
	return true
}

// pattern matches a text in which "*" stands for any characters and "?" for one.
func pattern(p, text string) bool {
	for p != "" {
		switch {
		case p[0] == '*':
			rest := strings.TrimLeft(p, "*")
			for i := 0; i <= len(text); i++ {
				if pattern(rest, text[i:]) {
					return true
				}
			}
			return false
		case text == "" || p[0] != '?' && p[0] != text[0]:
			return false
		}
		p, text = p[1:], text[1:]
	}
	return text == ""
}
