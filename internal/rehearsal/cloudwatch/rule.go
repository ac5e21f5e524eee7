package cloudwatch

import (
	"fmt"
	"regexp"
	"slices"
)

// Rule is the rule of a composite alarm, such as ALARM("a") OR NOT OK("b").
type Rule struct {
	// state and name are those of one alarm; of any other form, they are empty.
	state State
	name  string
	// constant is TRUE or FALSE.
	constant, isConstant bool
	// parts are combined by "AND" or "OR"; "NOT" has one part.
	operator string
	parts    []Rule
}

// tokens of a rule. AT_LEAST is not modelled, and so is an error.
var tokens = regexp.MustCompile(`\s*("[^"]*"|[()]|[^\s()"]+)`)

// ParseRule reads a rule.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
func ParseRule(text string) (Rule, error) {
	p := &ruleParser{}
	end := 0
	for _, at := range tokens.FindAllStringSubmatchIndex(text, -1) {
		if at[0] != end {
			return Rule{}, fmt.Errorf("a quote is not closed in %s", text)
		}
		p.tokens, end = append(p.tokens, text[at[2]:at[3]]), at[1]
	}
	rule, err := p.either()
	if err == nil && len(p.tokens) > 0 {
		err = fmt.Errorf("%s is unexpected", p.tokens[0])
	}
	return rule, err
}

type ruleParser struct{ tokens []string }

func (p *ruleParser) next() string {
	if len(p.tokens) == 0 {
		return ""
	}
	token := p.tokens[0]
	p.tokens = p.tokens[1:]
	return token
}

func (p *ruleParser) at(token string) bool { return len(p.tokens) > 0 && p.tokens[0] == token }

func (p *ruleParser) either() (Rule, error) { return p.combined("OR", p.both) }

func (p *ruleParser) both() (Rule, error) { return p.combined("AND", p.one) }

func (p *ruleParser) combined(operator string, part func() (Rule, error)) (Rule, error) {
	first, err := part()
	rule := Rule{operator: operator, parts: []Rule{first}}
	for err == nil && p.at(operator) {
		p.next()
		var more Rule
		more, err = part()
		rule.parts = append(rule.parts, more)
	}
	return rule, err
}

func (p *ruleParser) one() (Rule, error) {
	switch token := p.next(); token {
	case "NOT":
		part, err := p.one()
		return Rule{operator: "NOT", parts: []Rule{part}}, err
	case "(":
		rule, err := p.either()
		return rule, p.closed(err)
	case "TRUE", "FALSE":
		return Rule{isConstant: true, constant: token == "TRUE"}, nil
	case string(OK), string(Alarming), string(InsufficientData):
		if p.next() != "(" {
			return Rule{}, fmt.Errorf("%s has no alarm", token)
		}
		name := p.next()
		if len(name) > 1 && name[0] == '"' {
			name = name[1 : len(name)-1]
		}
		if name == "" || name == ")" {
			return Rule{}, fmt.Errorf("%s has no alarm", token)
		}
		return Rule{state: State(token), name: name}, p.closed(nil)
	default:
		return Rule{}, fmt.Errorf("%q is unexpected", token)
	}
}

func (p *ruleParser) closed(err error) error {
	if err == nil && p.next() != ")" {
		return fmt.Errorf("a parenthesis is not closed")
	}
	return err
}

// Names are the alarms that a rule names, each once.
func (r Rule) Names() []string {
	var out []string
	if r.name != "" {
		out = append(out, r.name)
	}
	for _, part := range r.parts {
		out = append(out, part.Names()...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Holds reports whether a rule holds, with the states of the alarms by name.
func (r Rule) Holds(states map[string]State) bool {
	switch {
	case r.isConstant:
		return r.constant
	case r.name != "":
		return states[r.name] == r.state
	case r.operator == "NOT":
		return !r.parts[0].Holds(states)
	case r.operator == "AND":
		return !slices.ContainsFunc(r.parts, func(part Rule) bool { return !part.Holds(states) })
	}
	return slices.ContainsFunc(r.parts, func(part Rule) bool { return part.Holds(states) })
}
