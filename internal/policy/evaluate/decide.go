package evaluate

// Policies are all that bear on a call.
type Policies struct {
	// Identity are the policies of the role that calls.
	Identity []*Policy
	// Boundary limits the role; nil for none.
	Boundary *Policy
	// Resource is the policy of what the call is about; nil for none.
	Resource *Policy
	// KeyOrTrust is true where the resource's policy alone decides who may come at all: on KMS keys, and on roles that are
	// assumed. Elsewhere the account's own identities need no word of it.
	KeyOrTrust bool
}

// Decision is the answer, with the statement that made it: the Sid, or why there is none.
type Decision struct {
	Allowed bool
	By      string
}

const unasked = "no statement allows it"

// Decide answers a call within one account.
func Decide(r Request, p Policies) Decision {
	all := append(append([]*Policy{}, p.Identity...), p.Boundary)
	for _, policy := range all {
		if s := first(policy, r, "Deny", nil); s != nil {
			return Decision{By: "denied by " + s.Sid}
		}
	}
	anyName := func(s *Statement) bool { return s.names(r) != notNamed }
	if s := first(p.Resource, r, "Deny", anyName); s != nil {
		return Decision{By: "denied by " + s.Sid}
	}

	direct := first(p.Resource, r, "Allow", func(s *Statement) bool { return s.names(r) == itself })
	delegated := first(p.Resource, r, "Allow", func(s *Statement) bool { return s.names(r) == throughAccount })
	var own *Statement
	for _, policy := range p.Identity {
		if s := first(policy, r, "Allow", nil); s != nil {
			own = s
			break
		}
	}
	within := p.Boundary == nil || first(p.Boundary, r, "Allow", nil) != nil
	switch {
	case r.service() && direct == nil:
		return Decision{By: unasked}
	case r.service():
		return Decision{true, direct.Sid}
	// A boundary also limits what a resource's policy gives to a role; only a session named by itself is beyond it.
	case !within:
		return Decision{By: "outside the permissions boundary"}
	case direct != nil:
		return Decision{true, direct.Sid}
	case own == nil:
		return Decision{By: unasked}
	case p.KeyOrTrust && delegated == nil:
		return Decision{By: "the resource's policy does not let the account decide"}
	default:
		return Decision{true, own.Sid}
	}
}

// first is the first statement of a policy with the effect that is about the call, and that may be, by its principal.
func first(p *Policy, r Request, effect string, principal func(*Statement) bool) *Statement {
	if p == nil {
		return nil
	}
	for i := range p.Statements {
		s := &p.Statements[i]
		if s.Effect == effect && (principal == nil || principal(s)) && s.applies(r) {
			return s
		}
	}
	return nil
}
