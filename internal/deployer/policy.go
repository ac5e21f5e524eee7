package deployer

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// MaxSize is how many characters a managed policy of IAM may have, without white space:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const MaxSize = 6144

// Document is one policy.
type Document struct {
	Version   string
	Statement []Statement
}

// Statement of an identity policy. Resources name no partition and no account: a policy works in the account it stands in.
type Statement struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string][]string `json:",omitempty"`
}

// scope narrows actions to what the program makes. Its physical names are the logical ones with something random behind, or
// begin with morpheus.
type scope struct {
	sid       string
	actions   func(action string) bool
	resources []string
	condition map[string]map[string][]string
}

// Roles that the program makes, and the service that each is handed to. The names are the program's.
var Roles = []struct{ Name, PassedTo string }{
	{"access-node", "ec2.amazonaws.com"},
	{"database-monitoring", "monitoring.rds.amazonaws.com"},
	{"network-flow-logs-role", "vpc-flow-logs.amazonaws.com"},
	{"search-snapshot-role", "es.amazonaws.com"},
}

// linkedServices make their service-linked role when they are first used.
var linkedServices = []string{
	"autoscaling.amazonaws.com", "elasticfilesystem.amazonaws.com", "elasticloadbalancing.amazonaws.com", "mq.amazonaws.com",
	"opensearchservice.amazonaws.com", "rds.amazonaws.com", "transitgateway.amazonaws.com",
}

func roles() (arns, services []string) {
	for _, r := range Roles {
		arns, services = append(arns, "arn:*:iam::*:role/"+r.Name+"-*"), append(services, r.PassedTo)
	}
	return arns, services
}

func named(names ...string) func(string) bool {
	return func(action string) bool { return slices.Contains(names, action) }
}

func service(names ...string) func(string) bool {
	return func(action string) bool {
		name, _, _ := strings.Cut(action, ":")
		return slices.Contains(names, name)
	}
}

func equals(key string, values ...string) map[string]map[string][]string {
	return map[string]map[string][]string{"StringEquals": {key: values}}
}

