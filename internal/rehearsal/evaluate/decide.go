package evaluate

import "slices"

// Policies are all policies that apply to a call.
type Policies struct {
	// Identity are the policies of the calling role.
	Identity []*Policy
	// Boundary is the role's permissions boundary; nil for none.
	Boundary *Policy
	// Resource is the policy of the called resource; nil for none.
	Resource *Policy
	// KeyOrTrust is true for KMS keys and for AssumeRole: there an identity policy only counts if the resource's policy
	// allows the account. For other resources, an identity policy of the same account is enough.
	KeyOrTrust bool
}

// Decision is the result of an evaluation.
type Decision struct {
	Allowed bool
	// By is the Sid of the deciding statement, or the reason why there is none.
	By string
	// Statements are the deciding statements: those that deny, or those that allow.
	Statements []*Statement
}

const (
	unasked     = "no statement allows it"
	undelegated = "the resource's policy does not let the account decide"
	outside     = "outside the permissions boundary"
)

// Decide decides a call within one account.
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
	// A boundary also limits what a resource's policy allows a role. The only exception is a role session that the policy
	// names.
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

// allowedBy returns the decision for statements that allow; delegating are the statements that delegate to the account.
func allowedBy(statements, delegating []*Statement) Decision {
	if len(statements) == 0 {
		return Decision{By: unasked}
	}
	return Decision{true, statements[0].Sid, append(statements, delegating...)}
}

// matching returns the statements of a policy with an effect that match the call and whose principal is accepted.
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
