package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// shownIn says by section where AWS or Pulumi keep its values in plain text. Such a section cannot be kept secret. The
// engine reports only the section of a secret value, not the key, so the whole section is refused.
var shownIn = map[string]string{
	"environment":        "it is a tag of every resource",
	"aws":                "the ARNs in the state contain the account and the region",
	"network":            "security groups, names of resources and user data contain the ranges, zones and proxy",
	"dns":                "the DNS record, the certificate and the output applianceUrl contain the host name",
	"loadBalancer":       "the load balancer and its alarms have them",
	"morpheus":           "tags and user data contain the release and the URLs; for a secret, use morpheus.setupSecretArn",
	"filesystem":         "the file system and its tags have them",
	"database":           "the cluster, endpoints and snapshots have them; the program generates the passwords itself",
	"messaging":          "the broker and its metrics have them; the program generates the password itself",
	"search":             "the domain, its endpoint and its metrics have them; the program generates the password itself",
	"backup":             "the vault, its lock and its plan have them",
	"recovery":           "the ARNs of everything that is kept there contain the region",
	"rotation":           "they are numbers that trigger a new password, and the state compares them",
	"monitoring":         "the alarms and the dashboard have them",
	"cluster":            "the scaling group and the launch template have them",
	"nodeTools":          "the user data of nodes contains them",
	"encryption":         "policies of roles contain the ARNs of the keys",
	"access":             "the ARNs of all roles contain the path, and the roles have the boundary",
	"serviceLinkedRoles": "they decide which resources exist",
	"logs":               "the log groups have them",
	"safety":             "reviewers of an update must see what it may lose",
	"tags":               "every resource has them, and AWS shows them to everybody who may list it",
}

// MayBeSecret reports whether the values of a section stay secret when they are given with --secret.
func MayBeSecret(section string) bool { return shownIn[section] == "" }

// refuseSecrets refuses every section that was given as a secret and cannot be kept one.
func refuseSecrets(p *Problems) {
	fields := fieldsOf(reflect.TypeFor[Config]())
	for _, section := range slices.Sorted(maps.Keys(fields)) {
		if !p.secret[section] || MayBeSecret(section) {
			continue
		}
		key := Namespace + ":" + section
		if reflect.TypeFor[Config]().FieldByIndex(fields[section]).Type.Kind() != reflect.String {
			key += ".<key>"
		}
		p.say(fmt.Sprintf("%s: must not be given with --secret, because its values would stay readable: %s. Set each key "+
			"that is a secret again: pulumi config set --plaintext --path '%s' <value>", section, shownIn[section], key))
	}
}
