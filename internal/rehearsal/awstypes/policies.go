package awstypes

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/evaluate"
)

// caller is the principal and the resource of a call that a policy decides.
type caller struct {
	// principal is the ARN of a role or of the account, or the name of a service.
	principal string
	resource  string
	// context are condition keys by name. aws:SourceAccount is the account unless it is nil here.
	context map[string][]string
	// identity are the policies of a role, and key is true for a call on a KMS key, where they count only if the policy of
	// the key lets the account decide. Without identity it does not matter.
	identity []*evaluate.Policy
	key      bool
}

// mayAll reports whether the policy of a resource allows a caller all of the actions. As in IAM, a Deny overrides an
// Allow. An invalid policy allows nothing; there may be none only if the caller has policies of its own.
func (c *Call) mayAll(policy any, by caller, actions ...string) bool {
	text, _ := policy.(string)
	doc, err := evaluate.Parse(text)
	if err != nil && (policy != nil || len(by.identity) == 0) {
		return false
	}
	context := map[string][]string{"aws:SourceAccount": {c.AccountID}, "aws:SecureTransport": {"true"}}
	for name, values := range by.context {
		context[name] = values
	}
	return !slices.ContainsFunc(actions, func(action string) bool {
		decision := evaluate.Decide(evaluate.Request{
			Principal: by.principal, Action: action, Resource: by.resource, Account: c.AccountID, Context: context,
		}, evaluate.Policies{Identity: by.identity, Resource: doc, KeyOrTrust: by.key || len(by.identity) == 0})
		return !decision.Allowed
	})
}

// missingRole returns the first role in a policy that does not exist; "" if all exist.
func (c *Call) missingRole(doc *evaluate.Policy) string {
	for _, s := range doc.Statements {
		for _, arn := range s.Principal["AWS"] {
			if strings.Contains(arn, ":role/") && !c.roleExists(arn) {
				return arn
			}
		}
	}
	return ""
}

// allowsEveryone reports whether a statement allows every principal without a condition.
func allowsEveryone(s evaluate.Statement) bool {
	return s.Effect == "Allow" && slices.Contains(s.Principal["AWS"], "*") && len(s.Condition) == 0
}

// isPolicyDocument returns an error for a text that is not a JSON object.
func isPolicyDocument(text string) error {
	var object map[string]any
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		return errors.New("not a JSON object")
	}
	return nil
}
