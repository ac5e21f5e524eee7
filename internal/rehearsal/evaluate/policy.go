// Package evaluate decides like IAM whether policies allow a call. Tests use it to verify that a role has the
// permissions for its work and no others. The simulated AWS uses it to check what a resource's policy allows a service.
//
// It follows https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html for one
// account, without service control, session and endpoint policies. An unknown operator or element of a policy is an
// error.
package evaluate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Policy is a policy document.
type Policy struct {
	Statements []Statement
}

// Statement is one statement. At most one of an element and its Not- form is set.
type Statement struct {
	Sid                   string
	Effect                string
	Principal             map[string]Texts // by kind: AWS, Service, Federated; "*" alone is {"AWS": ["*"]}
	Action, NotAction     Texts
	Resource, NotResource Texts
	Condition             map[string]map[string]Texts
}

// Texts is a text or a list of texts, because policies have both.
type Texts []string

// UnmarshalJSON accepts texts and, like IAM, numbers and flags in conditions.
func (t *Texts) UnmarshalJSON(data []byte) error {
	var list []any
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		if err := json.Unmarshal(data, &list); err != nil {
			return err
		}
	} else {
		var single any
		if err := json.Unmarshal(data, &single); err != nil {
			return err
		}
		list = []any{single}
	}
	for _, item := range list {
		switch item.(type) {
		case string, bool, float64:
			*t = append(*t, fmt.Sprint(item))
		default:
			return fmt.Errorf("a text was expected, got %s", data)
		}
	}
	return nil
}

// Parse reads a policy document. Unknown elements and operators, and a version other than 2012-10-17, are errors.
func Parse(text string) (*Policy, error) {
	var doc struct {
		Version, ID string
		Statement   []struct {
			Sid, Effect           string
			Principal             json.RawMessage
			Action, NotAction     Texts
			Resource, NotResource Texts
			Condition             map[string]map[string]Texts
		}
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&doc); err != nil {
		return nil, fmt.Errorf("read the policy: %w", err)
	}
	if doc.Version != "2012-10-17" || len(doc.Statement) == 0 {
		return nil, fmt.Errorf("a policy of version 2012-10-17 with statements was expected, got version %q",
			doc.Version)
	}
	policy := &Policy{}
	for i, s := range doc.Statement {
		statement := Statement{
			Sid: s.Sid, Effect: s.Effect, Action: s.Action, NotAction: s.NotAction,
			Resource: s.Resource, NotResource: s.NotResource, Condition: s.Condition,
		}
		var err error
		if statement.Principal, err = principals(s.Principal); err == nil {
			err = statement.check()
		}
		if err != nil {
			return nil, fmt.Errorf("statement %d (%s): %w", i, s.Sid, err)
		}
		policy.Statements = append(policy.Statements, statement)
	}
	return policy, nil
}

func principals(raw json.RawMessage) (map[string]Texts, error) {
	switch {
	case len(raw) == 0:
		return nil, nil
	case string(raw) == `"*"`:
		return map[string]Texts{"AWS": {"*"}}, nil
	}
	out := map[string]Texts{}
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("principal: %w", err)
	}
	for kind := range out {
		if kind != "AWS" && kind != "Service" && kind != "Federated" {
			return nil, fmt.Errorf("principals of the kind %q are not modelled", kind)
		}
	}
	return out, nil
}

func (s *Statement) check() error {
	switch {
	case s.Effect != "Allow" && s.Effect != "Deny":
		return fmt.Errorf("the effect must be Allow or Deny, got %q", s.Effect)
	case (len(s.Action) == 0) == (len(s.NotAction) == 0):
		return errors.New("exactly one of Action and NotAction is needed")
	case len(s.Resource) > 0 && len(s.NotResource) > 0:
		return errors.New("only one of Resource and NotResource may stand")
	}
	texts := slices.Concat(s.Resource, s.NotResource)
	for _, operator := range slices.Sorted(maps.Keys(s.Condition)) {
		if _, err := parseOperator(operator); err != nil {
			return err
		}
		for _, wanted := range s.Condition[operator] {
			texts = append(texts, wanted...)
		}
	}
	for _, text := range texts {
		if strings.Contains(text, "${") {
			return fmt.Errorf("policy variables are not modelled: %s", text)
		}
	}
	return nil
}
