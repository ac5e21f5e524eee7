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
	Condition Condition `json:",omitempty"`
}

// scope narrows actions to what the program makes. Its physical names are the logical ones with something random behind, or
// begin with morpheus.
type scope struct {
	sid       string
	actions   func(action string) bool
	resources []string
	condition Condition
}

// Condition is operator, key, values.
type Condition = map[string]map[string][]string

// Role that the program makes.
type Role struct {
	// Name is the program's; the physical one has something random behind.
	Name string
	// PassedTo are the services that a deployment hands it to, by all the names that they have in AWS's partitions.
	PassedTo []string
}

// Roles of the program. EC2 is one of the few services with a name of its own in China; its launches are checked by both.
var Roles = []Role{
	{"access-node", []string{"ec2.amazonaws.com", "ec2.amazonaws.com.cn"}},
	{"database-monitoring", []string{"monitoring.rds.amazonaws.com"}},
	{"network-flow-logs-role", []string{"vpc-flow-logs.amazonaws.com"}},
	// Whoever registers a repository inside the domain hands this one on, afterwards.
	{"search-snapshot-role", nil},
}

// ManagedPolicies of AWS that the program attaches, and to which role.
var ManagedPolicies = map[string]string{"database-monitoring": "arn:*:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"}

// Project is the tag by which the policies know what the program has made, where AWS gives ids that nobody knows before.
const Project = "morpheus"

// linkedServices make their service-linked role when they are first used.
var linkedServices = []string{
	"autoscaling.amazonaws.com", "elasticfilesystem.amazonaws.com", "elasticloadbalancing.amazonaws.com", "mq.amazonaws.com",
	"opensearchservice.amazonaws.com", "rds.amazonaws.com", "transitgateway.amazonaws.com",
}

// roles are the patterns of all roles, those of the roles that are handed on, and the services that they are handed to.
func roles() (all, passed, services []string) {
	for _, r := range Roles {
		all = append(all, roleARN(r.Name))
		if len(r.PassedTo) > 0 {
			passed, services = append(passed, roleARN(r.Name)), append(services, r.PassedTo...)
		}
	}
	return all, passed, services
}

func roleARN(name string) string { return "arn:*:iam::*:role/" + name + "-*" }

