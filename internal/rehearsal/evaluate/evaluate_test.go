package evaluate

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	account = "123456789012"
	role    = "arn:aws:iam::123456789012:role/app"
	object  = "arn:aws:s3:::bucket/key"
	key     = "arn:aws:kms:us-east-1:123456789012:key/1"
)

func parse(t *testing.T, statements ...string) *Policy {
	t.Helper()
	p, err := Parse(`{"Version": "2012-10-17", "Statement": [` + strings.Join(statements, ",") + `]}`)
	require.NoError(t, err)
	return p
}

const (
	allowGet  = `{"Sid": "get", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::bucket/*"}`
	denyGet   = `{"Sid": "no", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}`
	allowRest = `{"Sid": "rest", "Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}`
	root      = `{"Sid": "root", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, ` +
		`"Action": "kms:*", "Resource": "*"}`
	decrypt = `{"Sid": "decrypt", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "` + key + `"}`
	toRole  = `{"Sid": "role", "Effect": "Allow", "Principal": {"AWS": "` + role + `"}, "Action": "kms:Decrypt", ` +
		`"Resource": "*"}`
	toLogs = `{"Sid": "logs", "Effect": "Allow", "Principal": {"Service": "logs.amazonaws.com"}, ` +
		`"Action": "kms:Decrypt", "Resource": "*"}`
)

func TestDecisionsFollowTheOrderOfIAM(t *testing.T) {
	get := Request{Principal: role, Account: account, Action: "s3:GetObject", Resource: object}
	use := Request{Principal: role, Account: account, Action: "kms:Decrypt", Resource: key}
	logs := Request{Principal: "logs.amazonaws.com", Account: account, Action: "kms:Decrypt", Resource: key}
	for name, c := range map[string]struct {
		request  Request
		policies Policies
		want     Decision
	}{
		"nothing is allowed by default": {request: get, policies: Policies{}, want: Decision{Allowed: false,
			By: unasked}},
		"a role's policy allows": {request: get, policies: Policies{Identity: []*Policy{parse(t, allowGet)}},
			want: Decision{Allowed: true, By: "get"}},
		"another object is another resource": {request: Request{Principal: role, Action: "s3:GetObject",
			Resource: "arn:aws:s3:::other/key"}, policies: Policies{Identity: []*Policy{parse(t, allowGet)}},
			want: Decision{Allowed: false, By: unasked}},
		"a deny overrides an allow in any order": {request: get, policies: Policies{Identity: []*Policy{parse(t,
			allowGet), parse(t,
			denyGet)}}, want: Decision{Allowed: false, By: "denied by no"}},
		"all but what NotAction names": {request: get, policies: Policies{Identity: []*Policy{parse(t, allowRest)}},
			want: Decision{Allowed: true, By: "rest"}},
		"not what NotAction names": {request: Request{Principal: role, Action: "iam:PassRole", Resource: "*"},
			policies: Policies{Identity: []*Policy{parse(t, allowRest)}}, want: Decision{Allowed: false, By: unasked}},
		"a boundary without an allow limits": {request: get, policies: Policies{Identity: []*Policy{parse(t,
			allowGet)},
			Boundary: parse(t, decrypt)}, want: Decision{Allowed: false, By: "outside the permissions boundary"}},
		"a boundary alone allows nothing": {request: get, policies: Policies{Boundary: parse(t, allowGet)},
			want: Decision{Allowed: false, By: unasked}},
		"role and boundary together": {request: get, policies: Policies{Identity: []*Policy{parse(t, allowGet)},
			Boundary: parse(t, allowRest)}, want: Decision{Allowed: true, By: "get"}},
		"a key's policy delegates to the account": {request: use, policies: Policies{Identity: []*Policy{parse(t,
			decrypt)},
			Resource: parse(t, root), KeyOrTrust: true}, want: Decision{Allowed: true, By: "decrypt"}},
		"a delegation alone allows nothing": {request: use, policies: Policies{Resource: parse(t, root),
			KeyOrTrust: true},
			want: Decision{Allowed: false, By: unasked}},
		"a key without the account": {request: use, policies: Policies{Identity: []*Policy{parse(t, decrypt)},
			Resource: parse(t, toLogs), KeyOrTrust: true}, want: Decision{Allowed: false,
			By: "the resource's policy does not let the account decide"}},
		"a key that names the role": {request: use, policies: Policies{Resource: parse(t, toRole), KeyOrTrust: true},
			want: Decision{Allowed: true, By: "role"}},
		"the same outside its boundary": {request: use, policies: Policies{Resource: parse(t, toRole),
			Boundary: parse(t,
				allowGet), KeyOrTrust: true}, want: Decision{Allowed: false, By: "outside the permissions boundary"}},
		"a named service": {request: logs, policies: Policies{Resource: parse(t, root, toLogs),
			KeyOrTrust: true},
			want: Decision{Allowed: true, By: "logs"}},
		"a service does not belong to the account": {request: logs, policies: Policies{Resource: parse(t, root),
			KeyOrTrust: true},
			want: Decision{Allowed: false, By: unasked}},
	} {
		t.Run(name, func(t *testing.T) {
			got := Decide(c.request, c.policies)
			got.Statements = nil
			assert.Equal(t, c.want, got)
		})
	}
}

