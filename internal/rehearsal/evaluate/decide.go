package evaluate

import "slices"

// Policies are all that bear on a call.
type Policies struct {
	// Identity are the policies of the role that calls.
	Identity []*Policy
	// Boundary limits the role; nil for none.
	Boundary *Policy
	// Resource is the policy of what the call is about; nil for none.
	Resource *Policy
	// KeyOrTrust is true where the resource's policy alone decides who may come at all: on KMS keys, and on roles that
	// are assumed. Elsewhere the account's own identities need no word of it.
	KeyOrTrust bool
}

// Decision is the answer.
type Decision struct {
	Allowed bool
	// By is the Sid of the statement that decided, or why none did.
	By string
	// Statements are all that had a part in it: the denials, or what allows.
	Statements []*Statement
}

const (
	unasked     = "no statement allows it"
	undelegated = "the resource's policy does not let the account decide"
	outside     = "outside the permissions boundary"
)

// Decide answers a call within one account.
func Decide(r Request, p Policies) Decision {
	denials := matching(p.Resource, r, "Deny", func(s *Statement) bool { return s.names(r) != notNamed })
	for _, policy := range append(slices.Clone(p.Identity), p.Boundary) {
		denials = append(denials, matching(policy, r, "Deny", nil)...)
	}
	if len(denials) > 0 {
		return Decision{By: "denied by " + denials[0].Sid, Statements: denials}
	}

	direct := matching(p.Resource, r, "Allow", func(s *Statement) bool { return s.names(r) == itself })
	if r.service() {
		return allowedBy(direct, nil)
	}
	delegated := matching(p.Resource, r, "Allow", func(s *Statement) bool { return s.names(r) == throughAccount })
	var own []*Statement
	for _, policy := range p.Identity {
		own = append(own, matching(policy, r, "Allow", nil)...)
	}
	switch {
	// A boundary also limits what a resource's policy gives to a role; only a session named by itself is beyond it.
	case p.Boundary != nil && len(matching(p.Boundary, r, "Allow", nil)) == 0:
		return Decision{By: outside}
	case p.KeyOrTrust && len(direct) == 0 && len(own) > 0 && len(delegated) == 0:
		return Decision{By: undelegated}
	case len(own) == 0:
		return allowedBy(direct, nil)
	default:
		return allowedBy(append(own, direct...), delegated)
	}
}

// allowedBy is the answer of statements that allow, beside those that let them.
func allowedBy(statements, letting []*Statement) Decision {
	if len(statements) == 0 {
		return Decision{By: unasked}
	}
	return Decision{true, statements[0].Sid, append(statements, letting...)}
}

// matching are the statements of a policy with the effect that are about the call, and that may be, by their
// principal.
func matching(p *Policy, r Request, effect string, principal func(*Statement) bool) []*Statement {
	if p == nil {
		return nil
	}
	var out []*Statement
	for i := range p.Statements {
		s := &p.Statements[i]
		if s.Effect == effect && (principal == nil || principal(s)) && s.applies(r) {
			out = append(out, s)
		}
	}
	return out
}