func managedPolicies() (roleARNs, policies []string) {
	for _, role := range slices.Sorted(maps.Keys(ManagedPolicies)) {
		roleARNs, policies = append(roleARNs, roleARN(role)), append(policies, ManagedPolicies[role])
	}
	return roleARNs, policies
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

func equals(key string, values ...string) Condition { return with("StringEquals", key, values...) }

func with(operator, key string, values ...string) Condition {
	return Condition{operator: {key: values}}
}

// ours is true of what carries the program's tag.
func ours() Condition { return equals("aws:ResourceTag/Project", Project) }

var anywhere = []string{"*"}

// alternatives are scopes that leave their actions to the scopes behind them too: any one of the statements allows.
var alternatives = []string{"TagNew", "TagOwn", "TagNewFiles"}

// scopes of what is written; the first that fits an action is its own, but for the alternatives.
func scopes() []scope { return slices.Concat(accessScopes(), networkScopes(), serviceScopes()) }

func accessScopes() []scope {
	roleARNs, passed, passedTo := roles()
	attachedTo, attached := managedPolicies()
	return []scope{
		{"PassRoles", named("iam:PassRole"), passed, equals("iam:PassedToService", passedTo...)},
		{"MakeServiceLinkedRoles", named("iam:CreateServiceLinkedRole"), []string{"arn:*:iam::*:role/aws-service-role/*"},
			equals("iam:AWSServiceName", linkedServices...)},
		{"AttachPolicies", named("iam:AttachRolePolicy", "iam:DetachRolePolicy"), attachedTo, with("ArnLike", "iam:PolicyARN", attached...)},
		{"TagRoles", named("iam:TagRole", "iam:UntagRole"), append([]string{
			"arn:*:iam::*:role/aws-service-role/autoscaling.amazonaws.com/*", "arn:*:iam::*:role/aws-service-role/opensearchservice.amazonaws.com/*",
		}, roleARNs...), nil},
		{"Roles", service("iam"), append([]string{"arn:*:iam::*:instance-profile/access-profile-*"}, roleARNs...), nil},

		{"GrantsForServices", named("kms:CreateGrant"), keys, with("Bool", "kms:GrantIsForAWSResource", "true")},
		// Keys may be others', so no tag: nobody decrypts with them but through these services.
		{"UseKeys", named("kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"), keys,
			with("StringLike", "kms:ViaService", "elasticfilesystem.*", "rds.*", "secretsmanager.*")},
		{"MakeKeys", named("kms:CreateKey"), anywhere, nil},
		// In its first five minutes KMS may not see the tags of a key, and these follow its creation at once:
		// https://docs.aws.amazon.com/kms/latest/developerguide/abac.html
		{"NewKeys", named("kms:EnableKeyRotation", "kms:TagResource", "kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"),
			append([]string{"arn:*:kms:*:*:alias/encryption-*"}, keys...), nil},
		{"Keys", service("kms"), keys, ours()},

		// RDS keeps the administrator's password; nobody here may read it.
		{"ManagedPassword", named("secretsmanager:RotateSecret"), []string{"arn:*:secretsmanager:*:*:secret:rds!cluster-*"}, nil},
		{"SecretValues", named("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"), values, nil},
		{"MakeSecrets", named("secretsmanager:CreateSecret", "secretsmanager:TagResource"), slices.Concat(values, []string{
			"arn:*:secretsmanager:*:*:secret:cluster-appliance-*", "arn:*:secretsmanager:*:*:secret:rds!cluster-*",
		}), nil},
		{"Secrets", service("secretsmanager"), append(slices.Clone(values), "arn:*:secretsmanager:*:*:secret:cluster-appliance-*"), nil},

		// IAM takes these for all policies of logs or none.
		{"LogPolicies", named("logs:PutResourcePolicy", "logs:DeleteResourcePolicy"), anywhere, nil},
		{"LogGroups", service("logs"), []string{
			"arn:*:logs:*:*:log-group:/aws/rds/cluster/morpheus-*", "arn:*:logs:*:*:log-group:/aws/opensearch/morpheus-*",
			"arn:*:logs:*:*:log-group:network-flow-logs-*", "arn:*:logs:*:*:log-group:/morpheus/*",
		}, nil},
	}
}

var (
	keys = []string{"arn:*:kms:*:*:key/*"}
	// values are the secrets that the program writes.
	values = []string{
		"arn:*:secretsmanager:*:*:secret:database-user-secret-*", "arn:*:secretsmanager:*:*:secret:messaging-user-secret-*",
		"arn:*:secretsmanager:*:*:secret:search-user-secret-*", "arn:*:secretsmanager:*:*:secret:database-administrator-secret-*",
	}
)

func networkScopes() []scope {
	tag := named("ec2:CreateTags")
	return []scope{
		// Who may tag anything may delete anything that is deleted by its tag.
		{"TagNew", tag, anywhere, with("Null", "ec2:CreateAction", "false")},
		{"TagOwn", tag, anywhere, ours()},
		// The default group of a VPC is AWS's, and without tags.
		{"TagDefaultGroup", tag, []string{"arn:*:ec2:*:*:security-group/*"}, equals("aws:RequestTag/Project", Project)},
		{"DeleteOwn", named("ec2:DeleteTags", "ec2:DeleteVpc", "ec2:DeleteSubnet", "ec2:DeleteRouteTable", "ec2:DeleteRoute",
			"ec2:DeleteInternetGateway", "ec2:DeleteNatGateway", "ec2:ReleaseAddress", "ec2:DeleteFlowLogs", "ec2:DeleteLaunchTemplate",
			"ec2:DeleteSecurityGroup", "ec2:DeleteTransitGatewayVpcAttachment"), anywhere, ours()},
		// Their ids are AWS's. Interfaces and the endpoint of a broker are made, and not tagged, by other services.
		{"Network", service("ec2"), anywhere, nil},
	}
}

func serviceScopes() []scope {
	groups := []string{
		"arn:*:rds:*:*:cluster:morpheus-*", "arn:*:rds:*:*:cluster-pg:database-parameters-*", "arn:*:rds:*:*:subgrp:database-subnets-*",
		// What RDS itself gives a cluster that is given none.
		"arn:*:rds:*:*:og:default*",
	}
	tagFiles := named("elasticfilesystem:TagResource")
	return []scope{
		// A snapshot may be RDS's own (rds:), AWS Backup's (awsbackup:), copied or of another account.
		{"RestoreSnapshots", named("rds:RestoreDBClusterFromSnapshot"), append(slices.Clone(groups), "arn:*:rds:*:*:cluster-snapshot:*"), nil},
		{"Database", service("rds"), append(slices.Clone(groups),
			"arn:*:rds:*:*:cluster-snapshot:morpheus-*", "arn:*:rds:*:*:db:database-instance-*", "arn:*:rds:*:*:es:database-events-*",
			"arn:*:rds:*:*:pg:database-instance-parameters-*", "arn:*:rds:*:*:pg:default*", "arn:*:rds::*:global-cluster:*"), nil},
		// IAM takes these for every subscription, and every load balancer, or none.
		{"WithoutResources", named("sns:SetSubscriptionAttributes", "sns:Unsubscribe", "elasticloadbalancing:SetWebAcl"), anywhere, nil},
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

		{"TagNewFiles", tagFiles, anywhere, equals("elasticfilesystem:CreateAction", "CreateFileSystem")},
		{"TagOwnFiles", tagFiles, anywhere, ours()},
		// The copy in another region is made, and not tagged, by EFS.
		{"MakeFiles", named("elasticfilesystem:CreateFileSystem", "elasticfilesystem:CreateReplicationConfiguration",
			"elasticfilesystem:DeleteReplicationConfiguration"), anywhere, nil},
		{"Files", service("elasticfilesystem"), anywhere, ours()},
		{"MakeBrokersAndCertificates", named("mq:CreateBroker", "mq:CreateTags", "acm:RequestCertificate", "acm:AddTagsToCertificate"), anywhere, nil},
		{"BrokersAndCertificates", service("mq", "acm"), anywhere, ours()},
	}
}

// Policies by the name of their file: preview, and the parts of update, which are given beside it.
func Policies() map[string]Document {
	var read, write []string
	for _, t := range slices.Concat(Lookups, Types) {
		read, write = append(read, t.Read...), append(write, t.Updates()...)
	}
	write = append(write, "iam:CreateServiceLinkedRole")
	read, write = sorted(read), slices.DeleteFunc(sorted(write), func(a string) bool { return slices.Contains(read, a) })
	network, rest := split(write, service("ec2"))
	access, rest := split(rest, service("iam", "kms", "secretsmanager", "logs"))
	data, services := split(rest, service("rds", "elasticfilesystem", "mq", "es"))
	return map[string]Document{
		"preview.json":         {"2012-10-17", []Statement{{Sid: "Read", Effect: "Allow", Action: read, Resource: []string{"*"}}}},
		"update-network.json":  document(network),
		"update-access.json":   document(access),
		"update-data.json":     document(data),
		"update-services.json": document(services),
	}
}

// BoundaryARN stands in the file of Boundary for the ARN of the user's own policy.
const BoundaryARN = "BOUNDARY_ARN"

// Boundary denies roles without the permissions boundary: without it, whoever writes the policies of a role that instances
// take can do all that the account allows. A denial, because a condition on what is allowed would have to stand on calls that
// do not carry the key.
func Boundary(arn string) Document {
	return Document{"2012-10-17", []Statement{
		{"RolesWithoutBoundary", "Deny", []string{
			"iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy",
		}, anywhere, with("StringNotEquals", "iam:PermissionsBoundary", arn)},
		{"BoundariesStay", "Deny", []string{"iam:DeleteRolePermissionsBoundary"}, anywhere, nil},
	}}
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
		mine, others := split(actions, s.actions)
		if !slices.Contains(alternatives, s.sid) {
			actions = others
		}
		if len(mine) > 0 {
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