func TestConditions(t *testing.T) {
	for _, c := range []struct {
		operator      string
		wanted, given []string
		want          bool
	}{
		{operator: "StringEquals", wanted: []string{"a", "b"}, given: []string{"b"}, want: true},
		{operator: "StringEquals", wanted: []string{"a"}, given: []string{"A"}, want: false},
		{operator: "StringEquals", wanted: []string{"a"}, given: nil, want: false},
		{operator: "StringEqualsIfExists", wanted: []string{"a"}, given: nil, want: true},
		{operator: "StringEqualsIgnoreCase", wanted: []string{"a"}, given: []string{"A"}, want: true},
		{operator: "StringNotEquals", wanted: []string{"a", "b"}, given: []string{"b"}, want: false},
		{operator: "StringNotEquals", wanted: []string{"a"}, given: nil, want: true},
		{operator: "StringLike", wanted: []string{"a*c?"}, given: []string{"abbcd"}, want: true},
		{operator: "StringLike", wanted: []string{"a*c?"}, given: []string{"abbc"}, want: false},
		{operator: "StringNotLike", wanted: []string{"a*"}, given: []string{"b"}, want: true},
		{operator: "ArnLike", wanted: []string{"arn:aws:logs:us-east-1:1:log-group:*"},
			given: []string{"arn:aws:logs:us-east-1:1:log-group:/a:b"}, want: true},
		{operator: "ArnLike", wanted: []string{"arn:aws:logs:*:log-group:x"},
			given: []string{"arn:aws:logs:us-east-1:1:log-group:x"}, want: false},
		{operator: "ArnEquals", wanted: []string{"arn:aws:s3:::b/*"}, given: []string{"arn:aws:s3:::b/k"}, want: true},
		{operator: "ArnNotLike", wanted: []string{"arn:aws:s3:::b/*"}, given: []string{"arn:aws:s3:::b/k"},
			want: false},
		{operator: "Bool", wanted: []string{"true"}, given: []string{"True"}, want: true},
		{operator: "Bool", wanted: []string{"false"}, given: nil, want: false},
		{operator: "Null", wanted: []string{"true"}, given: nil, want: true},
		{operator: "Null", wanted: []string{"false"}, given: nil, want: false},
		{operator: "NumericLessThanEquals", wanted: []string{"3"}, given: []string{"3"}, want: true},
		{operator: "NumericGreaterThan", wanted: []string{"3"}, given: []string{"3"}, want: false},
		{operator: "ForAllValues:StringEquals", wanted: []string{"a", "b"}, given: []string{"a", "c"}, want: false},
		{operator: "ForAllValues:StringEquals", wanted: []string{"a"}, given: nil, want: true},
		{operator: "ForAnyValue:StringEquals", wanted: []string{"a", "b"}, given: []string{"a", "c"}, want: true},
	} {
		o, err := parseOperator(c.operator)
		require.NoError(t, err, c.operator)
		assert.Equal(t, c.want, o.holds(c.given, c.wanted), "%s %v of %v", c.operator, c.wanted, c.given)
	}
}

func TestUnknownElementsAreErrors(t *testing.T) {
	for name, text := range map[string]string{
		"an operator": `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", ` +
			`"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}`,
		"an element":       `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "NotPrincipal": {"AWS": "*"}}`,
		"a principal":      `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": {"CanonicalUser": "x"}}`,
		"a variable":       `{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:username}"}`,
		"an effect":        `{"Effect": "allow", "Action": "s3:*", "Resource": "*"}`,
		"no action at all": `{"Effect": "Allow", "Resource": "*"}`,
	} {
		_, err := Parse(`{"Version": "2012-10-17", "Statement": [` + text + `]}`)
		assert.Error(t, err, name)
	}
	_, err := Parse(`{"Statement": [` + allowGet + `]}`)
	assert.ErrorContains(t, err, "2012-10-17", "the older version has no policy variables")
}
