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
	root      = `{"Sid": "root", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}`
	decrypt   = `{"Sid": "decrypt", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "` + key + `"}`
	toRole    = `{"Sid": "role", "Effect": "Allow", "Principal": {"AWS": "` + role + `"}, "Action": "kms:Decrypt", "Resource": "*"}`
	toLogs    = `{"Sid": "logs", "Effect": "Allow", "Principal": {"Service": "logs.amazonaws.com"}, "Action": "kms:Decrypt", "Resource": "*"}`
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
		"nothing is allowed by itself":           {get, Policies{}, Decision{Allowed: false, By: unasked}},
		"a role's own policy allows":             {get, Policies{Identity: []*Policy{parse(t, allowGet)}}, Decision{Allowed: true, By: "get"}},
		"another object is another resource":     {Request{Principal: role, Action: "s3:GetObject", Resource: "arn:aws:s3:::other/key"}, Policies{Identity: []*Policy{parse(t, allowGet)}}, Decision{Allowed: false, By: unasked}},
		"a deny is stronger, whatever its order": {get, Policies{Identity: []*Policy{parse(t, allowGet), parse(t, denyGet)}}, Decision{Allowed: false, By: "denied by no"}},
		"all but what NotAction names":           {get, Policies{Identity: []*Policy{parse(t, allowRest)}}, Decision{Allowed: true, By: "rest"}},
		"not what NotAction names":               {Request{Principal: role, Action: "iam:PassRole", Resource: "*"}, Policies{Identity: []*Policy{parse(t, allowRest)}}, Decision{Allowed: false, By: unasked}},
		"a boundary without an allow limits":     {get, Policies{Identity: []*Policy{parse(t, allowGet)}, Boundary: parse(t, decrypt)}, Decision{Allowed: false, By: "outside the permissions boundary"}},
		"a boundary allows nothing by itself":    {get, Policies{Boundary: parse(t, allowGet)}, Decision{Allowed: false, By: unasked}},
		"role and boundary together":             {get, Policies{Identity: []*Policy{parse(t, allowGet)}, Boundary: parse(t, allowRest)}, Decision{Allowed: true, By: "get"}},
		"a key's policy lets the account decide": {use, Policies{Identity: []*Policy{parse(t, decrypt)}, Resource: parse(t, root), KeyOrTrust: true}, Decision{Allowed: true, By: "decrypt"}},
		"the account alone decides nothing":      {use, Policies{Resource: parse(t, root), KeyOrTrust: true}, Decision{Allowed: false, By: unasked}},
		"a key without the account":              {use, Policies{Identity: []*Policy{parse(t, decrypt)}, Resource: parse(t, toLogs), KeyOrTrust: true}, Decision{Allowed: false, By: "the resource's policy does not let the account decide"}},
		"a key that names the role":              {use, Policies{Resource: parse(t, toRole), KeyOrTrust: true}, Decision{Allowed: true, By: "role"}},
		"the same outside its boundary":          {use, Policies{Resource: parse(t, toRole), Boundary: parse(t, allowGet), KeyOrTrust: true}, Decision{Allowed: false, By: "outside the permissions boundary"}},
		"a service that is named":                {logs, Policies{Resource: parse(t, root, toLogs), KeyOrTrust: true}, Decision{Allowed: true, By: "logs"}},
		"a service is not of the account":        {logs, Policies{Resource: parse(t, root), KeyOrTrust: true}, Decision{Allowed: false, By: unasked}},
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
		{"StringEquals", []string{"a", "b"}, []string{"b"}, true},
		{"StringEquals", []string{"a"}, []string{"A"}, false},
		{"StringEquals", []string{"a"}, nil, false},
		{"StringEqualsIfExists", []string{"a"}, nil, true},
		{"StringEqualsIgnoreCase", []string{"a"}, []string{"A"}, true},
		{"StringNotEquals", []string{"a", "b"}, []string{"b"}, false},
		{"StringNotEquals", []string{"a"}, nil, true},
		{"StringLike", []string{"a*c?"}, []string{"abbcd"}, true},
		{"StringLike", []string{"a*c?"}, []string{"abbc"}, false},
		{"StringNotLike", []string{"a*"}, []string{"b"}, true},
		{"ArnLike", []string{"arn:aws:logs:us-east-1:1:log-group:*"}, []string{"arn:aws:logs:us-east-1:1:log-group:/a:b"}, true},
		{"ArnLike", []string{"arn:aws:logs:*:log-group:x"}, []string{"arn:aws:logs:us-east-1:1:log-group:x"}, false},
		{"ArnEquals", []string{"arn:aws:s3:::b/*"}, []string{"arn:aws:s3:::b/k"}, true},
		{"ArnNotLike", []string{"arn:aws:s3:::b/*"}, []string{"arn:aws:s3:::b/k"}, false},
		{"Bool", []string{"true"}, []string{"True"}, true},
		{"Bool", []string{"false"}, nil, false},
		{"Null", []string{"true"}, nil, true},
		{"Null", []string{"false"}, nil, false},
		{"NumericLessThanEquals", []string{"3"}, []string{"3"}, true},
		{"NumericGreaterThan", []string{"3"}, []string{"3"}, false},
		{"ForAllValues:StringEquals", []string{"a", "b"}, []string{"a", "c"}, false},
		{"ForAllValues:StringEquals", []string{"a"}, nil, true},
		{"ForAnyValue:StringEquals", []string{"a", "b"}, []string{"a", "c"}, true},
	} {
		o, err := parseOperator(c.operator)
		require.NoError(t, err, c.operator)
		assert.Equal(t, c.want, o.holds(c.given, c.wanted), "%s %v of %v", c.operator, c.wanted, c.given)
	}
}

func TestWhatIsNotKnownIsAnError(t *testing.T) {
	for name, text := range map[string]string{
		"an operator":      `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}`,
		"an element":       `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "NotPrincipal": {"AWS": "*"}}`,
		"a principal":      `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": {"Federated": "x"}}`,
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