// scopes of what is written; the first that fits an action is its own.
func scopes() []scope {
	roleARNs, passedTo := roles()
	return []scope{
		{"PassRoles", named("iam:PassRole"), roleARNs, equals("iam:PassedToService", passedTo...)},
		{"ServiceLinkedRoles", named("iam:CreateServiceLinkedRole"), []string{"arn:*:iam::*:role/aws-service-role/*"},
			equals("iam:AWSServiceName", linkedServices...)},
		{"DeleteServiceLinkedRoles", named("iam:DeleteServiceLinkedRole", "iam:GetServiceLinkedRoleDeletionStatus"), []string{
			"arn:*:iam::*:role/aws-service-role/autoscaling.amazonaws.com/*", "arn:*:iam::*:role/aws-service-role/opensearchservice.amazonaws.com/*",
		}, nil},
		{"AccessRoles", service("iam"), append(roleARNs, "arn:*:iam::*:instance-profile/access-profile-*"), nil},
		{"GrantsForServices", named("kms:CreateGrant"), []string{"arn:*:kms:*:*:key/*"},
			map[string]map[string][]string{"Bool": {"kms:GrantIsForAWSResource": {"true"}}}},
		{"MakeKeys", named("kms:CreateKey"), []string{"*"}, nil},
		{"Keys", service("kms"), []string{"arn:*:kms:*:*:key/*", "arn:*:kms:*:*:alias/encryption-*"}, nil},
		{"Secrets", service("secretsmanager"), []string{"arn:*:secretsmanager:*:*:secret:*-user-secret-*", "arn:*:secretsmanager:*:*:secret:cluster-appliance-*",
			"arn:*:secretsmanager:*:*:secret:database-administrator-secret-*", "arn:*:secretsmanager:*:*:secret:rds!cluster-*"}, nil},
		{"LogPolicies", named("logs:PutResourcePolicy", "logs:DeleteResourcePolicy"), []string{"*"}, nil},
		{"LogGroups", service("logs"), []string{
			"arn:*:logs:*:*:log-group:/aws/rds/cluster/morpheus-*", "arn:*:logs:*:*:log-group:/aws/opensearch/morpheus-*",
			"arn:*:logs:*:*:log-group:network-flow-logs-*", "arn:*:logs:*:*:log-group:/morpheus/*",
		}, nil},
		{"Database", service("rds"), []string{
			"arn:*:rds:*:*:cluster:morpheus-*", "arn:*:rds:*:*:cluster-snapshot:morpheus-*", "arn:*:rds:*:*:db:database-instance-*",
			"arn:*:rds:*:*:es:database-events-*", "arn:*:rds:*:*:pg:database-*", "arn:*:rds::*:global-cluster:*",
			"arn:*:rds:*:*:cluster-pg:database-parameters-*", "arn:*:rds:*:*:subgrp:database-subnets-*",
		}, nil},
		// IAM takes these for every subscription, and every load balancer, or none.
		{"WithoutResources", named("sns:SetSubscriptionAttributes", "sns:Unsubscribe", "elasticloadbalancing:SetWebAcl"), []string{"*"}, nil},
		{"Search", service("es"), []string{"arn:*:es:*:*:domain/morpheus-*"}, nil},
		{"LoadBalancers", service("elasticloadbalancing"), []string{
			"arn:*:elasticloadbalancing:*:*:loadbalancer/app/loadbalancer-*", "arn:*:elasticloadbalancing:*:*:listener/app/loadbalancer-*",
			"arn:*:elasticloadbalancing:*:*:targetgroup/loadbalancer-*",
		}, nil},
		{"ScalingGroups", service("autoscaling"), []string{"arn:*:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/morpheus-*"}, nil},
		{"Buckets", service("s3"), []string{"arn:*:s3:::cluster-diagnostics-*", "arn:*:s3:::loadbalancer-logs-*", "arn:*:s3:::search-snapshots-*"}, nil},
		{"Topics", service("sns"), []string{"arn:*:sns:*:*:notifications-*"}, nil},
		{"Alarms", service("cloudwatch"), []string{"arn:*:cloudwatch:*:*:alarm:cluster-*"}, nil},
		{"WebACLs", service("wafv2"), []string{"arn:*:wafv2:*:*:regional/webacl/*", "arn:*:elasticloadbalancing:*:*:loadbalancer/app/loadbalancer-*"}, nil},
		{"Zones", service("route53"), []string{"arn:*:route53:::hostedzone/*", "arn:*:route53:::change/*", "arn:*:ec2:*:*:vpc/*"}, nil},
		// Their ids are AWS's, and are not known before.
		{"WithoutNames", func(string) bool { return true }, []string{"*"}, nil},
	}
}

// Policies by the name of their file: preview, and the parts of update, which are given beside it.
func Policies() map[string]Document {
	var read, write []string
	for _, t := range slices.Concat(Lookups, Types) {
		read, write = append(read, t.Read...), append(write, t.Write...)
	}
	write = append(write, "iam:CreateServiceLinkedRole")
	read, write = sorted(read), slices.DeleteFunc(sorted(write), func(a string) bool { return slices.Contains(read, a) })
	network, rest := split(write, service("ec2"))
	access, services := split(rest, service("iam", "kms", "secretsmanager", "logs"))
	return map[string]Document{
		"preview.json":         {"2012-10-17", []Statement{{Sid: "Read", Effect: "Allow", Action: read, Resource: []string{"*"}}}},
		"update-network.json":  document(network),
		"update-access.json":   document(access),
		"update-services.json": document(services),
	}
}

func sorted(actions []string) []string { return slices.Compact(slices.Sorted(slices.Values(actions))) }

func split(actions []string, first func(string) bool) (matching, others []string) {
	for _, a := range actions {
		if first(a) {
			matching = append(matching, a)
		} else {
			others = append(others, a)
		}
	}
	return matching, others
}

func document(actions []string) Document {
	out := Document{Version: "2012-10-17"}
	for _, s := range scopes() {
		var mine []string
		if mine, actions = split(actions, s.actions); len(mine) > 0 {
			out.Statement = append(out.Statement, Statement{s.sid, "Allow", mine, s.resources, s.condition})
		}
	}
	return out
}

// Actions of the documents, sorted.
func Actions(documents ...Document) []string {
	all := map[string]bool{}
	for _, d := range documents {
		for _, s := range d.Statement {
			for _, a := range s.Action {
				all[a] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// JSON of the policy, for people.
func (d Document) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(d, "", "  ")
	return append(text, '\n'), err
}
