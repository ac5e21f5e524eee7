package awstypes

import "encoding/json"

// policy returns a policy document as JSON text, for examples.
func policy(statements ...Values) string {
	text, err := json.Marshal(Values{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		panic(err) // an invalid example, which every test shows
	}
	return string(text)
}

// allow returns a statement of a resource's policy; the kind of the principal is AWS or Service.
func allow(kind, principal, resource string, actions ...string) Values {
	return Values{
		"Effect": "Allow", "Principal": Values{kind: principal}, "Action": actions, "Resource": resource,
	}
}

// trusting returns the trust policy of a role that a service assumes.
func trusting(service string) string {
	return policy(Values{"Effect": "Allow", "Principal": Values{"Service": service}, "Action": "sts:AssumeRole"})
}
